"""Cases from a file: what can be used is taken over, what cannot is said line by line, and nothing is lost."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from turnpike.access import services as access
from turnpike.cli.main import app
from turnpike.errors import InputError
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db

FILE = (
    "number,category,status,assigned,title\r\n"
    "cr/1,burglary,open,ines; pat,Mill Lane\r\n"
    'CR/2,Missing_Person,Closed,,"A title, with a comma"\r\n'
).encode("utf-8-sig")


def is_open(number):
    case = access.find_case(number)
    assert case is not None
    return case.is_open


def test_a_file_is_taken_over(recorded):
    found = access.import_cases(FILE, actor="tests")
    assert (found.told, found.changed, found.closed, found.refused) == (2, 2, 0, ())
    assert access.find_case("CR/1") == access.CaseFacts(
        "CR/1", access.Category.BURGLARY, True, frozenset({"ines", "pat"})
    )
    assert not is_open("CR/2")
    event, _, details = recorded()[-1]
    assert event is AuditEvent.CASES_IMPORTED
    assert (details["cases"], details["changed"]) == (2, 2)
    assert len(details["sha256"]) == 64


def test_the_same_file_again_changes_nothing(recorded):
    access.import_cases(FILE, actor="tests")
    before = len(recorded())
    assert access.import_cases(FILE, actor="tests").changed == 0
    assert [event for event, *_ in recorded()[before:]] == [AuditEvent.CASES_IMPORTED]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("none,burglary,open,", "Give the case reference"),
        ("CR/3,jaywalking,open,", "the category is not one of burglary, drugs"),
        ("CR/3,burglary,perhaps,", "neither open nor closed"),
        ("CR/1,burglary,open,", "stands further up already"),
        ("CR/3", "the category is not one of"),
    ],
)
def test_a_line_that_cannot_be_used_is_refused_by_itself(line, says):
    found = access.import_cases(
        FILE + line.encode() + b"\r\nCR/4,theft,open,ines\r\n", actor="tests", whole=True
    )
    (refused,) = found.refused
    assert refused.startswith("line 4: ")
    assert says in refused
    assert access.find_case("CR/4") is not None
    assert found.closed == 0


def test_a_whole_file_closes_what_it_does_not_name(case):
    case("CR/9")
    case("CR/8", is_open=False)
    assert access.import_cases(FILE, actor="tests").closed == 0
    assert is_open("CR/9")
    assert access.import_cases(FILE, actor="tests", whole=True).closed == 1
    assert not is_open("CR/9")


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"number,category\r\n", "lacks the column status"),
        (b"", "lacks the column number"),
        (b'number,category,status,assigned\r\n"CR/1,burglary', "not CSV from line"),
    ],
)
def test_what_is_no_such_file_is_refused_whole(contents, says, case):
    case("CR/9")
    with pytest.raises(access.CaseFileError, match=says):
        access.import_cases(contents, actor="tests", whole=True)
    assert is_open("CR/9")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: b"number,category,status,assigned\n" + text.encode())
)
def test_any_bytes_are_taken_or_refused_in_a_sentence(contents):
    with contextlib.suppress(InputError):
        access.import_cases(contents, actor="tests")


def run(*arguments):
    return CliRunner().invoke(app, ["case", *map(str, arguments)], catch_exceptions=True)


@pytest.fixture
def at_the_records(monkeypatch):
    monkeypatch.setattr("turnpike.cli.case.prepare_records", lambda: None)


@pytest.mark.usefixtures("at_the_records")
def test_a_case_is_opened_assigned_closed_and_listed_by_command(people, tmp_path):
    assert run("open", "cr/5", "--category", "robbery", "--person", "investigator").exit_code == 0
    assert access.cases_of(people.investigator)[0].category is access.Category.ROBBERY
    assert run("assign", "CR/5", "--person", "authoriser").exit_code == 0
    assert access.cases_of(people.investigator) == ()
    assert run("close", "CR/5").exit_code == 0
    assert not is_open("CR/5")
    listed = run("list").output
    assert "CR/5" in listed
    assert "closed" in listed


@pytest.mark.usefixtures("at_the_records")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("open", "CR/5", "--category", "jaywalking", "--person", "investigator"), "Choose the category"),
        (("open", "CR/5", "--category", "theft", "--person", "nobody"), "no open account of that name"),
        (("open", "none", "--category", "theft", "--person", "investigator"), "Give the case reference"),
        (("close", "CR/404"), "no case of that number"),
    ],
)
def test_a_command_that_cannot_be_followed_says_why(people, arguments, says):
    result = run(*arguments)
    assert result.exit_code == 1
    assert says in str(result.exception)
    assert access.all_cases() == ()


@pytest.mark.usefixtures("at_the_records")
def test_an_import_by_command_tells_each_refused_line(people, tmp_path):
    file = tmp_path / "cases.csv"
    file.write_bytes(FILE + b"none,theft,open,\r\n")
    result = run("import", file)
    assert result.exit_code == 1
    assert "line 4: Give the case reference" in result.output
    assert "2 cases, 2 of them new or changed; 0 closed for being gone." in result.output
    assert access.find_case("CR/1") is not None
