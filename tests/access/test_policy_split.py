"""A decision asks only the rules that can bear on its action: the same answer, rules and faults as asking all of them."""

from __future__ import annotations

import dataclasses

import cedarpy
import pytest
from hypothesis import given, settings

from turnpike.access.force_packs import shipped_packs
from turnpike.access.policy import Action, base_pack, bears_on, decide, pack_named, parse_pack

from .asking import asked, person, yes_or_no
from .test_policy import role_sets

WHOLE = {name: dataclasses.replace(pack_named(name), by_action={}) for name in shipped_packs()}


@given(asked(), role_sets, yes_or_no)
@settings(max_examples=400, deadline=None)
def test_every_pack_decides_split_as_it_does_whole(asked, roles, is_active):
    for name, whole in WHOLE.items():
        user = person(roles, is_active=is_active)
        assert decide(user, asked.action, "it", asked.context, pack=pack_named(name)) == decide(
            user, asked.action, "it", asked.context, pack=whole
        )


def test_each_action_asks_few_rules_and_all_that_name_it_or_none():
    pack = base_pack()
    assert set(pack.by_action) == set(Action)
    for action, policies in pack.by_action.items():
        assert len(policies) < len(pack.rules) / 3, action


def test_a_rule_that_names_no_action_is_asked_everywhere():
    everywhere = '@id("never") @says("No.") forbid (principal, action, resource);'
    base = base_pack()
    pack = parse_pack("t", base.schema_text, base.policy_text + everywhere)
    for action, policies in pack.by_action.items():
        assert len(policies) == len(base.by_action[action]) + 1
        assert "never" in {
            rule.id for rule in decide(person(frozenset()), Action(action), "it", pack=pack).rules
        } | {"never" if decide(person(frozenset()), Action(action), "it", pack=pack).fault else ""}


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"op": "All"}, True),
        ({"op": "==", "entity": {"type": "Action", "id": "Search"}}, True),
        ({"op": "==", "entity": {"type": "Action", "id": "ViewLog"}}, False),
        (
            {
                "op": "in",
                "entities": [{"type": "Action", "id": "ViewLog"}, {"type": "Action", "id": "Search"}],
            },
            True,
        ),
        ({"op": "in", "entity": {"type": "Action", "id": "ViewLog"}}, False),
        ({"op": "something new"}, True),
        ({"op": "==", "slot": "?action"}, True),
    ],
)
def test_a_scope_that_is_not_understood_is_one_that_bears(scope, expected):
    assert bears_on(scope, "Search") is expected


def test_where_actions_are_grouped_nothing_is_left_out():
    schema = """entity Role; entity Log; entity User in [Role] { username: String, open: Bool, rank: Long, trained: Bool };
    action Looks; action ViewLog in [Looks] appliesTo { principal: User, resource: Log, context: {} };"""
    rules = '@id("a") @says("A.") permit (principal, action in Action::"Looks", resource);'
    pack = parse_pack("t", schema, rules)
    assert not pack.by_action
    assert isinstance(pack.policies, cedarpy.PolicySet)
    assert decide(person(frozenset()), Action.ViewLog, "it", pack=pack).allowed
