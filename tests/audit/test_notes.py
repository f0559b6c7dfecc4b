"""Signed notes and checkpoints: the published example byte for byte, and nothing altered gets through."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.audit.services import (
    EMPTY_ROOT,
    AuditError,
    Checkpoint,
    Signer,
    TamperError,
    Verifier,
    leaf_hash,
    open_checkpoint,
    open_note,
    sign_checkpoint,
    sign_note,
)

# The example in the documentation of Go's sumdb/note; Ed25519 signatures are deterministic.
PETER_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETER_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PETER_NOTE = (
    PETER_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
LOG = Signer("example.org/turnpike", bytes(range(32)))
OTHER = Signer("example.org/turnpike", bytes(range(1, 33)))
CHECKPOINT = Checkpoint("example.org/turnpike", 20852163, leaf_hash(b"x"))


def test_the_published_note():
    signer = Signer("PeterNeumann", PETER_SEED)
    assert signer.public_key == PETER_KEY
    assert sign_note(PETER_TEXT, signer) == PETER_NOTE
    assert open_note(PETER_NOTE, Verifier.parse(PETER_KEY)) == PETER_TEXT


def test_a_checkpoint_there_and_back():
    signed = sign_checkpoint(CHECKPOINT, LOG)
    assert signed.startswith(
        f"example.org/turnpike\n20852163\n{base64.b64encode(leaf_hash(b'x')).decode()}\n\n"
        "— example.org/turnpike "
    )
    assert open_checkpoint(signed, Verifier.parse(LOG.public_key)) == CHECKPOINT


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32), st.binary(min_size=32, max_size=32))
def test_any_checkpoint_there_and_back(size, root, seed):
    signer = Signer("log.example", seed)
    checkpoint = Checkpoint("log.example", size, root if size else EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(checkpoint, signer), signer.verifier) == checkpoint


@given(st.data())
def test_no_altered_character_gets_through(data):
    signed = sign_checkpoint(CHECKPOINT, LOG)
    at = data.draw(st.integers(0, len(signed) - 1))
    kept = signed[at]
    other = data.draw(st.one_of(st.sampled_from("\n A0=+—"), st.characters()).filter(lambda new: new != kept))
    for altered in (signed[:at] + other + signed[at + 1 :], signed[:at] + signed[at + 1 :]):
        with pytest.raises(AuditError):
            open_checkpoint(altered, LOG.verifier)


def test_every_character_of_the_signature_counts():
    """The last base64 character has two bits that no signature needs; they are not free either."""
    signed = sign_checkpoint(CHECKPOINT, LOG)
    assert signed.endswith("=\n")
    for at in range(signed.index("— example") + len("— example.org/turnpike "), len(signed)):
        for other in "AB/=":
            if other != signed[at]:
                with pytest.raises(AuditError):
                    open_checkpoint(signed[:at] + other + signed[at + 1 :], LOG.verifier)


def test_another_key_of_the_same_name_is_not_enough():
    with pytest.raises(TamperError, match="not signed by the key"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, OTHER), LOG.verifier)


def test_other_signatures_are_passed_over():
    signed = sign_checkpoint(CHECKPOINT, LOG)
    for other in (OTHER, Signer("witness.example", bytes(32))):
        line = sign_note(CHECKPOINT.text, other).rpartition("\n\n")[2]
        assert open_checkpoint(signed + line, LOG.verifier) == CHECKPOINT
        assert open_checkpoint(signed.replace("\n\n", "\n\n" + line), LOG.verifier) == CHECKPOINT


def test_one_false_signature_of_the_key_spoils_the_note():
    signed = sign_checkpoint(CHECKPOINT, LOG)
    line = sign_note("another\n", LOG).rpartition("\n\n")[2]
    with pytest.raises(TamperError, match="altered"):
        open_checkpoint(signed + line, LOG.verifier)


def test_a_key_speaks_for_its_own_log_only():
    with pytest.raises(AuditError, match="another log's"):
        sign_checkpoint(Checkpoint("example.org/other", 0, EMPTY_ROOT), LOG)
    with pytest.raises(AuditError, match="another log's"):
        open_checkpoint(sign_note(Checkpoint("example.org/other", 0, EMPTY_ROOT).text, LOG), LOG.verifier)


def test_extension_lines_are_passed_over():
    assert open_checkpoint(sign_note(CHECKPOINT.text + "more\n", LOG), LOG.verifier) == CHECKPOINT


ROOT = base64.b64encode(leaf_hash(b"x")).decode()


@pytest.mark.parametrize(
    "body",
    [
        "example.org/turnpike\n1\n",
        f"example.org/turnpike\n01\n{ROOT}\n",
        f"example.org/turnpike\n-1\n{ROOT}\n",
        f"example.org/turnpike\n\u0661\n{ROOT}\n",
        f"example.org/turnpike\n9223372036854775808\n{ROOT}\n",
        f"example.org/turnpike\n0\n{ROOT}\n",
        "example.org/turnpike\n1\nAAAA\n",
        "example.org/turnpike\n1\n!!!!\n",
        f"example.org/turnpike\n1\n{ROOT[:-2]}1=\n",
        f"\n1\n{ROOT}\n",
        f"example.org/turnpike\n1\n{ROOT}\n\nmore\n",
    ],
)
def test_a_signed_text_that_is_no_checkpoint(body):
    with pytest.raises(AuditError):
        open_checkpoint(sign_note(body, LOG), LOG.verifier)


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n— name AAAAAAAA",
        "text\n\n- name AAAAAAAA\n",
        "text\n\n— na+me AAAAAAAA\n",
        "text\n\n— name AAAAAAA\n",
        "te\txt\n\n— name AAAAAAAA\n",
        "te\ud800xt\n\n— name AAAAAAAA\n",
        "text\n" * 200_000 + "x" * 2,
        "text\n\n" + "— name AAAAAAAA\n" * 101,
    ],
)
def test_what_is_no_note(note):
    with pytest.raises(AuditError):
        open_note(note, LOG.verifier)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "name",
        "PeterNeumann+c74f20a3",
        PETER_KEY.replace("c74f20a3", "c74f20a4"),
        PETER_KEY.replace("c74f20a3", "C74F20A3"),
        PETER_KEY.replace("Peter", "Petra"),
        PETER_KEY.replace("+ARpc", "+BBpc"),  # another signature type
        PETER_KEY[:-4],
        PETER_KEY.replace("PeterN", "Peter N"),
        "+" + PETER_KEY.partition("+")[2],
    ],
)
def test_what_is_no_verifier_key(key):
    with pytest.raises(AuditError):
        Verifier.parse(key)


def test_a_key_that_is_no_point_checks_nothing():
    verifier = Verifier("log", b"\x02" + b"\xff" * 31)
    with pytest.raises(TamperError):
        verifier.check("text\n", bytes(64))


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u3000b"])
def test_names_that_no_key_can_have(name):
    with pytest.raises(AuditError, match="name"):
        Signer(name, bytes(32))


def test_a_signer_never_shows_its_seed():
    assert "seed" not in repr(LOG)
    assert str(LOG.seed) not in repr(LOG)
    with pytest.raises(AuditError, match="32 bytes"):
        Signer("log", b"short")


@pytest.mark.parametrize("text", ["no newline", "bell\x07\n"])
def test_a_text_that_cannot_be_signed(text):
    with pytest.raises(AuditError):
        sign_note(text, LOG)


@pytest.mark.parametrize(
    ("origin", "size", "root"),
    [
        ("", 1, bytes(32)),
        ("a\nb", 1, bytes(32)),
        ("a", -1, bytes(32)),
        ("a", 2**63, bytes(32)),
        ("a", 1, bytes(31)),
        ("a", 0, bytes(32)),
    ],
)
def test_a_checkpoint_that_cannot_be(origin, size, root):
    with pytest.raises(AuditError, match="checkpoint's"):
        Checkpoint(origin, size, root)
