"""`turnpike doctor`: is everything in order?"""

from __future__ import annotations

import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import typer

from turnpike import config
from turnpike.cli.doctor_cameras import say_how_cameras_are
from turnpike.cli.serve import STATIC
from turnpike.errors import TurnpikeError
from turnpike.site.services import ingest_report, prepare_records, store_health

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_LEAST_FREE_GB = 2
_GB, _MB = 1_000_000_000, 1_000_000
_WAITS_LONG = timedelta(minutes=30)
"""After so long something keeps messages from being understood. Source: ours; they take seconds, and a pass a quarter of a minute."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer, in a sentence."""

    name: str
    sound: bool
    sentence: str


def doctor(
    camera: str = typer.Argument("", help="With --cameras: only this camera's.", metavar="[CAMERA]"),
    cameras: bool = typer.Option(
        False, "--cameras", help="Say in plain words how the cameras are, and what to do."
    ),
    watch: bool = typer.Option(
        False, "--watch", help="With --cameras: say it anew whenever it changes, until Ctrl-C."
    ),
    as_json: bool = typer.Option(False, "--json", help="With --cameras: one JSON object."),
) -> None:
    """Check settings, keys, assets, recognition, records, ledger, its publication, cameras' cases, store, sign-in, proxies, feeds, spool, sealer and disk."""
    if cameras:
        say_how_cameras_are(camera, watch=watch, as_json=as_json)
        return
    if camera or watch or as_json:
        raise typer.BadParameter("CAMERA, --watch and --json go with --cameras.")
    findings = [_checked(name, check) for name, check in _CHECKS.items()]
    for finding in findings:
        typer.echo(f"{'ok  ' if finding.sound else 'BAD '} {finding.name:<12} {finding.sentence}")
    if not all(finding.sound for finding in findings):
        raise typer.Exit(1)


def _checked(name: str, check: Callable[[], str]) -> Finding:
    from django.db import DatabaseError

    try:
        return Finding(name, sound=True, sentence=check())
    except TurnpikeError as error:
        return Finding(name, sound=False, sentence=str(error))
    except DatabaseError:
        return Finding(
            name, sound=False, sentence="The records cannot be read; restore them from your backup."
        )


def _settings() -> str:
    return f"served at {config.load().url}, data in {config.load().data_dir}"


def _keys() -> str:
    number = config.load().check_keys()
    folder = config.load().data_dir / "keys"
    _check_private(folder, *folder.iterdir())
    return f"{number} keys, readable by their owner only"


def _privacy() -> str:
    settings = config.load()
    _check_private(settings.data_dir, *settings.data_dir.glob("records.sqlite3*"))
    return "data folder and records are for their owner only"


def _check_private(*paths: Path) -> None:
    for path in paths:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise TurnpikeError(f"{path} can be reached by others; run chmod -R go-rwx on it.")


def _assets() -> str:
    if not any(STATIC.glob("**/*.css")):
        raise TurnpikeError("The pages' assets are not built; run `make assets`.")
    return "built"


def _recognition() -> str:
    from turnpike.recognition.services import load_engine

    return load_engine().name


def _records() -> str:
    prepare_records()
    from turnpike.accounts.services import Role, people_with

    return f"migrated, {len(people_with(Role.AUDITOR))} auditors"


def _ledger() -> str:
    prepare_records()
    from turnpike.ledger.services import verify

    return f"{verify().size} entries agree with the signed checkpoint"


def _published() -> str:
    prepare_records()
    from turnpike.ledger.services import check_published, origin

    found, name = check_published(), origin()
    if config.load().log_origin != name:
        raise TurnpikeError(
            f"The log signs as {name} and log_origin says {config.load().log_origin}; set it back, or run `turnpike audit key rotate`."
        )
    if found.stopped:
        raise TurnpikeError(
            f"Nothing new is published since {found.stopped.since_at:%Y-%m-%d %H:%M} UTC: {found.stopped.why}."
            " The last published checkpoint stands. Ask the witnesses' keepers; docs/audit-log.md says what to do."
        )
    missing = "".join(
        f"; {one.witness} has not cosigned since {one.since_at:%Y-%m-%d %H:%M} UTC: {one.why}"
        for one in found.faults
    )
    if found.at is None:
        return "nothing yet; the running server does so"
    return f"{found.size} of {found.written} entries, {len(found.cosigned_by)} cosignatures{missing}"


def _cameras() -> str:
    prepare_records()
    from turnpike.cameras.services import case_health

    found = case_health()
    if found.refused:
        raise TurnpikeError(
            f"The reads of {found.refused} cameras are refused: no necessity case of them is in force, the first is {found.first_refused};"
            " make the cases and have them approved on the page Necessity cases."
        )
    told = f"{found.active} active, each with a necessity case in force"
    if found.carried_over:
        told += (
            f"; {found.carried_over} of these were carried over and end on {found.carried_over_until}:"
            " make their cases and have them approved before"
        )
    if found.due:
        told += f"; {found.due} more are to be reviewed within 30 days"
    return told + (f"; {found.undecided} places neither published nor withheld" if found.undecided else "")


def _agreements() -> str:
    prepare_records()
    from turnpike.access.services import all_agreements, overdue_proofs

    late = overdue_proofs()
    if late:
        raise TurnpikeError(
            f"{len(late)} proofs of deletion are overdue, the first since {late[0].due_on} under {late[0].agreement};"
            " delete what was given, and run `turnpike agreement deletion-proof`."
        )
    return f"{len(all_agreements())} agreements, no proof of deletion overdue"


def _store() -> str:
    health = store_health()
    asked = "asked of the running server" if health.through_worker else "opened here; no server runs"
    return f"{health.reads} reads, schema {health.schema} ({asked})"


def _sign_in() -> str:
    settings = config.load()
    if settings.site_name.replace(".", "").isdigit() or ":" in settings.site_name:
        raise TurnpikeError(
            f"Passkeys are bound to a name, and {settings.site_name} is an address; set TURNPIKE_PUBLIC_URL."
        )
    for provider in settings.oidc.values():
        provider.client_secret()
    if settings.second_factor:
        return f"a second factor is asked of everyone; passkeys are bound to {settings.site_name}"
    if settings.asks_second_factor:
        raise TurnpikeError(
            "Only a demonstration on loopback may do without a second factor, so it is asked; set TURNPIKE_SECOND_FACTOR to true."
        )
    return "NO SECOND FACTOR is asked: a demonstration, on this machine only"


def _proxies() -> str:
    settings = config.load()
    if settings.url.startswith("https:") and not settings.trusted_proxies:
        raise TurnpikeError(
            "The public address is https, so a proxy stands in front, and its address is taken for everybody's: twenty mistyped passwords would"
            " keep all out, and the log names the proxy; set TURNPIKE_TRUSTED_PROXIES to how many proxies add to X-Forwarded-For, mostly 1."
        )
    number = settings.trusted_proxies
    return (
        f"addresses are those that {number} in front tell"
        if number
        else "none in front; addresses are those that connect"
    )


def _feeds() -> str:
    from turnpike.ingest.services import adapters, all_feeds

    opened = [feed for feed in all_feeds() if feed.closed_at is None]
    certified = [feed.name for feed in opened if feed.certificate_sha256]
    if certified and not config.load().feed_certificate_header:
        raise TurnpikeError(
            f"Feeds ask for a client certificate that no proxy tells, so they refuse everything: {', '.join(certified)};"
            " set feed_certificate_header and trusted_proxies."
        )
    lost = [feed.name for feed in opened if feed.adapter not in adapters()]
    if lost:
        raise TurnpikeError(
            f"Nothing here understands what these feeds send: {', '.join(lost)}; put their adapter back."
        )
    if not opened:
        return "none; other makers' cameras are not connected"
    return f"{len(opened)} open" + _of_fetched({feed.name for feed in opened})


def _of_fetched(opened: set[str]) -> str:
    """How those stand that are fetched from a broker or a camera, as far as the server tells."""
    report = ingest_report()
    fetched = {name: one for name, one in report.connections.items() if name in opened} if report else {}
    away = {name: one for name, one in fetched.items() if not one.is_connected}
    if away:
        first, one = min(away.items(), key=lambda pair: (pair[1].since, pair[0]))
        raise TurnpikeError(
            f"{len(away)} of {len(fetched)} fetched feeds are not connected, {first} since {one.since:%Y-%m-%d %H:%M} UTC: {one.told or 'it begins'}"
            " The feed's page and `turnpike feed list` say it of each."
        )
    waits = [f"; {name}: {one.told}" for name, one in sorted(fetched.items()) if one.told]
    counted = [
        f"; {name} lost {one.lost:,} and passed over {one.passed_over:,} messages"
        for name, one in sorted(fetched.items())
        if one.lost or one.passed_over
    ]
    return (f", {len(fetched)} fetched and connected" if fetched else "") + "".join(waits + counted)


def _spool() -> str:
    report = ingest_report()
    if report is None:
        return "not looked at; no server runs"
    spool = report.spool
    held_mb, most_mb = spool.held_bytes / _MB, spool.max_bytes / _MB
    oldest = f", the oldest since {spool.oldest_at:%Y-%m-%d %H:%M} UTC" if spool.oldest_at else ""
    told = f"{spool.waiting:,} messages wait to be understood in {held_mb:,.1f} of {most_mb:,.0f} MB{oldest}"
    if spool.outage:
        raise TurnpikeError(
            f"Cameras' messages are refused since {spool.outage.since:%Y-%m-%d %H:%M} UTC ({spool.outage.refused:,} so far): {told};"
            " look at the disk and the log, or raise spool_max_mb."
        )
    if spool.oldest_at and datetime.now(UTC) - spool.oldest_at > _WAITS_LONG:
        raise TurnpikeError(
            f"Cameras' messages are not understood any more: {told}; look at the server's log."
        )
    return told


def _sealer() -> str:
    from turnpike.sealer.services import SealerClient

    settings = config.load()
    if settings.sealer_path.exists():
        _check_private(settings.sealer_path, *settings.sealer_path.iterdir())
    if SealerClient(settings.sealer_socket_path).answers():
        return "answers"
    if settings.sealer_socket or store_health().through_worker:
        raise TurnpikeError("The sealer does not answer, so that nothing can be searched; look at its log.")
    return "starts with the server"


def _disk() -> str:
    free_gb = shutil.disk_usage(config.load().data_dir).free / _GB
    if free_gb < _LEAST_FREE_GB:
        raise TurnpikeError(f"Only {free_gb:.1f} GB are free; make room before reads are refused.")
    return f"{free_gb:.0f} GB free"


_CHECKS: dict[str, Callable[[], str]] = {
    "settings": _settings,
    "assets": _assets,
    "recognition": _recognition,
    "records": _records,
    "ledger": _ledger,
    "published": _published,
    "agreements": _agreements,
    "cameras": _cameras,
    "store": _store,
    "sign-in": _sign_in,
    "proxies": _proxies,
    "feeds": _feeds,
    "spool": _spool,
    "sealer": _sealer,
    "keys": _keys,
    "privacy": _privacy,
    "disk": _disk,
}
