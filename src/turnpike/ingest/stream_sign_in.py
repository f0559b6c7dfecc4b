"""Signing in to a camera by HTTP's digest, whose challenges cameras write in their own ways: an empty realm or nonce, no quotes, a comma too many.

Source: RFC 7616, section 3.3; an empty realm and an empty nonce are quoted strings like others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Sequence

_PAIR = re.compile(r'\s*([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCHEME = re.compile(r"(?:^|,)\s*([A-Za-z][A-Za-z-]*)(?:\s+(?=[A-Za-z-]+\s*=)|\s*$)")
_ALGORITHMS = ("MD5", "MD5-SESS", "SHA-256", "SHA-256-SESS")
_PREFERRED = ("SHA-256", "SHA-256-SESS", "MD5", "MD5-SESS")
_MAX_CHARACTERS = 2048


class NoDigest(Exception):
    """The camera asks for no password that can be given; the text is a sentence for whoever looks after it."""


def challenge_of(headers: Sequence[str]) -> str:
    """The best of the challenges, written as all clients understand it.

    Raises:
        NoDigest: none is a digest that can be answered.
    """
    found: dict[str, tuple[dict[str, str], bool]] = {}
    for fields in _digests(headers):
        algorithm = (fields.get("algorithm") or "MD5").upper()
        asked = {one.strip().lower() for one in fields.get("qop", "").split(",")} - {""}
        if algorithm in _ALGORITHMS and (not asked or "auth" in asked):
            found.setdefault(algorithm, (fields, bool(asked)))
    best = next((found[algorithm] for algorithm in _PREFERRED if algorithm in found), None)
    if best is None:
        raise NoDigest(
            "The camera asks for the password in another way than digest; turn digest on at the camera."
        )
    fields, has_qop = best
    if not "".join(fields.values()).isascii():
        raise NoDigest(
            "The camera's name for its sign-in (realm) has letters that cannot be sent back; give the camera a name without accents."
        )
    told = {name: fields.get(name, "") for name in ("realm", "nonce")}
    if fields.get("opaque"):
        told["opaque"] = fields["opaque"]
    quoted = [f'{name}="{_quoted(value)}"' for name, value in told.items()]
    quoted.append(f"algorithm={(fields.get('algorithm') or 'MD5').upper()}")
    if has_qop:
        quoted.append('qop="auth"')
    return "Digest " + ", ".join(quoted)


def signed(request: httpx.Request, refusal: httpx.Response, username: str, password: str) -> httpx.Request:
    """The same request with the password's digest, as the camera's refusal (401) asks for it; its body is not read.

    Raises:
        NoDigest: it asks in another way.
    """
    challenge = challenge_of(refusal.headers.get_list("www-authenticate"))
    flow = httpx.DigestAuth(username, password).sync_auth_flow(request)
    next(flow)
    return flow.send(httpx.Response(401, headers={"www-authenticate": challenge}, request=request))


def is_stale(refusal: httpx.Response) -> bool:
    """Whether the password was right and only the camera's number was used up (RFC 7616, section 3.3)."""
    challenges = _digests(refusal.headers.get_list("www-authenticate"))
    return any(fields.get("stale", "").lower() == "true" for fields in challenges)


def _digests(headers: Sequence[str]) -> list[dict[str, str]]:
    """The fields of each digest challenge; several challenges may stand in one line."""
    found = []
    for header in headers:
        if len(header) > _MAX_CHARACTERS:
            continue
        # What stands in quotes is no scheme.
        bare = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), header)
        starts = list(_SCHEME.finditer(bare))
        for start, end in zip(starts, [*(one.start() for one in starts[1:]), len(header)], strict=True):
            if start[1].lower() == "digest":
                found.append(
                    {
                        pair[1].lower(): re.sub(r"\\(.)", r"\1", pair[2]) if pair[2] is not None else pair[3]
                        for pair in _PAIR.finditer(header[start.end() : end])
                    }
                )
    return found


def _quoted(value: str) -> str:
    # Nothing that a camera writes here needs a quote; one that does would be another challenge for the next reader.
    return re.sub(r'["\\\r\n]', "", value)
