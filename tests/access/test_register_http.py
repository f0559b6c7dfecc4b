"""A case register over HTTP, as it is and as it fails: against a real server on loopback."""

from __future__ import annotations

import http.server
import json
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from turnpike.access import services as access
from turnpike.access.models import Case
from turnpike.access.register_http import HttpRegister

from .conftest import REASON
from .test_cases import broken_rules, set_to

KNOWN = {
    "number": "CR/01234/26",
    "category": "burglary",
    "open": True,
    "assigned": ["investigator"],
    "more": 1,
}


class Register(http.server.ThreadingHTTPServer):
    """Answers each case with what it was told to, and keeps what it was asked."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = (200, json.dumps(KNOWN).encode())
        self.asked: list[tuple[str, str]] = []
        self.let_go = threading.Event()
        self.holds = False

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/cases/"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        register: Register = self.server  # type: ignore[assignment]
        register.asked.append((self.path, self.headers.get("Authorization", "")))
        if register.holds:
            register.let_go.wait(10)
        status, body = register.answer
        self.send_response(status)
        if status in (301, 302):
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


@pytest.fixture
def register():
    server = Register()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield server
    server.let_go.set()
    server.shutdown()
    server.server_close()
    thread.join()


def find(register, number="CR/01234/26", timeout_s=5.0):
    with HttpRegister(register.address, timeout_s=timeout_s, token="t-1") as asked:
        return asked.find(number)


def test_a_case_is_asked_for_by_its_number_and_with_the_token(register):
    found = find(register)
    assert found == access.CaseFacts(
        "CR/01234/26", access.Category.BURGLARY, True, frozenset({"investigator"})
    )
    assert register.asked == [("/cases/CR%2F01234%2F26", "Bearer t-1")]


def test_404_means_no_such_case(register):
    register.answer = (404, b"whatever")
    assert find(register) is None


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ((500, b""), "answered 500"),
        ((302, b""), "answered 302"),
        ((204, b""), "answered 204"),
        ((200, b"<html>"), "not understood"),
        ((200, json.dumps({**KNOWN, "category": "jaywalking"}).encode()), "not understood"),
        ((200, json.dumps({**KNOWN, "open": "yes"}).encode()), "not understood"),
        ((200, json.dumps({**KNOWN, "assigned": "investigator"}).encode()), "not understood"),
        ((200, json.dumps({**KNOWN, "number": "CR/9"}).encode()), "another case"),
        ((200, json.dumps({**KNOWN, "title": "x" * 70_000}).encode()), "no end"),
    ],
    ids=["down", "redirect", "nothing", "no JSON", "category", "open", "assigned", "another case", "endless"],
)
def test_a_wrong_answer_is_none(register, answer, says):
    register.answer = answer
    with pytest.raises(access.RegisterUnavailable, match=says):
        find(register)


def test_an_answer_that_is_too_slow_is_none(register):
    register.holds = True
    with pytest.raises(access.RegisterUnavailable, match="cannot be reached"):
        find(register, timeout_s=0.05)


def test_a_register_that_is_away_is_said(register):
    register.shutdown()
    register.server_close()
    with pytest.raises(access.RegisterUnavailable, match="ConnectError"):
        find(register)


@pytest.fixture
def over_http(register, monkeypatch):
    set_to(monkeypatch, case_register="http", case_register_url=register.address, case_register_seconds=5.0)
    return register


def open_request(people):
    return access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
    )


@pytest.mark.django_db
def test_an_answer_counts_for_so_long_and_is_asked_anew_then(people, over_http):
    open_request(people)
    open_request(people)
    assert len(over_http.asked) == 1
    Case.objects.update(told_at=timezone.now() - timedelta(minutes=15, seconds=1))
    over_http.answer = (200, json.dumps({**KNOWN, "open": False}).encode())
    with pytest.raises(access.Denied) as denial:
        open_request(people)
    assert len(over_http.asked) == 2
    assert broken_rules(denial) == ["case-is-open"]


@pytest.mark.django_db
@pytest.mark.parametrize("answer", [(503, b""), (200, b"{}")], ids=["down", "wrong"])
def test_a_register_that_fails_denies_and_nothing_is_guessed(people, over_http, answer, recorded):
    open_request(people)
    Case.objects.update(told_at=timezone.now() - timedelta(hours=1))
    over_http.answer = answer
    with pytest.raises(access.Denied) as denial:
        open_request(people)
    assert broken_rules(denial) == ["case-register-answers"]
    assert "try again in a few minutes" in str(denial.value)
    assert json.loads(str(recorded()[-1][2]["asked"]))["context"]["register_answered"] is False


@pytest.mark.django_db
def test_a_case_that_the_register_dropped_is_closed_here(people, over_http):
    open_request(people)
    Case.objects.update(told_at=timezone.now() - timedelta(hours=1))
    over_http.answer = (404, b"")
    with pytest.raises(access.Denied) as denial:
        open_request(people)
    assert broken_rules(denial) == ["case-is-known"]
    assert access.cases_of(people.investigator) == ()
