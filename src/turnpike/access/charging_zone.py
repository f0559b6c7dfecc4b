"""An example to learn from: a charging zone's cameras opened to the police, and what it takes that they stay within bounds.

It follows what happened in London, with other names and days: cameras that were put up to charge for driving were opened to
the police, first their text, later pictures of the front of cars, on a consultation eight years old about 200,000 people
and not the 3.8 million of the wider zone. Source: DESIGN section 1; the days here are ours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from turnpike.access.agreement_terms import HOTLIST_MATCHING, Consultation, Pact, SharedField, Terms, Version

DISCLOSER = "Ashbridge Charging Authority"
RECIPIENT = "Fenbridge Police"
TITLE = "Charging zone cameras for the investigation of crime"
PURPOSE = "crime_investigation"
INNER = frozenset({"zone-bridge-street", "zone-corn-market"})
OUTER = frozenset({"zone-ring-road", "zone-mill-hill"})
_TEXT = frozenset({SharedField.TEXT})
_PICTURES = frozenset({SharedField.PLATE_PATCH, SharedField.VEHICLE_PICTURE})


def _at(year: int, month: int, day: int, hour: int = 12) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC)


FIRST_CONSULTATION = Consultation(
    number="C-2014-001",
    controller=DISCLOSER,
    reference="Reading plates in the inner zone, spring 2014",
    held_on=date(2014, 4, 7),
    cameras=INNER,
    fields=_TEXT,
    people_told=200_000,
)
SECOND_CONSULTATION = Consultation(
    number="C-2023-002",
    controller=DISCLOSER,
    reference="The wider zone and its cameras, 2023",
    held_on=date(2023, 5, 15),
    cameras=INNER | OUTER,
    fields=_TEXT | _PICTURES,
    people_told=3_800_000,
)
_FIRST = Terms(
    purposes=frozenset({PURPOSE, HOTLIST_MATCHING}),
    cameras=INNER,
    fields=_TEXT,
    legal_basis="Data Protection Act 2018, part 3, section 35",
    dpia="DPIA/2014/11",
    consultations=(FIRST_CONSULTATION,),
    people_affected=200_000,
    retention_days=28,
    from_on=date(2015, 2, 1),
    until_on=date(2024, 12, 31),
)
_BEYOND = replace(
    _FIRST,
    cameras=INNER | OUTER,
    fields=_TEXT | _PICTURES,
    people_affected=3_800_000,
    from_on=date(2022, 5, 23),
)
_ANEW = replace(
    _BEYOND,
    fields=_TEXT,
    dpia="DPIA/2023/04",
    consultations=(FIRST_CONSULTATION, SECOND_CONSULTATION),
    from_on=date(2023, 7, 10),
)
_WITH_PICTURES = replace(
    _ANEW,
    fields=_TEXT | _PICTURES,
    pictures_dpia="DPIA/2023/09",
    pictures_dpia_names=frozenset({SharedField.PLATE_PATCH}),
    from_on=date(2023, 10, 16),
)

STEPS = (
    Version(1, _FIRST, _at(2015, 1, 12), _at(2015, 1, 20)),
    Version(2, _BEYOND, _at(2022, 5, 9), _at(2022, 5, 18)),
    Version(3, _ANEW, _at(2023, 6, 26), _at(2023, 7, 5)),
    Version(4, _WITH_PICTURES, _at(2023, 9, 25), _at(2023, 10, 2)),
)
ENDED_AT = _at(2024, 3, 1, 15)
PACT = Pact("A-2015-001", DISCLOSER, RECIPIENT, STEPS, ENDED_AT)


@dataclass(frozen=True, slots=True)
class Day:
    """One instant of the example, and what had just happened."""

    at: datetime
    happened: str


DAYS = (
    Day(_at(2015, 1, 15), "The first terms are proposed and wait for a decision."),
    Day(_at(2015, 1, 25), "They are decided, and begin on 1 February."),
    Day(_at(2015, 2, 1, 0), "They begin: the inner zone, text alone."),
    Day(_at(2021, 10, 25), "The zone grows: its new cameras stand."),
    Day(_at(2022, 5, 20), "Terms for the wider zone with pictures are decided, on the consultation of 2014."),
    Day(_at(2022, 5, 23), "Those terms begin, and open no more than was consulted about."),
    Day(_at(2023, 6, 1), "The public was consulted about the wider zone; nothing is decided on it yet."),
    Day(_at(2023, 7, 9), "New terms are decided on it, and begin tomorrow."),
    Day(_at(2023, 7, 10), "The wider zone's text is open, by the new decision."),
    Day(_at(2023, 10, 2, 18), "Pictures are decided, with an assessment of their own, from 16 October."),
    Day(_at(2023, 10, 16), "The picture of the plate is open; that of the vehicle no assessment names."),
    Day(_at(2024, 3, 1, 14), "All stands as it was."),
    Day(_at(2024, 3, 1, 16), "The agreement was ended an hour ago."),
)
