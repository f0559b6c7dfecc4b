"""Commitments hide and bind; seals open only where they belong."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from turnpike.audit.services import AuditError, SealError, commitment, new_salt, seal, unseal

SALTS = st.binary(min_size=32, max_size=32)
KEY = bytes(range(32))


def test_a_commitment_is_hmac_as_rfc_2104_writes_it():
    block = KEY + bytes(32)
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + b"contents").digest()
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block) + inner).digest()
    assert commitment(KEY, b"contents") == outer


@given(SALTS, SALTS, st.binary(max_size=80), st.binary(max_size=80))
def test_a_commitment_binds_salt_and_contents(salt, other_salt, contents, other_contents):
    assume((salt, contents) != (other_salt, other_contents))
    leaf = commitment(salt, contents)
    assert len(leaf) == 32
    assert leaf == commitment(salt, contents)
    assert leaf != commitment(other_salt, other_contents)


@pytest.mark.parametrize("salt", [b"", bytes(31), bytes(33)])
def test_a_salt_has_one_length(salt):
    """A shorter one would be padded with zeros: two salts for one commitment."""
    with pytest.raises(AuditError, match="32 bytes"):
        commitment(salt, b"contents")


def test_salts_are_long_and_never_the_same():
    salts = {new_salt() for _ in range(1000)}
    assert len(salts) == 1000
    assert {len(salt) for salt in salts} == {32}


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_a_seal_opens_where_it_belongs(plaintext, place):
    sealed = seal(KEY, plaintext, bound_to=place)
    assert unseal(KEY, sealed, bound_to=place) == plaintext
    assert len(sealed) == len(plaintext) + 29
    assert sealed != seal(KEY, plaintext, bound_to=place)
    with pytest.raises(SealError):
        unseal(KEY, sealed, bound_to=place + b"x")
    with pytest.raises(SealError):
        unseal(bytes(32), sealed, bound_to=place)


@given(st.binary(max_size=60), st.integers(0), st.integers(0, 7))
def test_no_altered_bit_opens(plaintext, at, bit):
    sealed = bytearray(seal(KEY, plaintext, bound_to=b"place"))
    sealed[at % len(sealed)] ^= 1 << bit
    with pytest.raises(SealError):
        unseal(KEY, bytes(sealed), bound_to=b"place")


@pytest.mark.parametrize("length", [0, 1, 12, 28])
def test_what_is_cut_short_does_not_open(length):
    with pytest.raises(SealError):
        unseal(KEY, seal(KEY, b"", bound_to=b"")[:length], bound_to=b"")


def test_a_key_has_one_length():
    with pytest.raises(SealError, match="32 bytes"):
        seal(bytes(16), b"x", bound_to=b"")
