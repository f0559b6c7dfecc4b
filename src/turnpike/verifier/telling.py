"""What was found, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .checking import Report


def told(report: Report) -> list[str]:
    """The sentences about a bundle without a fault."""
    state, index = report.checkpoint, report.index
    if state is None or index is None:
        return []
    keys = ", ".join(key.key_id.hex() for key in report.signed_by)
    lines = [
        f"Whole: the log {state.origin}, {_count(state.size, 'entry', 'entries')}, signed with the key {keys}.",
        "Every entry's hash and the root were derived again and agree with the signature.",
    ]
    for name, at in sorted(report.cosigned.items()):
        lines.append(f"Cosigned by {name} at {at:%Y-%m-%d %H:%M:%S} UTC.")
    if not report.cosigned:
        lines.append(
            "No witness was asked for (--witness): nothing shows that others were given the same log."
        )
    lines.append(
        f"{_count(len(report.opened), 'entry is', 'entries are')} opened, and what each says is what was recorded."
    )
    erased = sum(len(one) for one in report.erased)
    if erased:
        lines.append(
            f"Of {_count(erased, 'entry', 'entries')} an entry says that the contents were erased by rule."
        )
    closed = sum(len(one) for one in report.missing)
    if closed:
        lines.append(
            f"{_count(closed, 'entry is', 'entries are')} proven and not opened in this bundle, which says so."
        )
    return lines


def told_as_json(report: Report, sentences: list[str]) -> dict[str, object]:
    """The same for a program."""
    state = report.checkpoint
    return {
        "whole": not report.faults,
        "log": state.origin if state else None,
        "size": state.size if state else None,
        "root": state.root.hex() if state else None,
        "made_at": report.index.made_at if report.index else None,
        "signed_by": [key.key_id.hex() for key in report.signed_by],
        "cosigned": {name: at.isoformat() for name, at in report.cosigned.items()},
        "opened": len(report.opened),
        "erased": [[one.start, one.stop] for one in report.erased],
        "not_opened": [[one.start, one.stop] for one in report.missing],
        "sentences": sentences,
        "faults": [{"where": fault.where, "what": fault.what} for fault in report.faults],
    }


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
