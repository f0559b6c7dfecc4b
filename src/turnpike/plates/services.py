"""Plate text for every other folder."""

from __future__ import annotations

from turnpike.plates.confusables import CONFUSABLE, PARTNERS, confusable_variants
from turnpike.plates.errors import PlateError
from turnpike.plates.formats import BRITISH, GENERIC, display, formats_of, mask
from turnpike.plates.grammar import UNKNOWN, Prior, issued_age_identifiers, weigh
from turnpike.plates.layouts import ALL_LETTERS, GAPS, LAYOUTS, Layout, layouts_of
from turnpike.plates.models import ConfusableSet, PlateFormat, PlatePattern
from turnpike.plates.normalisation import MAX_PLATE_CHARACTERS, normalise
from turnpike.plates.patterns import MIN_LITERAL_CHARACTERS, parse_pattern

__all__ = [
    "ALL_LETTERS",
    "BRITISH",
    "CONFUSABLE",
    "GAPS",
    "GENERIC",
    "LAYOUTS",
    "MAX_PLATE_CHARACTERS",
    "MIN_LITERAL_CHARACTERS",
    "PARTNERS",
    "UNKNOWN",
    "ConfusableSet",
    "Layout",
    "PlateError",
    "PlateFormat",
    "PlatePattern",
    "Prior",
    "confusable_variants",
    "display",
    "formats_of",
    "issued_age_identifiers",
    "layouts_of",
    "mask",
    "normalise",
    "parse_pattern",
    "weigh",
]
