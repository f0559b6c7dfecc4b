"""What the packs decide, held against the plain tables that a lawyer reads; and what cannot be read in a table is said with its line."""

from __future__ import annotations

import pytest

from turnpike.access.categories import Category, Severity
from turnpike.access.errors import PackError
from turnpike.access.force_packs import shipped_packs, tables_of
from turnpike.access.policy import Action, base_pack, pack_named
from turnpike.access.policy_tables import failures, rows_for, rows_of
from turnpike.access.purposes import Purpose
from turnpike.accounts.services import Role

HEAD = "## GrantWatch: for how long\n\nUnless a column says otherwise: operator = another; operator may watch = yes.\n\n"


def rows_in(choice):
    pack = pack_named(choice)
    base = rows_of(tables_of("base"), pack)
    return base if choice == "base" else rows_for(rows_of(tables_of(choice), pack), base)


@pytest.mark.parametrize("choice", shipped_packs())
def test_each_row_of_the_tables_is_what_the_pack_decides(choice):
    rows = rows_in(choice)
    assert len(rows) > 300
    assert len({row.key() for row in rows}) == len(rows), "two rows about the same"
    assert [failure.sentence for failure in failures(rows, pack_named(choice))] == []


def test_a_row_that_the_pack_decides_otherwise_is_told_with_its_line():
    text = (
        HEAD
        + "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| authoriser | 25 | allow | |\n| operator | 8 | deny | `watch-is-a-shift` |\n"
    )
    one, other = failures(rows_of(text, base_pack()), base_pack())
    assert one.sentence.startswith("Line 7, GrantWatch (")
    assert one.sentence.endswith("the pack denies it by watch-is-a-shift, the table allows it.")
    assert (
        "denies it by authorisers-grant-watches, the table denies it by watch-is-a-shift." in other.sentence
    )


def test_under_another_pack_the_rows_of_the_base_fail_where_the_force_differs():
    found = failures(rows_of(tables_of("base"), base_pack()), pack_named("west-yorkshire"))
    assert {row.row.action for row in found} == {"AuthoriseRequest"}
    assert len(found) > 10


def test_the_bases_tables_reach_every_role_severity_category_and_purpose_and_both_sides_of_each_boundary():
    rows = rows_in("base")
    said = {
        name: {row.told.get(name, "") for row in rows}
        for name in ("role", "severity", "case category", "purpose", "age", "reach days")
    }
    assert set(Role) <= said["role"]
    assert set(Severity) <= said["severity"]
    assert set(Category) <= said["case category"]
    assert set(Purpose) <= said["purpose"]
    assert {"90 days - 1 s", "90 days", "90 days + 1 s", "366 days", "366 days + 1 s"} <= said["age"]
    assert {"90", "91", "366", "367"} <= said["reach days"]
    assert {Action.ViewRead, Action.ViewPatch} <= {row.action for row in rows}


def test_each_rule_of_each_pack_that_refuses_a_request_or_a_search_is_in_a_row():
    named = {rule for row in rows_in("base") for rule in row.rules}
    of_requests = {
        "account-is-open", "training-counts", "purpose-is-lawful", "case-is-named", "emergencies-are-reviewed",
        "case-register-answers", "case-is-known", "case-is-open", "case-is-yours", "category-fits-purpose", "reason-is-given",
        "investigators-search", "request-is-open", "range-is-short-enough", "older-needs-authority", "requester-is-another",
        "a-year-needs-an-inspector", "a-year-of-volume-needs-a-superintendent", "beyond-a-year-counter-terrorism", "read-was-disclosed",
    }  # fmt: skip
    assert of_requests <= named


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("| Role | Hours | Answer |\n|---|---|---|\n", "Line 5 .*not Answer and Rules"),
        (
            "| Role | Moon | Answer | Rules |\n|---|---|---|---|\n| authoriser | 3 | allow | |\n",
            "Line 7 .*told nothing called “moon”",
        ),
        (
            "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| wizard | 3 | allow | |\n",
            "Line 7 .*a role or a rank",
        ),
        (
            "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| authoriser | soon | allow | |\n",
            "Line 7 .*no whole number",
        ),
        (
            "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| authoriser | 3 | perhaps | |\n",
            "Line 7 .*answer",
        ),
        (
            "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| authoriser | 3 | deny | |\n",
            "Line 7 .*answer",
        ),
        (
            "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| authoriser | 3 | deny | `no-such` |\n",
            "Line 7 .*no rule no-such",
        ),
        (
            "| Role | Hours | Answer | Rules |\n|---|---|---|---|\n| authoriser | allow | |\n",
            "Line 7 .*number of cells",
        ),
        ("| Age | Hours | Answer | Rules |\n|---|---|---|---|\n| old | 3 | allow | |\n", "Line 7 .*no age"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(table, says):
    with pytest.raises(PackError, match=says):
        rows_of(HEAD + table, base_pack())


def test_a_table_under_no_action_is_said():
    with pytest.raises(PackError, match="no action of the pack"):
        rows_of("# Flying\n\n| Role | Answer | Rules |\n", base_pack())
