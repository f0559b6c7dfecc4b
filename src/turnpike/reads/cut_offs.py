"""Cut-offs: what is past its time is hidden from every query at once, whenever it is taken off the disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from turnpike.reads.engine import Parameter, Session
    from turnpike.reads.queries import Pieces

_DAY_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class CutOffs:
    """From when on reads are kept: of all cameras, and of some for a shorter time."""

    kept_from_ms: int = 0
    by_camera_ms: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def stored(cls, session: Session) -> CutOffs:
        """As the table says."""
        rows = dict(map(tuple, session.query("cut_offs")))
        return cls(rows.pop("", 0), rows)

    def moved(self, camera_ids: Iterable[str], kept_from_ms: int) -> CutOffs:
        """With these cut-offs at `kept_from_ms`; the empty id means all cameras. None goes back."""
        asked = tuple(camera_ids)
        for_all_ms = max(self.kept_from_ms, kept_from_ms) if "" in asked else self.kept_from_ms
        own = {
            camera_id: max(kept_from_ms, self.by_camera_ms.get(camera_id, 0))
            for camera_id in asked
            if camera_id
        }
        return CutOffs(for_all_ms, {**self.by_camera_ms, **own})

    @property
    def latest_ms(self) -> int:
        """Nothing captured from here on is past its time."""
        return max([self.kept_from_ms, *self.by_camera_ms.values()])

    @property
    def pieces(self) -> Pieces:
        """The conditions that a read must meet to be seen."""
        for_all = ("kept_from",) if self.kept_from_ms else ()
        return (*for_all, "kept_by_camera") if self._own() else for_all

    def parameters(self) -> dict[str, Parameter]:
        """What those conditions ask for."""
        own = self._own()
        return {
            "kept_from_ms": self.kept_from_ms,
            "kept_day": _whole_day(self.kept_from_ms),
            "cut_cameras": list(own),
            "cut_from_ms": list(own.values()),
            "cut_days": [_whole_day(at) for at in own.values()],
        }

    def _own(self) -> dict[str, int]:
        """Cameras whose reads are kept for a shorter time than all."""
        return {name: at for name, at in self.by_camera_ms.items() if at > self.kept_from_ms}


def _whole_day(instant_ms: int) -> int:
    """The first day that lies wholly after the instant, in days since 1970."""
    return -(-instant_ms // _DAY_MS)
