"""Cameras' alarms: begun once and ended once each, told to the ledger and to whoever is told, one for all that fell ill together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Count, Q

from turnpike.cameras.health import AlarmKind
from turnpike.cameras.health_models import AlarmedCamera, CameraAlarm
from turnpike.cameras.together import Spell, gathered, joins, shared
from turnpike.cameras.webhook import put_notice
from turnpike.ledger.services import AuditEvent, record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from turnpike.cameras.together import Traits
    from turnpike.ledger.services import Detail

MOST_NAMED = 20
"""Cameras that an entry, a notice or a page names of one alarm; of more the number is told. Source: ours."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm as pages tell it. `cameras` are the first of those concerned, by id and name; `count` all that ever were, `ill` those that still are."""

    number: int
    kind: AlarmKind
    raised_at: datetime
    ended_at: datetime | None
    shared: str
    cameras: tuple[tuple[str, str], ...]
    count: int
    ill: int


def standing() -> dict[AlarmKind, dict[str, datetime]]:
    """The cameras that are ill now, by kind, each with when that was noticed."""
    found: dict[AlarmKind, dict[str, datetime]] = {kind: {} for kind in AlarmKind}
    rows = AlarmedCamera.objects.filter(ended_at=None, alarm__ended_at=None)
    for kind, camera_id, raised_at in rows.values_list("alarm__kind", "camera_id", "raised_at"):
        found[AlarmKind(kind)][camera_id] = raised_at
    return found


def begin_alarms(
    kind: AlarmKind, spells: Sequence[Spell], register: Mapping[str, Traits], now: datetime
) -> None:
    """Begin the alarms of cameras that are newly ill: in a group that stands, in a new one, or alone.

    Raises:
        LedgerError: an entry cannot be written; what is not begun is begun with the next look.
    """
    left = _join_groups(kind, spells, now)
    if not left:
        return
    alone_before = {
        row.camera_id: row.alarm
        for row in AlarmedCamera.objects.filter(
            ended_at=None, alarm__kind=kind, alarm__ended_at=None, alarm__is_group=False
        ).select_related("alarm")
    }
    before = [_spell_of(camera_id, alarm) for camera_id, alarm in alone_before.items()]
    by_id = {spell.camera_id: spell for spell in [*before, *left]}
    groups, alone = gathered([*before, *left])
    for group in groups:
        taken_over = [alone_before[camera_id] for camera_id in group if camera_id in alone_before]
        if len(taken_over) < len(group):
            _begin(kind, [by_id[one] for one in group], now, shared(group, register), taken_over)
    for camera_id in alone:
        if camera_id not in alone_before:
            _begin(kind, [by_id[camera_id]], now, "", ())


def end_alarms(kind: AlarmKind, camera_ids: Iterable[str], now: datetime) -> None:
    """These cameras are well again; an alarm ends with its last one.

    Raises:
        LedgerError: an entry cannot be written; what is not ended is ended with the next look.
    """
    well = set(camera_ids)
    rows = [
        row
        for row in AlarmedCamera.objects.filter(ended_at=None, alarm__kind=kind, alarm__ended_at=None)
        if row.camera_id in well
    ]
    for alarm_id in sorted({row.alarm_id for row in rows}):
        own = [row.pk for row in rows if row.alarm_id == alarm_id]
        still_ill = AlarmedCamera.objects.filter(alarm=alarm_id, ended_at=None).exclude(pk__in=own).exists()
        if not still_ill:
            alarm = CameraAlarm.objects.get(pk=alarm_id)
            every = list(
                AlarmedCamera.objects.filter(alarm=alarm_id)
                .values_list("camera_id", flat=True)
                .order_by("camera_id")
            )
            details = _details(kind, every) | {"raised_at": alarm.raised_at.isoformat(timespec="seconds")}
            record(AuditEvent.CAMERA_ALARM_ENDED, actor="system", details=details)
        with transaction.atomic():
            AlarmedCamera.objects.filter(pk__in=own).update(ended_at=now)
            if not still_ill:
                CameraAlarm.objects.filter(pk=alarm_id).update(ended_at=now)
                put_notice("camera.alarm.ended", {"alarm": alarm_id, **details}, now)


def open_alarms(limit: int = 50) -> tuple[Alarm, ...]:
    """Those that stand, newest first."""
    return _told(CameraAlarm.objects.filter(ended_at=None)[:limit])


def alarms_of(camera_id: str, limit: int = 10) -> tuple[Alarm, ...]:
    """The newest alarms that a camera was in, standing or ended, newest first; none that another took over."""
    rows = CameraAlarm.objects.filter(cameras__camera_id=camera_id, joined=None)
    return _told(rows[:limit])


def ill_cameras() -> Mapping[str, tuple[AlarmKind, ...]]:
    """What is wrong with each camera that is ill now, the worst first."""
    found: dict[str, tuple[AlarmKind, ...]] = {}
    for kind, cameras in standing().items():
        for camera_id in cameras:
            found[camera_id] = (*found.get(camera_id, ()), kind)
    return found


def _told(alarms: Iterable[CameraAlarm]) -> tuple[Alarm, ...]:
    held = list(alarms)
    counts = {
        row["alarm"]: (row["every"], row["ill"])
        for row in AlarmedCamera.objects.filter(alarm__in=held)
        .values("alarm")
        .order_by("alarm")
        .annotate(every=Count("pk"), ill=Count("pk", filter=Q(ended_at=None)))
    }
    return tuple(
        Alarm(
            number=alarm.pk,
            kind=AlarmKind(alarm.kind),
            raised_at=alarm.raised_at,
            ended_at=alarm.ended_at,
            shared=alarm.shared,
            cameras=tuple(alarm.cameras.values_list("camera_id", "camera__name")[:MOST_NAMED]),
            count=counts[alarm.pk][0],
            ill=counts[alarm.pk][1],
        )
        for alarm in held
    )


def _join_groups(kind: AlarmKind, spells: Sequence[Spell], now: datetime) -> list[Spell]:
    """Put those into a standing group that fell ill at its moment; the others are left."""
    groups = list(CameraAlarm.objects.filter(kind=kind, ended_at=None, is_group=True))
    left, joining = [], []
    for spell in spells:
        group = next((one for one in groups if joins(spell, one.moment_from_ms, one.moment_until_ms)), None)
        if group is None:
            left.append(spell)
        else:
            joining.append((group, spell.camera_id))
    _put_in(joining, now)
    return left


def _put_in(joining: Iterable[tuple[CameraAlarm, str]], now: datetime) -> None:
    # One that was well for a while is ill again in the same row.
    AlarmedCamera.objects.bulk_create(
        (AlarmedCamera(alarm=alarm, camera_id=camera_id, raised_at=now) for alarm, camera_id in joining),
        update_conflicts=True,
        update_fields=["raised_at", "ended_at"],
        unique_fields=["alarm", "camera"],
        batch_size=500,
    )


def _begin(
    kind: AlarmKind, spells: Sequence[Spell], now: datetime, what: str, taken_over: Sequence[CameraAlarm]
) -> None:
    camera_ids = sorted(spell.camera_id for spell in spells)
    is_group = len(spells) > 1
    details: dict[str, Detail] = _details(kind, camera_ids)
    if is_group:
        details |= {"shared": what, "took_over": len(taken_over)}
    record(AuditEvent.CAMERA_ALARM_RAISED, actor="system", details=details)
    with transaction.atomic():
        alarm = CameraAlarm.objects.create(
            kind=kind,
            raised_at=now,
            is_group=is_group,
            shared=what,
            moment_from_ms=max(spell.from_ms for spell in spells),
            # Where nothing but their number joins them, they have no moment in common: nobody joins later.
            moment_until_ms=min(spell.until_ms for spell in spells),
        )
        CameraAlarm.objects.filter(pk__in=[one.pk for one in taken_over]).update(ended_at=now, joined=alarm)
        AlarmedCamera.objects.filter(alarm__in=taken_over, ended_at=None).update(ended_at=now)
        _put_in(((alarm, camera_id) for camera_id in camera_ids), now)
        told = {"alarm": alarm.pk, **details, "takes_over": [str(one.pk) for one in taken_over]}
        put_notice("camera.alarm.began", told, now)


def _details(kind: AlarmKind, camera_ids: Sequence[str]) -> dict[str, Detail]:
    return {"kind": kind.value, "cameras": list(camera_ids[:MOST_NAMED]), "count": len(camera_ids)}


def _spell_of(camera_id: str, alarm: CameraAlarm) -> Spell:
    return Spell(camera_id, alarm.moment_from_ms, alarm.moment_until_ms)
