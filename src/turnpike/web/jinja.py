"""The templates' environment: strict, escaping, with the few words every page uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from turnpike import config
from turnpike.plates import services as plates
from turnpike.web.assets import static
from turnpike.web.forms import error_text
from turnpike.web.navigation import navigation

if TYPE_CHECKING:
    from django.http import HttpRequest

    from turnpike.web.navigation import NavLink


def environment(**options: Any) -> Environment:
    """The environment that `TEMPLATES` names; a value that a template lacks is an error, never a blank."""
    options.update(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made = Environment(**options)  # noqa: S701 - Django's backend passes autoescape=True
    made.globals.update(
        configuration=config.load(),
        error_text=error_text,
        navigation_links=navigation_links,
        static=static,
        url=url,
    )
    made.filters.update(instant=instant, percent=percent, plate=plate)
    return made


def url(name: str, *args: object, **kwargs: object) -> str:
    """The path of a named route."""
    return reverse(name, args=args or None, kwargs=kwargs or None)


def navigation_links(request: HttpRequest) -> tuple[NavLink, ...]:
    """The navigation of the page being shown."""
    return navigation.links(request.user, request.path)  # type: ignore[arg-type]  # `accounts` gives a Person


def instant(at: datetime, *, ms: bool = False) -> Markup:
    """A UTC instant as `22 Nov 2026, 14:03:07 UTC`, with milliseconds if asked for.

    Raises:
        ValueError: the instant is not in UTC, so that showing it as UTC would be wrong.
    """
    if at.utcoffset() != timedelta(0):
        raise ValueError("Pages show instants in UTC; convert this one first.")
    fraction = f".{at.microsecond // 1000:03d}" if ms else ""
    shown = f"{at.day} {at:%b %Y, %H:%M:%S}{fraction} UTC"
    machine = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return Markup('<time class="tp-instant" datetime="{}">{}</time>').format(machine, shown)


def plate(text: str, *, large: bool = False) -> Markup:
    """A normalised plate, spaced as it is written on a vehicle."""
    size = " tp-plate--large" if large else ""
    return Markup('<span class="tp-plate{}" translate="no">{}</span>').format(size, plates.display(text))


def percent(share: float, *, digits: int = 0) -> str:
    """A share of 0 to 1 in per cent; never rounded up to 100 % or down to 0 %.

    Raises:
        ValueError: the share is outside 0 to 1.
    """
    if not 0 <= share <= 1:
        raise ValueError("A share is between 0 and 1.")
    shown = f"{share:.{digits}%}"
    step = 10.0**-digits
    if share < 1 and shown == f"{1:.{digits}%}":
        return f"over {100 - step:.{digits}f}%"
    if share > 0 and shown == f"{0:.{digits}%}":
        return f"under {step:.{digits}f}%"
    return shown
