"""Draw how the store's cost grows: docs/pictures/store-growth.svg, from what `turnpike bench store --full --json` printed.

`python scripts/draw_store_growth.py REPORT.json`; each figure `NAME_at_READS` of the report is a point.
"""

from __future__ import annotations

import json
import math
import re
import sys
from pathlib import Path

OUT = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "store-growth.svg"
LINES = {
    "plate_lookup_p95_ms": ("one plate, all of the time", "#1d70b8"),
    "camera_hour_p95_ms": ("one camera, one hour", "#00703c"),
    "pattern_week_p95_ms": ("a pattern, one week", "#f47738"),
    "pattern_year_p95_ms": ("a pattern, all of the time", "#d4351c"),
}
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 900, 420, 80, 240, 56, 60
TITLE = "What 95 of 100 questions take, in milliseconds, as the store grows"
INK, FAINT = "#0b0c0c", "#b1b4b6"
TICKS_MS = (1, 10, 100, 1_000, 10_000)


def points(figures: dict[str, float], name: str) -> list[tuple[int, float]]:
    """(reads, value), by size."""
    found = (re.fullmatch(rf"{name}_at_(\d+)", key) for key in figures)
    return sorted((int(match[1]), figures[match[0]]) for match in found if match)


def drawn(figures: dict[str, float]) -> str:
    """The picture: milliseconds over millions of reads, both by powers of ten."""
    sizes = [size for size, _ in points(figures, next(iter(LINES)))]
    low, high = math.log10(min(sizes)) - 0.05, math.log10(max(sizes)) + 0.05
    most = max(value for name in LINES for _, value in points(figures, name))
    ticks = [tick for tick in TICKS_MS if tick <= most * 10]

    def x(size: int) -> float:
        return round(LEFT + (math.log10(size) - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        share = math.log10(max(value, ticks[0])) / math.log10(ticks[-1])
        return round(HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM), 1)

    parts = [
        f'<text x="{LEFT}" y="28" font-size="17" font-weight="700">{TITLE}</text>',
    ]
    for tick in ticks:
        parts.append(f'<path d="M{LEFT} {y(tick)}H{WIDTH - RIGHT}" stroke="{FAINT}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:,}</text>')
    parts += [
        f'<text x="{x(size)}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{size / 1e6:,.0f}</text>'
        for size in sizes
    ]
    parts.append(f'<text x="{LEFT}" y="{HEIGHT - 14}">millions of reads</text>')
    ends = []
    for name, (title, colour) in LINES.items():
        path = " ".join(f"{x(size)},{y(value)}" for size, value in points(figures, name))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3"/>')
        ends.append((y(points(figures, name)[-1][1]), title, colour))
    below = -math.inf
    for end, title, colour in sorted(ends):
        below = max(end + 4, below + 18)  # so that no title lies on another
        parts.append(f'<text x="{WIDTH - RIGHT + 10}" y="{below}" fill="{colour}">{title}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="Arial, sans-serif" '
        f'font-size="14" fill="{INK}" role="img" aria-label="How long questions take as the store grows">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def main(report: str) -> None:
    """Write the picture."""
    OUT.write_text(drawn(json.loads(Path(report).read_text("utf-8"))["figures"]), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
