"""Train what tells a vehicle's colour: `python -m training.train_colour --labels FILE --out FOLDER`.

The labels are a CSV of `path,x,y,w,h,colour`: pictures, the plate's box in pixels, and the colour that a person sees; several, parted by "|", where it may be either,
"night" where none can be told. To them come scenes that `turnpike.simulation` draws, whose colours are known. Three networks are trained from three
seeds, and the shipped file holds all three and answers with their mean.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import math
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import numpy as np
import torch
from PIL import Image
from torch import nn
from torch.nn import functional

from training.runs import SHORT_STEPS, export
from turnpike.recognition.colour import COLOURS, crop_around, ground_light
from turnpike.recognition.networks import FOLDER, NetworkCard, load_cards, save_cards
from turnpike.simulation.light import sun_elevation_degrees
from turnpike.simulation.services import Colour, Passing, TownVehicle, VehicleKind, make_town, render_scene

CLASSES = ["none" if not name else name.replace("silver or ", "") for name in COLOURS]
STEPS, REAL, DRAWN, SEEDS = 1000, 36, 12, (11, 12, 13)
NIGHT_SHARE = 0.35
"""Night frames are of one source and much alike, so they are drawn more seldom."""
HUES = {"blue": 262.0, "red": 25.0, "green": 150.0, "yellow": 100.0, "orange": 58.0}
"""Where each colour lies in Oklab, in degrees; a picture turned by chance is taken where it lands near one."""
REACH = {"blue": 25.0, "green": 25.0}
HOURS = (
    (6, 12),
    (6, 8),
    (6, 17),
    (12, 12),
    (3, 7),
    (6, 20),
    (12, 17),
    (6, 1),
    (10, 16),
    (9, 6),
    (6, 14),
    (4, 10),
)
LEAST_SUN = 3.0
# The window that the network sees of a crop, as turnpike.recognition.colour cuts it.
_SCALE, _SHIFT = (1.25 / 1.6, 0.8 / 1.15), (0.0, 0.10 / 1.15)
_CONES = torch.tensor([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
_OKLAB = torch.tensor([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099], [0.0259040371, 0.7827717662, -0.8086757660]])  # fmt: skip


@dataclass(frozen=True, slots=True)
class Crops:
    """Vehicles: linear light (n, 3, 92, 128), the plate's ground (n, 3), and how likely each class is (n, classes)."""

    pictures: torch.Tensor
    grounds: torch.Tensor
    truth: torch.Tensor

    def some(self, which: np.ndarray) -> Crops:
        """Those of `which`."""
        index = torch.tensor(which)
        return Crops(self.pictures[index], self.grounds[index], self.truth[index])


def labelled(path: Path) -> Crops:
    """The crops of a labels file."""
    rows = []
    with path.open(newline="") as file:
        for row in csv.DictReader(file):
            image = np.asarray(Image.open(path.parent / row["path"]).convert("RGB"))
            box = (int(row["x"]), int(row["y"]), int(row["w"]), int(row["h"]))
            rows.append((image, box, row["colour"]))
    return _crops(rows)


def drawn(number: int, seed: int = 1) -> Crops:
    """So many vehicles of the demo world, in all its colours and lights."""
    rng = np.random.default_rng(seed)
    town = make_town(seed)
    rows = []
    for index in range(number):
        colour = list(Colour)[index % len(Colour)]
        kind = list(VehicleKind)[int(rng.integers(len(VehicleKind)))]
        lane = int(rng.integers(1, 3))
        month, hour = HOURS[int(rng.integers(len(HOURS)))]
        vehicle = TownVehicle(town.vehicles[index % len(town.vehicles)].plate, colour, kind)
        camera = town.cameras[int(rng.integers(len(town.cameras)))]
        when = datetime(2026, month, 21, hour, tzinfo=UTC)
        size = (1280, 720) if index % 2 else (640, 360)
        scene = render_scene(
            Passing(camera.camera_id, hour * 3600, lane, 30), vehicle, camera, when, size=size, rng=rng
        )
        is_day = sun_elevation_degrees(when, camera.latitude, camera.longitude) > LEAST_SUN
        word = {"silver": "grey"}.get(colour.value, colour.value)
        rows.append((scene.image, scene.plates[0].box, word if is_day else "night"))
    return _crops(rows)


def _crops(rows: list[tuple[np.ndarray, tuple[int, int, int, int], str]]) -> Crops:
    truth = np.zeros((len(rows), len(CLASSES)), np.float32)
    for at, (_, _, words) in enumerate(rows):
        for word in words.split("|"):
            truth[at, CLASSES.index("none" if word == "night" else word)] = 1
    pictures = np.stack([crop_around(image, box) for image, box, _ in rows]).transpose(0, 3, 1, 2)
    grounds = np.stack([ground_light(image, box) for image, box, _ in rows])
    return Crops(
        torch.tensor(np.ascontiguousarray(pictures)),
        torch.tensor(grounds),
        torch.tensor(truth / truth.sum(axis=1, keepdims=True)),
    )


def varied(crops: Crops, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network takes, each time a little otherwise, and the truth."""
    number = len(crops.truth)

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=chance)

    cast = torch.exp(normal(number, 3) * 0.06)
    pictures, grounds = crops.pictures * cast[:, :, None, None], crops.grounds * cast
    grounds = grounds * torch.exp(normal(number, 1) * 0.22)
    place = torch.zeros(number, 2, 3)
    size = torch.exp(normal(number) * 0.08)
    flip = (torch.rand(number, generator=chance) < 0.5).float() * 2 - 1
    place[:, 0, 0] = _SCALE[0] * size * torch.exp(normal(number) * 0.05) * flip
    place[:, 1, 1] = _SCALE[1] * size
    place[:, 0, 2] = _SHIFT[0] + normal(number) * 0.05
    place[:, 1, 2] = _SHIFT[1] + normal(number) * 0.05
    grid = functional.affine_grid(place, [number, 3, 40, 60], align_corners=False)
    seen = functional.grid_sample(pictures, grid, align_corners=False)
    both = [_lab(_balanced(seen, grounds)), _lab(seen)]
    turns, truth = _turned(crops.truth, chance)
    taken = torch.cat([_rotated(one, turns) for one in both], 1)
    taken[:, [1, 2, 4, 5]] *= 5
    taken[:, [0, 3]] = taken[:, [0, 3]] * 2 - 1
    return taken, truth


def _balanced(seen: torch.Tensor, grounds: torch.Tensor) -> torch.Tensor:
    top = grounds.max(1, keepdim=True).values.clamp(min=0.005)
    white = (grounds / top).min(1).values > 0.5
    gain = torch.where(white[:, None], 0.8 / grounds.clamp(min=0.005), (0.85 / top).expand(-1, 3))
    return (seen * gain[:, :, None, None]).clamp(max=3)


def _lab(linear: torch.Tensor) -> torch.Tensor:
    cones = torch.einsum("ij,njhw->nihw", _CONES, linear).clamp(min=1e-6).pow(1 / 3)
    return torch.einsum("ij,njhw->nihw", _OKLAB, cones)


def _rotated(lab: torch.Tensor, turns: torch.Tensor) -> torch.Tensor:
    cosine, sine = turns.cos()[:, None, None], turns.sin()[:, None, None]
    a, b = lab[:, 1], lab[:, 2]
    return torch.stack((lab[:, 0], a * cosine - b * sine, a * sine + b * cosine), 1)


def _turned(truth: torch.Tensor, chance: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """By how much each picture's hues are turned (radians), and the truth then: a red car turned to blue is a blue car."""
    number = len(truth)
    sure, best = truth.max(1)
    names = list(HUES)
    hue = torch.tensor([HUES.get(name, 0.0) for name in CLASSES])
    degrees = torch.rand(number, generator=chance) * 360
    now = (hue[best] + degrees) % 360
    away = torch.stack([((now - HUES[name] + 180) % 360 - 180).abs() for name in names], 1)
    nearest = away.min(1)
    reach = torch.tensor([REACH.get(name, 10.0) for name in names])[nearest.indices]
    coloured = torch.tensor([name in HUES for name in CLASSES])[best]
    light = torch.tensor([name in {"red", "yellow", "orange"} for name in CLASSES])[best]
    to_light = torch.tensor([name in {"yellow", "orange"} for name in names])[nearest.indices]
    turn = coloured & (sure > 0.99) & (nearest.values < reach) & (light | ~to_light)
    turn &= torch.rand(number, generator=chance) < 0.5
    target = torch.tensor([CLASSES.index(name) for name in names])[nearest.indices]
    after = truth.clone()
    after[turn] = functional.one_hot(target[turn], len(CLASSES)).float()
    return torch.where(turn, degrees, torch.zeros(number)) * math.pi / 180, after


class ColourNetwork(nn.Module):
    """Five small convolutions, the mean and the most of each map, and a probability for each class."""

    def __init__(self, width: int = 24) -> None:
        super().__init__()
        sizes = ((6, width, 1), (width, width, 2), (width, 2 * width, 1), (2 * width, 2 * width, 2), (2 * width, 2 * width, 1))  # fmt: skip
        self.body = nn.Sequential(
            *(
                nn.Sequential(nn.Conv2d(a, b, 3, step, 1, bias=False), nn.BatchNorm2d(b), nn.ReLU())
                for a, b, step in sizes
            )
        )
        self.drop, self.out = nn.Dropout(0.3), nn.Linear(4 * width, len(CLASSES))

    def forward(self, taken: torch.Tensor) -> torch.Tensor:
        """Logits of (n, 6, 40, 60)."""
        maps = self.body(taken)
        return self.out(self.drop(torch.cat((maps.mean((2, 3)), maps.amax((2, 3))), 1)))


class Together(nn.Module):
    """Several networks' mean probability."""

    def __init__(self, networks: list[ColourNetwork]) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)

    def forward(self, taken: torch.Tensor) -> torch.Tensor:
        """Probabilities."""
        return torch.stack([functional.softmax(one(taken), 1) for one in self.networks]).mean(0)


def train(real: Crops, made: Crops, seed: int, steps: int) -> ColourNetwork:
    """One network."""
    torch.manual_seed(seed)
    chance, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    network = ColourNetwork()
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.02)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, steps)
    night = real.truth[:, CLASSES.index("none")].numpy() > 0.5
    shares = np.where(night, NIGHT_SHARE, 1.0)
    network.train()
    for _ in range(steps):
        one, truth = varied(real.some(rng.choice(len(night), REAL, p=shares / shares.sum())), chance)
        other, known = varied(made.some(rng.choice(len(made.truth), DRAWN)), chance)
        wanted = torch.cat((truth, known)) * 0.94 + 0.06 / len(CLASSES)
        loss = -(wanted * functional.log_softmax(network(torch.cat((one, other))), 1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rate.step()
    print(f"seed {seed}: loss {loss.item():.3f}", flush=True)
    return network.eval()


def ship(networks: list[ColourNetwork], folder: Path, version: str, *, into_package: bool) -> None:
    """Write `colour.onnx`, and its card into the package where that is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / "colour.onnx"
    export(Together(networks), torch.zeros(1, 6, 40, 60), target, vehicle={}, likely={})
    if into_package:
        digest = hashlib.sha256(target.read_bytes()).hexdigest()
        card = NetworkCard(f"turnpike-colour-{version}", target.name, digest)
        save_cards(msgspec.structs.replace(load_cards(), colour=card))


def main() -> None:
    """Read the options and train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the package's weights folder ships it")
    parser.add_argument("--version", default="1")
    parser.add_argument(
        "--short", action="store_true", help="four steps on a few scenes, to see that it runs"
    )
    options = parser.parse_args()
    torch.set_num_threads(1)
    real, made = labelled(options.labels), drawn(4 if options.short else 240)
    networks = [train(real, made, seed, SHORT_STEPS if options.short else STEPS) for seed in SEEDS]
    ship(networks, options.out, options.version, into_package=options.out.resolve() == FOLDER.resolve())


if __name__ == "__main__":
    main()
