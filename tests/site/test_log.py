"""One-time links leave no trace in the log from which they could be used."""

from __future__ import annotations

import io
import logging

import pytest
from django.test import Client

from turnpike.site.log_filter import WithoutTokens

TOKEN = "sesame-open-the-door"


@pytest.fixture
def written(monkeypatch):
    """All that the site's own handler writes meanwhile."""
    handler = next(handler for handler in logging.getLogger().handlers if handler.name == "stderr")
    stream = io.StringIO()
    monkeypatch.setattr(handler, "stream", stream)
    return stream


def test_a_link_pressed_without_its_forms_token_is_not_logged(db, written, caplog):
    assert Client(enforce_csrf_checks=True).post(f"/sign-in/once/{TOKEN}/").status_code == 403
    assert TOKEN not in written.getvalue()
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("name", ["django.request", "django.security.csrf", "anything"])
def test_what_is_logged_of_a_link_has_lost_its_token(written, name):
    logging.getLogger(name).error("Failed: %s", f"/sign-in/once/{TOKEN}/")
    assert "Failed: /sign-in/once/…/" in written.getvalue()
    assert TOKEN not in written.getvalue()


def test_other_records_stay_as_they_are():
    record = logging.LogRecord("a", logging.ERROR, "", 0, "%d %% of /sign-in/password/", (3,), None)
    assert WithoutTokens().filter(record)
    assert record.getMessage() == "3 % of /sign-in/password/"
