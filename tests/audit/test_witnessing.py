"""What a log and a witness send each other: the specification's examples, and what is no such message."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.audit.services import (
    MAX_BODY_BYTES,
    AddCheckpoint,
    AuditError,
    Checkpoint,
    Cosigner,
    Signer,
    TamperError,
    leaf_hash,
    read_cosignature,
    read_size,
    sign_checkpoint,
    write_size,
)

# The example in C2SP tlog-witness.
EXAMPLE_PROOF = (
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=",
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=",
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=",
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=",
)
EXAMPLE_NOTE = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
)
EXAMPLE = ("old 20852014\n" + "".join(part + "\n" for part in EXAMPLE_PROOF) + "\n" + EXAMPLE_NOTE).encode()
LOG = Signer("example.org/turnpike", bytes(range(32)))
NOTE = sign_checkpoint(Checkpoint(LOG.name, 500, leaf_hash(b"x")), LOG)
WITNESS, OTHER = Cosigner("witness.example", bytes(32)), Cosigner("witness.example", bytes([1]) * 32)
AT = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_published_request():
    asked = AddCheckpoint.parse(EXAMPLE)

    assert asked.old_size == 20852014
    assert [base64.b64encode(part).decode() for part in asked.proof] == list(EXAMPLE_PROOF)
    assert (asked.checkpoint.origin, asked.checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert asked.note == EXAMPLE_NOTE
    assert asked.body == EXAMPLE


@given(st.integers(0, 500), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_any_request_there_and_back(old_size, proof):
    asked = AddCheckpoint(old_size, tuple(proof), NOTE)

    assert AddCheckpoint.parse(asked.body) == asked
    assert len(asked.body) < MAX_BODY_BYTES


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        NOTE.encode(),
        EXAMPLE.replace(b"old ", b""),
        EXAMPLE.replace(b"old ", b"old  "),
        EXAMPLE.replace(b"old 2", b"old 02"),
        EXAMPLE.replace(b"old 2", b"old -2"),
        EXAMPLE.replace(b"old 20852014", b"old 20852164"),
        EXAMPLE.replace(b"PlRN", b"PlR"),
        EXAMPLE.replace(b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=", b"PlRN"),
        EXAMPLE.replace(b"\n\n", b"\n", 1),
        EXAMPLE.replace(b"\n", b"\r\n"),
        EXAMPLE.replace(b"\n20852163\n", b"\nmany\n"),
        EXAMPLE[: EXAMPLE.index("—".encode())],
        b"old 0\n" + (EXAMPLE_PROOF[0].encode() + b"\n") * 64 + b"\n" + NOTE.encode(),
        EXAMPLE + b"x" * MAX_BODY_BYTES,
    ],
    ids=range(16),
)
def test_another_body_asks_nothing(body):
    with pytest.raises(AuditError):
        AddCheckpoint.parse(body)


def test_an_answer_is_the_cosignature_of_the_witness_that_was_asked():
    made = WITNESS.cosign(NOTE, AT)
    answer = (OTHER.cosign(NOTE, AT).line + made.line).encode()

    assert read_cosignature(answer, NOTE, WITNESS.verifier) == made


@pytest.mark.parametrize(
    "answer",
    [
        OTHER.cosign(NOTE, AT).line,
        WITNESS.cosign(sign_checkpoint(Checkpoint(LOG.name, 501, leaf_hash(b"x")), LOG), AT).line,
    ],
    ids=["another key", "another checkpoint"],
)
def test_an_answer_without_its_cosignature_is_refused(answer):
    with pytest.raises(TamperError):
        read_cosignature(answer.encode(), NOTE, WITNESS.verifier)


@pytest.mark.parametrize("answer", [b"", b"\n", b"500\n", b"\xff\n", "— witness.example".encode()])
def test_an_answer_that_is_none_is_said(answer):
    with pytest.raises(AuditError):
        read_cosignature(answer, NOTE, WITNESS.verifier)


def test_an_answer_that_is_cut_short_is_said():
    with pytest.raises(AuditError):
        read_cosignature(WITNESS.cosign(NOTE, AT).line.encode()[:-1], NOTE, WITNESS.verifier)


def test_the_size_of_a_conflict_there_and_back():
    assert write_size(20852014) == b"20852014\n"
    assert [read_size(write_size(size)) for size in (0, 2**63 - 1)] == [0, 2**63 - 1]


@pytest.mark.parametrize(
    "answer",
    [b"", b"1", b"01\n", b"-1\n", b"1\n\n", b"\xff\n", b"9223372036854775808\n", "\u0661\n".encode()],
)
def test_no_other_size_is_taken(answer):
    with pytest.raises(AuditError, match="no size"):
        read_size(answer)
