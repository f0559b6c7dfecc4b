"""What a provider claims gives exactly what is configured; an account is opened by issuer and subject alone."""

from __future__ import annotations

from datetime import date
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from turnpike import config
from turnpike.accounts import services as accounts
from turnpike.accounts.claims import claimed, vouches
from turnpike.accounts.errors import IdentityRefused
from turnpike.accounts.identities import Identity, account_for, identity_key
from turnpike.accounts.services import Rank, Role
from turnpike.errors import ConfigurationError
from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent

ISSUER = "https://id.force.example"
FACTS = {
    "issuer": ISSUER,
    "client_id": "turnpike",
    "client_secret_env": "SECRET",
    "name": "Force account",
    "second_factor_amr": ("mfa",),
    "force_claim": "force",
    "forces": {"fp": "Fenbridge Police"},
    "roles_claim": "groups",
    "roles": {"search": ("investigator",), "both": ("auditor", "operator")},
    "rank_claim": "rank",
    "ranks": {"PC": "constable", "Insp": "inspector"},
    "trained_until_claim": "trained",
}
PROVIDER = config.OidcProvider(**FACTS)


def identity(subject="s-1", issuer=ISSUER, **claims):
    return Identity("force", issuer, subject, claims)


@pytest.fixture
def provider(configured):
    def put(**changes):
        return configured(oidc={"force": config.OidcProvider(**(FACTS | changes))})

    put()
    return put


def test_known_values_give_what_they_stand_for():
    said = claimed(
        PROVIDER, {"force": "fp", "groups": ["search", "both"], "rank": "Insp", "trained": "2027-03-31"}
    )
    assert said.force == "Fenbridge Police"
    assert said.roles == frozenset({Role.INVESTIGATOR, Role.AUDITOR, Role.OPERATOR})
    assert (said.rank, said.trained_until) == (Rank.INSPECTOR, date(2027, 3, 31))


_SCALAR = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
_JUNK = _SCALAR | st.lists(_SCALAR, max_size=3) | st.dictionaries(st.text(max_size=3), _SCALAR, max_size=2)


@given(
    st.dictionaries(st.sampled_from(["force", "groups", "rank", "trained", "name", "email", "roles"]), _JUNK)
)
def test_unknown_values_give_nothing(claims):
    said = claimed(PROVIDER, claims)
    assert said.force == ""
    assert said.roles == frozenset()
    assert said.rank is Rank.STAFF
    assert not vouches(PROVIDER, claims)


def test_two_forces_are_none_and_of_two_ranks_the_lower_counts():
    assert claimed(PROVIDER, {"force": ["fp", "xx"]}).force == "Fenbridge Police"
    two = PROVIDER.model_copy(update={"forces": {"fp": "Fenbridge Police", "op": "Other Police"}})
    assert claimed(two, {"force": ["fp", "op"]}).force == ""
    assert claimed(PROVIDER, {"rank": ["Insp", "PC"]}).rank is Rank.CONSTABLE


def test_what_the_provider_is_not_asked_for_stays_as_it_is():
    asks_nothing = config.OidcProvider(issuer=ISSUER, client_id="t", client_secret_env="S", name="N")
    said = claimed(asks_nothing, {"groups": ["search"], "rank": "Insp"})
    assert (said.force, said.roles, said.rank, said.has_training) == (None, None, None, False)


@pytest.mark.parametrize(
    ("amr", "vouched"), [(["pwd", "mfa"], True), ("mfa", True), (["pwd"], False), (None, False)]
)
def test_only_a_configured_way_vouches_for_a_second_factor(amr, vouched):
    assert vouches(PROVIDER, {"amr": amr}) is vouched
    assert not vouches(PROVIDER.model_copy(update={"second_factor_amr": ()}), {"amr": amr})


@given(st.tuples(st.text(), st.text()), st.tuples(st.text(), st.text()))
def test_no_two_subjects_share_a_key(one, other):
    assert (identity_key(*one) == identity_key(*other)) == (one == other)


@pytest.mark.django_db
def test_neither_name_nor_address_opens_an_account(people, provider):
    claims = {
        "preferred_username": "auditor",
        "name": "Auditor",
        "email": "auditor@force.example",
        "groups": ["both"],
    }
    with pytest.raises(IdentityRefused, match="bound to you"):
        account_for(identity(**claims))
    provider(create_accounts=True, username_claim="preferred_username")
    with pytest.raises(IdentityRefused, match="No account can be made"):
        account_for(identity(**claims))
    accounts.close_account("auditor", actor="tests")
    with pytest.raises(IdentityRefused):
        account_for(identity(**claims))


@pytest.mark.django_db
def test_the_same_subject_of_another_issuer_under_the_same_short_name_is_nobody(people, provider):
    accounts.bind_identity("auditor", issuer=ISSUER, subject="s-1", actor="tests")
    assert account_for(identity(groups=["both"])).username == "auditor"
    with pytest.raises(IdentityRefused):
        account_for(identity(issuer="https://elsewhere.example", groups=["both"]))
    with pytest.raises(accounts.AccountError, match="opens an account already"):
        accounts.bind_identity("operator", issuer=ISSUER, subject="s-1", actor="tests")
    accounts.unbind_identities("auditor", actor="tests")
    with pytest.raises(IdentityRefused):
        account_for(identity(groups=["both"]))


@pytest.mark.django_db
def test_roles_rank_and_training_are_taken_anew_each_time_and_a_change_is_an_entry(people, provider):
    accounts.bind_identity("auditor", issuer=ISSUER, subject="s-1", actor="tests")
    claims = {"force": "fp", "groups": ["both"], "rank": "Insp", "trained": "2027-03-31"}
    user = account_for(identity(**claims))
    assert user.roles == frozenset({Role.AUDITOR, Role.OPERATOR})
    assert (user.rank, user.force) == ("inspector", "Fenbridge Police")
    (entry,) = ledger.entries(limit=1)
    assert (entry.event, entry.actor) == (AuditEvent.ACCOUNT_CHANGED, "provider:force")
    assert "roles: auditor" in str(entry.details["before"])
    account_for(identity(**claims))
    assert ledger.entries(limit=1)[0].index == entry.index  # nothing changed, no entry
    with pytest.raises(IdentityRefused, match="no role here"):
        account_for(identity(**(claims | {"groups": ["gardening"]})))
    found = accounts.find_account("auditor")
    assert found is not None
    assert not found.roles


@pytest.mark.django_db
def test_a_closed_account_is_opened_by_no_provider_and_is_not_changed(people, provider):
    accounts.bind_identity("auditor", issuer=ISSUER, subject="s-1", actor="tests")
    accounts.close_account("auditor", actor="tests")
    before = ledger.state().size
    with pytest.raises(IdentityRefused, match="does not open an account"):
        account_for(identity(groups=["both"], rank="Insp"))
    assert ledger.state().size == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("username", "issuer", "subject", "why"),
    [
        ("nobody", ISSUER, "s", "no open account"),
        ("auditor", "https://x.example", "s", "No provider"),
        ("auditor", ISSUER, " ", "Give the subject"),
    ],
)
def test_what_cannot_be_bound_is_refused_in_a_sentence(people, provider, username, issuer, subject, why):
    with pytest.raises(accounts.AccountError, match=why):
        accounts.bind_identity(username, issuer=issuer, subject=subject, actor="tests")


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://id.force.example"},
        {"client_secret": "no place for it"},
        {"client_secret_env": ""},
        {"create_accounts": True},
        {"roles": {"x": ("emperor",)}},
        {"ranks": {"x": "emperor"}},
    ],
)
def test_a_provider_that_cannot_be_is_refused_by_the_configuration(changes):
    with pytest.raises(ValidationError):
        config.OidcProvider(**(FACTS | changes))


def test_the_secret_is_read_from_file_or_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", " told \n")
    assert PROVIDER.client_secret() == "told"
    file = tmp_path / "secret"
    by_file = PROVIDER.model_copy(update={"client_secret_env": "", "client_secret_file": file})
    with pytest.raises(ConfigurationError, match="cannot be read"):
        by_file.client_secret()
    file.write_text("\n")
    with pytest.raises(ConfigurationError, match="is empty"):
        by_file.client_secret()


def test_the_configuration_knows_the_roles_and_ranks_that_there_are():
    assert set(get_args(config.RoleName)) == {role.value for role in Role}
    assert set(get_args(config.RankName)) == {rank.value for rank in Rank}
