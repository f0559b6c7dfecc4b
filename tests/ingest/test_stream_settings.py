"""What is said of a camera whose events are fetched, and what it says to sign-in: taken as people and cameras write it, or told what to do."""

from __future__ import annotations

import ssl
from ipaddress import ip_address, ip_network

import pytest

from turnpike.ingest import stream_messages, stream_parts, stream_settings
from turnpike.ingest.adapter_settings import check_settings
from turnpike.ingest.fetch_settings import FetchSettingsWrong
from turnpike.ingest.stream_answers import why_not_reached
from turnpike.ingest.stream_settings import may_be_asked, stream_camera_of
from turnpike.ingest.stream_sign_in import NoDigest, challenge_of


def test_a_realm_that_cannot_be_sent_back_is_said_as_such():
    with pytest.raises(NoDigest, match="without accents"):
        challenge_of(['Digest realm="Kamera Süd", nonce="n", qop="auth"'])


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("WRONG_VERSION_NUMBER", "does not speak https"),
        ("TLSV1_ALERT_PROTOCOL_VERSION", "old kind"),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "old kind"),
    ],
)
def test_https_of_old_is_told_from_none(reason, words):
    error = ssl.SSLError(1, reason)
    error.reason = reason
    assert words in why_not_reached(error)


def test_no_contents_make_a_message_slow_or_change_it():
    stream = stream_settings.STREAMS["dahua-cgi"]["events"]
    evil = b"Code=TrafficJunction turnpike-part-8c1f0f7a" + b"-x" * 2_000_000

    def made():
        gathering = stream_messages.Gathering(stream, lambda: 0.0)
        (message,), _ = gathering.add(stream_parts.StreamPart(b"Content-Type: text/plain", evil))
        return message

    message = made()
    boundary = message.content_type.partition("boundary=")[2].encode()
    assert message.body.count(boundary) == 2
    assert made() == message


@pytest.mark.parametrize(
    "refused",
    [
        "127.0.0.1",
        "::1",
        "169.254.169.254",
        "fe80::1",
        "0.0.0.0",  # noqa: S104 - an address that is refused
        "224.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "255.255.255.255",
        "fd00:ec2::254",
        "100.100.100.200",
    ],
)
def test_addresses_at_which_no_camera_is_are_not_asked(refused):
    assert not may_be_asked(ip_address(refused), ())
    assert may_be_asked(ip_address(refused), (ip_network("::/0"), ip_network("0.0.0.0/0")))


def test_cameras_are_asked_in_private_networks_or_in_those_that_are_named():
    for allowed in (
        "10.1.2.3",
        "192.168.1.64",
        "172.16.0.9",
        "fd00::5",
        "203.0.113.9".replace("203.0.113", "81.2.69"),
    ):
        assert may_be_asked(ip_address(allowed), ())
    assert not may_be_asked(ip_address("10.1.2.3"), (ip_network("10.2.0.0/16"),))
    assert may_be_asked(ip_address("::ffff:10.2.2.3"), (ip_network("10.2.0.0/16"),))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"username": "u"}, "camera's address"),
        ({"address": "http://cam"}, "set tls to no"),
        ({"address": "https://cam", "tls": "no"}, "leave tls empty"),
        ({"address": "rtsp://cam"}, "https://"),
        ({"address": "cam/ISAPI"}, "no path"),
        ({"address": "cam?x"}, "no path"),
        ({"address": "user:secret@cam"}, "settings of their own"),
        ({"address": "cam:0"}, "port"),
        ({"address": "cam:x"}, "port"),
        ({"address": "cam:66000"}, "port"),
        ({"address": "a b"}, "name or address"),
        ({"address": "cam\r\nX: y"}, "port"),
        ({"address": "cam", "tls": "maybe"}, "tls"),
        ({"address": "cam", "tls": "no", "ca_file": "a.pem"}, "TLS"),
        (
            {"address": "cam", "username": "u", "password_file": "../keys/spool"},
            "DATA_DIR/streams, without a folder",
        ),
        ({"address": "cam", "password_file": "gate"}, "username"),
        ({"address": "cam", "username": "u"}, "password_file"),
        ({"address": "cam", "username": 'a"b', "password_file": "gate"}, "without quotes"),
        ({"address": "cam", "username": "a\nb", "password_file": "gate"}, "without quotes"),
        ({"address": "cam", "stream": "video"}, "pictures or events"),
    ],
)
def test_settings_that_cannot_be_used_are_refused_with_what_to_do(settings, words):
    with pytest.raises(FetchSettingsWrong, match=words):
        stream_camera_of("dahua-cgi", settings)
    with pytest.raises(FetchSettingsWrong, match=words):
        check_settings("dahua-cgi", settings)


def test_addresses_are_taken_as_people_write_them():
    assert stream_camera_of("dahua-cgi", {}) is None
    assert stream_camera_of("json", {"address": "cam"}) is None
    for written, named in {
        "cam.example.org": "cam.example.org", "https://cam.example.org/": "cam.example.org", "192.0.2.64:8443": "192.0.2.64:8443",
        "2001:db8::5": "[2001:db8::5]", "https://[2001:db8::5]:444": "[2001:db8::5]:444", "HTTPS://Cam:443": "cam",
    }.items():  # fmt: skip
        found = stream_camera_of("hikvision", {"address": written})
        assert found
        assert found.named == named
    plain = stream_camera_of("hikvision", {"address": "http://cam", "tls": "no"})
    assert plain
    assert (plain.port, plain.has_tls) == (80, False)


def test_other_ways_than_digest_are_told():
    for headers in (
        [],
        ["Basic realm=x"],
        ['Digest realm="r", nonce="n", algorithm=SHA-512-256'],
        ['Digest realm="r", nonce="n", qop="auth-int"'],
        ["Digest " + "x" * 9999],
    ):
        with pytest.raises(NoDigest, match="turn digest on"):
            challenge_of(headers)
    hidden = 'Basic realm="x, Digest y=1", Digest realm="r", nonce="n"'
    assert challenge_of([hidden]) == 'Digest realm="r", nonce="n", algorithm=MD5'
    assert (
        challenge_of(["Basic realm=x", "Digest realm=, nonce="]) == 'Digest realm="", nonce="", algorithm=MD5'
    )
