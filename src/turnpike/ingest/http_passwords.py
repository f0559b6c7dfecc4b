"""Asking a camera for its password: HTTP's digest (RFC 7616, MD5 and SHA-256) and basic (RFC 7617).

A nonce is good for five minutes, and each count of it once, so that what somebody overheard cannot be sent again with another body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from turnpike.ingest.errors import KeyRefused
from turnpike.ingest.feed_secrets import REALM, password_hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from turnpike.ingest.feed_secrets import PasswordHashes

NONCE_S = 300.0
MAX_NONCES = 50_000
"""Nonces in use that are kept. Source: ours; for 13,000 cameras that each begin anew every minute."""
MAX_HEADER_CHARACTERS = 2_048
_ALGORITHMS: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda content: hashlib.md5(content, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda content: hashlib.sha256(content).hexdigest(),
}
_STAMP_BYTES, _RANDOM_BYTES, _MARK_BYTES = 8, 12, 16
_PAIR = re.compile(r'\s*([A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))\s*(?:,|$)')
_COUNT = re.compile(r"[0-9a-fA-F]{8}")
_ASKED = "Send the feed's user name and password."
_WRONG = "The user name or the password is not right; set a new one on the feed's page if it is lost."


class PasswordAsked(KeyRefused):
    """No password came, or it is wrong, or (`stale`) it is right and comes with a nonce that is not good any more.

    `is_question` where none was tried: the header has no nonce yet, as some cameras begin, and asks for one.
    """

    def __init__(self, sentence: str = _ASKED, *, stale: bool = False, is_question: bool = False) -> None:
        super().__init__(sentence)
        self.stale = stale
        self.is_question = is_question


@dataclass(frozen=True, slots=True)
class Claim:
    """What an Authorization header says: who, and what is to be checked; `fields` are the digest's own, `password` the basic one's."""

    kind: Literal["digest", "basic"]
    username: str
    fields: Mapping[str, str]
    password: str = ""


def claim_of(header: str) -> Claim:
    """What the header says.

    Raises:
        PasswordAsked: it is none of the two kinds, or not well formed.
    """
    kind, _, rest = header.strip().partition(" ")
    if not header or len(header) > MAX_HEADER_CHARACTERS:
        raise PasswordAsked
    if kind.lower() == "basic":
        try:
            username, colon, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError) as error:
            raise PasswordAsked from error
        if not colon:
            raise PasswordAsked
        return Claim("basic", username, {}, password)
    if kind.lower() != "digest":
        raise PasswordAsked
    fields = _fields(rest)
    return Claim("digest", fields.get("username", ""), fields)


class Passwords:
    """Makes challenges and checks what comes back. For one thread."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock
        self._used: OrderedDict[str, int] = OrderedDict()
        # Nonces from before are not taken: of those it is not known any more how often they were used.
        self._from_ms = int(clock() * 1000)

    def challenges(self, *, stale: bool = False) -> list[bytes]:
        """The values of WWW-Authenticate, each for a header of its own.

        MD5 comes first: old cameras look at the first alone, and others choose what they like. Source: RFC 7616, section 3.7.
        """
        told = ", stale=true" if stale else ""
        nonce = self._nonce()
        digests = [
            f'Digest realm="{REALM}", qop="auth", algorithm={name}, nonce="{nonce}"{told}'
            for name in _ALGORITHMS
        ]
        return [one.encode() for one in [*digests, f'Basic realm="{REALM}", charset="UTF-8"']]

    def check(self, claim: Claim, known: PasswordHashes, *, method: str, path: str) -> None:
        """Check what was claimed; `path` is the request's, exactly as it came.

        Raises:
            PasswordAsked: it is wrong, or its nonce is not good any more.
        """
        if claim.kind == "basic":
            given = password_hashes(claim.username, claim.password)
            if not hmac.compare_digest(given.sha256, known.sha256):
                raise PasswordAsked(_WRONG)
            return
        fields = claim.fields
        if not fields.get("nonce"):
            # Realm and nonce stand there and are empty: the camera is yet to be told them. Source: RFC 7616, section 3.4.
            raise PasswordAsked(is_question=True)
        # Some name the whole address, and some leave out the query; a nonce counts once, whatever is said of them.
        if urlsplit(fields.get("uri", "")).path != path:
            raise PasswordAsked("The password was made for another address; send it for this one.")
        expected = _response(fields, known, method)
        if not hmac.compare_digest(expected.encode(), fields.get("response", "").lower().encode()):
            raise PasswordAsked(_WRONG)
        self._use(fields["nonce"], fields.get("nc", "00000001"))

    def _nonce(self) -> str:
        stamp = int(self._clock() * 1000).to_bytes(_STAMP_BYTES)
        begun = stamp + secrets.token_bytes(_RANDOM_BYTES)
        return base64.urlsafe_b64encode(begun + self._mark(begun)).decode()

    def _mark(self, begun: bytes) -> bytes:
        return hmac.digest(self._key, begun, "sha256")[:_MARK_BYTES]

    def _use(self, nonce: str, count: str) -> None:
        """Note that this count of the nonce came; a count at or below one that came is not taken."""
        number = int(count, 16)
        if not self._is_good(nonce) or number <= self._used.get(nonce, 0):
            raise PasswordAsked(_ASKED, stale=True)
        self._used[nonce] = number
        self._used.move_to_end(nonce)
        if len(self._used) > MAX_NONCES:
            oldest, _ = self._used.popitem(last=False)
            made_ms = self._made_ms(oldest)
            self._from_ms = max(self._from_ms, made_ms + 1 if made_ms is not None else 0)

    def _is_good(self, nonce: str) -> bool:
        made_ms = self._made_ms(nonce)
        return (
            made_ms is not None
            and self._from_ms <= made_ms
            and self._clock() * 1000 - made_ms <= NONCE_S * 1000
        )

    def _made_ms(self, nonce: str) -> int | None:
        """When we made it; None where we did not."""
        try:
            content = base64.urlsafe_b64decode(nonce.encode())
        except (binascii.Error, ValueError):
            return None
        begun, mark = content[:-_MARK_BYTES], content[-_MARK_BYTES:]
        if len(begun) != _STAMP_BYTES + _RANDOM_BYTES or not hmac.compare_digest(mark, self._mark(begun)):
            return None
        return int.from_bytes(begun[:_STAMP_BYTES])


def _fields(text: str) -> dict[str, str]:
    """The name and value pairs of a digest, quoted or not.

    Raises:
        PasswordAsked: they are not well formed, or one comes twice.
    """
    found: dict[str, str] = {}
    place = 0
    while place < len(text.rstrip()):
        match = _PAIR.match(text, place)
        if match is None or match[1].lower() in found:
            raise PasswordAsked
        found[match[1].lower()] = match[3] or re.sub(r"\\(.)", r"\1", match[2] or "")
        place = match.end()
    return found


def _response(fields: Mapping[str, str], known: PasswordHashes, method: str) -> str:
    """What the camera has to give. Source: RFC 7616, section 3.4.1; without `qop` as RFC 2069 had it, which old cameras do."""
    algorithm = fields.get("algorithm", "MD5").upper()
    digest = _ALGORITHMS.get(algorithm)
    nonce, count, qop = fields.get("nonce", ""), fields.get("nc", ""), fields.get("qop", "")
    if digest is None or qop not in {"", "auth"}:
        raise PasswordAsked
    first = known.md5 if algorithm == "MD5" else known.sha256
    second = digest(f"{method}:{fields.get('uri', '')}".encode())
    if not qop:
        return digest(f"{first}:{nonce}:{second}".encode())
    if not _COUNT.fullmatch(count) or not fields.get("cnonce"):
        raise PasswordAsked
    return digest(f"{first}:{nonce}:{count}:{fields['cnonce']}:{qop}:{second}".encode())
