"""A vehicle's make, by a classifier that the operator brings: none is shipped, and none is fetched.

The card beside the ONNX file says what it is for, what it takes and what its answers mean. It can be nothing but a classifier of vehicle
makes: the card must say so, and each of its labels must be a make that `makes.MAKES` knows, or "other".
"""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from PIL import Image

from turnpike.recognition.errors import EngineUnavailable
from turnpike.recognition.geometry import plate_unit_px
from turnpike.recognition.makes import MAKES, OTHER
from turnpike.recognition.networks import open_weights
from turnpike.recognition.onnx_files import NotAClassifier, refuse_unfit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from turnpike.recognition.models import Box
    from turnpike.recognition.networks import Network

TASK = "vehicle make"
MOST_CARD_BYTES = 256 * 1024
MOST_FILE_BYTES = 128 * 1024 * 1024
ACROSS, ABOVE, BELOW = 4.0, 2.5, 0.9
"""What the classifier is shown, in plate widths: so wide about the plate's middle, so far above and below it."""
_GREY = 128
_SUM_TOLERANCE = 0.02

_Three = tuple[float, float, float]
_Side = Annotated[int, msgspec.Meta(ge=32, le=640)]


class MakeCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A make classifier's card, as `docs/guides/attributes.md` describes it."""

    task: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    file: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    licence: Annotated[str, msgspec.Meta(min_length=2, max_length=200)]
    width: _Side
    height: _Side
    mean: _Three
    deviation: _Three
    labels: Annotated[list[str], msgspec.Meta(min_length=2, max_length=400)]
    threshold: Annotated[float, msgspec.Meta(ge=0.5, le=1.0)]
    layout: Literal["NCHW", "NHWC"] = "NCHW"
    colours: Literal["RGB", "BGR"] = "RGB"
    answers: Literal["probabilities", "logits"] = "probabilities"


class MakeClassifier:
    """Tells makes; `failures` counts the vehicles at which it broke."""

    def __init__(self, card: MakeCard, network: Network) -> None:
        self._card, self._network = card, network
        self.failures = 0

    @property
    def name(self) -> str:
        """The classifier's own name, from its card."""
        return self._card.name

    def make_of(self, image: NDArray[np.uint8], box: Box) -> str:
        """The make of the vehicle that wears the plate in `box` of `image` (RGB, uint8); empty where it is not sure or fails."""
        try:
            likely = self._probabilities(vehicle_crop(image, box, (self._card.width, self._card.height)))
        except Exception:  # noqa: BLE001 - what a foreign network raises is its own; the read must not be lost with it
            self.failures += 1
            return ""
        if likely is None:
            self.failures += 1
            return ""
        best = int(likely.argmax())
        told = self._card.labels[best]
        return told if likely[best] >= self._card.threshold and told != OTHER else ""

    def is_sound(self) -> bool:
        """Whether it answers a grey picture with one probability for each label."""
        grey = np.full((self._card.height, self._card.width, 3), _GREY, np.uint8)
        return self._probabilities(grey) is not None

    def _probabilities(self, crop: NDArray[np.uint8]) -> NDArray[np.float64] | None:
        """One for each label; None where the answer is nothing of the kind."""
        card = self._card
        picture = crop if card.colours == "RGB" else crop[..., ::-1]
        taken = (picture.astype(np.float32) / 255 - np.array(card.mean, np.float32)) / np.array(
            card.deviation, np.float32
        )
        if card.layout == "NCHW":
            taken = taken.transpose(2, 0, 1)
        (answer,) = self._network(np.ascontiguousarray(taken[None], np.float32))
        if answer.shape != (1, len(card.labels)) or not np.isfinite(answer).all():
            return None
        likely = answer[0].astype(np.float64)
        if card.answers == "logits":
            likely = np.exp(likely - likely.max())
            likely /= likely.sum()
        whole = bool((likely >= -_SUM_TOLERANCE).all()) and abs(float(likely.sum()) - 1) <= _SUM_TOLERANCE
        return likely if whole else None


def vehicle_crop(image: NDArray[np.uint8], box: Box, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The vehicle's end around its plate: RGB, uint8, of `size` (width, height); grey where it lies outside the picture."""
    unit = plate_unit_px(box)
    x, y = box[0] + box[2] / 2, box[1] + box[3] / 2
    left, top = round(x - ACROSS / 2 * unit), round(y - ABOVE * unit)
    right, bottom = round(x + ACROSS / 2 * unit), round(y + BELOW * unit)
    part = image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    canvas = Image.new("RGB", (max(1, right - left), max(1, bottom - top)), (_GREY, _GREY, _GREY))
    canvas.paste(Image.fromarray(part), (max(0, -left), max(0, -top)))
    return np.asarray(canvas.resize(size, Image.Resampling.BILINEAR))


def load_make_classifier(path: Path, *, threads: int = 1, provider: str = "cpu") -> MakeClassifier:
    """The classifier of a card (TOML); its ONNX file stands beside the card.

    Raises:
        EngineUnavailable: card or file is missing, is not what the other says, or is anything but a classifier of vehicle makes; with what to mend.
    """
    card = _card(path)
    content = _content(path.parent / card.file, MOST_FILE_BYTES)
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise EngineUnavailable(
            f"The make classifier {card.file} is not the file that its card describes; put its SHA-256 into {path}."
        )
    try:
        refuse_unfit(content)
    except NotAClassifier as fault:
        raise EngineUnavailable(f"The make classifier {card.file} is refused: it {fault}.") from None
    try:
        network = open_weights(content, threads=threads, provider=provider)
        _refuse_shapes(network, card)
        classifier = MakeClassifier(card, network)
        sound = classifier.is_sound()
    except EngineUnavailable:
        raise
    except Exception as fault:  # noqa: BLE001 - ONNX Runtime's errors have no common class, and its words run over lines
        raise EngineUnavailable(
            f"The make classifier {card.file} cannot be run ({type(fault).__name__}); try it with ONNX Runtime by itself."
        ) from None
    if not sound:
        raise EngineUnavailable(
            f"The make classifier {card.file} does not answer with a probability for each of its {len(card.labels)} labels; "
            'put answers = "logits" into its card if those are what it gives.'
        )
    return classifier


def _card(path: Path) -> MakeCard:
    try:
        card = msgspec.convert(tomllib.loads(_content(path, MOST_CARD_BYTES).decode()), MakeCard)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as fault:
        raise EngineUnavailable(
            f"The make classifier's card {path} is not as it should be: {fault}."
        ) from None
    if card.task != TASK:
        raise EngineUnavailable(
            f'The classifier of {path} is refused: its task must be "{TASK}", and nothing else is ever run on a vehicle\'s picture.'
        )
    strange = next((label for label in card.labels if label not in MAKES and label != OTHER), None)
    if strange is not None:
        raise EngineUnavailable(
            f'The make classifier of {path} is refused: "{strange[:40]}" is no make of vehicle that Turnpike knows; call it "{OTHER}".'
        )
    if len(set(card.labels) - {OTHER}) < len([label for label in card.labels if label != OTHER]):
        raise EngineUnavailable(f"The make classifier's card {path} has a label twice; give each once.")
    if Path(card.file).name != card.file:
        raise EngineUnavailable(
            f"The make classifier's file must stand beside its card {path}; give its name alone."
        )
    if min(card.deviation) <= 0:
        raise EngineUnavailable(f"The deviations in the make classifier's card {path} must be above 0.")
    return card


def _content(path: Path, most_bytes: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError:
        raise EngineUnavailable(
            f"{path} of the make classifier cannot be read; check its place and rights."
        ) from None
    if len(content) > most_bytes:
        raise EngineUnavailable(
            f"{path} of the make classifier is larger than {most_bytes // 1024:,} KB, the most that is read."
        )
    return content


def _refuse_shapes(network: Network, card: MakeCard) -> None:
    """One picture of the card's size in, one row of as many answers as labels out."""
    high, wide = card.height, card.width
    asked = (1, 3, high, wide) if card.layout == "NCHW" else (1, high, wide, 3)
    taken, given = network.session.get_inputs(), network.session.get_outputs()
    fits = (
        len(taken) == len(given) == 1
        and taken[0].type == given[0].type == "tensor(float)"
        and _fits(taken[0].shape, asked)
        and _fits(given[0].shape, (1, len(card.labels)))
    )
    if not fits:
        raise EngineUnavailable(
            f"The make classifier {card.file} must take one float32 picture {list(asked)} and give one row of "
            f"{len(card.labels)} float32 answers, as its card says."
        )


def _fits(shape: list[int | str | None], asked: tuple[int, ...]) -> bool:
    """A size that is left open (a name, or nothing) fits any."""
    return len(shape) == len(asked) and all(
        not isinstance(one, int) or one == other for one, other in zip(shape, asked, strict=True)
    )
