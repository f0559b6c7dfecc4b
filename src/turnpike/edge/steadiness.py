"""Recognition that goes on after a picture that it stumbles over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from turnpike.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from turnpike.recognition.services import Engine, Reading


class SteadyEngine:
    """An engine under which a picture that it fails on has no readings, and is told of in one sentence.

    Without it the roadside would end there, and meet the same picture again at each start. An engine that is
    not there at all (UnavailableError) still ends it: no picture is to blame for that, and none is given up.
    """

    def __init__(self, engine: Engine, tell: Callable[[str], None]) -> None:
        self._engine = engine
        self._tell = tell

    @property
    def name(self) -> str:
        """As the engine's own."""
        return self._engine.name

    def read(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """The plates of `image`, as the engine's own; none where it fails on this picture."""
        return tuple(reading for reading in self.examine(image) if not reading.doubt)

    def examine(self, image: NDArray[np.uint8]) -> tuple[Reading, ...]:
        """All that was found in `image`, as the engine's own; nothing where it fails on this picture."""
        try:
            return self._engine.examine(image)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - what a picture can do to an engine is not to be foreseen
            self._tell_of(error)
            return ()

    def read_crop(self, image: NDArray[np.uint8]) -> Reading | None:
        """The one plate that fills `image`, as the engine's own; None where it fails on this picture."""
        try:
            return self._engine.read_crop(image)
        except UnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - as above
            self._tell_of(error)
            return None

    def _tell_of(self, error: Exception) -> None:
        # Only its kind: the sentence of a stranger may hold the plate.
        self._tell(f"Recognition failed on this picture ({type(error).__name__}); it is left out.")
