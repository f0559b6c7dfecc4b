"""Packs: broken ones are refused whole, and each text has a version of its own."""

from __future__ import annotations

import pytest

from turnpike.access.errors import PackError
from turnpike.access.policy import parse_pack

GOOD_SCHEMA = (
    "entity User { open: Bool }; action Go appliesTo { principal: User, resource: User, context: {} };"
)
GOOD_RULE = '@id("a") @says("b.") permit (principal, action == Action::"Go", resource);'


@pytest.mark.parametrize(
    ("schema", "rules", "says"),
    [
        ("entity {", GOOD_RULE, "does not parse"),
        (GOOD_SCHEMA, "permit (", "does not parse"),
        (
            GOOD_SCHEMA,
            '@id("a") @says("b.") permit (principal, action == Action::"Fly", resource);',
            "schema",
        ),
        (GOOD_SCHEMA, '@id("a") permit (principal, action == Action::"Go", resource);', "@says"),
        (GOOD_SCHEMA, 'permit (principal, action == Action::"Go", resource);', "@says"),
        (GOOD_SCHEMA, GOOD_RULE + GOOD_RULE, "one @id"),
    ],
)
def test_a_broken_pack_is_refused_whole(schema, rules, says):
    with pytest.raises(PackError, match=says):
        parse_pack("t", schema, rules)


def test_the_version_changes_with_the_text():
    one = parse_pack("t", GOOD_SCHEMA, GOOD_RULE)
    other = parse_pack("t", GOOD_SCHEMA, GOOD_RULE + " // said again")
    assert one.version != other.version
