"""What plates look like from country to country: colours, bands and sizes.

What the marks spell stands in `turnpike.plates`. Source: the countries' own published regulations on registration plates, as
commonly described.
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

    `share` is how often they are drawn; `marks` what they spell where the country has no layouts of its own in `plates`;
    `band` the letters on a blue band, empty for none;
    `strokes` the share drawn with our own stroke lettering, the rest with a font; `slogans` whether words stand above and
    below the mark; `top_band` the share with a band along the upper edge in their stead; `two_line` the share on two lines, where a mark has a
    gap to break at.
    """

    country: str
    share: float
    paints: tuple[Paint, ...] = (BLACK_ON_WHITE,)
    size_mm: tuple[float, float] = EUROPEAN_MM
    marks: tuple[str, ...] = ()
    band: str = ""
    strokes: float = 0.15
    slogans: bool = False
    two_line: float = 0.14
    top_band: float = 0.0


NATIONS: tuple[Nation, ...] = (
    Nation("IE", 1.2, band="IRL"),
    Nation("FR", 2.2, paints=(BLACK_ON_WHITE, BLACK_ON_YELLOW), band="F"),
    Nation("DE", 3.0, band="D", strokes=0.05),
    Nation("IT", 1.6, band="I"),
    Nation("ES", 1.6, band="E"),
    Nation("PT", 0.8, band="P"),
    Nation("NL", 1.4, paints=(BLACK_ON_YELLOW, BLACK_ON_YELLOW, YELLOW_ON_BLUE), band="NL"),
    Nation("BE", 0.9, paints=(RED_ON_WHITE,), band="B"),
    Nation("LU", 0.2, paints=(BLACK_ON_YELLOW,), band="L"),
    Nation("PL", 1.8, band="PL"),
    Nation("CZ", 2.4, band="CZ"),
    Nation("SK", 2.4, band="SK"),
    Nation("HU", 1.0, band="H"),
    Nation("RO", 1.2, band="RO"),
    Nation("AT", 1.0, band="A"),
    Nation("CH", 0.8, size_mm=(500.0, 110.0)),
    Nation("SE", 0.8, band="S"),
    Nation("NO", 0.8, paints=(BLACK_ON_WHITE, WHITE_ON_GREEN), band="N"),
    Nation("DK", 0.8, paints=(BLACK_ON_WHITE, BLACK_ON_YELLOW), band="DK"),
    Nation("FI", 0.6, band="FIN"),
    Nation("LT", 0.5, band="LT"),
    Nation("LV", 0.4, band="LV"),
    Nation("EE", 0.4, band="EST"),
    Nation("SI", 0.5, paints=(BLACK_ON_WHITE, GREEN_ON_WHITE), band="SLO"),
    Nation("HR", 0.6, paints=(BLACK_ON_WHITE, RED_ON_WHITE), band="HR"),
    Nation("RS", 0.5, band="SRB"),
    Nation("BG", 0.6, band="BG"),
    Nation("GR", 0.6, band="GR"),
    Nation("UA", 0.6, band="UA"),
    Nation(
        "US",
        9.0,
        paints=(
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
        size_mm=AMERICAN_MM,
        strokes=0.1,
        slogans=True,
        two_line=0.0,
    ),
    Nation(
        "CA",
        1.2,
        paints=(BLUE_ON_WHITE, BLACK_ON_WHITE, RED_ON_WHITE),
        size_mm=AMERICAN_MM,
        slogans=True,
        two_line=0.0,
    ),
    Nation(
        "MX",
        0.8,
        paints=(BLACK_ON_WHITE, GREEN_ON_WHITE, RED_ON_WHITE),
        size_mm=AMERICAN_MM,
        slogans=True,
        two_line=0.0,
    ),
    Nation(
        "BR",
        6.5,
        paints=(BLACK_ON_GREY, BLACK_ON_GREY, BLACK_ON_WHITE, BLACK_ON_WHITE, WHITE_ON_RED, BLUE_ON_WHITE),
        size_mm=SOUTH_AMERICAN_MM,
        slogans=True,
        two_line=0.24,
        top_band=0.3,
    ),
    Nation(
        "AR",
        1.0,
        paints=(BLACK_ON_WHITE, WHITE_ON_BLACK),
        size_mm=SOUTH_AMERICAN_MM,
        slogans=True,
        top_band=0.4,
    ),
    Nation("CL", 0.5, size_mm=(360.0, 130.0), slogans=True, two_line=0.0),
    Nation("CO", 0.5, paints=(BLACK_ON_YELLOW, BLACK_ON_WHITE), size_mm=(330.0, 160.0), slogans=True),
    Nation("TR", 0.5, band="TR"),
    Nation("AU", 0.6, paints=(BLACK_ON_WHITE, BLUE_ON_WHITE), size_mm=(372, 134)),
    Nation("ZA", 0.5),
    Nation("IN", 0.6, paints=(BLACK_ON_WHITE, BLACK_ON_YELLOW), two_line=0.4),
    # Free text: what no grammar foresees must still be read as it stands.
    Nation(
        "",
        3.0,
        marks=(
            "XXXXXX",
            "XXXXXXX",
            "XXX XXX",
            "XXX XXXX",
            "XX XXXX",
            "XXXX XXX",
            "XXXXX",
            "XXXX",
            "XXXXXXXX",
        ),
        paints=(
            BLACK_ON_WHITE,
            BLACK_ON_YELLOW,
            WHITE_ON_BLACK,
            BLACK_ON_ORANGE,
            WHITE_ON_BLUE,
            WHITE_ON_GREEN,
        ),
        strokes=0.4,
        two_line=0.2,
    ),
)
