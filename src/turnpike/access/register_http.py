"""A case register that answers over HTTP: `GET ADDRESS/NUMBER`, 200 with the case as JSON, 404 where there is none.

Whatever else comes back, and whatever comes too late, is no answer: the look that asked is denied, and nothing is guessed.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

import httpx
import msgspec

from turnpike.access.categories import Category
from turnpike.access.errors import RegisterUnavailable
from turnpike.access.registers import CaseFacts

if TYPE_CHECKING:
    from typing import Self

_LARGEST_ANSWER_BYTES = 64 * 1024


class _Told(msgspec.Struct, frozen=True):
    """The answer's body; other members are passed over."""

    number: str
    category: str
    open: bool
    assigned: list[str]


class HttpRegister:
    """A `CaseRegister` at an address; `token` is sent as a bearer token where there is one."""

    def __init__(self, address: str, *, timeout_s: float, token: str = "") -> None:
        self._address = address.rstrip("/")
        self._client = httpx.Client(
            headers={"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})},
            timeout=timeout_s,
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def find(self, number: str) -> CaseFacts | None:
        """As `CaseRegister` says."""
        status, body = self._ask(number)
        if status == HTTPStatus.NOT_FOUND:
            return None
        if status != HTTPStatus.OK:
            raise RegisterUnavailable(f"The case register answered {status}; tell the administrator.")
        try:
            told = msgspec.json.decode(body, type=_Told)
            category = Category(told.category)
        except (msgspec.MsgspecError, ValueError) as error:
            raise RegisterUnavailable(
                "The case register's answer is not understood; tell the administrator."
            ) from error
        if told.number.strip().upper() != number:
            raise RegisterUnavailable("The case register told of another case; tell the administrator.")
        return CaseFacts(number, category, told.open, frozenset(told.assigned))

    def _ask(self, number: str) -> tuple[int, bytes]:
        body = b""
        try:
            with self._client.stream("GET", f"{self._address}/{quote(number, safe='')}") as response:
                for part in response.iter_bytes():
                    body += part
                    if len(body) > _LARGEST_ANSWER_BYTES:
                        raise RegisterUnavailable(
                            "The case register's answer has no end; tell the administrator."
                        )
                return response.status_code, body
        except httpx.HTTPError as error:
            raise RegisterUnavailable(
                f"The case register cannot be reached ({type(error).__name__}); try again in a few minutes."
            ) from error
