"""What a camera makes of a flat plate: perspective, light, blur, noise, compression, and a reader's crop of it.

OpenCV does the warping; it is a training extra and not needed at run time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from turnpike.recognition.rectifying import HEIGHT_PX, MARGIN_X, MARGIN_Y, WIDTH_PX

_SHRUNK = 1.4
_ROLLING_SHARE = 0.15
_TALL_PLATE = 2.6

Image8 = NDArray[np.uint8]
Float = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Severity:
    """How hard an exposure is, 0 (a studio) to 1 (as bad as is still read)."""

    resolution: float
    damage: float


def draw_severity(rng: np.random.Generator) -> Severity:
    """Mostly fair, at times poor."""
    return Severity(resolution=float(rng.beta(1.4, 1.8)), damage=float(rng.beta(1.2, 2.2)))


def photograph(
    plate: Image8, backdrop: Image8, rng: np.random.Generator, severity: Severity
) -> tuple[Image8, Float]:
    """A grey picture (uint8) with the plate in it, at the resolution of a camera, and its corners (4, 2), clockwise."""
    height, width = plate.shape[:2]
    across = width / height
    pixels_high = float(np.exp(np.interp(severity.resolution, (0, 1), (math.log(58), math.log(9.5)))))
    if across < _TALL_PLATE:
        pixels_high *= 1.7  # two rows, or words above and below: the characters are to stay as high
    # A wide plate seen at an angle loses width, rarely height.
    pixels_wide = pixels_high * across * float(rng.uniform(0.72, 1.05))
    quad = _quad(pixels_wide, pixels_high, rng)
    room = np.array([pixels_wide * 0.35 + 8, pixels_high * 0.8 + 8])
    low = quad.min(axis=0) - room
    quad -= low
    size = tuple(int(v) for v in np.ceil(quad.max(axis=0) + room))
    scene = _backdrop(backdrop, size, rng)
    shrink = height / pixels_high
    flat = smoothed(plate, shrink)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    to_scene = cv2.getPerspectiveTransform(corners, quad.astype(np.float32))
    warped = cv2.warpPerspective(flat, to_scene, size, flags=cv2.INTER_LINEAR)
    solid = np.full((height, width), 255, np.uint8)
    if shrink > _SHRUNK:
        # The same blur for the edge, or it is cut into steps that a lens never makes.
        solid = cv2.copyMakeBorder(solid[4:-4, 4:-4], 4, 4, 4, 4, cv2.BORDER_CONSTANT, value=0)
        solid = smoothed(solid, shrink)
    cover = cv2.warpPerspective(solid, to_scene, size)[..., None] / np.float32(255)
    _mount(scene, quad, pixels_high, rng)
    lit = warped.astype(np.float32) * float(rng.uniform(0.55, 1.1))
    mixed = scene.astype(np.float32) * (1 - cover) + lit * cover
    if rng.random() < _ROLLING_SHARE:
        mixed, quads = rolled(mixed, quad[None], rng, pixels_high)
        quad = quads[0]
    return degrade(_to_grey(mixed, rng), rng, severity, pixels_high), quad.astype(np.float32)


def rolled(picture: Float, quads: Float, rng: np.random.Generator, pixels_high: float) -> tuple[Float, Float]:
    """The picture (float32, 0-255) and its quads (n, 4, 2) as a sensor sees them that reads one row after another.

    What moves across leans; a camera that shakes on its pole makes waves, of a thirtieth of a plate's height at most.
    """
    height, width = picture.shape[:2]
    lean = float(rng.normal(0, 0.09))
    wave = float(rng.uniform(0, pixels_high / 30))
    length, phase = pixels_high * float(rng.uniform(0.8, 4)), float(rng.uniform(0, 2 * math.pi))

    def moved(y: Float) -> Float:
        shift: Float = lean * (y - height / 2) + wave * np.sin(2 * math.pi * y / length + phase)
        return shift.astype(np.float32)

    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    seen = cv2.remap(picture, xs - moved(ys), ys, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    shifted = quads.copy()
    shifted[..., 0] += moved(quads[..., 1])
    return seen, shifted


def smoothed(picture: Image8, shrink: float) -> Image8:
    """What is to be made smaller by `shrink`, smoothed before as a lens and a sensor do, where it matters."""
    return cv2.GaussianBlur(picture, (0, 0), shrink * 0.32) if shrink > _SHRUNK else picture  # type: ignore[return-value]  # same dtype


def _quad(wide: float, high: float, rng: np.random.Generator) -> Float:
    turn = math.radians(rng.normal(0, 4.5) if rng.random() < 0.75 else rng.normal(0, 12))
    shear = rng.normal(0, 0.10) if rng.random() < 0.7 else rng.normal(0, 0.25)
    taper = rng.normal(0, 0.05)
    points = []
    for u, v in ((-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)):
        x = u * wide + shear * v * high
        y = v * high * (1 + taper * u * 2) + rng.normal(0, 0.02) * high
        points.append((x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)))
    return np.array(points, np.float32)


def _backdrop(picture: Image8, size: tuple[int, int], rng: np.random.Generator) -> Image8:
    if rng.random() < 0.5:
        coarse = rng.uniform(0, 255, (int(rng.integers(1, 6)), int(rng.integers(1, 9)), 3)).astype(np.uint8)
        return cv2.resize(coarse, size, interpolation=cv2.INTER_LINEAR)
    height, width = picture.shape[:2]
    wide, high = min(size[0], width), min(size[1], height)
    x, y = int(rng.integers(0, width - wide + 1)), int(rng.integers(0, height - high + 1))
    return cv2.resize(picture[y : y + high, x : x + wide], size)


def _mount(scene: Image8, quad: Float, pixels_high: float, rng: np.random.Generator) -> None:
    """A frame or a recess around the plate, lighter or darker than both."""
    if rng.random() < 0.55:
        centre = quad.mean(axis=0)
        grown = centre + (quad - centre) * (1 + rng.uniform(0.02, 0.25) * np.array([0.3, 1.0]))
        tone = tuple(float(v) for v in rng.uniform(0, 150) + rng.uniform(-12, 12, 3))
        cv2.fillPoly(scene, [np.round(grown).astype(np.int32)], tone, cv2.LINE_AA)
    if rng.random() < 0.3:
        line = rng.integers(0, 255, 3)
        y = float(quad[:, 1].max() + rng.uniform(0, 0.4) * pixels_high)
        cv2.line(
            scene, (0, int(y)), (scene.shape[1], int(y)), [int(v) for v in line], int(rng.integers(1, 4))
        )


def _to_grey(picture: Float, rng: np.random.Generator) -> Float:
    # Cameras weigh colours differently; an infra-red one hardly sees the difference of yellow and white.
    if rng.random() < 0.15:
        weights = np.array([0.75, 0.2, 0.05]) + rng.uniform(-0.05, 0.05, 3)
    else:
        weights = np.array([0.299, 0.587, 0.114]) + rng.uniform(-0.05, 0.05, 3)
    grey: Float = (picture @ (weights / weights.sum()).astype(np.float32)).astype(np.float32)
    return grey


def degrade(grey: Float, rng: np.random.Generator, severity: Severity, pixels_high: float) -> Image8:
    """Light, shadow, glare, rain, blur, noise and compression on a grey picture (float32, 0-255)."""
    height, width = grey.shape
    light = np.linspace(*rng.uniform(0.6, 1.15, 2), width, dtype=np.float32)[None]
    light = light * np.linspace(*rng.uniform(0.7, 1.12, 2), height, dtype=np.float32)[:, None]
    grey = grey * light
    if rng.random() < 0.18:
        grey = _shadow(grey, rng)
    if rng.random() < 0.08:
        grey = _glare(grey, rng)
    if rng.random() < 0.06:
        grey = _rain(grey, rng)
    grey = _blur(grey, rng, severity, pixels_high)
    damage = severity.damage
    grey = (grey - 128) * float(rng.uniform(1.3 - 0.85 * damage, 1.3)) + 128 + float(rng.uniform(-42, 42))
    grey = grey + rng.normal(0, 1, grey.shape).astype(np.float32) * float(rng.uniform(0.5, 2 + 12 * damage))
    picture = np.clip(grey, 0, 255)
    if rng.random() < 0.3:
        picture = 255 * (picture / 255) ** float(rng.uniform(0.6, 1.8))
    coded = picture.astype(np.uint8)
    if rng.random() < 0.6:
        quality = int(rng.uniform(92 - 70 * damage, 95))
        coded = cv2.imdecode(cv2.imencode(".jpg", coded, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
    if rng.random() < 0.15:
        coded = cv2.addWeighted(coded, 1.8, cv2.GaussianBlur(coded, (0, 0), 1.5), -0.8, 0)
    return coded


def _shadow(grey: Float, rng: np.random.Generator) -> Float:
    height, width = grey.shape
    mask = np.ones_like(grey)
    x = rng.uniform(0, width)
    lean = rng.uniform(-1.5, 1.5) * height
    edge = np.array([[x, 0], [x + lean, height], [width * 2, height], [width * 2, 0]], np.int32)
    cv2.fillPoly(mask, [edge], float(rng.uniform(0.35, 0.75)))
    soft = float(rng.uniform(0.3, 3))
    shaded: Float = grey * cv2.GaussianBlur(mask, (0, 0), soft)
    return shaded


def _glare(grey: Float, rng: np.random.Generator) -> Float:
    height, width = grey.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32)
    radius = rng.uniform(0.3, 1.2) * height
    distance = ((xs - rng.uniform(0, width)) ** 2 + (ys - rng.uniform(0, height)) ** 2) / radius**2
    lit: Float = grey + float(rng.uniform(60, 190)) * np.exp(-distance)
    return lit


def _rain(grey: Float, rng: np.random.Generator) -> Float:
    drops = np.zeros_like(grey)
    height, width = grey.shape
    for _ in range(int(rng.integers(5, 40))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        length, lean = rng.uniform(2, 0.4 * height + 3), rng.uniform(-0.2, 0.2)
        tone = float(rng.uniform(20, 90))
        cv2.line(drops, (int(x), int(y)), (int(x + lean * length), int(y + length)), tone, 1, cv2.LINE_AA)
    wet: Float = grey + drops
    return wet


def _blur(grey: Float, rng: np.random.Generator, severity: Severity, pixels_high: float) -> Float:
    damage = severity.damage
    if rng.random() < 0.5:
        sigma = float(rng.uniform(0.25, 0.5 + 0.9 * damage)) * max(pixels_high, 14) / 26
        grey = cv2.GaussianBlur(grey, (0, 0), sigma)
    if rng.random() < 0.18:
        reach = max(1, int(rng.uniform(1, 1.5 + damage * pixels_high / 11)))
        kernel = np.zeros((reach * 2 + 1, reach * 2 + 1), np.float32)
        # Vehicles move mostly along the picture's width or towards the camera.
        angle = rng.normal(0, 0.35) if rng.random() < 0.6 else rng.uniform(0, math.pi)
        ends = (np.array([math.cos(angle), math.sin(angle)]) * reach).round().astype(int)
        cv2.line(kernel, (reach - ends[0], reach - ends[1]), (reach + ends[0], reach + ends[1]), 1.0, 1)
        grey = cv2.filter2D(grey, -1, kernel / max(float(kernel.sum()), 1e-3))
    return grey


def rectify(picture: Image8, quad: Float) -> Image8:
    """The reader's crop (HEIGHT_PX, WIDTH_PX): the plate's corners made square, with a margin."""
    dx, dy = MARGIN_X * WIDTH_PX, MARGIN_Y * HEIGHT_PX
    wide, high = WIDTH_PX - dx, HEIGHT_PX - dy
    target = np.array([[dx, dy], [wide, dy], [wide, high], [dx, high]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad.astype(np.float32), target)
    tall = float(np.linalg.norm(quad[3] - quad[0]) + np.linalg.norm(quad[2] - quad[1])) / 2
    if tall > 1.5 * HEIGHT_PX:
        picture = cv2.GaussianBlur(picture, (0, 0), 0.32 * tall / HEIGHT_PX)
    return cv2.warpPerspective(
        picture,
        matrix,
        (WIDTH_PX, HEIGHT_PX),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def jittered(quad: Float, rng: np.random.Generator) -> Float:
    """Corners as a detector finds them: not quite right, at times only the box around the plate."""
    high = float(np.linalg.norm(quad[3] - quad[0]))
    wide = float(np.linalg.norm(quad[1] - quad[0]))
    chance = rng.random()
    found = quad.copy()
    if chance < 0.25:
        low, top = quad.min(axis=0), quad.max(axis=0)
        found = np.array([[low[0], low[1]], [top[0], low[1]], [top[0], top[1]], [low[0], top[1]]], np.float32)
    spread = 0.5 if chance < 0.7 else 1.3
    noise = rng.normal(0, 1, (4, 2)) * np.array([0.02 * wide, 0.07 * high]) * spread
    centre = found.mean(axis=0)
    grown: Float = centre + (found - centre) * rng.uniform([0.98, 0.92], [1.13, 1.30]) + noise
    return grown.astype(np.float32)


def degrade_colour(image: Image8, rng: np.random.Generator, *, gentle: bool) -> Image8:
    """A whole picture's light, colour cast, noise, blur and compression; `gentle` for what a camera took already."""
    picture = image.astype(np.float32)
    if rng.random() < 0.2:
        picture = np.repeat(picture.mean(axis=2, keepdims=True), 3, axis=2)
    spread = 0.5 if gentle else 1.0
    picture = (
        picture * float(rng.uniform(1 - 0.5 * spread, 1 + 0.25 * spread))
        + float(rng.uniform(-20, 20)) * spread
    )
    if rng.random() < 0.3:
        picture = picture * rng.uniform(0.82, 1.18, 3).astype(np.float32)
    if rng.random() < 0.5 * spread:
        picture = picture + rng.normal(0, 1, picture.shape).astype(np.float32) * float(rng.uniform(1, 10))
    coded = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.35 * spread:
        coded = cv2.GaussianBlur(coded, (0, 0), float(rng.uniform(0.4, 1.5)))
    if rng.random() < 0.45 * spread:
        quality = int(rng.integers(30, 88))
        coded = cv2.imdecode(cv2.imencode(".jpg", coded, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
    return coded
