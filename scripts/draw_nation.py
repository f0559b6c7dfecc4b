"""Draw what `turnpike simulate nation` makes: docs/pictures/nation.svg.

Run it anew when the simulation changes: `python scripts/draw_nation.py`. The picture is the same each time.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.simulation.services import NationPlan, national_cameras, national_reads

OUT = Path(__file__).resolve().parent.parent / "docs" / "pictures" / "nation.svg"
# A week of a force that holds 478,966,518 reads a year.
PLAN = NationPlan(reads=9_185_000, days=7, seed=7, first_day=date(2026, 6, 1))
HOUR_MS = 3_600_000
WORKING_HOURS = 5 * 24
RUSH_HOURS = ((6, 9), (15.5, 18.5))
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WIDTH, PANEL, LEFT, RIGHT = 900, 230, 76, 40
INK, FAINT, BLUE, ORANGE = "#0b0c0c", "#b1b4b6", "#1d70b8", "#d4351c"
PAINTS = ("#1d70b8", "#d4351c", "#00703c", "#f47738", "#4c2c92", "#28a197")


class Panel:
    """One chart of the picture: values are moved and scaled into its frame."""

    def __init__(
        self, top: int, title: str, x_range: tuple[float, float], y_range: tuple[float, float]
    ) -> None:
        self.top, self.x_range, self.y_range = top + 44, x_range, y_range
        self.height = PANEL - 44 - 34
        self.parts = [f'<text x="{LEFT}" y="{top + 26}" font-size="17" font-weight="700">{title}</text>']

    def x(self, value: float) -> float:
        low, high = self.x_range
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return round(self.top + self.height - (value - low) / (high - low) * self.height, 1)

    def across(self, value: float, label: str) -> None:
        """A faint line at a height, with its label."""
        y = self.y(value)
        self.parts.append(f'<path d="M{LEFT} {y}H{WIDTH - RIGHT}" stroke="{FAINT}" stroke-width="1"/>')
        self.write(LEFT - 8, y + 4, label, "end")

    def below(self, value: float, label: str) -> None:
        """A label under the frame."""
        self.write(self.x(value), self.top + self.height + 18, label, "middle")

    def write(self, x: float, y: float, text: str, anchor: str = "start") -> None:
        self.parts.append(
            f'<text x="{x}" y="{y}" font-size="13" text-anchor="{anchor}" fill="{INK}">{text}</text>'
        )

    def line(self, xs: list[float], ys: list[float], paint: str) -> None:
        points = " ".join(f"{self.x(x)},{self.y(y)}" for x, y in zip(xs, ys, strict=True))
        self.parts.append(f'<polyline points="{points}" fill="none" stroke="{paint}" stroke-width="2.5"/>')

    def dot(self, x: float, y: float, paint: str) -> None:
        self.parts.append(
            f'<circle cx="{self.x(x)}" cy="{self.y(y)}" r="4.5" fill="{paint}" fill-opacity="0.8"/>'
        )


def draw_hours(hours: np.ndarray) -> Panel:
    """Reads in each half-hour of the week."""
    counts = np.bincount((hours * 2).astype(np.int64), minlength=336) * 2 / 1000
    panel = Panel(0, "Reads an hour, over a week", (0, 168), (0, 120))
    for thousands in (0, 40, 80, 120):
        panel.across(thousands, f"{thousands},000" if thousands else "0")
    for day, name in enumerate(DAYS):
        panel.below(day * 24 + 12, name)
    panel.line([step / 2 + 0.25 for step in range(336)], counts.tolist(), BLUE)
    return panel


def draw_popularity(counts: np.ndarray) -> Panel:
    """How often each plate was read, the most read first; both scales by powers of ten."""
    ranked = np.sort(counts)[::-1]
    at = np.unique(np.geomspace(1, len(ranked), 160).astype(np.int64))
    panel = Panel(PANEL, "Times each plate was read in the week, the most read first", (0, 7), (0, 3))
    for power in range(4):
        panel.across(power, f"{10**power:,}")
    for power in range(8):
        panel.below(power, f"{10**power:,}")
    panel.line(np.log10(at).tolist(), np.log10(ranked[at - 1]).tolist(), BLUE)
    once = f"{len(ranked) / 1e6:.1f} million plates, {(ranked == 1).mean():.0%} of them read once"
    panel.write(WIDTH - RIGHT, panel.top + 14, once, "end")
    return panel


def draw_one_vehicle(reads: pa.Table, hours: np.ndarray, counts: pa.StructArray) -> Panel:
    """When and where one commuter was read."""
    often = counts.field("values").filter(pc.equal(counts.field("counts"), 26))
    rows = next(
        rows for rows in map(partial(rows_of, reads), sorted(often.to_pylist())) if commutes(hours[rows])
    )
    ids = reads["camera_id"].take(pa.array(rows)).to_pylist()
    places = {camera.camera_id: camera.name for camera in national_cameras(PLAN)}
    busiest = [camera for camera, _ in Counter(ids).most_common(len(PAINTS) - 1)]
    title = f"One commuter's week: {len(ids)} reads by {len(set(ids))} cameras"
    panel = Panel(2 * PANEL, title, (0, 24), (6.5, -0.5))
    for day, name in enumerate(DAYS):
        panel.across(day, name)
    for hour in range(0, 25, 3):
        panel.below(hour, f"{hour:02d}:00")
    for hour, camera in zip(hours[rows], ids, strict=True):
        place = busiest.index(camera) if camera in busiest else len(PAINTS) - 1
        panel.dot(hour % 24, hour // 24, PAINTS[place])
    for place, name in enumerate([*(places[camera] for camera in busiest), "others"]):
        row, column = divmod(place, 3)
        y = panel.top + panel.height + 42 + 20 * row
        panel.write(LEFT + column * 260, y, f'<tspan fill="{PAINTS[place]}">●</tspan> {name}')
    return panel


def rows_of(reads: pa.Table, plate: str) -> np.ndarray:
    """Where a plate stands in `reads`."""
    return np.flatnonzero(pc.equal(reads["plate"], plate).to_numpy(zero_copy_only=False))


def commutes(hours: np.ndarray) -> bool:
    """Whether most of these reads are of working days' rush hours, morning and evening."""
    of_day = hours[hours < WORKING_HOURS] % 24
    least = len(hours) / 4
    return all(((of_day > first) & (of_day < last)).sum() > least for first, last in RUSH_HOURS)


def main() -> None:
    """Make the reads, draw them, write the picture."""
    reads = pa.Table.from_batches(
        batch.select(["plate", "camera_id", "captured_at"]) for batch in national_reads(PLAN)
    )
    hours = (reads["captured_at"].cast(pa.int64()).to_numpy() - PLAN.starts_ms) / HOUR_MS
    counts = pc.value_counts(reads["plate"].combine_chunks())
    panels = [
        draw_hours(hours),
        draw_popularity(counts.field("counts").to_numpy()),
        draw_one_vehicle(reads, hours, counts),
    ]
    height = len(panels) * PANEL + 48
    said = (
        f"Three charts of a simulated week of {PLAN.reads:,} reads: rush hours on working days and thin nights;"
        " few vehicles read often and many once; one vehicle read by the same cameras at like times."
    )
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="Arial, sans-serif">',
        f"<title>A simulated nation's reads</title><desc>{said}</desc>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        *(part for panel in panels for part in panel.parts),
        "</svg>",
    ]
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
