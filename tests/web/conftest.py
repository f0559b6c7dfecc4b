"""The sample site, and words rendered in the site's own template environment."""

from __future__ import annotations

import pytest


@pytest.fixture
def empty_navigation(monkeypatch):
    """A navigation of its own for the pages of one test."""
    from turnpike.web import jinja
    from turnpike.web.services import Navigation

    made = Navigation()
    monkeypatch.setattr(jinja, "navigation", made)
    return made


@pytest.fixture
def gallery(settings, empty_navigation):
    """The sample pages of tests/web/gallery.py in the place of the whole site."""
    settings.ROOT_URLCONF = "tests.web.gallery"
    settings.ALLOWED_HOSTS = ["testserver", "localhost"]


@pytest.fixture
def rendered():
    """Renders a template's text."""
    from django.template import engines

    def render(text, **context):
        return engines["jinja2"].from_string(text).render(context)

    return render
