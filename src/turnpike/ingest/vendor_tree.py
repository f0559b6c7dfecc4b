"""A maker's message as a tree of named texts, whichever form it came in; names without regard to case, for makers change it between versions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_DEPTH = 32
"""Source: ours; makers' messages have up to nine levels."""
MAX_ELEMENTS = 50_000
"""Source: ours; the largest of makers' messages, a group with its paths, has some thousands, and each takes about 300 bytes here."""
_INDEX = "["


@dataclass(frozen=True, slots=True)
class Element:
    """`name` is in small letters, without a namespace; `text` is what stands directly in it, trimmed."""

    name: str
    text: str
    children: Sequence[Element] = ()

    def all(self, name: str) -> list[Element]:
        """Its own elements of that name."""
        wanted = name.lower()
        return [child for child in self.children if child.name == wanted]

    def at(self, *path: str) -> Element:
        """The first element there, one without text and elements where there is none."""
        here = self
        for name in path:
            wanted = name.lower()
            here = next((child for child in here.children if child.name == wanted), NONE)
        return here

    def value(self, *paths: str) -> str:
        """The first text that is not empty at those paths, each written such as `vehicleInfo/color`."""
        return next((text for path in paths if (text := self.at(*path.split("/")).text)), "")

    def within(self) -> Iterator[Element]:
        """It and all in it, in order."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))

    def first(self, *names: str) -> Element:
        """The first element of one of these names, wherever it is; one without anything where there is none."""
        wanted = {name.lower() for name in names}
        return next((element for element in self.within() if element.name in wanted), NONE)


NONE = Element("", "")


@dataclass(slots=True)
class Sprout:
    """An element that is being read."""

    name: str
    texts: list[str] = field(default_factory=list)
    children: list[Sprout] = field(default_factory=list)
    _by_step: dict[str, Sprout] = field(default_factory=dict)

    def new(self, name: str) -> Sprout:
        """One more element of that name in it."""
        child = Sprout(name)
        self.children.append(child)
        return child

    def at(self, step: str) -> Sprout:
        """The one for a step such as `Events[0]`, made where there is none yet."""
        found = self._by_step.get(step)
        if found is None:
            found = self._by_step[step] = self.new(step.partition(_INDEX)[0])
        return found

    def trim(self) -> None:
        """Its text in one piece: what came in thousands of pieces is not held in them."""
        if self.texts:
            text = "".join(self.texts)
            self.texts = []
            self.texts = [text.strip()]

    def grown(self) -> Element:
        """The element, with all in it."""
        self.trim()
        return Element(
            self.name.lower(),
            self.texts[0] if self.texts else "",
            tuple(child.grown() for child in self.children),
        )
