"""The witnesses that this log asks to cosign, and what becomes of their answers. Source: C2SP tlog-witness."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from turnpike import config
from turnpike.audit import services as audit
from turnpike.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.audit.services import CosignatureVerifier, NoteSignature, TreeReader

_TRIES = 2
"""One to learn which size the witness cosigned last, one from there."""


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns: the address below which it is asked, and the key of its cosignatures."""

    address: str
    verifier: CosignatureVerifier

    @property
    def name(self) -> str:
        """As it is named in its cosignatures."""
        return self.verifier.name


@dataclass(frozen=True, slots=True)
class Missing:
    """Why a witness's cosignature is missing, in a sentence. `refused`: it answered, and says that this log is not what it knew."""

    why: str
    refused: bool = False


class _NotGivenError(Exception):
    def __init__(self, why: str, *, refused: bool = False) -> None:
        super().__init__(why)
        self.missing = Missing(why, refused)


def configured_witnesses() -> tuple[Witness, ...]:
    """Those of the settings.

    Raises:
        ConfigurationError: a key is none of a witness, or two witnesses have one name or key.
    """
    return _parsed(config.load().log_witnesses)


@lru_cache(maxsize=4)
def _parsed(lines: tuple[str, ...]) -> tuple[Witness, ...]:
    witnesses = []
    for line in lines:
        address, _, key = line.partition(" ")
        try:
            verifier = audit.CosignatureVerifier.parse(key)
        except audit.AuditError as error:
            raise ConfigurationError(f"log_witnesses: the key after {address}: {error}") from error
        witnesses.append(Witness(address.rstrip("/"), verifier))
    if len({one.name for one in witnesses}) + len({one.verifier.key for one in witnesses}) != 2 * len(
        witnesses
    ):
        raise ConfigurationError(
            "log_witnesses: two have one name or one key; name each witness once, since one body is one witness."
        )
    return tuple(witnesses)


class Asker:
    """Asks witnesses, and remembers which size each cosigned last, so that one question mostly does."""

    def __init__(self) -> None:
        self._last_sizes: dict[str, int] = {}

    def ask(
        self, witnesses: Sequence[Witness], note: str, tree: TreeReader
    ) -> dict[str, NoteSignature | Missing]:
        """What became of each, by name: its checked cosignature of `note`, or why there is none. All are asked at once."""
        if not witnesses:
            return {}
        timeout_s = config.load().log_witness_seconds
        with ThreadPoolExecutor(len(witnesses), thread_name_prefix="witness") as pool:
            asked = {
                one.name: pool.submit(self._ask, one, note, tree, time.monotonic() + timeout_s)
                for one in witnesses
            }
        return {name: one.result() for name, one in asked.items()}

    def _ask(self, witness: Witness, note: str, tree: TreeReader, until_s: float) -> NoteSignature | Missing:
        size = audit.unverified_checkpoint(note).size
        try:
            for _ in range(_TRIES):
                old_size = min(self._last_sizes.get(witness.name, 0), size)
                status, answer = _post(
                    witness, audit.AddCheckpoint(old_size, _proof(tree, old_size, size), note), until_s
                )
                if status != HTTPStatus.CONFLICT:
                    return self._read(witness, status, answer, note, size)
                self._learn(witness, answer, old_size, size)
        except _NotGivenError as error:
            return error.missing
        return Missing("it says each time that it knows the log at another size.", refused=True)

    def _read(self, witness: Witness, status: int, answer: bytes, note: str, size: int) -> NoteSignature:
        if status != HTTPStatus.OK:
            raise _refusal(status)
        try:
            signature = audit.read_cosignature(answer, note, witness.verifier)
        except audit.AuditError as error:
            raise _NotGivenError(
                f"what it answered is no cosignature by its key: {error}", refused=True
            ) from error
        self._last_sizes[witness.name] = size
        return signature

    def _learn(self, witness: Witness, answer: bytes, old_size: int, size: int) -> None:
        """Take from an answer 409 which size it cosigned last."""
        try:
            known = audit.read_size(answer)
        except audit.AuditError as error:
            raise _NotGivenError(f"its answer is not understood: {error}") from error
        if known > size:
            raise _NotGivenError(
                f"it has seen this log with {known} entries, more than the {size} that it has now: entries are gone.",
                refused=True,
            )
        if known == old_size:
            raise _NotGivenError(
                f"it has seen another log of the same name with {known} entries: one of the two is not what was written.",
                refused=True,
            )
        self._last_sizes[witness.name] = known


def _refusal(status: int) -> _NotGivenError:
    if status == HTTPStatus.UNPROCESSABLE_ENTITY:
        return _NotGivenError(
            "it says that this log does not continue what it has seen of it: entries were changed or removed.",
            refused=True,
        )
    if status == HTTPStatus.NOT_FOUND:
        return _NotGivenError("it does not know this log; give its keeper the log's name and key.")
    if status == HTTPStatus.FORBIDDEN:
        return _NotGivenError("it does not know the key that signs this log; give its keeper the new one.")
    return _NotGivenError(f"it answered {status}; ask its keeper.")


def _proof(tree: TreeReader, old_size: int, size: int) -> tuple[bytes, ...]:
    return tuple(tree.consistency(old_size, size))


def _post(witness: Witness, asked: audit.AddCheckpoint, until_s: float) -> tuple[int, bytes]:
    """Status and body. No redirect is followed; an answer that comes too slowly or has no end is none."""
    body = b""
    left_s = max(0.01, until_s - time.monotonic())
    try:
        with httpx.Client(timeout=left_s, trust_env=False, follow_redirects=False) as client:
            address = f"{witness.address}/{audit.ADD_CHECKPOINT}"
            with client.stream("POST", address, content=asked.body) as response:
                for part in response.iter_raw():
                    body += part
                    if len(body) > audit.MAX_BODY_BYTES:
                        raise _NotGivenError("its answer has no end; ask its keeper.")
                    if time.monotonic() > until_s:
                        raise _NotGivenError("its answer came too slowly.")
                return response.status_code, body
    except httpx.TimeoutException as error:
        raise _NotGivenError("it did not answer in time.") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _NotGivenError(f"it cannot be reached ({type(error).__name__}).") from error
