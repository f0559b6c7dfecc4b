"""Cosignatures: one that a public witness made, and nothing altered, foreign or counted twice gets through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.audit.services import (
    AuditError,
    Checkpoint,
    CosignatureVerifier,
    Cosigner,
    NoteSignature,
    Signer,
    TamperError,
    Verifier,
    add_signatures,
    leaf_hash,
    open_checkpoint,
    open_cosigned,
    sign_checkpoint,
    split_note,
)

# What a public witness cosigned in 2026 of a public Certificate Transparency log.
PUBLIC_WITNESS = "witness.navigli.sunlight.geomys.org+a3e00fe2+BNy/co4C1Hn1p+INwJrfUlgz7W55dSZReusH/GhUhJ/G"
PUBLIC_NOTE = (
    "coachandhorses2026h1.staging.certificate.transparency.goog\n185550722\n"
    "YXAM0VmnrfvLaBCOOYSJhCaE5F10oGBOo+hkbDa1kng=\n\n"
    "— witness.navigli.sunlight.geomys.org o+AP4gAAAABqb7DzNrGFRJnQ9vrJ8xpnwZytnr/"
    "ZYczDIsvwvouiSjwOjn7a72ccxBk+lKnZ7dKqkYKER1s/KxLTaVwQD7lJZTC/CQ==\n"
)
LOG = Signer("example.org/turnpike", bytes(range(32)))
WITNESSES = [Cosigner(f"witness.example/{name}", bytes([name]) * 32) for name in range(3)]
VERIFIERS = [witness.verifier for witness in WITNESSES]
NOTE = sign_checkpoint(Checkpoint(LOG.name, 20852163, leaf_hash(b"x")), LOG)
AT = datetime(2026, 11, 22, 21, 30, 5, tzinfo=UTC)


def test_a_public_witnesss_cosignature_holds():
    witness = CosignatureVerifier.parse(PUBLIC_WITNESS)
    text, (signature,) = split_note(PUBLIC_NOTE)

    assert witness.public_key == PUBLIC_WITNESS
    assert witness.check(text, signature) == datetime(2026, 8, 2, 21, 4, 51, tzinfo=UTC)


def test_enough_witnesses_are_counted_each_with_its_time():
    hour_east = timezone(timedelta(hours=1))
    lines = [
        WITNESSES[0].cosign(NOTE, AT),
        WITNESSES[2].cosign(NOTE, (AT + timedelta(seconds=9, milliseconds=700)).astimezone(hour_east)),
    ]

    opened = open_cosigned(add_signatures(NOTE, lines), LOG.verifier, VERIFIERS)

    assert opened.checkpoint == open_checkpoint(NOTE, LOG.verifier)
    assert opened.cosigned_by == {
        "witness.example/0": AT,
        "witness.example/2": AT + timedelta(seconds=9),
    }


def test_witnesses_that_are_not_asked_for_do_not_count():
    note = add_signatures(NOTE, [witness.cosign(NOTE, AT) for witness in WITNESSES])

    assert list(open_cosigned(note, LOG.verifier, VERIFIERS[1:2]).cosigned_by) == ["witness.example/1"]
    assert open_cosigned(note, LOG.verifier, []).cosigned_by == {}
    impostor = Cosigner("witness.example/1", bytes(31) + b"\x09")
    assert (
        open_cosigned(add_signatures(NOTE, [impostor.cosign(NOTE, AT)]), LOG.verifier, VERIFIERS).cosigned_by
        == {}
    )


def test_without_the_logs_own_signature_witnesses_say_nothing():
    other = Signer(LOG.name, bytes([9]) * 32)
    note = add_signatures(NOTE, [WITNESSES[0].cosign(NOTE, AT)])

    with pytest.raises(TamperError, match="not signed by the key"):
        open_cosigned(note, other.verifier, VERIFIERS)


@pytest.mark.parametrize(
    "moved",
    [
        NOTE.replace("20852163", "20852164"),
        NOTE.replace("\n\n", "\nextension\n\n"),
        NOTE.replace("turnpike", "turnpikes", 1),
    ],
)
def test_a_cosignature_holds_for_the_whole_text_it_was_made_for(moved):
    text, _ = split_note(moved)

    with pytest.raises(TamperError, match="does not fit"):
        VERIFIERS[0].check(text, WITNESSES[0].cosign(NOTE, AT))


@given(st.integers(0, 71), st.integers(1, 255))
def test_no_altered_byte_of_a_cosignature_gets_through(at, change):
    """Of its time neither."""
    made = WITNESSES[0].cosign(NOTE, AT)
    signed = bytearray(made.signed)
    signed[at] ^= change
    note = add_signatures(NOTE, [NoteSignature(made.name, made.key_id, bytes(signed))])

    with pytest.raises(TamperError):
        open_cosigned(note, LOG.verifier, VERIFIERS)


@pytest.mark.parametrize("length", [8, 71, 73])
def test_a_cosignature_has_one_length(length):
    made = WITNESSES[0].cosign(NOTE, AT)
    signed = (made.signed + b"\x00")[:length]

    with pytest.raises(TamperError, match="no cosignature"):
        VERIFIERS[0].check(split_note(NOTE)[0], NoteSignature(made.name, made.key_id, signed))


def test_the_logs_own_signature_is_no_cosignature_nor_the_other_way():
    """Though the key be the same: what is signed and the key's hint differ."""
    same = Cosigner(LOG.name, LOG.seed)
    cosigned = add_signatures(split_note(NOTE)[0] + "\n" + same.cosign(NOTE, AT).line, [])

    assert same.verifier.key == LOG.verifier.key
    assert same.verifier.key_id != LOG.verifier.key_id
    with pytest.raises(TamperError, match="not signed"):
        open_checkpoint(cosigned, LOG.verifier)


@pytest.mark.parametrize(
    "witnesses",
    [
        [Cosigner("a.example", bytes(32)).verifier, Cosigner("b.example", bytes(32)).verifier],
        [Cosigner("log-again.example", LOG.seed).verifier],
        [Cosigner(LOG.name, LOG.seed).verifier],
    ],
    ids=["two names, one key", "the log's key", "the log itself"],
)
def test_one_key_is_not_counted_as_two_bodies(witnesses):
    with pytest.raises(AuditError, match="a key of its own"):
        open_cosigned(NOTE, LOG.verifier, witnesses)


def test_a_witness_that_changes_its_key_counts_once():
    newer = Cosigner("witness.example/0", bytes([77]) * 32)
    later = AT + timedelta(minutes=1)
    note = add_signatures(NOTE, [newer.cosign(NOTE, later), WITNESSES[0].cosign(NOTE, AT)])

    assert open_cosigned(note, LOG.verifier, [*VERIFIERS, newer.verifier]).cosigned_by == {
        "witness.example/0": later
    }


def test_a_later_cosignature_takes_the_earliers_place():
    note = add_signatures(NOTE, [WITNESSES[0].cosign(NOTE, AT)])
    later = add_signatures(note, [WITNESSES[0].cosign(NOTE, AT + timedelta(days=1))])

    assert len(split_note(later)[1]) == 2
    assert open_cosigned(later, LOG.verifier, VERIFIERS).cosigned_by == {
        "witness.example/0": AT + timedelta(days=1)
    }


def test_two_keys_of_the_log_sign_while_one_takes_over():
    newer = Signer(LOG.name, bytes([5]) * 32)
    checkpoint = open_checkpoint(NOTE, LOG.verifier)

    note = sign_checkpoint(checkpoint, LOG, newer)

    assert open_checkpoint(note, LOG.verifier) == open_checkpoint(note, newer.verifier) == checkpoint
    with pytest.raises(AuditError, match="another log's"):
        sign_checkpoint(checkpoint, LOG, Signer("other.example", bytes(32)))


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (LOG.public_key, "no witness's key"),
        (PUBLIC_WITNESS.replace("a3e0", "a3e1"), "key id"),
        (PUBLIC_WITNESS[:-4], "key id does not fit"),
        ("witness", "base64"),
        ("", "base64"),
    ],
)
def test_a_damaged_key_is_said(key, sentence):
    with pytest.raises(AuditError, match=sentence):
        CosignatureVerifier.parse(key)


def test_a_logs_key_is_not_taken_from_a_witness():
    with pytest.raises(AuditError, match="type 1"):
        Verifier.parse(PUBLIC_WITNESS)


def test_a_clock_before_1970_cosigns_nothing():
    with pytest.raises(AuditError, match="clock"):
        WITNESSES[0].cosign(NOTE, datetime(1969, 12, 31, tzinfo=UTC))


def test_a_seed_is_not_shown():
    assert "seed" not in repr(WITNESSES[0])
