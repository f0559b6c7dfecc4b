"""Keys of systems: shown once, for what their scopes name, until a day, revoked at once, and never a way to a read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from typer.testing import CliRunner

from turnpike.accounts import services as accounts
from turnpike.accounts.models import ServiceKey
from turnpike.accounts.services import Scope
from turnpike.cli.key import commands
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db


def issue(*scopes, name="monitoring", days=30):
    return accounts.issue_service_key(name, scopes or (Scope.HEALTH_READ,), days=days, actor="shell:root")


def ask(client, address, key):
    return client.get(address, headers={"authorization": f"Bearer {key}"})


def test_a_key_opens_what_its_scope_names_and_nothing_else(client, store, own_log):
    key = issue()
    answer = ask(client, "/api/v1/health", key)
    assert answer.status_code == 200
    assert answer.json() == {"ledger_entries": 1, "cameras": []}
    refused = ask(client, "/api/v1/checkpoint", key)
    assert refused.status_code == 403
    assert refused["Content-Type"] == "application/problem+json"
    assert "audit:read" in refused.json()["detail"]
    assert ask(client, "/log/", key)["Location"].startswith("/sign-in/")
    both = issue(Scope.AUDIT_READ, Scope.HEALTH_READ)
    assert ask(client, "/api/v1/checkpoint", both).status_code == 404
    ledger.Publisher().publish()
    assert ask(client, "/api/v1/checkpoint", both).content.decode() == ledger.state().checkpoint


@pytest.mark.parametrize(
    "sent", [None, "", "Bearer", "Bearer ", "Bearer tps_unknown", "Basic dXNlcjpwYXNz", "tps_x"]
)
def test_without_a_key_that_stands_nothing_is_answered(client, sent):
    issue()
    answer = client.get("/api/v1/health", headers={} if sent is None else {"authorization": sent})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_person_s_session_is_no_key(client, people):
    client.force_login(people.administrator)
    assert client.get("/api/v1/health").status_code == 401


def test_a_key_is_revoked_from_the_next_request_on(client, store):
    first, second, other = issue(), issue(), issue(name="other")
    assert ask(client, "/api/v1/health", first).status_code == 200
    assert accounts.revoke_service_keys("monitoring", actor="shell:root") == 2
    assert [ask(client, "/api/v1/health", key).status_code for key in (first, second, other)] == [
        401,
        401,
        200,
    ]
    with pytest.raises(accounts.AccountError, match="No key of that name stands"):
        accounts.revoke_service_keys("monitoring", actor="shell:root")
    assert ledger.entries(limit=1)[0].event is AuditEvent.SERVICE_KEY_REVOKED


@pytest.mark.parametrize(("seconds", "stands"), [(1, True), (-1, False)])
def test_a_key_ends_on_its_day(seconds, stands):
    key = issue()
    ServiceKey.objects.update(expires_at=timezone.now() + timedelta(seconds=seconds))
    assert (accounts.service_of(key, Scope.HEALTH_READ) is not None) is stands


def test_the_key_itself_is_kept_nowhere():
    key = issue()
    row = ServiceKey.objects.get()
    assert key.startswith("tps_")
    assert len(key) == 47
    assert key not in str(vars(row)) + str(ledger.entries(limit=1)[0].details)
    assert accounts.service_of(key, Scope.AUDIT_READ) is None
    found = accounts.service_of(key, Scope.HEALTH_READ)
    assert found is not None
    assert found.name == "monitoring"


def test_a_scope_that_is_no_more_opens_nothing():
    key = issue()
    ServiceKey.objects.update(scopes=["reads:read", "health:write"])
    assert accounts.service_of(key, Scope.HEALTH_READ) is None


def test_no_scope_opens_reads():
    assert not [scope for scope in Scope if "reads" in scope.value or "search" in scope.value]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        ({"name": "Two words"}, "another name"),
        ({"days": 0}, "expire after"),
        ({"days": 367}, "expire after"),
    ],
)
def test_a_key_that_cannot_be_is_refused_in_a_sentence(arguments, why):
    with pytest.raises(accounts.AccountError, match=why):
        issue(**arguments)
    with pytest.raises(accounts.AccountError, match="at least one scope"):
        accounts.issue_service_key("x", [], days=1, actor="tests")


def test_the_commands_issue_list_and_revoke(store):
    issued = CliRunner().invoke(commands, ["issue", "monitoring", "--scope", "health:read", "--days", "7"])
    assert issued.exit_code == 0, issued.output
    key = issued.stdout.strip().splitlines()[0]
    assert accounts.service_of(key, Scope.HEALTH_READ) is not None
    shown = CliRunner().invoke(commands, ["list"])
    assert "monitoring" in shown.stdout
    assert key not in shown.stdout
    assert CliRunner().invoke(commands, ["revoke", "monitoring"]).stdout == "1 key of monitoring revoked.\n"
    assert accounts.service_of(key, Scope.HEALTH_READ) is None
    without_end = CliRunner().invoke(commands, ["issue", "monitoring", "--scope", "health:read"])
    assert without_end.exit_code == 2
    unknown = CliRunner().invoke(commands, ["issue", "monitoring", "--scope", "reads:read", "--days", "7"])
    assert "There is no scope" in str(unknown.exception)
