"""The keys by which a retry is recognised: those of a plain CBC-MAC, made for many at once."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st

from turnpike.ingest.retries import RetryHashes

SECRET = b"s" * 32


def plain_key(kind: bytes, camera_id: str, text: str) -> int:
    """One key, as its definition says."""
    aes = hashlib.blake2b(b"", digest_size=16, key=SECRET, person=b"event keys").digest()
    cipher = Cipher(algorithms.AES(aes), modes.ECB())  # noqa: S305 - the chaining is what is shown
    written = text.encode()
    first = hashlib.blake2b(camera_id.encode(), digest_size=16, key=SECRET, person=kind).digest()
    state = (int.from_bytes(first, "little") ^ len(written)).to_bytes(16, "little")
    padded = written + bytes(-len(written) % 16)
    for at in range(-16, len(padded), 16):
        block = padded[at : at + 16] if at >= 0 else bytes(16)
        mixed = bytes(a ^ b for a, b in zip(state, block, strict=True))
        state = cipher.encryptor().update(mixed)
    return int.from_bytes(state[:8], "little")


texts = st.text(max_size=128)


@given(st.lists(texts, max_size=6), st.sampled_from(["gate", "bridge"]))
def test_many_keys_at_once_are_those_of_each_alone(event_ids: list[str], camera_id: str):
    hashes = RetryHashes(SECRET)
    assert hashes.of_events(camera_id, event_ids).tolist() == [
        plain_key(b"event id", camera_id, text) for text in event_ids
    ]
    assert hashes.of_plates(camera_id, event_ids).tolist() == [
        plain_key(b"sighting", camera_id, text) for text in event_ids
    ]


def test_no_two_texts_share_a_key_by_their_padding():
    texts = ["", "\0", "\0" * 15, "\0" * 16, "\0" * 17, "a", "a\0", "a" * 16, "a" * 16 + "\0"]
    keys = RetryHashes(SECRET).of_events("gate", texts).tolist()
    assert len(set(keys)) == len(texts)
