"""What plates look like from country to country: the shapes of marks, colours, bands and sizes.

A mark's shape is written with `L` for a letter, `D` for a digit, `X` for either, a space for a gap, `-` for a
dash, `*` for a seal or a coat of arms between groups, `/` for a second line; other characters stand for
themselves. Source: the countries' own published regulations on registration plates, as commonly described.
"""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]
Paint = tuple[Colour, Colour]
"""Ground and ink."""

BLACK_ON_WHITE: Paint = ((236, 238, 238), (18, 18, 20))
BLACK_ON_YELLOW: Paint = ((247, 197, 20), (18, 18, 20))
WHITE_ON_BLACK: Paint = ((22, 22, 24), (222, 224, 226))
BLUE_ON_WHITE: Paint = ((232, 234, 236), (24, 44, 128))
GREEN_ON_WHITE: Paint = ((232, 234, 232), (16, 92, 56))
RED_ON_WHITE: Paint = ((234, 234, 232), (168, 24, 32))
WHITE_ON_BLUE: Paint = ((28, 60, 140), (232, 234, 236))
WHITE_ON_GREEN: Paint = ((16, 96, 60), (232, 234, 232))
WHITE_ON_RED: Paint = ((160, 28, 36), (236, 234, 232))
YELLOW_ON_BLUE: Paint = ((24, 48, 112), (240, 200, 40))
BLACK_ON_GREY: Paint = ((172, 176, 180), (22, 22, 24))
BLACK_ON_ORANGE: Paint = ((232, 132, 36), (22, 22, 24))

EUROPEAN_MM = (520.0, 112.0)
AMERICAN_MM = (305.0, 152.0)
SOUTH_AMERICAN_MM = (400.0, 130.0)
TWO_LINE_MM = (280.0, 200.0)


@dataclass(frozen=True, slots=True)
class Nation:
    """One country's plates.

    `share` is how often they are drawn; `letters` are those in use; `band` the letters on a blue band, empty for none;
    `strokes` the share drawn with our own stroke lettering, the rest with a font; `slogans` whether words stand above and
    below the mark; `two_line` the share on two lines, where a mark has a gap to break at.
    """

    country: str
    share: float
    marks: tuple[str, ...]
    paints: tuple[Paint, ...] = (BLACK_ON_WHITE,)
    size_mm: tuple[float, float] = EUROPEAN_MM
    letters: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    band: str = ""
    strokes: float = 0.15
    slogans: bool = False
    two_line: float = 0.06


_NO_IOQ = "ABCDEFGHJKLMNPRSTUVWXYZ"
_LATIN_CYRILLIC = "ABEKMHOPCTYX"

NATIONS: tuple[Nation, ...] = (
    Nation("IE", 1.2, ("DDD-LL-DDDDD", "DDD-L-DDDDD", "DD-L-DDDDD", "DD-LL-DDDD"), band="IRL"),
    Nation("FR", 2.2, ("LL-DDD-LL", "DDDD LL DD", "DDD LLL DD"), (BLACK_ON_WHITE, BLACK_ON_YELLOW), band="F"),
    Nation(
        "DE",
        3.0,
        ("LL*LL DDDD", "L*LL DDDD", "LLL*LL DDD", "L*L DDDD", "LL*L DDD", "LLL*L DD", "LL*LL DDDE"),
        band="D",
        strokes=0.05,
    ),
    Nation("IT", 1.6, ("LL DDDLL", "LL*DDDLL"), letters=_NO_IOQ, band="I"),
    Nation("ES", 1.6, ("DDDD LLL", "LL-DDDD-LL", "L-DDDD-LL"), letters="BCDFGHJKLMNPRSTVWXYZ", band="E"),
    Nation("PT", 0.8, ("LL-DD-LL", "DD-LL-DD", "DD-DD-LL"), band="P"),
    Nation(
        "NL",
        1.4,
        ("DD-LLL-D", "L-DDD-LL", "LL-DDD-L", "D-LLL-DD", "LL-LL-DD", "DD-LL-LL"),
        (BLACK_ON_YELLOW, BLACK_ON_YELLOW, YELLOW_ON_BLUE),
        letters="BDFGHJKLNPRSTVXZ",
        band="NL",
    ),
    Nation("BE", 0.9, ("D-LLL-DDD", "LLL-DDD", "DDD-LLL"), (RED_ON_WHITE,), band="B"),
    Nation("LU", 0.2, ("LL DDDD", "DDDD LL"), (BLACK_ON_YELLOW,), band="L"),
    Nation("PL", 1.8, ("LL*DDDDD", "LLL*DDDD", "LL*DDDDL", "LLL*DDLL", "LL*DDDLL", "LLL*LDDD"), band="PL"),
    Nation("CZ", 2.4, ("DLD*DDDD", "DLL*DDDD", "LLL DD-DD", "LL DD-DD", "DL*D DDDD", "LLD-DD-DD"), band="CZ"),
    Nation("SK", 2.4, ("LL*DDDLL", "LL DDDLL", "LL-DDDLL", "LLDDDLL"), band="SK"),
    Nation("HU", 1.0, ("LLL*DDD", "LLL-DDD", "LL*LL-DDD"), band="H"),
    Nation("RO", 1.2, ("LL DD LLL", "L DDD LLL", "L DD LLL", "LL-DD-LLL"), band="RO"),
    Nation("AT", 1.0, ("LL*DDDDL", "L*DDDDDL", "LL*DDDLL", "L*DDDLL", "LL*LLLDD"), band="A"),
    Nation("CH", 0.8, ("LL*DDDDDD", "LL*DDDDD", "LL DDDD", "LL*DDD"), size_mm=(500.0, 110.0)),
    Nation("SE", 0.8, ("LLL DDD", "LLL DDL"), letters="ABCDEFGHJKLMNOPRSTUWXYZ", band="S"),
    Nation("NO", 0.8, ("LL DDDDD", "LL DDDD"), (BLACK_ON_WHITE, WHITE_ON_GREEN), band="N"),
    Nation("DK", 0.8, ("LL DD DDD", "LL DDDDD"), (BLACK_ON_WHITE, BLACK_ON_YELLOW), band="DK"),
    Nation("FI", 0.6, ("LLL-DDD", "LL-DDD", "LLL-DD"), band="FIN"),
    Nation("LT", 0.5, ("LLL*DDD", "LLL DDD"), band="LT"),
    Nation("LV", 0.4, ("LL-DDDD", "LL-DDD"), band="LV"),
    Nation("EE", 0.4, ("DDD LLL", "DDDLLL"), band="EST"),
    Nation("SI", 0.5, ("LL*LL-DDD", "LL*D-DDDL", "LL*DD-LLL"), (BLACK_ON_WHITE, GREEN_ON_WHITE), band="SLO"),
    Nation("HR", 0.6, ("LL*DDDD-LL", "LL*DDD-LL", "LL*DDD-L"), (BLACK_ON_WHITE, RED_ON_WHITE), band="HR"),
    Nation("RS", 0.5, ("LL*DDD-LL", "LL*DDDD-LL"), band="SRB"),
    Nation("BG", 0.6, ("LL DDDD LL", "L DDDD LL"), letters=_LATIN_CYRILLIC, band="BG"),
    Nation("GR", 0.6, ("LLL-DDDD", "LLL DDDD"), letters="ABEZHIKMNOPTYX", band="GR"),
    Nation("UA", 0.6, ("LL DDDD LL",), letters=_LATIN_CYRILLIC, band="UA"),
    Nation(
        "US",
        8.0,
        (
            "LLL DDDD",
            "LLL-DDDD",
            "DLLLDDD",
            "LLL DDD",
            "DDD LLL",
            "LL DDDDD",
            "DDD-LLL",
            "LLLDDDD",
            "LL*DDDDD",
            "DDD DDD",
            "L DDDDDD",
            "XXXXXXX",
            "XXXXXX",
            "LLD DDD",
            "DDDD LL",
            "LLDDDDD",
            "DDLLDDD",
            "LLL*DDD",
            "LLD*DDDD",
            "DDDDDDD",
        ),
        (
            BLACK_ON_WHITE,
            BLUE_ON_WHITE,
            BLUE_ON_WHITE,
            GREEN_ON_WHITE,
            RED_ON_WHITE,
            YELLOW_ON_BLUE,
            BLACK_ON_YELLOW,
            WHITE_ON_BLUE,
            WHITE_ON_GREEN,
            WHITE_ON_BLACK,
        ),
        AMERICAN_MM,
        strokes=0.1,
        slogans=True,
        two_line=0.0,
    ),
    Nation(
        "CA",
        1.2,
        ("LLLL DDD", "LLL*DDDD", "LLL DDD", "DDD LLL", "LLL-DDDD"),
        (BLUE_ON_WHITE, BLACK_ON_WHITE, RED_ON_WHITE),
        AMERICAN_MM,
        slogans=True,
        two_line=0.0,
    ),
    Nation(
        "MX",
        0.8,
        ("LLL-DD-DD", "LLL-DDD-L", "LLL-DDDD", "DDD-LLL", "L-DDD-LLL"),
        (BLACK_ON_WHITE, GREEN_ON_WHITE, RED_ON_WHITE),
        AMERICAN_MM,
        slogans=True,
        two_line=0.0,
    ),
    Nation(
        "BR",
        5.0,
        ("LLL-DDDD", "LLLDLDD", "LLL*DDDD", "LLL DDDD"),
        (BLACK_ON_GREY, BLACK_ON_GREY, BLACK_ON_WHITE, BLACK_ON_WHITE, WHITE_ON_RED, BLUE_ON_WHITE),
        SOUTH_AMERICAN_MM,
        slogans=True,
        two_line=0.12,
    ),
    Nation(
        "AR",
        1.0,
        ("LL DDD LL", "LLL DDD"),
        (BLACK_ON_WHITE, WHITE_ON_BLACK),
        SOUTH_AMERICAN_MM,
        slogans=True,
    ),
    Nation(
        "CL", 0.5, ("LL*LL*DD", "LL DDDD", "LL-LL-DD"), size_mm=(360.0, 130.0), slogans=True, two_line=0.0
    ),
    Nation(
        "CO", 0.5, ("LLL DDD", "LLL*DDD"), (BLACK_ON_YELLOW, BLACK_ON_WHITE), (330.0, 160.0), slogans=True
    ),
    Nation("TR", 0.5, ("DD L DDDD", "DD LL DDD", "DD LLL DD", "DD LLL DDD"), band="TR"),
    Nation(
        "AU", 0.6, ("LLL-DDD", "LLL DDD", "DLL*DLL", "DDD*LLL"), (BLACK_ON_WHITE, BLUE_ON_WHITE), (372, 134)
    ),
    Nation("ZA", 0.5, ("LL DD LL GP", "LLL DDD GP", "CA DDDDDD", "LL DDDDD"), size_mm=EUROPEAN_MM),
    Nation("IN", 0.6, ("LL DD LL DDDD", "LL DD L DDDD"), (BLACK_ON_WHITE, BLACK_ON_YELLOW), two_line=0.4),
    # Free text: what no grammar foresees must still be read as it stands.
    Nation(
        "",
        3.0,
        ("XXXXXX", "XXXXXXX", "XXX XXX", "XXX XXXX", "XX XXXX", "XXXX XXX", "XXXXX", "XXXX", "XXXXXXXX"),
        (BLACK_ON_WHITE, BLACK_ON_YELLOW, WHITE_ON_BLACK, BLACK_ON_ORANGE, WHITE_ON_BLUE, WHITE_ON_GREEN),
        strokes=0.4,
        two_line=0.2,
    ),
)
