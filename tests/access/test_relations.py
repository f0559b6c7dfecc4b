"""Relations at the door: what touches a declared plate needs an outside authoriser, however it is searched for, and nobody learns why."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace

import pytest
from tests.alert_world import propose

from turnpike import config
from turnpike.access import services as access
from turnpike.access.models import Disclosure, OutsideMatter, Relation, Search
from turnpike.access.relations import hold_back
from turnpike.hotlists import services as hotlists
from turnpike.ledger.services import AuditEvent
from turnpike.reads import services as reads
from turnpike.sealer.budget import Budget, Verdict
from turnpike.sealer.services import Limits, SealerUnavailable, TooManyChecks

from .conftest import REASON, new_read

pytestmark = pytest.mark.django_db
HERS, OTHERS = "AB12CDE", "AB12XYZ"
CASE = "CR/01234/26"


def set_to(monkeypatch, **settings):
    changed = config.load().model_copy(update=settings)
    monkeypatch.setattr(config, "load", lambda: changed)


def declare(person, plate=HERS, kind=access.RelationKind.FAMILY):
    return access.declare(person, plate, kind)


def rules_of(denial):
    return [rule.id for rule in denial.value.decision.rules]


def attach(stand_in):
    """What stands before the store here has of its methods only what the door calls."""
    reads.attach(stand_in)


class NoStore:
    """A store that must not be asked."""

    def search(self, query, limits):
        raise AssertionError("the store was asked")


def test_a_plate_of_ones_own_circle_is_refused_before_the_query_and_an_outsider_asked(
    opened, people, store, search_for, recorded
):
    declare(people.investigator)
    attach(NoStore())

    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, HERS)

    assert rules_of(denial) == ["outside-authoriser-decides"]
    assert recorded()[-1][0] is AuditEvent.DECISION_DENIED
    (matter,) = OutsideMatter.objects.all()
    assert (matter.request_id, matter.look, matter.is_told) == (opened.number, "search", True)
    with pytest.raises(access.Denied):
        search_for(opened.number, HERS)
    assert OutsideMatter.objects.count() == 1


def test_another_plate_is_searched_as_ever(opened, people, stored, search_for):
    declare(people.investigator)
    stored(new_read(HERS), new_read(OTHERS, minutes=1))
    assert [read.plate for read in search_for(opened.number, OTHERS).reads] == [OTHERS]
    assert not OutsideMatter.objects.exists()


def test_what_a_colleague_on_the_case_declared_counts_and_what_a_stranger_declared_does_not(
    people, case, stored, search_for, another_investigator
):
    case(assigned=("investigator", "other"))
    number = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
    ).number
    stored(new_read(HERS), new_read(OTHERS, minutes=1))
    declare(another_investigator, HERS)
    declare(people.auditor, OTHERS)
    with pytest.raises(access.Denied):
        search_for(number, HERS)
    assert search_for(number, OTHERS).reads
    case(assigned=("investigator",))
    assert search_for(number, HERS).reads


@pytest.mark.parametrize("whose", ["requester", "operator"])
def test_an_inspector_who_has_staff_search_is_asked_about_as_well_as_the_staff(
    people, case, stored, search_for, another_investigator, whose
):
    case()
    stored(new_read(HERS), new_read(OTHERS, minutes=1))
    number = access.open_request(
        people.investigator,
        case_reference="CR/01234/26",
        purpose="crime_investigation",
        reason=REASON,
        patterns=("AB12*",),
        operator="other",
    ).number
    declare(people.investigator if whose == "requester" else another_investigator)
    with pytest.raises(access.Denied) as denial:
        search_for(number, HERS, user=another_investigator)
    assert rules_of(denial) == ["outside-authoriser-decides"]
    matter = OutsideMatter.objects.get()
    assert (matter.requester, matter.operator) == (people.investigator, another_investigator)
    assert [read.plate for read in search_for(number, "AB12XY?", user=another_investigator).reads] == [OTHERS]
    assert search_for(number, "AB12CD?", user=another_investigator).reads == ()


def pattern_of(plate, chance):
    """A pattern that fits the plate: characters blanked, ends cut off, all by chance, and at least two left."""
    signs = [sign if chance.random() < 0.6 else "?" for sign in plate]
    for position in chance.sample(range(len(plate)), 2):
        signs[position] = plate[position]
    text = "".join(signs)
    return chance.choice([text, "*" + text.lstrip("?"), text.rstrip("?") + "*"])


def test_no_pattern_and_no_area_walks_round_it(people, case, stored, search_for):
    case()
    declare(people.investigator)
    stored(*(new_read(HERS, minutes=minute) for minute in range(5)), new_read("AB12CDF", minutes=7))
    stored(new_read(HERS, minutes=9), camera_id="her-street")
    seed, shown = random.Random(7), 0
    for _ in range(3):
        patterns = {pattern_of(HERS, seed) for _ in range(16)} - {HERS}
        number = access.open_request(
            people.investigator,
            case_reference="CR/01234/26",
            purpose="crime_investigation",
            reason=REASON,
            patterns=patterns,
        ).number
        for pattern in sorted(patterns):
            cameras = seed.choice([None, ["her-street"], ["mill-lane", "her-street"]])
            outcome = search_for(number, pattern, camera_ids=cameras)
            assert HERS not in [read.plate for read in outcome.reads], pattern
            shown += len(outcome.reads)
    assert shown, "the patterns found nothing at all"
    assert not Disclosure.objects.filter(read_id__in=ids_of(HERS)).exists()


def ids_of(plate):
    return [read.read_id.text for read in reads.attached_store().since(0, 1_000) if read.plate == plate]


def test_a_pattern_does_not_tell_whether_anything_was_left_out(opened, people, stored, search_for, recorded):
    stored(new_read("AB12CDF"))
    before = search_for(opened.number, "AB12CD?")
    entries = len(recorded())
    stored(new_read(HERS, minutes=1))
    declare(people.investigator)
    declared = len(recorded())
    after = search_for(opened.number, "AB12CD?")
    assert [read.plate for read in after.reads] == [read.plate for read in before.reads] == ["AB12CDF"]
    assert after.is_pattern
    assert (after.returned.index - after.intent.index) == (before.returned.index - before.intent.index) == 1
    assert len(recorded()) - declared == 2
    assert entries < declared
    first, second = Search.objects.order_by("id")
    assert (first.returned, first.truncated) == (second.returned, second.truncated)
    (matter,) = OutsideMatter.objects.all()
    assert (matter.look, matter.is_told) == ("pattern", False)
    assert access.told_matters(opened) == ()
    assert "plates_held_back" not in recorded()[-1][2]


@pytest.mark.parametrize("look", [access.view_read, access.view_patch])
def test_a_read_shown_before_is_not_opened_once_it_is_declared(opened, people, stored, search_for, look):
    (read_id,) = stored(new_read(HERS, has_patch=True))
    search_for(opened.number, HERS)
    declare(people.investigator)
    with pytest.raises(access.Denied) as denial:
        look(people.investigator, opened.number, read_id)
    assert rules_of(denial) == ["outside-authoriser-decides"]
    assert OutsideMatter.objects.get().look == "read"


@pytest.mark.parametrize("plate", [HERS, "A812CDE"])
def test_a_hotlist_entry_for_it_or_for_its_misread_is_not_proposed(people, case, plate):
    case()
    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Vehicles reported stolen.")
    declare(people.investigator)
    with pytest.raises(access.Denied) as denial:
        propose(people, plate, case_reference=CASE)
    assert rules_of(denial) == ["outside-authoriser-decides"]
    matter = OutsideMatter.objects.get()
    assert (matter.look, matter.under) == ("entry", "list stolen CR/01234/26")
    assert propose(people, OTHERS, case_reference=CASE).pk


# ---- nobody learns whose it is


def test_chance_and_relation_leave_the_same_refusal_entry_and_record(
    opened, people, store, search_for, recorded, monkeypatch
):
    def refusal():
        with pytest.raises(access.Denied) as denial:
            search_for(opened.number, HERS)
        matter = OutsideMatter.objects.get()
        kept = {
            field.name: getattr(matter, field.name)
            for field in matter._meta.fields
            if field.name not in ("id", "asked_at", "why")
        }
        event, actor, details = recorded()[-1]
        facts = SimpleNamespace(
            said=str(denial.value), entry=(event, actor, details), kept=kept, length=len(matter.why)
        )
        OutsideMatter.objects.all().delete()
        return facts

    set_to(monkeypatch, outside_share=1.0)
    by_chance = refusal()
    set_to(monkeypatch, outside_share=0.0)
    declare(people.investigator)
    assert refusal() == by_chance


def test_no_sentence_or_entry_says_relation_person_or_kind(opened, people, store, search_for, recorded):
    declare(people.investigator)
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, HERS)
    told = str(denial.value) + json.dumps([details for _, _, details in recorded()])
    for word in ("family", "household", "declared", "relation to", HERS):
        assert word not in told


def test_chance_refuses_a_search_again_and_again_and_in_every_request(
    opened, people, stored, search_for, case, monkeypatch
):
    stored(new_read(HERS))
    set_to(monkeypatch, outside_share=1.0)
    case("CR/77", "burglary")
    second = access.open_request(
        people.investigator,
        case_reference="CR/77",
        purpose="crime_investigation",
        reason=REASON,
        patterns=(HERS,),
    )
    for number in (opened.number, opened.number, second.number):
        with pytest.raises(access.Denied):
            search_for(number, HERS)
    assert OutsideMatter.objects.count() == 2


def test_what_chance_refused_no_pattern_shows_either(opened, people, stored, search_for, monkeypatch):
    """Else a pattern would tell the refused whether it was chance."""
    stored(new_read(HERS), new_read("AB12CDF", minutes=1))
    assert len(search_for(opened.number, "AB12CD?").reads) == 2
    set_to(monkeypatch, outside_share=1.0)
    with pytest.raises(access.Denied):
        search_for(opened.number, HERS)
    assert [read.plate for read in search_for(opened.number, "AB12CD?").reads] == ["AB12CDF"]


def test_an_entry_refused_for_anything_else_tells_nothing_of_a_plate(people, case):
    case(assigned=())
    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Vehicles reported stolen.")
    declare(people.investigator)
    with pytest.raises(access.Denied) as denial:
        propose(people, HERS, case_reference=CASE)
    assert rules_of(denial) == ["case-is-yours"]


def test_a_request_of_nobodys_or_one_that_is_closed_tells_nothing_of_a_plate(
    opened, people, store, search_for, another_investigator
):
    declare(people.investigator)
    declare(another_investigator)
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, HERS, user=another_investigator)
    assert rules_of(denial) == ["request-is-yours"]
    access.close_request(people.investigator, opened.number)
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, HERS)
    assert rules_of(denial) == ["request-is-open"]
    assert not OutsideMatter.objects.exists()


# ---- failing closed


@pytest.fixture
def no_sealer(monkeypatch, tmp_path):
    set_to(monkeypatch, sealer_socket=str(tmp_path / "none.sock"))


@pytest.mark.usefixtures("no_sealer")
@pytest.mark.parametrize("pattern", [OTHERS, "AB12XY?"])
def test_without_the_sealer_nothing_is_searched_and_that_is_recorded(
    opened, store, search_for, recorded, pattern
):
    attach(NoStore())
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, pattern)
    assert rules_of(denial) == ["relations-are-checked"]
    event, _, details = recorded()[-1]
    assert (event, details["rules"]) == (AuditEvent.DECISION_DENIED, ["relations-are-checked"])


def test_without_the_sealer_nothing_is_opened_or_proposed(opened, people, stored, search_for, request):
    (read_id,) = stored(new_read(OTHERS))
    search_for(opened.number, OTHERS)
    hotlists.create_list(people.authoriser, slug="stolen", name="Stolen", purpose="Vehicles reported stolen.")
    request.getfixturevalue("no_sealer")
    with pytest.raises(access.Denied) as denial:
        access.view_read(people.investigator, opened.number, read_id)
    assert rules_of(denial) == ["relations-are-checked"]
    with pytest.raises(access.Denied) as denial:
        propose(people, OTHERS, case_reference=CASE)
    assert rules_of(denial) == ["relations-are-checked"]
    with pytest.raises(SealerUnavailable):
        declare(people.investigator)


def test_if_the_sealer_goes_away_during_the_query_nothing_is_handed_over(
    opened, store, stored, search_for, recorded, request
):
    stored(new_read(OTHERS))

    class LosingTheSealer:
        def search(self, query, limits):
            found = store.search(query, limits)
            request.getfixturevalue("no_sealer")
            return found

    attach(LosingTheSealer())
    with pytest.raises(SealerUnavailable):
        search_for(opened.number, OTHERS)
    event, _, details = recorded()[-1]
    assert (event, details["fault"]) == (AuditEvent.SEARCH_FAILED, "SealerUnavailable")
    assert not Disclosure.objects.exists()


def test_a_key_made_anew_in_place_of_a_lost_one_is_no_clean_sheet(opened, people, store, search_for):
    declare(people.investigator)
    for relation in Relation.objects.all():
        relation.token = bytes(8) + bytes(relation.token)[8:]
        relation.save()
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, OTHERS)
    assert rules_of(denial) == ["relations-are-checked"]


def test_beyond_the_budget_a_search_is_refused_and_told(opened, store, search_for, sealer, monkeypatch):
    monkeypatch.setattr(sealer._budget, "take", lambda _asker, _about, _plates: Verdict.OVER_BUDGET)
    with pytest.raises(access.Denied) as denial:
        search_for(opened.number, OTHERS)
    assert rules_of(denial) == ["relations-within-budget"]


def test_a_colleague_without_measure_uses_up_their_own_budget_alone(
    people, case, stored, search_for, another_investigator, sealer, monkeypatch
):
    """Both are on one case, so that each look of either asks about both."""
    case(assigned=("investigator", "other"))
    stored(new_read(OTHERS))
    numbers = [
        access.open_request(
            person,
            case_reference="CR/01234/26",
            purpose="crime_investigation",
            reason=REASON,
            patterns=("AB12*",),
        ).number
        for person in (people.investigator, another_investigator)
    ]
    monkeypatch.setattr(sealer, "_budget", Budget(Limits(5, 5, 100)))
    refused = 0
    for _ in range(5):
        try:
            search_for(numbers[0], OTHERS)
        except (access.Denied, TooManyChecks):
            refused += 1
    assert refused
    assert search_for(numbers[1], OTHERS, user=another_investigator).reads


def test_of_very_many_looks_at_one_person_auditors_are_told_once_and_before_any_is_refused(
    opened, stored, search_for, recorded, sealer, monkeypatch
):
    stored(new_read(OTHERS))
    monkeypatch.setattr(sealer, "_budget", Budget(Limits(100, 100, 16)))
    for _ in range(6):
        search_for(opened.number, OTHERS)
    alarms = [(actor, told) for event, actor, told in recorded() if event is AuditEvent.RELATION_CHECKS_MANY]
    assert alarms == [("investigator", {"person": "investigator"})]


# ---- declaring


def test_what_is_kept_of_a_declaration_is_neither_plate_nor_kind(people, recorded):
    assert declare(people.investigator)
    assert not declare(people.investigator, "ab12 cde")
    assert declare(people.operator)
    mine, theirs = Relation.objects.order_by("pk")
    assert bytes(mine.token) != bytes(theirs.token)
    for relation in (mine, theirs):
        for kept in (bytes(relation.token), bytes(relation.words)):
            assert HERS.encode() not in kept
            assert b"family" not in kept
    entries = [details for event, _, details in recorded() if event is AuditEvent.RELATION_DECLARED]
    assert entries == [{"person": "investigator"}, {"person": "operator"}]


def test_of_what_others_declared_about_one_nothing_is_told(opened, people, store, search_for):
    about = access.declare_about(
        people.investigator,
        HERS,
        access.RelationKind.FAMILY,
        why="She reported him to us in March",
        actor="shell:ps",
    )
    assert about
    assert access.declarations_of(people.investigator) == ()
    assert declare(people.investigator)
    assert len(access.declarations_of(people.investigator)) == 1
    assert len(access.all_declarations(people.investigator)) == 2
    access.end_relation(people.investigator, HERS, why="They moved away a long time ago", actor="shell:ps")
    assert access.all_declarations(people.investigator) == ()
    assert search_for(opened.number, HERS).reads == ()
    with pytest.raises(access.RelationError, match="No such plate"):
        access.end_relation(
            people.investigator, HERS, why="They moved away a long time ago", actor="shell:ps"
        )


def test_nobody_declares_without_end(people):
    for number in range(access.MOST_DECLARED):
        declare(people.investigator, f"AB{number:02d}CDE")
    with pytest.raises(access.RelationError, match="is the most"):
        declare(people.investigator, OTHERS)


def test_a_further_declaration_never_hands_over_more(opened, people, stored):
    """Whatever is declared, and by whom: what is handed over afterwards was handed over before."""
    seed = random.Random(11)
    plates = [f"AB{number:02d}CDE" for number in range(12)]
    stored(*(new_read(plate, minutes=minute) for minute, plate in enumerate(plates)))
    found = reads.attached_store().since(0, 100)
    look = access.Look(access.LookKind.PATTERN, people.investigator, operator=people.operator, request=opened)
    before = hold_back(look, found, named=False)[0]
    assert len(before) == 12
    for _ in range(10):
        declare(seed.choice([people.investigator, people.operator]), seed.choice(plates))
        after = hold_back(look, found, named=False)[0]
        assert set(after) <= set(before)
        before = after
    assert len(before) < 12


def test_a_read_that_may_say_a_declared_plate_is_held_back_as_well(opened, people, stored, search_for):
    declare(people.investigator)
    stored(new_read("AB12CDX", candidates=((HERS, 0.41),)), new_read("AB12CDY", minutes=1))
    assert [read.plate for read in search_for(opened.number, "AB12CD?").reads] == ["AB12CDY"]
