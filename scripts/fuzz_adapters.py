"""Fuzz the adapters of makers' messages, led by what code each input reaches; the tests have a short form by hypothesis.

Atheris is not among the project's own tools, for it is large and needs a Python that it knows: `pip install atheris` beside the project, then

    python scripts/fuzz_adapters.py [ADAPTER…] -max_total_time=60 -rss_limit_mb=512

Begins from the fixtures of tests/ingest/vendors, and fails at the first fault that is not NotUnderstood, or after 5 seconds over one message.
What starts with `-` goes to libFuzzer, which tells its options by `-help=1`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
RECEIVED_AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MEDIA = ("", "application/json", "text/xml", "multipart/form-data; boundary=X", "multipart/mixed")


def main(arguments: list[str]) -> None:
    """Fuzz those that are named, or all."""
    import atheris

    # Seen by the fuzzer are only the modules that are imported here, and all of them are.
    with atheris.instrument_imports(include=["turnpike.ingest"]):
        from turnpike.ingest.adapters import adapters
        from turnpike.ingest.vendor_messages import NotUnderstood, VendorMessage

        known = adapters()

    from tests.ingest.vendor_fixtures import fixtures_of

    names = [name for name in arguments[1:] if not name.startswith("-")] or list(known)
    options = [option for option in arguments[1:] if option.startswith("-")]
    chosen = [known[name] for name in names]
    settings = {
        name: next((one.message.settings for one in fixtures_of(name) if one.message.settings), {})
        for name in names
    }

    def one_input(data: bytes) -> None:
        kind = data[0] if data else 0
        media, body = MEDIA[kind % len(MEDIA)], data[1:]
        for adapter in chosen:
            message = VendorMessage(
                body, RECEIVED_AT, media, "frigate/events", settings=settings[adapter.name]
            )
            try:
                adapter.understand(message)
            except NotUnderstood:
                continue

    folder = Path(tempfile.mkdtemp(prefix="turnpike-fuzz-"))
    try:
        for name in names:
            for at, fixture in enumerate(fixtures_of(name)):
                (folder / f"{name}-{at}").write_bytes(bytes((at % len(MEDIA),)) + fixture.message.body)
        atheris.Setup([arguments[0], "-timeout=5", *options, str(folder)], one_input)
        atheris.Fuzz()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv)
