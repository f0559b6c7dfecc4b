"""What the door of makers' messages is made of: repeats, rates, and who sends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from turnpike.ingest import repeats
from turnpike.ingest.rates import Buckets
from turnpike.ingest.repeats import REMEMBERED_S, Repeats
from turnpike.ingest.senders import fingerprint_of, sender_of


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_message_is_known_for_a_day_and_then_forgotten():
    clock = Clock()
    known = Repeats(bytes(32), clock)
    numbers = []
    for hour in range(30):
        clock.now_s = hour * 3601.0
        numbers.append(known.number_of("north", "", str(hour).encode()))
        assert not known.knows(numbers[-1])
        known.remember(numbers[-1])
        for age in range(min(hour + 1, 24)):
            assert known.knows(numbers[hour - age]), f"{age} hours old"
    clock.now_s += REMEMBERED_S + 2 * 3601
    known.remember(known.number_of("north", "", b"new"))
    clock.now_s += REMEMBERED_S + 1
    assert not any(known.knows(number) for number in numbers)


def test_where_there_are_too_many_the_oldest_go(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(repeats, "_MOST_IN_ONE", 100)
    known = Repeats(bytes(32), Clock())
    numbers = [known.number_of("north", "", str(number).encode()) for number in range(5000)]
    for number in numbers:
        known.remember(number)
    held = [known.knows(number) for number in numbers]
    assert held == [False] * held.index(True) + [True] * (len(held) - held.index(True))
    assert 2400 <= sum(held) <= 2500


def test_a_hash_is_of_feed_topic_and_body_and_keyed():
    one, other = Repeats(bytes(32)), Repeats(bytes(range(32)))
    numbers = {
        one.number_of("a", "", b"x"), one.number_of("b", "", b"x"), one.number_of("a", "x", b""),
        one.number_of("a", "", b"y"), other.number_of("a", "", b"x"),
    }  # fmt: skip
    assert len(numbers) == 5


def test_a_bucket_fills_as_time_goes_and_no_further():
    clock = Clock()
    buckets = Buckets(clock)
    assert [buckets.take("a", 60) for _ in range(61)] == [0] * 60 + [1]
    assert buckets.take("b", 60) == 0
    clock.now_s += 2.5
    assert [buckets.take("a", 60) for _ in range(3)] == [0, 0, 1]
    clock.now_s += 3600
    assert [buckets.take("a", 60) for _ in range(61)].count(0) == 60
    assert [buckets.take("slow", 1) for _ in range(21)] == [0] * 20 + [60]


def a_certificate() -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "camera")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )


def test_a_certificate_is_known_by_its_fingerprint_or_as_nginx_tells_it():
    certificate = a_certificate()
    fingerprint = certificate.fingerprint(hashes.SHA256()).hex()
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    assert fingerprint_of(fingerprint.upper()) == fingerprint
    assert fingerprint_of(":".join(fingerprint[i : i + 2] for i in range(0, 64, 2))) == fingerprint
    assert fingerprint_of(quote(pem)) == fingerprint
    for told in ("", "ab" * 20, "CN=camera", "-----BEGIN CERTIFICATE-----x"):
        assert fingerprint_of(told) == ""


def test_of_two_headers_neither_is_believed():
    scope = {"client": ("10.0.0.1", 1), "headers": [(b"x-cert", b"ab" * 32), (b"X-Cert", b"cd" * 32)]}
    assert sender_of(scope, trusted_proxies=1, certificate_header="X-Cert").certificate_sha256 == ""
    one = {**scope, "headers": scope["headers"][:1]}
    assert sender_of(one, trusted_proxies=1, certificate_header="X-Cert").certificate_sha256 == "ab" * 32


@pytest.mark.parametrize(
    ("client", "forwarded", "proxies", "address"),
    [
        (("10.0.0.1", 1), "", 0, "10.0.0.1"),
        (("10.0.0.1", 1), "192.0.2.1", 0, "10.0.0.1"),
        (("10.0.0.1", 1), "6.6.6.6, 192.0.2.1", 1, "192.0.2.1"),
        (("10.0.0.1", 1), "6.6.6.6, 192.0.2.1, 10.0.0.2", 2, "192.0.2.1"),
        (("10.0.0.1", 1), "", 1, "None"),
        (("::ffff:10.0.0.1", 1), "", 0, "10.0.0.1"),
        (None, "", 0, "None"),
    ],
)
def test_the_address_is_the_one_that_our_outermost_proxy_saw(
    client: tuple[str, int] | None, forwarded: str, proxies: int, address: str
):
    scope = {"client": client, "headers": [(b"x-forwarded-for", forwarded.encode())] if forwarded else []}
    assert str(sender_of(scope, trusted_proxies=proxies, certificate_header="").address) == address
