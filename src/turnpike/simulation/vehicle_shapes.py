"""The outlines of the vehicles: for each end, how the body's skin runs from the bumper up to the roof.

Invented proportions of common sizes; no make or model is meant.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from turnpike.simulation.models import VehicleKind, View

Row = tuple[float, float, float, float]
"""z (away from the nearest point), y (over the ground), half width, and how far the corners sweep back; metres."""


@dataclass(frozen=True, slots=True)
class EndShape:
    """One end of a vehicle. All lengths are metres; heights are over the ground.

    `rows` go upwards without a step down. `window` is the height of the glass's lower and upper edge,
    `lamp` inner x, outer x, lower y and upper y of the right-hand lamp, `opening` half width, lower y and
    upper y of the grille in front and of the tailgate's recess behind.
    """

    rows: tuple[Row, ...]
    length_m: float
    plate_y_m: float
    bumper_y_m: float
    window: tuple[float, float]
    lamp: tuple[float, float, float, float]
    opening: tuple[float, float, float]
    wheel_z_m: float
    wheel_radius_m: float


_HATCHBACK_FRONT = EndShape(
    rows=(
        (0.16, 0.19, 0.74, 0.22),
        (0.05, 0.23, 0.81, 0.27),
        (0.01, 0.33, 0.855, 0.30),
        (0.00, 0.45, 0.875, 0.32),
        (0.01, 0.56, 0.885, 0.34),
        (0.04, 0.66, 0.885, 0.38),
        (0.10, 0.735, 0.88, 0.40),
        (0.22, 0.80, 0.87, 0.34),
        (0.48, 0.87, 0.855, 0.22),
        (0.80, 0.93, 0.835, 0.15),
        (1.06, 0.97, 0.80, 0.14),
        (1.10, 0.99, 0.76, 0.20),
        (1.38, 1.17, 0.685, 0.20),
        (1.66, 1.335, 0.61, 0.18),
        (1.82, 1.405, 0.575, 0.14),
        (2.10, 1.45, 0.55, 0.08),
        (2.80, 1.47, 0.54, 0.02),
        (3.60, 1.475, 0.52, 0.02),
    ),
    length_m=4.1,
    plate_y_m=0.415,
    bumper_y_m=0.50,
    window=(1.005, 1.395),
    lamp=(0.50, 0.845, 0.615, 0.735),
    opening=(0.47, 0.555, 0.675),
    wheel_z_m=0.82,
    wheel_radius_m=0.31,
)

_HATCHBACK_REAR = EndShape(
    rows=(
        (0.14, 0.22, 0.74, 0.16),
        (0.04, 0.27, 0.83, 0.22),
        (0.00, 0.40, 0.875, 0.25),
        (0.00, 0.53, 0.885, 0.25),
        (0.05, 0.60, 0.885, 0.24),
        (0.09, 0.66, 0.885, 0.23),
        (0.09, 0.80, 0.88, 0.23),
        (0.13, 0.93, 0.855, 0.24),
        (0.20, 1.00, 0.80, 0.24),
        (0.36, 1.17, 0.715, 0.22),
        (0.52, 1.335, 0.63, 0.18),
        (0.58, 1.40, 0.595, 0.14),
        (0.72, 1.445, 0.575, 0.08),
        (1.40, 1.475, 0.57, 0.03),
        (2.40, 1.48, 0.56, 0.02),
    ),
    length_m=4.1,
    plate_y_m=0.745,
    bumper_y_m=0.60,
    window=(1.01, 1.365),
    lamp=(0.555, 0.86, 0.69, 0.93),
    opening=(0.36, 0.675, 0.835),
    wheel_z_m=0.78,
    wheel_radius_m=0.31,
)

_VAN_FRONT = EndShape(
    rows=(
        (0.14, 0.22, 0.82, 0.18),
        (0.04, 0.27, 0.90, 0.22),
        (0.00, 0.42, 0.945, 0.24),
        (0.00, 0.60, 0.955, 0.26),
        (0.02, 0.76, 0.955, 0.28),
        (0.07, 0.90, 0.95, 0.30),
        (0.16, 1.00, 0.94, 0.26),
        (0.36, 1.10, 0.92, 0.20),
        (0.60, 1.18, 0.89, 0.18),
        (0.66, 1.21, 0.86, 0.24),
        (0.86, 1.45, 0.82, 0.22),
        (1.08, 1.72, 0.775, 0.18),
        (1.24, 1.85, 0.75, 0.14),
        (1.60, 1.93, 0.74, 0.06),
        (3.20, 1.96, 0.74, 0.02),
    ),
    length_m=4.9,
    plate_y_m=0.465,
    bumper_y_m=0.60,
    window=(1.225, 1.80),
    lamp=(0.62, 0.915, 0.76, 0.96),
    opening=(0.56, 0.66, 0.86),
    wheel_z_m=0.88,
    wheel_radius_m=0.34,
)

_VAN_REAR = EndShape(
    rows=(
        (0.10, 0.30, 0.84, 0.10),
        (0.02, 0.36, 0.92, 0.13),
        (0.00, 0.46, 0.95, 0.14),
        (0.00, 0.56, 0.955, 0.14),
        (0.06, 0.61, 0.955, 0.14),
        (0.07, 0.80, 0.955, 0.14),
        (0.08, 1.10, 0.945, 0.14),
        (0.10, 1.40, 0.92, 0.14),
        (0.14, 1.70, 0.87, 0.13),
        (0.18, 1.84, 0.83, 0.10),
        (0.30, 1.92, 0.79, 0.06),
        (1.50, 1.96, 0.77, 0.02),
    ),
    length_m=4.9,
    plate_y_m=0.75,
    bumper_y_m=0.61,
    window=(1.20, 1.66),
    lamp=(0.80, 0.945, 0.80, 1.20),
    opening=(0.33, 0.68, 0.83),
    wheel_z_m=0.95,
    wheel_radius_m=0.34,
)


def _scaled(shape: EndShape, *, width: float, height: float, lift_m: float) -> EndShape:
    """The same shape wider, taller and standing higher; the plate keeps its size."""

    def up(y_m: float) -> float:
        return y_m * height + lift_m

    inner, outer, low, high = shape.lamp
    half, opening_low, opening_high = shape.opening
    return replace(
        shape,
        rows=tuple((z, up(y), half_width * width, sweep) for z, y, half_width, sweep in shape.rows),
        plate_y_m=up(shape.plate_y_m),
        bumper_y_m=up(shape.bumper_y_m),
        window=(up(shape.window[0]), up(shape.window[1])),
        lamp=(inner * width, outer * width, up(low), up(high)),
        opening=(half * width, up(opening_low), up(opening_high)),
        wheel_radius_m=shape.wheel_radius_m * height + lift_m / 2,
    )


SHAPES: dict[tuple[VehicleKind, View], EndShape] = {
    (VehicleKind.HATCHBACK, View.FRONT): _HATCHBACK_FRONT,
    (VehicleKind.HATCHBACK, View.REAR): _HATCHBACK_REAR,
    (VehicleKind.ESTATE, View.FRONT): _scaled(_HATCHBACK_FRONT, width=1.025, height=0.985, lift_m=0.0),
    (VehicleKind.ESTATE, View.REAR): _scaled(_HATCHBACK_REAR, width=1.025, height=0.985, lift_m=0.0),
    (VehicleKind.SUV, View.FRONT): _scaled(_HATCHBACK_FRONT, width=1.06, height=1.10, lift_m=0.06),
    (VehicleKind.SUV, View.REAR): _scaled(_HATCHBACK_REAR, width=1.06, height=1.10, lift_m=0.06),
    (VehicleKind.VAN, View.FRONT): _VAN_FRONT,
    (VehicleKind.VAN, View.REAR): _VAN_REAR,
}
