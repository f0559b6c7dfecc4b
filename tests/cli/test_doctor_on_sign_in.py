"""The doctor says how people sign in, and what is wrong with it."""

from __future__ import annotations

import pytest

from turnpike.cli.doctor import _CHECKS, _sign_in
from turnpike.config import OidcProvider
from turnpike.errors import TurnpikeError


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"second_factor": True}, "a second factor is asked of everyone; passkeys are bound to localhost"),
        ({"second_factor": True, "public_url": "https://anpr.example"}, "bound to anpr.example"),
        ({"second_factor": False, "demonstration": True}, "NO SECOND FACTOR"),
    ],
)
def test_what_is_in_order_is_said(configured, settings, told):
    configured(**settings)
    assert told in _sign_in()


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"second_factor": False, "demonstration": False}, "Only a demonstration"),
        ({"public_url": "http://192.0.2.1:8000"}, "bound to a name"),
        ({"public_url": "http://[::1]:8000"}, "bound to a name"),
        (
            {
                "oidc": {
                    "x": OidcProvider(
                        issuer="https://x", client_id="t", client_secret_env="NOT_SET", name="X"
                    )
                }
            },
            "client secret of https://x is empty",
        ),
    ],
)
def test_what_is_not_is_said_too(configured, settings, told):
    configured(**settings)
    with pytest.raises(TurnpikeError, match=told):
        _sign_in()


def test_a_public_https_address_without_a_trusted_proxy_is_told(configured):
    check = _CHECKS["proxies"]
    assert "none in front" in check()
    configured(public_url="https://anpr.example")
    with pytest.raises(TurnpikeError, match="set TURNPIKE_TRUSTED_PROXIES"):
        check()
    configured(public_url="https://anpr.example", trusted_proxies=1)
    assert "1 in front" in check()
