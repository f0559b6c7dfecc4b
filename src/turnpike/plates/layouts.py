"""How marks are built from country to country, for those that have no formats of their own in `formats`.

A mark's shape is written with `L` for a letter, `D` for a digit, `X` for either, and a sign for each gap: a space, `-` for a
dash, `*` for a seal or a coat of arms. Other characters stand for themselves. Source: the countries' own published
regulations on registration plates, as commonly described.
"""

from __future__ import annotations

from dataclasses import dataclass

GAPS = " -*"
ALL_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ITALIAN = "ABCDEFGHJKLMNPRSTVWXYZ"
_FRENCH = "ABCDEFGHJKLMNPQRSTVWXYZ"
_CZECH = "ABCDEFHIJKLMNPRSTUVXYZ"
_SPANISH = "BCDFGHJKLMNPRSTVWXYZ"
_DUTCH = "BDFGHJKLNPRSTVXZ"
_SWEDISH = "ABCDEFGHJKLMNOPRSTUWXYZ"
_GREEK = "ABEZHIKMNOPTYX"
# The Latin letters that Cyrillic has as well.
_CYRILLIC = "ABEKMHOPCTYX"


@dataclass(frozen=True, slots=True)
class Layout:
    """The marks of one country (ISO 3166-1 alpha-2) that share their letters; a country may have several."""

    country: str
    marks: tuple[str, ...]
    letters: str = ALL_LETTERS


_GERMAN = tuple(f"{'L' * place}*{'L' * series} " for place in (1, 2, 3) for series in (1, 2))


def _marks(shapes: str) -> tuple[str, ...]:
    return tuple(shape.strip() for shape in shapes.split("|"))


def _rows(*heads: str, digits: tuple[int, int]) -> tuple[str, ...]:
    """Each head with every number of digits from the first to the last of `digits`."""
    return tuple(head + "D" * count for head in heads for count in range(digits[0], digits[1] + 1))


LAYOUTS: tuple[Layout, ...] = (
    Layout("IE", _rows("DDD-L-", "DDD-LL-", "DD-L-", "DD-LL-", digits=(1, 5))),
    Layout("FR", _marks("LL-DDD-LL | DDDD LL DD | DDD LLL DD"), _FRENCH),
    Layout("DE", _rows(*_GERMAN, digits=(1, 4)) + _marks("LL*LL DDDE | LL*L DDDH | L*LL DDDE")),
    Layout("IT", _marks("LL DDDLL | LL*DDDLL"), _ITALIAN),
    Layout("ES", _marks("DDDD LLL"), _SPANISH),
    Layout("ES", _marks("LL-DDDD-LL | L-DDDD-LL")),
    Layout("PT", _marks("LL-DD-LL | DD-LL-DD | DD-DD-LL")),
    Layout("NL", _marks("DD-LLL-D | L-DDD-LL | LL-DDD-L | D-LLL-DD | LL-LL-DD | DD-LL-LL"), _DUTCH),
    Layout("BE", _marks("D-LLL-DDD | LLL-DDD | DDD-LLL")),
    Layout("LU", _marks("LL DDDD | DDDD LL | DDDDD | DDDD")),
    Layout(
        "PL",
        _marks(
            "LL*DDDDD | LL*DDDDL | LL*DDDLL | LL*DLDDD | LL*DDLDD | LL*DLLDD | LL*DDLLD | LLL*DDDD | LLL*DDDL | LLL*DDLL | LLL*LDDD | LLL*DLDD | "
            "LLL*DDLD | LLL*DLLD | LLL*LLDD | LLL*DDDDD | LD*DDDD"
        ),
    ),
    Layout("CZ", _marks("DLD*DDDD | DLL*DDDD | DL*D DDDD"), _CZECH),
    Layout("CZ", _marks("LLL DD-DD | LL DD-DD | LLD-DD-DD")),
    Layout("SK", _marks("LL*DDDLL | LL DDDLL | LL-DDDLL | LLDDDLL")),
    Layout("HU", _marks("LLL*DDD | LLL-DDD | LL*LL-DDD")),
    Layout("RO", _marks("LL DD LLL | L DDD LLL | L DD LLL | LL-DD-LLL")),
    Layout(
        "AT",
        _marks(
            "LL*DDDDL | L*DDDDDL | LL*DDDLL | L*DDDLL | L*DDDDLL | LL*DDLL | LL*DDDL | LL*LLLDD | L*LLLLD"
        ),
    ),
    Layout("CH", _rows("LL*", digits=(1, 6))),
    Layout("SE", _marks("LLL DDD | LLL DDL"), _SWEDISH),
    Layout("NO", _marks("LL DDDDD | LL DDDD")),
    Layout("DK", _marks("LL DD DDD | LL DDDDD")),
    Layout("FI", _rows("LLL-", "LL-", digits=(1, 3))),
    Layout("LT", _marks("LLL*DDD | LLL DDD")),
    Layout("LV", _rows("LL-", digits=(1, 4))),
    Layout("EE", _marks("DDD LLL | DDDLLL")),
    Layout("SI", _marks("LL*LL-DDD | LL*D-DDDL | LL*DD-LLL")),
    Layout("HR", _marks("LL*DDDD-LL | LL*DDD-LL | LL*DDD-L | LL*DDDD-L")),
    Layout("RS", _marks("LL*DDD-LL | LL*DDDD-LL | LL*DDD-L")),
    Layout("BG", _marks("LL DDDD LL | L DDDD LL"), _CYRILLIC),
    Layout("GR", _marks("LLL-DDDD | LLL DDDD"), _GREEK),
    Layout("UA", _marks("LL DDDD LL"), _CYRILLIC),
    Layout(
        "US",
        _marks(
            "LLL DDDD | LLL-DDDD | DLLLDDD | LLL DDD | DDD LLL | LL DDDDD | DDD-LLL | "
            "LLLDDDD | LL*DDDDD | DDD DDD | L DDDDDD | XXXXXXX | XXXXXX | LLD DDD | "
            "DDDD LL | LLDDDDD | DDLLDDD | LLL*DDD | LLD*DDDD | DDDDDDD"
        ),
    ),
    Layout("CA", _marks("LLLL DDD | LLL*DDDD | LLL DDD | DDD LLL | LLL-DDDD")),
    Layout("MX", _marks("LLL-DD-DD | LLL-DDD-L | LLL-DDDD | DDD-LLL | L-DDD-LLL")),
    Layout("BR", _marks("LLL-DDDD | LLLDLDD | LLL*DDDD | LLL DDDD")),
    Layout("AR", _marks("LL DDD LL | LLL DDD")),
    Layout("CL", _marks("LL*LL*DD | LL DDDD | LL-LL-DD")),
    Layout("CO", _marks("LLL DDD | LLL*DDD")),
    Layout("TR", _marks("DD L DDDD | DD LL DDD | DD LL DDDD | DD LLL DD | DD LLL DDD | DD L DDDDD")),
    Layout("AU", _marks("LLL-DDD | LLL DDD | DLL*DLL | DDD*LLL")),
    Layout("ZA", _marks("LL DD LL GP | LLL DDD GP | CA DDDDDD | LL DDDDD")),
    Layout("IN", _marks("LL DD LL DDDD | LL DD L DDDD")),
)
"""Every country that is known here; the order means nothing."""


def layouts_of(country: str) -> tuple[Layout, ...]:
    """Those of one country; empty where it is not known."""
    return tuple(layout for layout in LAYOUTS if layout.country == country)
