"""A pack is checked before it decides: what is found, and that nothing is said of what is sound."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from turnpike.access import services as access
from turnpike.access.force_packs import shipped_packs
from turnpike.access.overlays import laid_over
from turnpike.access.pack_check import check_pack, reaches
from turnpike.access.pack_walk import walked
from turnpike.access.policy import base_pack, decide, pack_named, parse_pack
from turnpike.access.possibilities import known_of, standing
from turnpike.access.supposed import Supposed
from turnpike.accounts.services import Rank, Role, User
from turnpike.cli.main import app

from .asking import asked, person
from .test_policy import role_sets


def with_rules(*rules, base=None):
    overlay = "\n".join(
        f'@id("extra-{place}") @says("No {place}.") @source("test") {rule}'
        for place, rule in enumerate(rules)
    )
    return parse_pack(
        "t", base_pack().schema_text, laid_over("t", "T", base or base_pack().policy_text, overlay)
    )


def found(pack, people=None):
    return [(one.kind, one.fault, one.sentence) for one in check_pack(pack, (), people or {})]


def supposed(rank, *roles, trained=True):
    return Supposed(frozenset(roles), rank.level, trained)


STAFF = {
    "olu": supposed(Rank.STAFF, Role.OPERATOR),
    "ines": supposed(Rank.CONSTABLE, Role.INVESTIGATOR),
    "sal": supposed(Rank.CHIEF_SUPERINTENDENT, Role.AUTHORISER),
    "ade": supposed(Rank.STAFF, Role.AUDITOR),
}


@pytest.mark.parametrize("choice", shipped_packs())
def test_every_pack_that_comes_with_turnpike_is_sound(choice):
    assert [sentence for _, fault, sentence in found(pack_named(choice), STAFF) if fault] == []


@pytest.mark.parametrize(
    "condition",
    [
        "when { context.hours > 24 && context.hours < 20 }",
        "when { context.hours > 24 && context.hours < 26 && context.hours != 25 }",
        'when { context.operator == "a" && context.operator == "b" }',
        "when { context.operator_may_watch && !context.operator_may_watch }",
        'when { principal in Role::"auditor" && !(principal in [Role::"auditor", Role::"operator"]) }',
        "when { principal.rank > 7 }",
        "when { false }",
    ],
)
def test_a_rule_that_can_never_fire_is_said(condition):
    pack = with_rules(f'forbid (principal, action == Action::"GrantWatch", resource) {condition};')
    assert (
        "silent",
        True,
        "The rule extra-0 can never fire: nothing meets its conditions; mend or remove it.",
    ) in found(pack)


@pytest.mark.parametrize(
    "condition",
    [
        "when { context.hours > 24 && context.hours < 26 }",
        "when { context.hours == 4711 }",
        "when { principal.rank > 6 }",
        'when { context.operator == "a" }',
        "when { context.operator != principal.username && context.operator_may_watch }",
    ],
)
def test_a_rule_that_fires_in_one_place_alone_is_not(condition):
    pack = with_rules(f'forbid (principal, action == Action::"GrantWatch", resource) {condition};')
    assert "silent" not in {kind for kind, *_ in found(pack)}


def test_facts_compared_with_each_other_are_walked_on_both_sides():
    rule = 'forbid (principal, action == Action::"Search", resource) when { context has request && context.days_back > context.request.authorised_days && context.request.authorised_days > 400 };'
    assert "silent" not in {kind for kind, *_ in found(with_rules(rule))}


def test_of_what_reckons_nothing_is_concluded():
    pack = with_rules(
        'forbid (principal, action == Action::"GrantWatch", resource) when { context.hours * 7 == 7777 };'
    )
    assert [fault for kind, fault, _ in found(pack) if kind == "unwalked"] == [False]
    assert standing(walked(pack)["GrantWatch"], {}).possible


def test_an_action_that_nobody_could_be_allowed_is_said():
    pack = with_rules(
        'forbid (principal, action == Action::"GrantWatch", resource) when { context.hours > 12 };',
        'forbid (principal, action == Action::"GrantWatch", resource) when { context.hours <= 12 };',
    )
    assert any(
        kind == "impossible" and fault and "GrantWatch" in sentence for kind, fault, sentence in found(pack)
    )


def test_a_rule_that_only_adds_a_sentence_is_noted():
    pack = with_rules(
        'forbid (principal, action == Action::"GrantWatch", resource) when { context.hours > 48 };'
    )
    assert (
        "shadowed",
        False,
        "The rule extra-0 never speaks without watch-is-a-shift: it only adds a sentence.",
    ) in found(pack)


@pytest.mark.parametrize("lost", ["account-is-open", "request-is-yours", "requester-is-another"])
def test_a_draft_that_lacks_or_changes_a_safeguard_is_said(lost):
    base = base_pack()
    gone = base.policy_text.replace(f'@id("{lost}")', '@id("something-else")')
    weaker = base.policy_text.replace(
        "unless { principal.open };", "unless { principal.open || principal.rank > 6 };"
    )
    for text in (gone, *([weaker] if lost == "account-is-open" else [])):
        sentences = [
            sentence
            for kind, _, sentence in found(parse_pack("t", base.schema_text, text))
            if kind == "safeguard"
        ]
        assert sentences == [f"The safeguard {lost} of the base is missing or changed; restore it."]


def test_who_could_authorise_how_far_back_is_found_for_ranks_and_for_the_people_here():
    people = {
        "ivy": supposed(Rank.INSPECTOR, Role.AUTHORISER),
        "sue": supposed(Rank.SUPERINTENDENT, Role.AUDITOR),
    }
    answers = {
        (one.severity.value, one.more_than_days): (one.least_rank, one.people)
        for one in reaches(base_pack(), people)
    }
    assert answers == {
        ("volume", 90): (Rank.SUPERINTENDENT, ()),
        ("volume", 366): (None, ()),
        ("serious", 90): (Rank.INSPECTOR, ("ivy",)),
        ("serious", 366): (None, ()),
        ("major", 90): (Rank.INSPECTOR, ("ivy",)),
        ("major", 366): (None, ()),
        ("counter_terrorism", 90): (Rank.INSPECTOR, ("ivy",)),
        ("counter_terrorism", 366): (Rank.CHIEF_SUPERINTENDENT, ()),
    }


def test_what_nobody_here_could_authorise_is_a_fault_in_words():
    people = {**STAFF, "sal": supposed(Rank.INSPECTOR, Role.AUTHORISER)}
    sentence = (
        "Nobody here could authorise looking back more than 90 days for priority and volume crime: "
        "no superintendent or above with training that counts holds the role authoriser."
    )
    assert ("nobody", True, sentence) in found(base_pack(), people)


def test_an_authoriser_without_training_counts_for_nothing():
    people = {**STAFF, "sal": supposed(Rank.CHIEF_OFFICER, Role.AUTHORISER, trained=False)}
    sentences = [
        sentence for kind, fault, sentence in found(base_pack(), people) if kind == "nobody" and fault
    ]
    assert any("allowed AuthoriseRequest" in sentence for sentence in sentences)
    assert any("allowed GrantWatch" in sentence for sentence in sentences)


def test_one_authoriser_who_also_asks_is_noted():
    people = {**STAFF, "sal": supposed(Rank.CHIEF_OFFICER, Role.AUTHORISER, Role.INVESTIGATOR)}
    assert any(
        "nobody what they ask for themselves" in sentence
        for _, fault, sentence in found(base_pack(), people)
        if not fault
    )


def test_with_no_accounts_nothing_is_said_of_people():
    assert not [sentence for kind, fault, sentence in found(base_pack()) if kind == "nobody"]


@given(asked(), role_sets, st.sampled_from(shipped_packs()))
@settings(max_examples=300, deadline=None)
def test_what_a_decision_says_is_what_the_walk_foresaw(asked, roles, choice):
    """Whatever the open facts turn out to be: no rule speaks that the walk ruled out, each that it was sure of does, and what is allowed was possible."""
    pack = pack_named(choice)
    decision = decide(person(roles), asked.action, "it", asked.context, pack=pack)
    foreseen = standing(
        walked(pack)[asked.action], known_of(Supposed(frozenset(role.value for role in roles)))
    )
    sure = {rule.id for rule in foreseen.against}
    spoke = set() if decision.allowed else {rule.id for rule in decision.rules}
    assert sure <= spoke <= sure | {rule.id for rule in foreseen.conditions}
    assert not (decision.allowed and not foreseen.possible)


@pytest.fixture
def check(monkeypatch, people):
    """Runs `turnpike policy check` over an installation of one account a role, the authoriser of high rank."""
    monkeypatch.setattr("turnpike.cli.policy.prepare_records", lambda: None)
    User.objects.filter(username="authoriser").update(rank="chief_officer")

    def run(*arguments):
        return CliRunner().invoke(app, ["policy", "check", *map(str, arguments)])

    return run


def test_the_command_says_what_it_checked_and_succeeds(check):
    done = check()
    assert done.exit_code == 0, done.output
    assert f"{base_pack().version}: {len(base_pack().rules)} rules and " in done.output
    assert done.output.rstrip().endswith("rows of tables checked, 0 faults.")


def test_the_command_fails_where_nobody_here_could_authorise(check):
    User.objects.filter(username="authoriser").update(rank="sergeant")
    done = check()
    assert done.exit_code == 1
    assert "FAULT Nobody here could authorise looking back more than 90 days for serious crime" in done.output


def test_the_command_checks_a_folder_and_speaks_json(check, tmp_path):
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "pack.toml").write_text('title = "Ours"\nkind = "decided"\nabout = "x"\n')
    (folder / "overlay.cedar").write_text(
        '@id("watch-is-a-shift") @says("Four hours.") @source("us") '
        'forbid (principal, action == Action::"GrantWatch", resource) unless { context.hours >= 1 && context.hours <= 4 };'
    )
    done = check(folder, "--json")
    assert done.exit_code == 1
    told = json.loads(done.output)
    assert told["pack"].startswith("ours@")
    faults = [one for one in told["findings"] if one["fault"]]
    # The base's own rows on longer watches, which this force has not yet repeated in tables of its own.
    assert faults
    assert all(one["kind"] == "table" and "watch-is-a-shift" in one["sentence"] for one in faults)
    (folder / "tables.md").write_text(
        "## GrantWatch: shorter\n\nUnless a column says otherwise: role = authoriser; operator = another; operator may watch = yes.\n\n"
        "| Role | Operator | Operator may watch | Hours | Answer | Rules |\n|---|---|---|---|---|---|\n"
        + "".join(
            f"| authoriser | another | yes | {hours} | deny | `watch-is-a-shift` |\n"
            for hours in (12, 13, 24)
        )
        + "| authoriser | the same person | yes | 8 | deny | `watch-is-for-another`, `watch-is-a-shift` |\n"
        + "| authoriser | another | no | 8 | deny | `watch-is-for-an-operator`, `watch-is-a-shift` |\n"
        + "| administrator | another | yes | 8 | deny | `authorisers-grant-watches`, `watch-is-a-shift` |\n"
    )
    done = check(folder)
    assert done.exit_code == 0, done.output


def test_the_command_checks_a_whole_draft(check, tmp_path):
    folder = tmp_path / "draft"
    folder.mkdir()
    (folder / "schema.cedarschema").write_text(base_pack().schema_text)
    (folder / "policy.cedar").write_text(
        base_pack().policy_text.replace("context.hours <= 24", "context.hours < 1")
    )
    done = check(folder)
    assert done.exit_code == 1
    assert "Nobody could ever be allowed GrantWatch" in done.output


def test_a_folder_that_holds_no_pack_is_said_in_a_sentence(check, tmp_path):
    done = check(tmp_path)
    assert done.exit_code == 1
    assert isinstance(done.exception, access.PackError)
