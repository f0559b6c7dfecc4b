"""A force's own rules over the base: what they may do, what they may not, and that every safeguard stays."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from turnpike.access.cedar_text import statements
from turnpike.access.errors import PackError
from turnpike.access.force_packs import about_pack, pack_texts, shipped_packs
from turnpike.access.overlays import ADJUSTABLE, SOURCE, fixed_rules, laid_over, written_rules
from turnpike.access.policy import base_pack, decide, pack_named
from turnpike.accounts.services import Role

from .asking import asked, person
from .test_policy import ROLES, role_sets

FORCES = [name for name in shipped_packs() if name != "base"]
SHIFT = """@id("watch-is-a-shift")
@says("Shorter.")
@source("decided")
forbid (principal, action == Action::"GrantWatch", resource)
unless { context.hours <= 4 };"""


def laid(overlay):
    return laid_over("ours", "Our force", base_pack().policy_text, overlay)


def rule(name="our-rule", effect="forbid", action="GrantWatch", source='@source("decided")'):
    return (
        f'@id("{name}") @says("No.") {source} {effect} (principal, action == Action::"{action}", resource);'
    )


def test_a_rule_of_the_same_name_stands_where_the_bases_stood():
    text = laid(SHIFT)
    assert SHIFT in text
    assert list(written_rules("ours", text)) == list(written_rules("base", base_pack().policy_text))
    assert "context.hours <= 24" not in text


def test_a_rule_of_a_new_name_stands_in_a_section_of_its_own():
    added = statements(laid(rule()))[-1]
    assert (added.section, added.text) == ("Our force", rule())


@pytest.mark.parametrize(
    ("overlay", "says"),
    [
        (rule("account-is-open"), "safeguard of every force"),
        (rule("training-counts"), "safeguard of every force"),
        (rule("request-is-yours"), "safeguard of every force"),
        (rule("requester-is-another"), "safeguard of every force"),
        (rule("search", effect="permit", action="Search"), "safeguard of every force"),
        (rule(effect="permit"), "only forbids more"),
        (rule("watch-is-a-shift", action="RevokeWatch"), "another effect or action"),
        (rule("watch-is-a-shift", effect="permit"), "another effect or action"),
        (rule(source=""), "no @source"),
        (rule() + rule(), "two of one"),
        ("forbid (principal, action, resource);", "without @id"),
        ("permit (", "does not parse"),
        ('@id("a") @source("b") forbid (principal == ?principal, action, resource);', "template"),
    ],
)
def test_what_no_force_may_is_refused(overlay, says):
    with pytest.raises(PackError, match=says):
        laid(overlay)


def test_a_rule_that_does_not_fit_the_schema_is_refused(tmp_path):
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "pack.toml").write_text('title = "Ours"\nkind = "decided"\nabout = "x"\n')
    (folder / "overlay.cedar").write_text(SHIFT.replace("context.hours", "context.moon"))
    with pytest.raises(PackError, match="does not fit its schema"):
        pack_named(str(folder))


@pytest.mark.parametrize("choice", ["atlantis", "/nowhere/at/all", "", "../base"])
def test_a_pack_that_is_not_there_is_said(choice):
    with pytest.raises(PackError, match=r"There is no policy pack|not to be called"):
        pack_texts(choice)


@pytest.mark.parametrize("name", ["base", "Our Force", "x" * 60])
def test_a_folder_cannot_pass_for_a_pack_that_comes_with_turnpike(tmp_path, name):
    (tmp_path / name).mkdir()
    with pytest.raises(PackError, match="not to be called"):
        pack_texts(str(tmp_path / name))


@pytest.mark.parametrize("force", FORCES)
def test_each_shipped_pack_says_whose_it_is_and_where_each_rule_is_published(force):
    about = about_pack(force)
    if about.kind == "published":
        assert about.page
        assert about.address.startswith("https://")
        assert about.read_on
    else:
        assert about.kind == "illustrative"
        assert "made up" in about.title
    base, theirs = base_pack().policy_text, pack_named(force).policy_text
    before = written_rules("base", base)
    for name, (statement, parsed) in written_rules(force, theirs).items():
        if name not in before or statement.text != before[name][0].text:
            annotations = parsed["annotations"]
            assert isinstance(annotations, dict)
            assert annotations[SOURCE], name


@pytest.mark.parametrize("force", FORCES)
def test_every_safeguard_of_the_base_stands_in_each_pack_as_it_is(force):
    theirs = written_rules(force, pack_named(force).policy_text)
    for name, parsed in fixed_rules(base_pack().policy_text).items():
        assert theirs[name][1] == parsed


def test_the_safeguards_are_most_of_the_base():
    fixed = set(fixed_rules(base_pack().policy_text))
    assert {
        "account-is-open",
        "training-counts",
        "request-is-yours",
        "requester-is-another",
        "case-is-yours",
    } <= fixed
    assert len(fixed) > len(base_pack().rules) * 0.8
    adjustable = {
        name
        for name, (_, parsed) in written_rules("base", base_pack().policy_text).items()
        if ADJUSTABLE in str(parsed["annotations"])
    }
    assert adjustable == {
        "category-fits-purpose",
        "reason-is-given",
        "a-year-needs-an-inspector",
        "a-year-of-volume-needs-a-superintendent",
        "beyond-a-year-counter-terrorism",
        "entry-is-weeded",
        "watch-is-a-shift",
    }


forces = st.sampled_from(FORCES)


@given(forces, asked(), role_sets)
@settings(deadline=None)
def test_a_force_allows_only_what_the_base_allows_but_for_its_adjustable_rules(force, asked, roles):
    theirs = decide(person(roles), asked.action, "it", asked.context, pack=pack_named(force))
    ours = decide(person(roles), asked.action, "it", asked.context)
    fixed = set(fixed_rules(base_pack().policy_text))
    assert theirs.fault == ""
    if theirs.allowed and not ours.allowed:
        assert not {rule.id for rule in ours.rules} & fixed
    if not ours.allowed:
        assert {rule.id for rule in ours.rules} & fixed <= {rule.id for rule in theirs.rules}


@given(forces, asked(), role_sets, st.data())
@settings(deadline=None)
def test_an_unrelated_role_never_widens_access_under_any_force(force, asked, roles, data):
    unrelated = data.draw(st.frozensets(st.sampled_from(sorted(set(Role) - ROLES[asked.action]))))
    pack = pack_named(force)
    before = decide(person(roles), asked.action, "it", asked.context, pack=pack)
    after = decide(person(roles | unrelated), asked.action, "it", asked.context, pack=pack)
    assert after.allowed == before.allowed


conditions = st.lists(
    st.sampled_from(
        [
            "when { principal.rank < 3 }",
            "when { !principal.trained }",
            'unless { principal in Role::"authoriser" }',
            'when { principal.username != "pat" }',
        ]
    ),
    min_size=1,
    max_size=3,
    unique=True,
)


@given(asked(), role_sets, conditions)
@settings(deadline=None)
def test_more_conditions_never_allow_more(asked, roles, conditions):
    added = "\n".join(
        f'@id("more-{place}") @says("No {place}.") @source("test") forbid (principal, action, resource) {condition};'
        for place, condition in enumerate(conditions)
    )
    stricter = _stricter(added)
    if decide(person(roles), asked.action, "it", asked.context, pack=stricter).allowed:
        assert decide(person(roles), asked.action, "it", asked.context).allowed


_packs: dict[str, object] = {}


def _stricter(added):
    from turnpike.access.policy import parse_pack

    if added not in _packs:
        _packs[added] = parse_pack("stricter", base_pack().schema_text, laid(added))
    return _packs[added]
