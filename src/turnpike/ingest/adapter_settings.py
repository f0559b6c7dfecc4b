"""An adapter's own settings, checked when they are saved, and tried out on a sample before a camera is set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from turnpike.ingest.adapters import adapters
from turnpike.ingest.vendor_messages import NotUnderstood, VendorMessage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from turnpike.ingest.vendor_messages import Sighting

MAX_SAMPLE_BYTES = 2**20
"""Of a pasted sample. Source: ours; a message with the plate's picture has a tenth."""


@runtime_checkable
class ChecksSettings(Protocol):
    """An adapter whose settings can be wrong."""

    def check(self, settings: Mapping[str, str]) -> None:
        """Look at them as they are to be saved.

        Raises:
            InputError: saying which setting to change, and how.
        """
        ...


@dataclass(frozen=True, slots=True)
class TriedOut:
    """What a sample gives: of each vehicle pairs of a word and its value, no plate among them but its length; `faults` are sentences of ours."""

    sightings: Sequence[Sequence[tuple[str, str]]] = ()
    faults: Sequence[str] = ()
    alive: Sequence[str] = ()


def check_settings(adapter: str, settings: Mapping[str, str]) -> None:
    """Refuse settings that the adapter cannot use; those of one that checks none are good.

    Raises:
        InputError: saying which setting to change, and how.
    """
    found: object = adapters().get(adapter)
    if isinstance(found, ChecksSettings):
        found.check(settings)


def try_out(adapter: str, message: VendorMessage) -> TriedOut:
    """What the adapter makes of a pasted sample: nothing of it is kept, and no plate is told.

    Raises:
        InputError: there is no such adapter, or its settings cannot be used.
    """
    found = adapters().get(adapter)
    if found is None:
        raise NotUnderstood("There is no adapter of that name; choose one of the list.")
    check_settings(adapter, message.settings)
    if len(message.body) > MAX_SAMPLE_BYTES:
        return TriedOut(
            faults=[f"The sample is longer than {MAX_SAMPLE_BYTES // 1024} KiB; leave its pictures out."]
        )
    try:
        understood = found.understand(message)
    except NotUnderstood as refusal:
        return TriedOut(faults=[str(refusal)])
    return TriedOut(
        [_told(sighting) for sighting in understood.sightings],
        [fault.reason for fault in understood.faults],
        tuple(understood.alive),
    )


def _told(sighting: Sighting) -> list[tuple[str, str]]:
    length = len(sighting.plate)
    values = {
        "Plate": f"{length} characters" if length else "none: it will be put aside with that reason",
        "Captured at": f"{sighting.captured_at:%Y-%m-%d %H:%M:%S} UTC",
        "Confidence": "none given" if sighting.confidence is None else f"{sighting.confidence:.0%}",
        "Camera": sighting.source_camera or "none named",
        "Event id": "given" if sighting.event_id else "none: a retry is told by plate and time",
        "Country": sighting.country or "none given",
        "Direction": sighting.direction or "by the camera's role",
        "Lane": str(sighting.lane) if sighting.lane else "none given",
        "Colour": sighting.colour or "none given",
        "Make": sighting.make or "none given",
        "Picture": f"{len(sighting.picture.content) // 1024} KiB" if sighting.picture else "none",
    }
    return list(values.items())
