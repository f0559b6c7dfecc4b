"""Headers of every answer, and the pages for what went wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from django.template import engines
from django.test import Client, RequestFactory

from turnpike import config
from turnpike.web.errors_views import form_expired
from turnpike.web.middleware import SecurityHeaders

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("gallery")]


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("/failing/refused/", 403, "Ask your administrator"),
        ("/failing/suspicious/", 400, "check what you entered"),
        ("/failing/unusable/", 400, "Give a plate."),
        ("/failing/away/", 503, "Try again in a minute."),
        ("/none/", 404, "Check the address"),
        ("/failing/fatal/", 500, "try again in a minute"),
    ],
)
def test_each_failure_says_what_to_do_in_one_sentence(client, path, status, sentence):
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert sentence in answer.content.decode()
    assert "Traceback" not in answer.content.decode()


def test_the_page_of_a_failure_asks_nothing_of_the_database(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/failing/fatal/").status_code == 500


def test_a_form_without_its_token_is_refused_with_advice(client):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/form/", {"case": "1"})
    assert answer.status_code == 403
    assert "load the page again" in answer.content.decode()
    assert form_expired(RequestFactory().get("/"), reason="any").status_code == 403


@pytest.mark.parametrize("path", ["/components/", "/none/", "/failing/fatal/", "/audit/"])
def test_every_answer_carries_the_strict_headers(client, path):
    answer = client.get(path)
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'self'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_a_view_s_own_header_is_kept():
    secured: Any = SecurityHeaders(lambda _: HttpResponse(headers={"Cache-Control": "no-cache"}))
    assert secured(RequestFactory().get("/"))["Cache-Control"] == "no-cache"


async def test_an_async_answer_carries_them_too():
    async def view(_):
        return HttpResponse()

    secured: Any = SecurityHeaders(view)
    answer = await secured(RequestFactory().get("/"))
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]


def test_pages_hold_nothing_inline_and_nothing_from_elsewhere(client):
    page = client.get("/components/").content.decode()
    assert "style=" not in page
    assert "<style" not in page
    assert " onclick" not in page
    assert page.count("<script") == page.count('<script type="module" src="/static/web/') == 1
    addresses = [part.split('"')[0] for part in page.replace('src="', 'href="').split('href="')[1:]]
    assert [address for address in addresses if address.startswith(("http", "//"))] == []


def test_sign_out_is_a_form_with_a_token(client, people):
    client.force_login(people.auditor)
    page = client.get("/components/").content.decode()
    form = page.split('action="/sign-out/"')[1].split("</form>")[0]
    assert 'method="post" action="/sign-out/"' in page
    assert "csrfmiddlewaretoken" in form
    assert "Auditor" in form


def test_the_anonymous_get_no_sign_out(client):
    assert "Sign out" not in client.get("/governance/").content.decode()


@pytest.mark.parametrize("on", [True, False])
def test_a_demonstration_says_so_on_each_page(client, monkeypatch, on):
    engine: Any = engines["jinja2"]
    told = config.load().model_copy(update={"demonstration": on})
    monkeypatch.setitem(engine.env.globals, "configuration", told)
    for path in ("/governance/", "/none/"):
        assert ("is made up" in client.get(path).content.decode()) is on
