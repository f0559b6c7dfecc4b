"""What is no ground for a look; a table to read and add to."""

from __future__ import annotations

import pytest

from turnpike.access import services as access
from turnpike.access.models import Request
from turnpike.access.no_grounds import NO_GROUNDS, forbidden_ground
from turnpike.ledger.services import AuditEvent, LedgerError

from .conftest import REASON

pytestmark = pytest.mark.django_db

REFUSED = [
    ("protest", "Vehicles whose owners attended the climate demonstration in the High Street"),
    ("protest", "Find everybody taking part in the march on Saturday"),
    ("protest", "Suspected organiser of the strike; identify people at the picket: participants wanted"),
    ("protest", "Vehicle seen at the vigil outside the town hall"),
    ("protest", "Rally attendees from the coach park, all vehicles"),
    ("characteristic", "Stopped because he is Muslim and drives an expensive car"),
    ("characteristic", "Vehicles of members of the mosque in Mill Lane"),
    ("characteristic", "Worshippers at the synagogue, all vehicles on Saturday morning"),
    ("characteristic", "Checked as they are travellers camping in the field by the bypass"),
    ("characteristic", "Wanted for being gay in a place where that is not liked"),
    ("characteristic", "Cars of members of a trade union before the meeting"),
    ("personal", "I would like to know where my ex goes in the evening after work"),
    ("personal", "Somebody scratched my car in the car park behind the station"),
    ("personal", "Asked as a favour by a former colleague of another force"),
    ("personal", "Out of curiosity about the red sports car that passes each day"),
    ("personal", "My neighbour parks across the drive every single evening"),
]
ALLOWED = [
    REASON,
    "Stabbing near the demonstration in the High Street; the attacker fled in a blue hatchback",
    "Burglary at St Mary's church hall; a van left towards the bypass at three",
    "Her ex-partner broke the restraining order and was seen outside her house on Monday",
    "Theft of lead from the roof of the mosque; CCTV shows part of a plate",
    "Threats against worshippers; a man in a white van shouted that he would return with a knife",
    "The victim's husband is missing since Tuesday; his car was last seen at the station",
    "Black hatchback rammed a shop front at four in the morning; partial plate from a witness",
    "A march of stolen caravans: three taken from one yard in a week, towed by a grey pick-up",
    "Robbery of a friend of the family outside the bank; the driver waited in a silver estate",
]


@pytest.mark.parametrize(("kind", "reason"), REFUSED)
def test_what_is_no_ground_is_refused_and_written_down(people, case, recorded, kind, reason):
    case()
    with pytest.raises(access.RequestError) as refusal:
        access.open_request(
            people.investigator,
            case_reference="CR/01234/26",
            purpose="crime_investigation",
            reason=reason,
            patterns=("AB12*",),
        )
    assert refusal.value.field == "reason"
    event, actor, details = recorded()[-1]
    assert (event, actor) == (AuditEvent.GROUND_REFUSED, "investigator")
    assert (details["ground"], details["reason"]) == (kind, reason)
    assert not Request.objects.exists()


@pytest.mark.parametrize("reason", ALLOWED)
def test_what_only_sounds_alike_is_a_ground(reason):
    assert forbidden_ground(reason) is None


def test_an_emergency_takes_no_other_grounds(people):
    with pytest.raises(access.RequestError):
        access.open_emergency(
            people.investigator, reason="My ex has taken the children and I need to find the car"
        )


def test_a_refusal_that_cannot_be_recorded_is_none_that_counts(people, case, break_ledger):
    case()
    break_ledger()
    with pytest.raises(LedgerError):
        access.refuse_no_ground(people.investigator, "Find everybody taking part in the march on Saturday")


def test_the_form_says_what_is_wrong(client, people, case):
    case()
    client.force_login(people.investigator)
    typed = {
        "case_reference": "CR/01234/26",
        "purpose": "crime_investigation",
        "reach_days": "90",
        "patterns": "AB12 CDE",
    }
    response = client.post(
        "/requests/new/", {**typed, "reason": "Find everybody taking part in the march on Saturday"}
    )
    assert response.status_code == 400
    assert "Taking part in a protest is no ground for a search" in response.content.decode()


def test_each_kind_says_what_to_do():
    assert len({ground.kind for ground in NO_GROUNDS}) == len(NO_GROUNDS)
    assert all(": " in ground.says and ground.says.endswith(".") for ground in NO_GROUNDS)
