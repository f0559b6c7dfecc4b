"""A process like that of the adapters, with adapters that do what none should; started by its path."""

from __future__ import annotations

import json
import os
import time
from datetime import datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from turnpike.ingest.adapter_process import run
from turnpike.ingest.adapters import adapters
from turnpike.ingest.vendor_messages import NotUnderstood, Phase, Picture, PlateBox, Sighting, Understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from turnpike.ingest.vendor_messages import VendorMessage


def _odd(name: str, understand: Callable[[VendorMessage], Any]) -> Any:
    return SimpleNamespace(name=name, title=name, settings={}, on_the_camera=(), understand=understand)


def _dies(message: VendorMessage) -> Understood:
    if message.body == b"die":
        os._exit(9)
    return Understood(alive=[message.body.decode()])


def _dies_once(message: VendorMessage) -> Understood:
    """Over a file that the message names and that is not there yet, as by chance."""
    try:
        os.close(os.open(message.body, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return Understood(alive=["lived"])
    os._exit(9)


def _hangs(message: VendorMessage) -> Understood:
    while message.body == b"hang":
        time.sleep(0.01)
    return Understood()


def _bloats(message: VendorMessage) -> Understood:
    return Understood(alive=[str(len(bytearray(int(message.body)))) for _ in range(1)])


def _fails(message: VendorMessage) -> Understood:
    if message.body == b"refuse":
        raise NotUnderstood("None of ours.")
    raise ValueError(message.body.decode())


def _lies(message: VendorMessage) -> Understood:
    return Understood([Sighting(plate=None, captured_at=message.received_at)])  # type: ignore[arg-type]


def _naive(message: VendorMessage) -> Understood:
    return Understood([Sighting("AB12CDE", message.received_at.replace(tzinfo=None))])


def _many(message: VendorMessage) -> Understood:
    return Understood([Sighting("AB12CDE", message.received_at)] * int(message.body))


def _prints(message: VendorMessage) -> Understood:
    os.write(1, b"\x00\x00\x00\x01printed")
    return Understood(alive=["printed"])


def _passes(message: VendorMessage) -> Understood:
    name, plate, sure, phase, at = json.loads(message.body)
    captured_at = datetime.fromisoformat(at)
    return Understood([Sighting(plate, captured_at, sure, pass_id=name, phase=Phase(phase))])


def _boxed(message: VendorMessage) -> Understood:
    """The body is a picture, with the plate's box in it."""
    picture = Picture(message.body, PlateBox(1000, 1000, 400, 90))
    return Understood([Sighting("AB12CDE", message.received_at, picture=picture)])


_ODD = {
    "boxed": _boxed,
    "passes": _passes,
    "dies": _dies,
    "dies-once": _dies_once,
    "hangs": _hangs,
    "bloats": _bloats,
    "fails": _fails,
    "lies": _lies,
    "naive": _naive,
    "many": _many,
    "prints": _prints,
}

if __name__ == "__main__":
    run({**adapters(), **{name: _odd(name, understand) for name, understand in _ODD.items()}})
