"""Long lists in pages: each page begins where the last one ended, so that the millionth costs what the first did."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

PAGE_ROWS = 25
_BETWEEN = "~"

Row = TypeVar("Row")
Kept = TypeVar("Kept", bound=Model)


class Page(tuple[Row, ...]):  # noqa: SLOT001 - what varies in size can have none
    """Some rows of a list; `further` asks for those after them, empty at the end; `is_first` where none are before."""

    further: str
    is_first: bool

    @classmethod
    def of(cls, rows: Iterable[Row], further: str, *, is_first: bool) -> Page[Row]:
        """The page of these rows."""
        page = cls(rows)
        page.further, page.is_first = further, is_first
        return page


def page_by_instant(
    rows: QuerySet[Kept], field: str, cursor: str, *, newest_first: bool = False
) -> Page[Kept]:
    """The rows after `cursor` in the order of an instant that each has; a cursor that is none begins at the first."""
    begins = _instant_and_key(rows, cursor)
    if begins is not None:
        at, key = begins
        # In this form, and not as "later, or as late and above", an index over the instant leads to the first row.
        beyond, same = ("lte", "gte") if newest_first else ("gte", "lte")
        rows = rows.filter(**{f"{field}__{beyond}": at}).exclude(**{field: at, f"pk__{same}": key})
    sign = "-" if newest_first else ""
    found = list(rows.order_by(sign + field, f"{sign}pk")[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    last = shown[-1] if len(found) > PAGE_ROWS else None
    further = f"{getattr(last, field).isoformat()}{_BETWEEN}{last.pk}" if last else ""
    return Page.of(shown, further, is_first=begins is None)


def page_by_key(rows: QuerySet[Kept], cursor: str, *, newest_first: bool = False) -> Page[Kept]:
    """The rows after `cursor` in the order of their primary key; a cursor that is none begins at the first."""
    begins = _key(rows, cursor)
    if begins is not None:
        rows = rows.filter(**{f"pk__{'lt' if newest_first else 'gt'}": begins})
    found = list(rows.order_by("-pk" if newest_first else "pk")[: PAGE_ROWS + 1])
    shown = found[:PAGE_ROWS]
    further = str(shown[-1].pk) if len(found) > PAGE_ROWS else ""
    return Page.of(shown, further, is_first=begins is None)


def _instant_and_key(rows: QuerySet[Kept], cursor: str) -> tuple[datetime, object] | None:
    instant, _, key = cursor.partition(_BETWEEN)
    try:
        at = datetime.fromisoformat(instant)
    except ValueError:
        return None
    found = _key(rows, key)
    return None if at.utcoffset() is None or found is None else (at, found)


def _key(rows: QuerySet[Kept], text: str) -> object | None:
    if not text or "\0" in text:
        return None
    field = rows.model._meta.pk  # noqa: SLF001 - Django's documented name
    try:
        key: object = field.to_python(text)
    except (ValidationError, ValueError):
        return None
    return None if isinstance(key, int) and abs(key) >= 1 << 63 else key
