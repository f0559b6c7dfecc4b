"""Train the plate detector: `python -m training.train_detector --fonts FOLDER --pictures FOLDER --out FOLDER`."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from training.detector_data import SCENE_HEIGHT_PX, SCENE_WIDTH_PX, Targets, make_scene, targets_of
from training.detector_model import PlateDetector
from training.drawn_scenes import MOST_SCENES
from training.reader_data import Backdrops
from training.runs import Pool, export, rate_at, read_options, resume, save
from turnpike.recognition.plate_detector import CORNER_UNIT_PX, STRIDE_PX
from turnpike.simulation.lettering import LetterCase

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from multiprocessing.queues import Queue
    from pathlib import Path

    from numpy.typing import NDArray

CHUNK, SHORT_CHUNK = 96, 8
MOST_PICTURES = 750
# Corners decide what the reader sees; what is found at all is soon learned.
CORNER_WEIGHT = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """CHUNK pictures (n, h, w, 3) uint8, and each one's targets."""

    images: NDArray[np.uint8]
    targets: tuple[Targets, ...]


def produce(queue: Queue[Chunk], seed: int, size: int, fonts: Path | None, pictures: Path) -> None:
    """Make chunks for ever."""
    cv2.setNumThreads(1)
    backdrops = Backdrops(pictures, most=MOST_PICTURES, seed=seed, drawn=min(MOST_SCENES, size // 4))
    letters = LetterCase.load(fonts, np.random.default_rng(seed), stroke_sets=48)
    number = 0
    while True:
        rng = np.random.default_rng((seed, number))
        scenes = [make_scene(rng, letters, backdrops) for _ in range(size)]
        queue.put(Chunk(np.stack([s.image for s in scenes]), tuple(targets_of(s) for s in scenes)))
        number += 1


def stacked(targets: list[Targets], name: str) -> Tensor:
    """One field of several targets as a tensor."""
    return torch.from_numpy(np.stack([getattr(target, name) for target in targets]))


def loss_of(model: PlateDetector, images: Tensor, targets: list[Targets]) -> tuple[Tensor, Tensor]:
    """Focal loss of the plate's logit; corner loss on renders, box loss on real pictures."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        outputs = model(images.float().contiguous(memory_format=torch.channels_last))
    outputs = outputs.float()
    plate, ignore = stacked(targets, "plate"), stacked(targets, "ignore")
    weight, exact = stacked(targets, "weight"), stacked(targets, "exact")
    cross = functional.binary_cross_entropy_with_logits(outputs[:, 0], plate, reduction="none")
    likely = torch.sigmoid(outputs[:, 0])
    right = likely * plate + (1 - likely) * (1 - plate)
    count = plate.sum().clamp(min=1)
    found = (cross * (1 - right) ** 2 * (1 - ignore)).sum() / count
    corners, wanted = outputs[:, 1:] * CORNER_UNIT_PX, stacked(targets, "corners")
    each = functional.smooth_l1_loss(corners, wanted, reduction="none", beta=2.0).sum(1)
    by_corner = (each * weight * exact).sum()
    by_box = (_box_loss(corners, wanted) * weight * (1 - exact)).sum()
    return found, (by_corner + by_box) / count


def _box_loss(corners: Tensor, wanted: Tensor) -> Tensor:
    """How far the quad's own bounding box is from the labelled box; a slanted quad inside it costs nothing."""
    xs, ys = corners[:, 0::2], corners[:, 1::2]
    box = torch.stack((xs.amin(1), ys.amin(1), xs.amax(1), ys.amax(1)), 1)
    true_xs, true_ys = wanted[:, 0::2], wanted[:, 1::2]
    true = torch.stack((true_xs.amin(1), true_ys.amin(1), true_xs.amax(1), true_ys.amax(1)), 1)
    return 2 * functional.smooth_l1_loss(box, true, reduction="none", beta=2.0).sum(1)


def export_detector(model: PlateDetector, path: Path) -> None:
    """Write the ONNX file: input `pictures`, output `cells`; any multiple of 32."""
    example = torch.zeros(1, 3, SCENE_HEIGHT_PX, SCENE_WIDTH_PX)
    pictures, cells = {0: "n", 2: "h", 3: "w"}, {0: "n", 2: "rows", 3: "columns"}
    export(model, example, path, pictures=pictures, cells=cells)


def train(options: argparse.Namespace) -> None:
    """The whole run."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    chunk = SHORT_CHUNK if options.short else CHUNK
    pool: Pool[Chunk] = Pool(
        produce,
        (chunk, options.fonts, options.pictures),
        workers=options.workers,
        seed=options.seed,
        keep=options.pool,
        draws_a_chunk=max(1, chunk * options.reuse // options.batch),
    )
    model = PlateDetector().to(memory_format=torch.channels_last)
    print("parameters", sum(p.numel() for p in model.parameters()), "stride", STRIDE_PX, flush=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-3)
    last = options.out / "detector.pt"
    step = resume(last, model, optimiser)
    order, started, running = np.random.default_rng(options.seed), time.monotonic(), np.zeros(2)
    while step < options.steps:
        chunk = pool.draw(order)
        rows = order.choice(len(chunk.targets), options.batch, replace=False)
        images = torch.from_numpy(chunk.images[rows]).permute(0, 3, 1, 2)
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, options.steps)
        found, placed = loss_of(model, images, [chunk.targets[r] for r in rows])
        optimiser.zero_grad()
        (found + CORNER_WEIGHT * placed).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimiser.step()
        running += (np.array([found.item(), placed.item()]) - running) * (0.03 if step else 1)
        step += 1
        if step % 50 == 0:
            print(step, running.round(3), f"{time.monotonic() - started:.0f}s", flush=True)
        if step % 500 == 0 or step == options.steps:
            save(last, model, optimiser, step)
            export_detector(model, options.out / "detector.onnx")
    pool.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and run."""
    train(read_options(__doc__, arguments, steps=6_000, batch=16, pool=30))


if __name__ == "__main__":
    main()
