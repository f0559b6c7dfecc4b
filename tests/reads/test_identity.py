"""The id of a read and its text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.reads.services import InvalidReadId, ReadId, texts_of

ids = st.builds(ReadId, st.integers(0, 2**64 - 1), st.integers(0, 2**16 - 1))


@given(ids)
def test_text_and_back(read_id):
    assert ReadId.parse(read_id.text) == read_id
    assert str(read_id) == read_id.text
    assert len(read_id.text) == 16
    assert read_id.text.isalnum()


@given(ids, ids)
def test_texts_sort_as_reads_were_stored(one, other):
    assert (one < other) == (one.text < other.text)


def test_what_a_hand_writes_is_understood():
    read_id = ReadId(1795321612089735, 9009)
    assert read_id.text == "00361NF2Y8WRE8SH"
    assert ReadId.parse("oo36inf2y8wre8sh") == read_id


@pytest.mark.parametrize(
    "text", ["", "00361NF2Y8WRE8S", "00361NF2Y8WRE8SHH", "00361NF2Y8WRE8S!", "U" * 16, "é" * 16]
)
def test_what_is_no_id_is_refused(text):
    with pytest.raises(InvalidReadId, match="16 letters and digits"):
        ReadId.parse(text)


@given(st.integers(0, 2**60), st.lists(st.integers(0, 2**15 - 1), max_size=5))
def test_the_texts_of_a_batch_are_those_of_its_reads(batch, slots):
    assert texts_of(batch, slots) == [ReadId(batch, slot).text for slot in slots]
