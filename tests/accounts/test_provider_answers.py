"""What a provider answers is believed only if it is of the configured issuer, signed, for us, and of one subject."""

from __future__ import annotations

import html
import json
import re
import time
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.core.cache import cache
from django.test import Client

from turnpike import config
from turnpike.accounts import services as accounts
from turnpike.accounts.provider import ConfiguredProviders
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db
ISSUER = "https://id.force.example"
OURS, ANOTHERS = (generate_private_key(65537, 2048) for _ in range(2))


class FakeProvider:
    """Answers as a provider does, as its facts are at that moment."""

    def __init__(self) -> None:
        self.description = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/auth",
            "token_endpoint": f"{ISSUER}/token",
            "userinfo_endpoint": f"{ISSUER}/me",
            "jwks_uri": f"{ISSUER}/jwks",
        }
        self.key, self.algorithm = OURS, "RS256"
        self.claims = {
            "iss": ISSUER,
            "aud": "turnpike",
            "sub": "s-1",
            "exp": time.time() + 60,
            "groups": "auditors",
        }
        self.info = {"sub": "s-1", "name": "Auditor"}
        self.id_token = True
        self.is_down = False
        self.asked: list[str] = []

    def request(self, method, url, **_):
        self.asked.append(url)
        if self.is_down:
            raise requests.ConnectionError("down")
        answer = requests.Response()
        answer.status_code = 200
        answer.headers["content-type"] = "application/json"
        answer._content = json.dumps(self._body(urlsplit(url).path)).encode()
        return answer

    def get(self, url, **options):
        return self.request("GET", url, **options)

    def _body(self, path):
        if path == "/.well-known/openid-configuration":
            return self.description
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OURS.public_key()))
            return {"keys": [public | {"kid": "1", "alg": "RS256"}]}
        if path == "/me":
            return self.info
        told = {"access_token": "opaque", "token_type": "Bearer"}
        if self.id_token:
            key = "" if self.algorithm == "none" else self.key
            told["id_token"] = jwt.encode(self.claims, key, self.algorithm, headers={"kid": "1"})
        return told

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None


@pytest.fixture
def provider(configured, monkeypatch, people):
    monkeypatch.setenv("SECRET", "told")
    one = config.OidcProvider(
        issuer=ISSUER,
        client_id="turnpike",
        client_secret_env="SECRET",
        name="Force account",
        roles_claim="groups",
        roles={"auditors": ("auditor",)},
    )
    configured(oidc={"force": one})
    accounts.bind_identity("auditor", issuer=ISSUER, subject="s-1", actor="tests")
    fake = FakeProvider()
    monkeypatch.setattr(ConfiguredProviders, "get_requests_session", lambda _: fake)
    cache.clear()
    return fake


def go(client, **extra):
    page = client.post("/sign-in/with/force/", extra)
    found = re.search(r'content="0;url=([^"]+)"', page.content.decode())
    assert found is not None, page.content.decode()
    address = urlsplit(html.unescape(found[1]))
    return SimpleNamespace(
        address=address, asked={name: values[0] for name, values in parse_qs(address.query).items()}
    )


def come_back(client, asked, **changes):
    return client.get("/sign-in/with/force/back/", {"code": "c", "state": asked["state"], **changes})


def test_a_good_answer_signs_in_and_is_asked_for_with_pkce_and_state(provider):
    client = Client()
    sent = go(client)
    assert sent.address.netloc == "id.force.example"
    assert sent.asked["response_type"] == "code"
    assert sent.asked["code_challenge_method"] == "S256"
    assert sent.asked["redirect_uri"].endswith("/sign-in/with/force/back/")
    assert come_back(client, sent.asked)["Location"] == "/"
    assert client.get("/log/").status_code == 200
    signed_in = next(entry for entry in ledger.entries() if entry.event is AuditEvent.SIGNED_IN)
    assert signed_in.details == {"by": "provider force"}


SPOILT = {
    "another issuer's description": lambda it: it.description.update(issuer="https://id.elsewhere.example"),
    "another key": lambda it: setattr(it, "key", ANOTHERS),
    "no signature": lambda it: setattr(it, "algorithm", "none"),
    "another audience": lambda it: it.claims.update(aud="another client"),
    "another issuer's token": lambda it: it.claims.update(iss="https://id.elsewhere.example"),
    "past its time": lambda it: it.claims.update(exp=time.time() - 60),
    "no subject": lambda it: it.claims.pop("sub"),
    "userinfo of another": lambda it: it.info.update(sub="s-2"),
    "no token": lambda it: setattr(it, "id_token", False),
    "down": lambda it: setattr(it, "is_down", True),
}


@pytest.mark.parametrize("how", SPOILT)
def test_an_answer_that_is_not_what_it_should_be_signs_nobody_in_and_is_an_entry(provider, how):
    client = Client()
    asked = go(client).asked
    SPOILT[how](provider)
    answer = come_back(client, asked)
    assert answer.status_code == 403
    assert "did not come to an end" in answer.content.decode()
    assert "_auth_user_id" not in client.session
    (entry,) = ledger.entries(limit=1)
    assert (entry.event, entry.details) == (
        AuditEvent.SIGN_IN_FAILED,
        {"by": "provider force", "address": "127.0.0.1"},
    )


def test_an_answer_that_nobody_asked_for_or_that_comes_twice_signs_nobody_in(provider):
    stranger, client = Client(), Client()
    asked = go(client).asked
    assert come_back(stranger, asked).status_code == 403
    come_back(client, asked)
    client.post("/sign-out/")
    assert come_back(client, asked).status_code == 403
    assert client.get("/sign-in/with/nobody/back/").status_code == 404


def test_a_provider_that_is_down_or_says_no_is_told_in_a_sentence(provider):
    client = Client()
    asked = go(client).asked
    assert come_back(client, asked, error="access_denied").status_code == 403
    provider.is_down = True
    refused = client.post("/sign-in/with/force/")
    assert refused.status_code == 403
    assert "try again" in refused.content.decode()


def test_one_is_led_back_to_the_page_that_one_wanted_and_to_no_other_site(provider):
    for wanted, reached in (("/log/?before=5", "/log/?before=5"), ("https://elsewhere.example/", "/")):
        client = Client()
        asked = go(client, next=wanted).asked
        assert come_back(client, asked)["Location"] == reached


def test_proving_it_again_takes_an_answer_of_just_now(provider, second_factor_asked, configured):
    configured(oidc=config.load().oidc, second_factor=False, demonstration=True)
    client = Client()
    come_back(client, go(client).asked)
    sent = client.post("/sign-in/again/with/force/", {"next": "/log/"}).content.decode()
    assert "prompt=login" in sent
    assert "max_age=0" in html.unescape(sent)
    for age_s, reached in ((3600, 403), (5, 302)):
        provider.claims["auth_time"] = time.time() - age_s
        page = client.post("/sign-in/again/with/force/", {"next": "/log/"}).content.decode()
        state = re.search(r"state=(\w+)", html.unescape(page))
        assert state is not None
        assert come_back(client, {"state": state[1]}).status_code == reached
    proved = [entry for entry in ledger.entries() if entry.event is AuditEvent.PROVED_AGAIN]
    assert [entry.details for entry in proved] == [{"by": "provider force"}]


def failed(limit=200):
    return [e.details for e in reversed(ledger.entries(limit=limit)) if e.event is AuditEvent.SIGN_IN_FAILED]


def test_whoever_sends_answers_that_nobody_asked_for_does_not_fill_the_log(provider):
    for number in range(120):
        client = Client(REMOTE_ADDR="192.0.2.1")
        answer = come_back(client, {"state": f"made-up-{number}"})
        assert answer.status_code == 403
        assert "did not come to an end" in answer.content.decode()
    assert [entry.get("times", 1) for entry in failed()] == [1, 2, 3, 4, 5, 10, 100]
    assert {entry["address"] for entry in failed()} == {"192.0.2.1"}
    # A state of one's own is had for the asking, so that it opens no way round this.
    before = len(failed())
    for _ in range(6):
        client = Client(REMOTE_ADDR="192.0.2.1")
        come_back(client, go(client).asked, error="access_denied")
    assert len(failed()) == before
    # Another address is another count.
    come_back(Client(REMOTE_ADDR="198.51.100.7"), {"state": "made-up"})
    assert failed()[-1] == {"by": "provider force", "address": "198.51.100.7"}


def test_whoever_the_provider_names_and_is_refused_is_an_entry_each_time(provider):
    for number in range(30):
        come_back(Client(), {"state": f"made-up-{number}"})
    before = len(failed())
    provider.claims["sub"] = provider.info["sub"] = "s-stranger"
    for _ in range(7):
        client = Client()
        refused = come_back(client, go(client).asked)
        assert "No account here is bound to you" in refused.content.decode()
    assert failed()[before:] == [{"by": "provider force", "issuer": ISSUER, "subject": "s-stranger"}] * 7


def test_nobody_is_led_to_the_provider_without_end(provider):
    client = Client(REMOTE_ADDR="192.0.2.1")
    for _ in range(60):
        go(client)
    asked = len(provider.asked)
    refused = client.post("/sign-in/with/force/")
    assert refused.status_code == 429
    assert "Wait five minutes" in refused.content.decode()
    assert len(provider.asked) == asked


def test_what_the_page_refuses_after_proving_it_again_is_told_in_its_own_words(
    provider, people, second_factor_asked, configured
):
    """It is no fault of the provider's, and no sign-in that failed."""
    from turnpike.hotlists import services as hotlists

    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Stolen vehicles.")
    one = (
        config.load()
        .oidc["force"]
        .model_copy(update={"roles": {"authorisers": ("authoriser",), "auditors": ("auditor",)}})
    )
    configured(oidc={"force": one}, second_factor=False, demonstration=True)
    accounts.unbind_identities("auditor", actor="tests")
    accounts.bind_identity("authoriser", issuer=ISSUER, subject="s-1", actor="tests")
    typed = {"operator": "operator", "hotlist": "stolen", "hours": "4"}

    def proven_with(groups, fields):
        provider.claims |= {"groups": "authorisers", "auth_time": time.time()}
        client = Client()
        come_back(client, go(client).asked)
        session = client.session
        for proof in session["account_authentication_methods"]:
            proof["at"] -= 3600
        session.save()
        way = client.post("/watches/", fields)["Location"]
        page = client.post(way.partition("?")[0], {"next": "/watches/"}).content.decode()
        state = re.search(r"state=(\w+)", html.unescape(page))
        assert state is not None
        provider.claims["groups"] = groups
        return come_back(client, {"state": state[1]})

    before = len(failed())
    assert proven_with("authorisers", typed)["Location"] == "/watches/"
    assert AuditEvent.WATCH_GRANTED in [entry.event for entry in ledger.entries(limit=5)]
    refused = proven_with("auditors", typed)
    assert refused.status_code == 403
    assert "Your role does not let you" in refused.content.decode()
    mistaken = proven_with("authorisers", typed | {"hours": "99"})
    assert mistaken.status_code == 400
    assert '<form method="post" action="/watches/"' in mistaken.content.decode()
    assert len(failed()) == before
