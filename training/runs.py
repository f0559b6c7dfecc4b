"""What every training run does alike: samples from worker processes, a rate over the steps, checkpoints to resume from."""

from __future__ import annotations

import argparse
import math
import multiprocessing as mp
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np

Chunk = TypeVar("Chunk")
BEST_RATE = 2e-3
SHORT_STEPS = 4
_WARM_UP_STEPS = 200


class Pool(Generic[Chunk]):
    """A window of the chunks that the workers make, each used several times: making costs nearly as much as learning.

    Chunks come in a fixed order and the window moves on after a fixed number of draws, so that a run can be repeated.
    """

    def __init__(
        self,
        make: Callable[..., None],
        arguments: tuple[Any, ...],
        *,
        workers: int,
        seed: int,
        keep: int,
        draws_a_chunk: int,
    ) -> None:
        context = mp.get_context("spawn")
        self._keep, self._draws_a_chunk = keep, draws_a_chunk
        self._chunks: list[Chunk] = []
        self._drawn = self._taken = 0
        self._queues: list[mp.Queue[Chunk]] = [context.Queue(maxsize=2) for _ in range(workers)]
        self._processes = [
            context.Process(target=make, args=(queue, seed + worker, *arguments), daemon=True)
            for worker, queue in enumerate(self._queues)
        ]
        for process in self._processes:
            process.start()

    def draw(self, rng: np.random.Generator) -> Chunk:
        """One chunk by chance; waits where the next one is due and not made yet."""
        if self._drawn % self._draws_a_chunk == 0:
            self._chunks.append(self._queues[self._taken % len(self._queues)].get())
            self._chunks = self._chunks[-self._keep :]
            self._taken += 1
        self._drawn += 1
        return self._chunks[int(rng.integers(len(self._chunks)))]

    def close(self) -> None:
        """End the workers."""
        for process in self._processes:
            process.terminate()


def read_options(
    told: str | None, arguments: Sequence[str] | None = None, *, steps: int, batch: int, pool: int
) -> argparse.Namespace:
    """The command line of a run, whose usual length, batch and pool are given; `told` is what --help says first."""
    parser = argparse.ArgumentParser(description=told)
    parser.add_argument("--fonts", type=Path, default=None)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--mined", type=Path, default=None, help="what training.mine found, for the reader")
    parser.add_argument(
        "--labels", type=Path, default=None, help="what training.self_label read, for the reader"
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=steps)
    parser.add_argument("--batch", type=int, default=batch)
    parser.add_argument("--pool", type=int, default=pool)
    parser.add_argument("--reuse", type=int, default=4, help="how often each sample is learned from")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--short", action="store_true", help="a few steps on a few samples: shows that it works"
    )
    options = parser.parse_args(arguments)
    if options.short:
        options.steps, options.batch, options.pool = SHORT_STEPS, 4, 1
    return options


def rate_at(step: int, steps: int) -> float:
    """A short warm-up, then half a cosine down to a three-hundredth."""
    return (
        BEST_RATE
        * min(1.0, (step + 1) / _WARM_UP_STEPS)
        * (0.5 * (1 + math.cos(math.pi * step / steps)) + 0.003)
    )


def resume(path: Path, model: torch.nn.Module, optimiser: torch.optim.Optimizer) -> int:
    """Load the last checkpoint, if there is one; the step to go on from."""
    if not path.exists():
        return 0
    state = torch.load(path)
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    return int(state["step"])


def save(path: Path, model: torch.nn.Module, optimiser: torch.optim.Optimizer, step: int) -> None:
    """Write a checkpoint aside and put it in place, so that a stopped run leaves a whole one."""
    draft = path.with_suffix(".draft")
    torch.save({"model": model.state_dict(), "optimiser": optimiser.state_dict(), "step": step}, draft)
    draft.replace(path)


def export(model: torch.nn.Module, example: torch.Tensor, path: Path, **axes: dict[int, str]) -> None:
    """Write the ONNX file; `axes` names its input and outputs in order, each with the axes that may have any length."""
    name, *outputs = axes
    model.eval()
    torch.onnx.export(
        model,
        (example,),
        str(path),
        input_names=[name],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    model.train()
