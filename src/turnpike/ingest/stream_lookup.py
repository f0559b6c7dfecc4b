"""Where a camera's name leads: to an address that was looked at, so that the name is not asked a second time."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

from turnpike.ingest.stream_answers import StreamEnded
from turnpike.ingest.stream_settings import may_be_asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from turnpike.ingest.stream_settings import StreamCamera, type_network

# Threads of their own: a name server that does not answer holds them for long, and must hold up nothing else.
_NAMES = ThreadPoolExecutor(8, thread_name_prefix="camera-names")


async def address_of(camera: StreamCamera, networks: Sequence[type_network], attempt: int) -> str:
    """An address at which the camera may be asked, in brackets where it needs them; at each attempt the next of several.

    Raises:
        StreamEnded: there is none.
    """
    good = [one for one in await _addresses(camera) if may_be_asked(one, networks)]
    if not good:
        raise StreamEnded(
            "Nothing may be fetched from where this address leads; give the camera's own, or have whoever runs this server allow its network in stream_networks."
        )
    one = good[attempt % len(good)]
    return f"[{one}]" if isinstance(one, IPv6Address) else str(one)


async def _addresses(camera: StreamCamera) -> list[IPv4Address | IPv6Address]:
    try:
        return [ip_address(camera.host)]
    except ValueError:
        pass  # a name
    try:
        found = await asyncio.get_running_loop().run_in_executor(
            _NAMES, lambda: socket.getaddrinfo(camera.host, camera.port, type=socket.SOCK_STREAM)
        )
    except (OSError, UnicodeError) as error:
        raise StreamEnded("The camera's name leads to no address; check it, or give the address.") from error
    return list(dict.fromkeys(ip_address(str(one[4][0]).partition("%")[0]) for one in found))
