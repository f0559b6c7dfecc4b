"""Whatever is done to a bundle is found, and said where: every kind of change, every file, every byte."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.verifier.logs import LOG, WITNESS, Log, checked, places, said, tiles, vkey_of, zipped

from turnpike.audit import services as audit
from turnpike.verifier.archive import Archive
from turnpike.verifier.errors import Unusable

SMALL = Log.of(5).files()
# Two full tiles of entries and one that is not, so that there is a tile above them.
TALL_LOG = Log.of(600)
TALL = TALL_LOG.files(opened=[0, 255, 256, 300, 599], whole=False, cosigned_by=[WITNESS])
WITNESSES = [vkey_of(WITNESS)]
NAMES = sorted(TALL)


def tall_faults(files):
    return places(files, witnesses=WITNESSES)


def named(name, found):
    return any(name in where for where in found)


@pytest.mark.parametrize("size", [0, 1, 2, 5, 255, 256, 257, 600])
def test_an_untouched_bundle_has_no_fault(size):
    log = Log.of(size)
    report = checked(log.files())
    assert report.faults == []
    assert report.checkpoint is not None
    assert (report.checkpoint.size, report.opened) == (size, set(range(size)))


def test_a_tall_bundle_with_witnesses_has_no_fault():
    report = checked(TALL, witnesses=WITNESSES)
    assert report.faults == []
    assert list(report.cosigned) == [WITNESS.name]
    assert len(report.missing) == 3


def test_every_byte_of_a_small_bundle():
    for name, data in SMALL.items():
        for at in range(len(data)):
            altered = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            found = places(SMALL | {name: altered})
            assert named(name, found), f"byte {at} of {name}: {found}"


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=20)
@given(data=st.data())
def test_any_byte_of_any_file_replaced_by_any_other(name, data):
    at = data.draw(st.integers(0, len(TALL[name]) - 1))
    by = data.draw(st.integers(1, 255))
    altered = TALL[name][:at] + bytes([TALL[name][at] ^ by]) + TALL[name][at + 1 :]
    assert named(name, tall_faults(TALL | {name: altered}))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=10)
@given(data=st.data())
def test_any_file_cut_short_or_added_to(name, data):
    keep = data.draw(st.integers(0, len(TALL[name]) - 1))
    assert named(name, tall_faults(TALL | {name: TALL[name][:keep]}))
    more = data.draw(st.binary(min_size=1, max_size=80))
    assert named(name, tall_faults(TALL | {name: TALL[name] + more}))


@pytest.mark.parametrize("name", NAMES)
def test_any_file_deleted(name):
    assert named(name, tall_faults({kept: data for kept, data in TALL.items() if kept != name}))


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_any_two_files_in_each_other_s_place(one, other):
    if TALL[one] != TALL[other]:
        found = tall_faults(TALL | {one: TALL[other], other: TALL[one]})
        assert named(one, found)
        assert named(other, found)


@pytest.mark.parametrize(
    "name", ["entries/7.json", "tile/0/003", "tile/2/000.p/1", "notes.txt", "entries/0007.json"]
)
def test_any_file_added(name):
    assert named(name, tall_faults(TALL | {name: TALL["entries/0.json"]}))


@given(st.integers(0, 599), st.integers(0, 599))
def test_any_two_entries_in_each_other_s_place_are_both_named(one, other):
    if one == other:
        return
    committed = TALL_LOG.commitments
    committed[one], committed[other] = committed[other], committed[one]
    swapped = {name: data for name, data in tiles(committed).items() if name.startswith("tile/entries/")}
    faults = [str(fault) for fault in checked(TALL | swapped, witnesses=WITNESSES).faults]
    assert any(f"entry {one}:" in fault and f"belongs to entry {other}." in fault for fault in faults)
    assert any(f"entry {other}:" in fault and f"belongs to entry {one}." in fault for fault in faults)


@given(st.sampled_from(["delete", "replace", "swap", "cut", "add"]), st.integers(0, 598))
def test_entries_rewritten_together_with_every_hash_do_not_fit_the_signature(kind, at):
    committed = TALL_LOG.commitments
    if kind == "delete":
        del committed[at]
    elif kind == "replace":
        committed[at] = b"\7" * 32
    elif kind == "swap":
        committed[at], committed[at + 1] = committed[at + 1], committed[at]
    elif kind == "cut":
        del committed[at:]
    else:
        committed.insert(at, b"\7" * 32)
    kept = {name: data for name, data in TALL.items() if not name.startswith("tile/")}
    found = tall_faults(kept | tiles(committed))
    assert found
    assert named("checkpoint", found) or named("tile/", found)


def test_an_entry_rewritten_with_every_hash_above_is_named_by_its_opened_contents():
    committed = TALL_LOG.commitments
    committed[300] = b"\7" * 32
    assert "entries/300.json" in tall_faults(TALL | tiles(committed))


def test_contents_of_another_entry_or_another_salt_are_named():
    swapped = {"entries/0.json": TALL["entries/0.json"].replace(b'"index":0', b'"index":255')}
    assert places(TALL | swapped) == ["entries/0.json"]
    log = Log.of(5)
    log.contents[3] = said("account.signed_in", n=4)
    assert places(SMALL | {"entries/3.json": log.entry(3)}) == ["entries/3.json"]


def test_both_the_entry_and_its_hash_altered_differently_still_name_the_entry():
    entries, hashes = bytearray(SMALL["tile/entries/000.p/5"]), bytearray(SMALL["tile/0/000.p/5"])
    entries[34 * 2 + 9] ^= 1
    hashes[32 * 2 + 9] ^= 1
    altered = {"tile/entries/000.p/5": bytes(entries), "tile/0/000.p/5": bytes(hashes)}
    assert "entry 2" in places(SMALL | altered)


@given(st.data())
def test_any_byte_of_the_zip_itself_is_found_or_changes_no_file(data):
    raw = zipped(SMALL)
    at, by = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.integers(1, 255))
    altered = raw[:at] + bytes([raw[at] ^ by]) + raw[at + 1 :]
    try:
        if places(altered):
            return
    except Unusable:
        return
    # What is left are bytes that tell nothing: the dates of files, and who made the zip.
    with Archive(io.BytesIO(altered)) as archive:  # type: ignore[arg-type]  # a file as good as a path
        assert {name: archive.read(name) for name in archive.names} == SMALL


@given(st.data())
def test_a_zip_cut_short_is_no_bundle(data):
    raw = zipped(SMALL)
    with pytest.raises(Unusable):
        checked(raw[: data.draw(st.integers(0, len(raw) - 1))])


def test_a_name_twice_is_refused():
    raw = zipped(SMALL)
    out = io.BytesIO(raw)
    with zipfile.ZipFile(out, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("checkpoint", SMALL["checkpoint"])
    with pytest.raises(Unusable, match="twice"):
        checked(out.getvalue())


def test_missing_contents_are_tampering_unless_an_entry_says_that_they_were_erased():
    log = Log.of(8)
    kept = [0, 1, 5, 6, 7]
    assert places(log.files(opened=kept)) == ["entries 2 to 4"]
    log.contents[7] = said("log.contents_erased", **{"from": 2, "until": 5})
    report = checked(log.files(opened=kept))
    assert report.faults == []
    assert report.erased == [range(2, 5)]
    assert places(log.files(opened=[0, 5, 6, 7])) == ["entry 1"]
    # An erasure that is not opened, or speaks of what came after it, excuses nothing.
    assert places(log.files(opened=[0, 1, 5, 6])) == ["entries 2 to 4", "entry 7"]
    log.contents[7] = said("log.contents_erased", **{"from": 2, "until": 50})
    assert places(log.files(opened=kept)) == ["entries 2 to 4"]


def test_another_log_s_key_and_another_key_of_the_log_are_refused():
    other = audit.Signer("other.example", bytes(32))
    assert places(SMALL, key=other.public_key) == ["checkpoint", "bundle.note"]
    again = audit.Signer(LOG.name, bytes(32))
    assert places(SMALL, key=again.public_key) == ["checkpoint", "bundle.note"]
    assert places(SMALL, key=[again.public_key, LOG.public_key]) == []


def test_a_witness_that_was_asked_for_must_have_cosigned():
    second = audit.Signer("witness.example/w2", bytes(range(2, 34)))
    both = [vkey_of(WITNESS), vkey_of(second)]
    assert places(TALL, witnesses=both) == ["checkpoint"]
    assert places(TALL, witnesses=both, cosignatures=1) == []
    assert places(SMALL, witnesses=[vkey_of(WITNESS)]) == ["checkpoint"]


def test_a_size_that_nobody_could_bundle_is_answered_at_once():
    state = audit.Checkpoint(LOG.name, 2**62, b"\1" * 32)
    assert "tile/" in places(SMALL | {"checkpoint": audit.sign_checkpoint(state, LOG).encode()})
