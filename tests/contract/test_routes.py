"""Every address declares who may use it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from turnpike.accounts.services import declared_scope
from turnpike.web.services import declared_permission, declared_public

if TYPE_CHECKING:
    from collections.abc import Iterator

OPEN = {
    "account_login",
    "camera_places",
    "camera_places_json",
    "governance",
    "health",
    "mfa_authenticate",
    "mfa_login_webauthn",
    "openid_connect_callback",
    "openid_connect_login",
    "ready",
    "sign_in_once",
    "tlog",
    "tlog_keys",
}


def routes(patterns, prefix="") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        here = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, here)
        else:
            yield here, pattern


def test_every_route_declares_its_permission():
    found = list(routes(get_resolver().url_patterns))
    assert len(found) > 15
    for address, pattern in found:
        view = pattern.callback
        declared = (declared_permission(view), declared_public(view), declared_scope(view))
        assert sum(map(bool, declared)) == 1, f"/{address} says neither who nor why"


def test_only_signing_in_the_watchdog_and_what_is_published_are_open():
    opened = {
        pattern.name
        for _, pattern in routes(get_resolver().url_patterns)
        if declared_public(pattern.callback)
    }
    assert opened == OPEN


@pytest.mark.django_db
def test_an_anonymous_visitor_is_sent_to_sign_in_everywhere(client):
    for address, pattern in routes(get_resolver().url_patterns):
        if "<" in address or not declared_permission(pattern.callback):
            continue
        response = client.get(f"/{address}")
        assert response.status_code == 302, address
        assert response["Location"].startswith("/sign-in/"), address


def test_what_is_never_built_has_no_address():
    forbidden = ("face", "predict", "protest", "admin")
    for address, _ in routes(get_resolver().url_patterns):
        assert not any(word in address for word in forbidden), address
