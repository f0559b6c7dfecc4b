"""Which address asks: the one that connects, or behind proxies the one that the outermost of ours saw."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

type_address = IPv4Address | IPv6Address


def told_address(connected: str, forwarded: str, trusted_proxies: int) -> type_address | None:
    """The address that asks; None where what should be one is none.

    `connected` is the connection's, `forwarded` the value of X-Forwarded-For. Each of our proxies added one address at its end, so that what stands before
    those is the asker's own claim. An IPv4 address within IPv6 is given as IPv4.
    """
    told = forwarded.split(",")
    behind = 0 < trusted_proxies <= len(told)
    try:
        address = ip_address((told[-trusted_proxies] if behind else connected).strip())
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
