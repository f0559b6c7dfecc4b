"""Train the plate reader: `python -m training.train_reader --fonts FOLDER --pictures FOLDER --out FOLDER`.

Samples are made by worker processes while the model learns; a run is seeded and resumes from its last checkpoint.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import cv2
import numpy as np
import torch
from torch.nn import functional

from training.drawn_scenes import MOST_SCENES
from training.reader_data import COUNTRIES, Backdrops, RealPlates, Samples, make_samples
from training.reader_model import PlateReader, example
from training.runs import Pool, export, rate_at, read_options, resume, save
from turnpike.recognition.decoding import ALPHABET, BLANK, best_path
from turnpike.simulation.lettering import LetterCase

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from multiprocessing.queues import Queue
    from pathlib import Path

CHUNK, SHORT_CHUNK = 1_024, 32
HELD_OUT_SEED = 9_000_001
MOST_PICTURES = 400
_RESEED_EVERY = 40


def produce(
    queue: Queue[Samples],
    seed: int,
    size: int,
    fonts: Path | None,
    pictures: Path,
    mined: Path | None,
    labels: Path | None,
) -> None:
    """Make chunks for ever; each chunk's seed follows from the run's."""
    cv2.setNumThreads(1)
    chunk = 0
    backdrops = Backdrops(
        pictures, most=MOST_PICTURES, seed=seed, mined=mined, drawn=min(MOST_SCENES, size // 4)
    )
    real = RealPlates(pictures, labels) if labels else None
    letters = None
    while True:
        rng = np.random.default_rng((seed, chunk))
        if letters is None or chunk % _RESEED_EVERY == 0:
            letters = LetterCase.load(fonts, rng, stroke_sets=48)
        queue.put(make_samples(size, rng, letters, backdrops, real))
        chunk += 1


def encode(texts: tuple[str, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """All characters in one row, and each text's length, as the loss wants them."""
    codes = [ALPHABET.index(c) + 1 for text in texts for c in text]
    return torch.tensor(codes, dtype=torch.long), torch.tensor([len(t) for t in texts], dtype=torch.long)


def loss_of(model: PlateReader, samples: Samples, rows: np.ndarray) -> torch.Tensor:
    """CTC over both lines, and the country's cross entropy at a small weight."""
    crops = torch.from_numpy(samples.crops[rows]).unsqueeze(1).float()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        scores, countries = model(crops.contiguous(memory_format=torch.channels_last))
    texts = tuple(samples.texts[i] for i in rows)
    codes, lengths = encode(texts)
    logs = functional.log_softmax(scores.float(), -1).permute(1, 0, 2)
    steps = torch.full((len(rows),), logs.shape[0], dtype=torch.long)
    each = functional.ctc_loss(logs, codes, steps, lengths, blank=BLANK, reduction="none", zero_infinity=True)
    legible = torch.from_numpy(samples.legible[rows])
    # Weighed by length, so that a long plate's character counts as much as a short one's.
    read = (each * legible / lengths.clamp(min=1)).mean()
    kind = functional.cross_entropy(countries.float(), torch.from_numpy(samples.countries[rows]))
    return read + 0.1 * kind


def evaluate(model: PlateReader, samples: Samples) -> dict[str, float]:
    """Share read right, by country group, on held-out renders."""
    model.eval()
    right: dict[str, list[bool]] = {"all": []}
    with torch.no_grad():
        for start in range(0, len(samples.texts), 256):
            crops = torch.from_numpy(samples.crops[start : start + 256]).unsqueeze(1).float()
            scores = model(crops)[0].numpy()
            for offset, text in enumerate(best_path(one).replace(" ", "") for one in scores):
                if not samples.legible[start + offset]:
                    continue
                label = samples.texts[start + offset].replace(" ", "")
                country = COUNTRIES[samples.countries[start + offset]]
                right["all"].append(text == label)
                right.setdefault(country, []).append(text == label)
    model.train()
    return {
        key: round(float(np.mean(right[key])), 4)
        for key in ("all", "GB", "DE", "CZ", "US", "BR", "none")
        if key in right
    }


def export_reader(model: PlateReader, path: Path) -> None:
    """Write the ONNX file: input `crops`, outputs `scores` and `countries`."""
    export(model, example(), path, crops={0: "n"}, scores={0: "n"}, countries={0: "n"})


def train(options: argparse.Namespace) -> None:
    """The whole run."""
    torch.manual_seed(options.seed)
    torch.set_num_threads(options.threads)
    options.out.mkdir(parents=True, exist_ok=True)
    chunk = SHORT_CHUNK if options.short else CHUNK
    pool: Pool[Samples] = Pool(
        produce,
        (chunk, options.fonts, options.pictures, options.mined, options.labels),
        workers=options.workers,
        seed=options.seed,
        keep=options.pool,
        draws_a_chunk=max(1, chunk * options.reuse // options.batch),
    )
    rng = np.random.default_rng(HELD_OUT_SEED)
    held_out = make_samples(chunk, rng, LetterCase.load(options.fonts, rng), Backdrops(options.pictures))
    model = PlateReader().to(memory_format=torch.channels_last)
    print("parameters", sum(p.numel() for p in model.parameters()), flush=True)
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=1e-3)
    last = options.out / "reader.pt"
    step = resume(last, model, optimiser)
    order, started, running = np.random.default_rng(options.seed), time.monotonic(), 0.0
    while step < options.steps:
        samples = pool.draw(order)
        rows = order.choice(len(samples.texts), options.batch, replace=False)
        for group in optimiser.param_groups:
            group["lr"] = rate_at(step, options.steps)
        loss = loss_of(model, samples, rows)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        running += (loss.item() - running) * (0.02 if step else 1)
        step += 1
        if step % 50 == 0:
            print(step, round(running, 3), f"{time.monotonic() - started:.0f}s", flush=True)
        if step % 500 == 0 or step == options.steps:
            save(last, model, optimiser, step)
            print(json.dumps({"step": step, **evaluate(model, held_out)}), flush=True)
            export_reader(model, options.out / "reader.onnx")
    pool.close()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and run."""
    train(read_options(__doc__, arguments, steps=12_000, batch=128, pool=24))


if __name__ == "__main__":
    main()
