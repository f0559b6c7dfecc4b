"""Receipts in the hands of whoever looked: on each answer, and all of one's own on a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

from django.utils.decorators import sync_and_async_middleware

from turnpike.ledger.services import AuditEvent, handed_out, own_look, own_looks
from turnpike.oversight.telling import WORDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

    from turnpike.accounts.services import User
    from turnpike.ledger.services import OwnLook, Slip

PAGE_LOOKS = 50
HEADER = "Turnpike-Receipt"
_MOST_IN_HEADER = 32
"""More would pass what proxies take of headers (8 kB); the page and one's receipts show all. Source: ours."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look as its maker's pages show it: never what was seen, only that it was."""

    slip: Slip
    what: str
    under: str
    """The request or the list, or empty."""

    @property
    def at(self) -> datetime:
        """When, in UTC."""
        return datetime.fromisoformat(self.slip.at)


@dataclass(frozen=True, slots=True)
class LookPage:
    """Some of one's looks, newest first; `older_before` asks for those before, None where there are none."""

    looks: tuple[Look, ...]
    older_before: int | None


class Given:
    """The receipts of one answer, while it is made."""

    def __init__(self, slips: list[Slip]) -> None:
        self._slips = slips

    @property
    def looks(self) -> tuple[Look, ...]:
        """Those given so far, in order."""
        return tuple(Look(slip, WORDS[AuditEvent(slip.event)], "") for slip in self._slips)

    @property
    def header(self) -> str:
        """`ENTRY:LEAF` of each, the newest of many."""
        return ", ".join(f"{slip.entry}:{slip.leaf}" for slip in self._slips[-_MOST_IN_HEADER:])


@sync_and_async_middleware
def Receipts(  # noqa: N802 - named in settings as Django's own middleware classes are
    get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]],
) -> Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]:
    """Each answer carries the receipts of the looks that it holds: in a header, and to its page as `request.receipts`.

    A stream is answered before its looks are made; each of its events carries its own.
    """
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            with handed_out() as slips:
                given = _give(request, slips)
                return _receipted(await get_response(request), given)

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        with handed_out() as slips:
            given = _give(request, slips)
            return _receipted(get_response(request), given)  # type: ignore[arg-type]  # sync, as asked above

    return answer


def looks_of(user: User, *, before: int | None = None) -> LookPage:
    """A page of this person's own looks, those of an entry below `before`.

    Raises:
        LedgerTampered: an entry cannot be opened.
    """
    found = own_looks(user.username, before=before, limit=PAGE_LOOKS + 1)
    shown = found[:PAGE_LOOKS]
    return LookPage(tuple(map(_look, shown)), shown[-1].slip.entry if len(found) > PAGE_LOOKS else None)


def slip_of(user: User, entry: int) -> Slip | None:
    """The slip of one look of this person's own; nothing where that entry is none."""
    found = own_look(user.username, entry)
    return found.slip if found else None


def _give(request: HttpRequest, slips: list[Slip]) -> Given:
    given = Given(slips)
    request.receipts = given  # type: ignore[attr-defined]  # for the layout
    return given


def _receipted(response: HttpResponseBase, given: Given) -> HttpResponseBase:
    if given.header:
        response.headers[HEADER] = given.header
    return response


def _look(own: OwnLook) -> Look:
    details = own.entry.details
    under = details.get("request") or details.get("hotlist") or ""
    return Look(own.slip, WORDS[own.entry.event], str(under))
