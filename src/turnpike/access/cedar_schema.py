"""What each action of a pack's schema is told, fact by fact, read from the schema as Cedar writes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from turnpike.access.errors import PackError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\w+(?:::\w+)*|\S')


@dataclass(frozen=True, slots=True)
class Shape:
    """One kind of value: `Bool`, `Long`, `String`, `Set`, another name of Cedar's, or a `Record` with fields."""

    kind: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Field:
    """One named fact."""

    shape: Shape
    optional: bool


@lru_cache(maxsize=16)
def contexts(schema_text: str) -> Mapping[str, Mapping[str, Field]]:
    """What each action is told, by the action's name. `schema_text` is what `str` gives of a parsed schema.

    Raises:
        PackError: the schema is written in a way not known here.
    """
    try:
        return _Reader(_TOKEN.findall(schema_text)).actions()
    except (StopIteration, KeyError) as error:
        raise PackError("The schema of the policy pack is of a kind that cannot be walked.") from error


@lru_cache(maxsize=16)
def person_fields(schema_text: str) -> Mapping[str, Field]:
    """What a decision knows of the person, by name. Arguments and errors as `contexts`."""
    found = re.search(r"^entity User\b[^{;]*(\{.*?\})", schema_text, re.MULTILINE | re.DOTALL)
    if found is None:
        return {}
    try:
        return _Reader(_TOKEN.findall(found[1])[1:]).fields()
    except StopIteration as error:
        raise PackError("The schema of the policy pack is of a kind that cannot be walked.") from error


class _Reader:
    """Reads declarations one after another; types stand before the actions in Cedar's own order, or are resolved once all are read."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens: Iterator[str] = iter(tokens)
        self._types: dict[str, Shape] = {}

    def actions(self) -> Mapping[str, Mapping[str, Field]]:
        found: dict[str, Mapping[str, Field]] = {}
        for word in self._tokens:
            if word == "type":
                name = next(self._tokens)
                self._expect("=")
                self._types[name] = self._shape(next(self._tokens))
            elif word == "action":
                names, context = self._action()
                found |= dict.fromkeys(names, context)
        return {action: self._resolved(context) for action, context in found.items()}

    def _action(self) -> tuple[list[str], Mapping[str, Field]]:
        """The actions of one declaration, up to its semicolon, and what they are told."""
        names: list[str] = []
        for word in self._tokens:
            if word in {"in", "appliesTo", ";"}:
                break
            if word != ",":
                names.append(word.strip('"'))
        while word != ";":
            if word == "context":
                self._expect(":")
                shape = self._shape(next(self._tokens))
                self._skip_to(";")
                return names, self._types[shape.kind].fields if shape.kind in self._types else shape.fields
            word = next(self._tokens)
        return names, {}

    def _shape(self, word: str) -> Shape:
        if word == "{":
            return Shape("Record", self.fields())
        if word == "Set":
            self._skip_to(">")
            return Shape("Set", {})
        return Shape(word.removeprefix("__cedar::"), {})

    def fields(self) -> Mapping[str, Field]:
        fields: dict[str, Field] = {}
        while (word := next(self._tokens)) != "}":
            if word == ",":
                continue
            mark = next(self._tokens)
            if mark == "?":
                self._expect(":")
            fields[word.strip('"')] = Field(self._shape(next(self._tokens)), mark == "?")
        return fields

    def _resolved(self, fields: Mapping[str, Field]) -> Mapping[str, Field]:
        """The fields with each named type in place of its name."""
        found = {}
        for name, field in fields.items():
            shape = self._types.get(field.shape.kind, field.shape)
            found[name] = Field(Shape(shape.kind, self._resolved(shape.fields)), field.optional)
        return found

    def _expect(self, wanted: str) -> None:
        if next(self._tokens) != wanted:
            raise StopIteration

    def _skip_to(self, wanted: str) -> None:
        while next(self._tokens) != wanted:
            pass
