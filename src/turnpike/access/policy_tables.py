"""What a pack decides, in plain tables that a lawyer can read and add to; read from Markdown and held against the pack.

A table stands under a heading that begins with the action's name. A line before it, `Unless a column says otherwise: fact = value; …`,
tells what every row has in common; each column tells one fact more, and the last two the answer and the rules that speak against it.
`policies/README.md` says how facts and values are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from turnpike.access.authorities import whole_days
from turnpike.access.cedar_schema import contexts
from turnpike.access.errors import PackError
from turnpike.access.supposed import SOMEBODY, Supposed, decide_supposed
from turnpike.accounts.services import Rank, Role

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from turnpike.access.cedar_schema import Field
    from turnpike.access.policy import Pack

_HEADING = re.compile(r"^#+ (?P<action>[A-Za-z]+)\b")
_COMMON = re.compile(r"^Unless a column says otherwise: (?P<facts>.+?)\.?$")
_AGE = re.compile(r"(?P<days>\d+) days?( (?P<sign>[+-]) (?P<seconds>\d+) s)?")
_OF_PERSON = frozenset({"role", "rank", "trained", "account"})
_ANSWERS = {"allow": True, "deny": False}
_WORDS: Mapping[str, str | bool] = {"yes": True, "no": False, "nothing": "", "the same person": SOMEBODY}


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is supposed, and what is to come of it. `line` is its place in the file, from 1."""

    line: int
    action: str
    told: Mapping[str, str]
    person: Supposed
    context: Mapping[str, Any]
    allowed: bool
    rules: frozenset[str]

    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """What is supposed, without the answer; two rows of one key are about the same."""
        return self.action, tuple(sorted(self.told.items()))


@dataclass(frozen=True, slots=True)
class Failure:
    """A row that the pack decides otherwise."""

    row: Row
    sentence: str


def rows_of(text: str, pack: Pack) -> tuple[Row, ...]:
    """The rows of all tables in a text.

    Raises:
        PackError: naming the line of what cannot be read, or that names a fact, role, rank or rule which the pack does not know.
    """
    return tuple(_Reading(pack).rows(text))


def rows_for(ours: tuple[Row, ...], base: tuple[Row, ...]) -> tuple[Row, ...]:
    """A force's rows, and of the base's those about which the force says nothing."""
    said = {row.key() for row in ours}
    return (*ours, *(row for row in base if row.key() not in said))


def failures(rows: tuple[Row, ...], pack: Pack) -> tuple[Failure, ...]:
    """The rows that the pack decides otherwise, each with a sentence that says how."""
    found = []
    for row in rows:
        decision = decide_supposed(row.person, row.action, row.context, pack)
        against = frozenset() if decision.allowed else frozenset(rule.id for rule in decision.rules)
        if (decision.allowed, against) != (row.allowed, row.rules):
            found.append(Failure(row, f"{_told(row)} {_found(decision.allowed, against)} {_expected(row)}"))
    return tuple(found)


def _told(row: Row) -> str:
    return (
        f"Line {row.line}, {row.action} ({', '.join(f'{name} {value}' for name, value in row.told.items())}):"
    )


def _found(allowed: bool, against: frozenset[str]) -> str:  # noqa: FBT001 - an answer, not a switch
    return "the pack allows it," if allowed else f"the pack denies it by {', '.join(sorted(against))},"


def _expected(row: Row) -> str:
    return (
        "the table allows it." if row.allowed else f"the table denies it by {', '.join(sorted(row.rules))}."
    )


class _Reading:
    def __init__(self, pack: Pack) -> None:
        self._contexts = contexts(str(pack.schema))
        self._rules = {rule.id for rule in pack.rules.values()}
        self._line = 0

    def rows(self, text: str) -> Iterator[Row]:
        action, common, columns = "", dict[str, str](), list[str]()
        for self._line, written in enumerate(text.splitlines(), start=1):
            line = written.strip()
            if heading := _HEADING.match(line):
                action, common, columns = heading["action"], {}, []
            elif stated := _COMMON.match(line):
                common = self._common(stated["facts"])
            elif not line.startswith("|"):
                columns = []
            elif not columns:
                columns = [cell.lower() for cell in _cells(line)]
                self._check(action, columns)
            elif set(line) - set("|-: "):
                yield self._row(action, common, columns, _cells(line))

    def _check(self, action: str, columns: list[str]) -> None:
        if action not in self._contexts:
            raise self._fault(f"it stands under no action of the pack, but under “{action}”")
        if columns[-2:] != ["answer", "rules"]:
            raise self._fault("its last two columns are not Answer and Rules")

    def _common(self, stated: str) -> dict[str, str]:
        pairs = [part.partition("=") for part in stated.split(";")]
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    def _row(self, action: str, common: dict[str, str], columns: list[str], cells: list[str]) -> Row:
        if len(cells) != len(columns):
            raise self._fault("it has another number of cells than the table has columns")
        told = common | dict(zip(columns, cells, strict=True))
        answer, named = told.pop("answer"), told.pop("rules")
        rules = frozenset(re.findall(r"[\w-]+", named))
        if answer not in _ANSWERS or bool(rules) == _ANSWERS[answer]:
            raise self._fault("its answer is not allow without a rule, nor deny with one")
        if unknown := rules - self._rules:
            raise self._fault(f"the pack has no rule {', '.join(sorted(unknown))}")
        person = {name: value for name, value in told.items() if name in _OF_PERSON}
        context: dict[str, Any] = {}
        for name, value in told.items():
            if name not in person and value != "none":
                self._put(context, action, name, value)
        for name, value in told.items():
            if value == "none":
                context.pop(name.replace(" ", "_"), None)
        return Row(self._line, action, told, self._person(person), context, _ANSWERS[answer], rules)

    def _person(self, told: Mapping[str, str]) -> Supposed:
        roles = frozenset(told.get("role", "none").split(" and ")) - {"none"}
        rank = told.get("rank", "staff").replace(" ", "_")
        if not roles <= set(Role) or rank not in set(Rank):
            raise self._fault("it names a role or a rank that there is not")
        return Supposed(
            roles,
            Rank(rank).level,
            told.get("trained", "yes") == "yes",
            told.get("account", "open") == "open",
        )

    def _put(self, context: dict[str, Any], action: str, name: str, value: str) -> None:
        """A fact by its words: `case category` is the category of the case, `days back` the fact of that name."""
        if name == "age":
            name, value = "days back", str(self._days(value))
        fields: Mapping[str, Field] = self._contexts[action]
        words = name.split(" ")
        for end in range(len(words), 0, -1):
            field = fields.get("_".join(words[:end]))
            if field is None:
                continue
            if end == len(words) and field.shape.fields:
                context.setdefault("_".join(words), {})
                return
            if end == len(words):
                context["_".join(words)] = self._value(field.shape.kind, value)
                return
            inner = "_".join(words[end:])
            if inner in field.shape.fields:
                within = context.setdefault("_".join(words[:end]), {})
                within[inner] = self._value(field.shape.fields[inner].shape.kind, value)
                return
        raise self._fault(f"{action} is told nothing called “{name}”")

    def _value(self, kind: str, value: str) -> object:
        if kind == "Long":
            if not re.fullmatch(r"-?\d+", value):
                raise self._fault(f"“{value}” is no whole number")
            return int(value)
        if kind == "Set":
            return [] if value == "nothing" else [part.strip() for part in value.split(",")]
        return _WORDS.get(value, value)

    def _days(self, age: str) -> int:
        found = _AGE.fullmatch(age.replace("−", "-"))  # noqa: RUF001 - the sign that a typesetter writes
        if found is None:
            raise self._fault(f"“{age}” is no age; write it as 90 days or 90 days + 1 s")
        seconds = int(found["seconds"] or 0) * (-1 if found["sign"] == "-" else 1)
        return whole_days(timedelta(days=int(found["days"]), seconds=seconds))

    def _fault(self, why: str) -> PackError:
        return PackError(f"Line {self._line} of the tables cannot be used: {why}.")


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("`", "") for cell in line.strip("|").split("|")]
