"""Debian's Chromium for tests of pages, and what each page is held to in it.

    with chromium() as process, profile(process) as browser:
        page = browser.new_page()
        page.goto(address)
        assert_accessible(page)
        assert_no_overflow(page)
        screenshot(page, "alert-wall")

Playwright's sync API keeps an event loop running in its thread from `chromium()` to its end: use it in plain
tests only, at most module-wide, and never beside an async test or fixture.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 740}
PAPER = {"width": 718, "height": 1047}
"""A4 within margins of 10 mm, at 96 pixels an inch."""
WCAG_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_CHROMIUM = Path("/usr/bin/chromium")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


DRAWING = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader")
"""Flags with which Chromium draws maps (WebGL) without a graphics card."""


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """A Chromium, which takes a second to start; a module's tests share one and have a profile each."""
    if not _CHROMIUM.exists():
        raise AssertionError(f"{_CHROMIUM} is missing; run `make system`, which installs it.")
    with _orm_beside_playwright(), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, headless=True, args=[*_FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def profile(
    browser: Browser, *, colour_scheme: Literal["light", "dark"] = "light", javascript: bool = True
) -> Iterator[BrowserContext]:
    """A fresh profile at desktop size; its cookies and pages go when it is left."""
    context = browser.new_context(
        viewport=DESKTOP,  # type: ignore[arg-type]  # a plain dict of the two numbers
        color_scheme=colour_scheme,
        java_script_enabled=javascript,
        reduced_motion="reduce",
        timezone_id="UTC",
        locale="en-GB",
    )
    context.set_default_timeout(10_000)
    try:
        yield context
    finally:
        context.close()


def assert_accessible(page: Page) -> None:
    """No violation of WCAG 2.2 AA that axe-core can find, in the page as it stands.

    Raises:
        AssertionError: one paragraph a violation: rule, what to do, where.
    """
    page.evaluate(_axe())
    found: dict[str, Any] = page.evaluate(
        "tags => axe.run(document, {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        list(WCAG_TAGS),
    )
    told = [_violation(violation) for violation in found["violations"]]
    assert not told, f"{page.url} is not accessible:\n\n" + "\n\n".join(told)


def assert_no_overflow(page: Page) -> None:
    """At 375 px the page itself does not scroll sideways; only parts that say so do.

    Raises:
        AssertionError: naming the elements that stick out.
    """
    with _at(page, PHONE):
        wide: list[str] = page.evaluate(_STICKING_OUT)
        scrolls: bool = page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
    assert not scrolls, f"{page.url} scrolls sideways at 375 px because of: {', '.join(wide) or 'no element'}"


def screenshot(page: Page, name: str) -> None:
    """Keep the whole page at 1280 and at 375 px and as printed in `$TURNPIKE_SHOTS`; without that variable, nothing."""
    folder = os.environ.get("TURNPIKE_SHOTS")
    if not folder:
        return
    for size in (DESKTOP, PHONE):
        with _at(page, size):
            page.screenshot(path=Path(folder) / f"{name}-{size['width']}.png", full_page=True)
    page.emulate_media(media="print")
    with _at(page, PAPER):
        page.screenshot(path=Path(folder) / f"{name}-print.png", full_page=True)
    page.emulate_media(media="screen")


@contextmanager
def _at(page: Page, size: dict[str, int]) -> Iterator[None]:
    before = page.viewport_size
    page.set_viewport_size(size)  # type: ignore[arg-type]  # a plain dict of the two numbers
    try:
        yield
    finally:
        if before is not None:
            page.set_viewport_size(before)


@contextmanager
def _orm_beside_playwright() -> Iterator[None]:
    """Let tests ask the records database while a page is open.

    Playwright's loop runs in this thread, which Django takes for a fault; no coroutine of ours runs in it.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def _violation(violation: dict[str, Any]) -> str:
    places = "\n".join(
        f"  {' '.join(map(str, node['target']))}\n    {node['html'][:200]}\n    {_reason(node)}"
        for node in violation["nodes"][:5]
    )
    return f"{violation['id']} ({violation['impact']}): {violation['help']}\n{places}"


def _reason(node: dict[str, Any]) -> str:
    return str(node.get("failureSummary", "")).replace("\n", " ")


_STICKING_OUT = """() => [...document.querySelectorAll("body *")]
  .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
  .slice(0, 5)
  .map((element) => element.tagName.toLowerCase() + [...element.classList].map((name) => "." + name).join(""))
"""
