"""Digest and basic: what is well formed, what is checked, and for how long a nonce is good."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.ingest import http_passwords
from turnpike.ingest.feed_secrets import REALM, password_hashes
from turnpike.ingest.http_passwords import NONCE_S, PasswordAsked, Passwords, claim_of

KNOWN_PASSWORD = "secret"
KNOWN = password_hashes("cam", KNOWN_PASSWORD)
PATH = "/NotificationInfo/KeepAlive"


class Clock:
    now_s = 1_000_000.0

    def __call__(self) -> float:
        return self.now_s


def nonce_of(passwords: Passwords) -> str:
    return passwords.challenges()[0].decode().split('nonce="')[1].split('"')[0]


def header(
    nonce: str, *, count: str = "00000001", qop: bool = True, given: str = KNOWN_PASSWORD, uri: str = PATH
) -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    first, second = md5(f"cam:{REALM}:{given}"), md5(f"POST:{uri}")
    whole = f"{first}:{nonce}:{count}:c:auth:{second}" if qop else f"{first}:{nonce}:{second}"
    more = f', qop=auth, nc={count}, cnonce="c"' if qop else ""
    return (
        f'Digest username="cam", realm="{REALM}", nonce="{nonce}", uri="{uri}", response="{md5(whole)}"{more}'
    )


def check(passwords: Passwords, written: str) -> None:
    passwords.check(claim_of(written), KNOWN, method="POST", path=PATH)


def test_counts_of_a_nonce_rise_and_each_is_good_once():
    passwords = Passwords(bytes(32))
    nonce = nonce_of(passwords)
    check(passwords, header(nonce))
    check(passwords, header(nonce, count="0000000a"))
    for count in ("0000000a", "00000002"):
        with pytest.raises(PasswordAsked) as refused:
            check(passwords, header(nonce, count=count))
        assert refused.value.stale


def test_an_old_camera_without_counts_needs_a_nonce_each_time():
    passwords = Passwords(bytes(32))
    nonce = nonce_of(passwords)
    check(passwords, header(nonce, qop=False))
    with pytest.raises(PasswordAsked) as refused:
        check(passwords, header(nonce, qop=False))
    assert refused.value.stale


def test_a_nonce_is_ours_and_of_the_last_five_minutes():
    clock = Clock()
    passwords = Passwords(bytes(32), clock)
    nonce = nonce_of(passwords)
    clock.now_s += NONCE_S + 1
    with pytest.raises(PasswordAsked) as refused:
        check(passwords, header(nonce))
    assert refused.value.stale
    foreign = nonce_of(Passwords(bytes(range(32)), clock))
    with pytest.raises(PasswordAsked):
        check(passwords, header(foreign))
    # After a restart it is not known which counts were used.
    clock.now_s += 1
    with pytest.raises(PasswordAsked):
        check(Passwords(bytes(32), clock), header(nonce_of(passwords := Passwords(bytes(32), Clock()))))


def test_where_many_nonces_are_in_use_the_oldest_are_asked_anew(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http_passwords, "MAX_NONCES", 2)
    clock = Clock()
    passwords = Passwords(bytes(32), clock)
    nonces = []
    for _ in range(3):
        nonces.append(nonce_of(passwords))
        clock.now_s += 1
        check(passwords, header(nonces[-1]))
    with pytest.raises(PasswordAsked):
        check(passwords, header(nonces[0]))
    check(passwords, header(nonces[2], count="00000002"))


@pytest.mark.parametrize("uri", [PATH, f"{PATH}?x=1", f"http://10.0.0.1{PATH}"])
def test_a_camera_may_name_the_whole_address(uri: str):
    passwords = Passwords(bytes(32))
    check(passwords, header(nonce_of(passwords), uri=uri))


@pytest.mark.parametrize(
    "written",
    [
        "", "Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "Digest", "Digest a", 'Digest username="cam"',
        'Digest username="cam", username="cam"', "Digest " + "x" * 5000, 'Digest username="cam", nonce="é"',
        'Digest username="cam", uri="/NotificationInfo/KeepAlive", nonce="x", response="y", algorithm=MD5-sess',
        'Digest username="cam", uri="/NotificationInfo/KeepAlive", nonce="x", response="y", qop=auth-int',
        'Digest username="cam", uri="/NotificationInfo/KeepAlive", nonce="x", response="y", qop=auth, nc=zz',
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_asked_for(written: str):
    with pytest.raises(PasswordAsked):
        check(Passwords(bytes(32)), written)


@pytest.mark.parametrize(("password", "uri"), [("other", PATH), ("secret", "/NotificationInfo/Other")])
def test_a_wrong_password_and_another_address_do_not_open(password: str, uri: str):
    passwords = Passwords(bytes(32))
    with pytest.raises(PasswordAsked):
        check(passwords, header(nonce_of(passwords), given=password, uri=uri))


@given(st.text(max_size=300))
def test_no_header_does_more_than_ask(text: str):
    with pytest.raises(PasswordAsked):
        check(Passwords(bytes(32)), "Digest " + text)
