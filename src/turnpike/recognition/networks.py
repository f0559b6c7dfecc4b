"""The shipped networks: found, checked against the hash on their card, and opened on the processor that is asked for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from turnpike.recognition.errors import EngineUnavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FOLDER = Path(__file__).parent / "weights"
CARDS = "cards.json"


class NetworkCard(msgspec.Struct, frozen=True):
    """What a program needs of a model card; people read `docs/models.md`, which is made from the same runs."""

    name: str
    file: str
    sha256: str


class Calibration(msgspec.Struct, frozen=True):
    """What turns a reading's own figures into a confidence: weights of `confidence.Evidence`, in its order, and a constant."""

    weights: tuple[float, ...]
    constant: float


class Pair(msgspec.Struct, frozen=True):
    """Both networks in one precision."""

    detector: NetworkCard
    reader: NetworkCard


class Cards(msgspec.Struct, frozen=True):
    """Everything beside the weights themselves."""

    detector: NetworkCard
    reader: NetworkCard
    countries: tuple[str, ...]
    """What the reader's second output stands for: ISO codes, "none" for no plate, "??" for a country that is not known."""
    calibration: Calibration
    precision: str = "float32"
    """Of the two networks above, which are used unless others are asked for: "float32" or "int8"."""
    others: dict[str, Pair] = {}
    """The same networks in another precision; their files need not be there."""
    colour: NetworkCard | None = None
    """Tells a vehicle's colour, in float32; it is small."""

    def pair(self, precision: str | None) -> Pair:
        """The networks in one precision, or those that are used by default.

        Raises:
            EngineUnavailable: there is no card for it.
        """
        if precision in {None, self.precision}:
            return Pair(self.detector, self.reader)
        try:
            return self.others[str(precision)]
        except KeyError:
            raise EngineUnavailable(f"There are no {precision} networks; install Turnpike again.") from None


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """One opened network: arrays in, arrays out, by position."""

    session: Any
    inputs: tuple[str, ...]

    def __call__(self, *arrays: NDArray[Any]) -> list[NDArray[np.float32]]:
        """Run it once; safe from several threads."""
        found: list[NDArray[np.float32]] = self.session.run(None, dict(zip(self.inputs, arrays, strict=True)))
        return found


@lru_cache(maxsize=1)
def load_cards(folder: Path = FOLDER) -> Cards:
    """The cards beside the weights.

    Raises:
        EngineUnavailable: they are not there or not whole.
    """
    try:
        return msgspec.json.decode((folder / CARDS).read_bytes(), type=Cards)
    except (OSError, msgspec.MsgspecError):
        raise EngineUnavailable(
            f"The recognition models' cards in {folder} are missing or damaged; install Turnpike again."
        ) from None


def save_cards(cards: Cards, folder: Path = FOLDER) -> None:
    """Write them beside the weights; for training."""
    (folder / CARDS).write_bytes(msgspec.json.format(msgspec.json.encode(cards), indent=2) + b"\n")


def precisions(folder: Path = FOLDER) -> tuple[str, ...]:
    """Of which precision ("float32", "int8") both networks are installed; first the one that is used unless another is asked for.

    Raises:
        EngineUnavailable: the cards are not there or not whole.
    """
    cards = load_cards(folder)
    others = (
        name
        for name, pair in cards.others.items()
        if all((folder / card.file).exists() for card in (pair.detector, pair.reader))
    )
    return (cards.precision, *others)


def open_network(card: NetworkCard, *, threads: int, provider: str, folder: Path = FOLDER) -> Network:
    """The network of a card, on so many threads.

    `provider` is "cpu", or another of ONNX Runtime's execution providers by its short name ("cuda", "openvino", ...), beside which
    the processor does what that one cannot.

    Raises:
        EngineUnavailable: the file is missing or is not the one that the card describes, or the provider is not installed.
    """
    path = folder / card.file
    try:
        weights = path.read_bytes()
    except OSError:
        raise EngineUnavailable(f"The model file {path} is missing; install Turnpike again.") from None
    if hashlib.sha256(weights).hexdigest() != card.sha256:
        raise EngineUnavailable(
            f"The model file {path} is not the one that its card describes; install Turnpike again."
        )
    return open_weights(weights, threads=threads, provider=provider)


def open_weights(weights: bytes, *, threads: int, provider: str) -> Network:
    """A network of an ONNX file's bytes; who calls has checked whose they are.

    Raises:
        EngineUnavailable: the provider is not installed. ONNX Runtime's own errors come through.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait busily would take a second core from the camera's decoder.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    names = _providers(provider, onnxruntime.get_available_providers())
    session = onnxruntime.InferenceSession(weights, options, providers=names)
    return Network(session, tuple(one.name for one in session.get_inputs()))


def _providers(wanted: str, available: list[str]) -> list[str]:
    cpu = "CPUExecutionProvider"
    by_short_name = {name.removesuffix("ExecutionProvider").lower(): name for name in available}
    if wanted.lower() not in by_short_name:
        installed = ", ".join(sorted(by_short_name))
        raise EngineUnavailable(
            f'ONNX Runtime here has no provider "{wanted}"; set recognition_provider to one of: {installed}.'
        )
    return list(dict.fromkeys((by_short_name[wanted.lower()], cpu)))
