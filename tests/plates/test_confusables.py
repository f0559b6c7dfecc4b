"""Plates one mistaken character away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnpike.plates.services import CONFUSABLE, PARTNERS, confusable_variants

SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
PLATES = st.text(SIGNS, min_size=1, max_size=16)


def test_a_worked_example():
    assert confusable_variants("AB10") == {
        "4B10",
        "A810",
        "ABI0",
        "ABL0",
        "AB1O",
        "AB1D",
        "AB1Q",
    }
    assert confusable_variants("XKN3") == frozenset()


@pytest.mark.parametrize("pair", ["0O", "0Q", "0D", "1I", "1L", "B8", "S5", "Z2", "G6", "CG", "UV"])
def test_named_pairs(pair):
    assert confusable_variants(f"X{pair[0]}X") >= {f"X{pair[1]}X"}


def test_sets_have_two_or_more_signs_and_a_reason():
    for group in CONFUSABLE:
        assert len(group.characters) >= 2
        assert group.characters <= set(SIGNS)
        assert group.reason.endswith(".")


def test_the_relation_is_symmetric_and_not_reflexive():
    for sign, others in PARTNERS.items():
        assert sign not in others
        assert all(sign in PARTNERS[other] for other in others)


@given(PLATES)
def test_a_variant_differs_in_one_place_and_leads_back(plate):
    variants = confusable_variants(plate)
    assert plate not in variants
    for variant in variants:
        assert sum(one != other for one, other in zip(plate, variant, strict=True)) == 1
        assert plate in confusable_variants(variant)


@given(PLATES)
def test_no_variant_is_missing(plate):
    assert len(confusable_variants(plate)) == sum(len(PARTNERS.get(sign, ())) for sign in plate)
