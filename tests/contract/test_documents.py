"""The documents and the code say the same."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


def test_each_setting_is_documented():
    from turnpike.config import Config

    text = (DOCS / "settings.md").read_text()
    documented = set(re.findall(r"^\| `(\w+)`", text, re.MULTILINE))
    assert documented == set(Config.model_fields)
    for name, field in Config.model_fields.items():
        assert field.description, name
        assert str(field.default) in text, f"{name}: its default"


def test_each_audit_event_is_documented():
    from turnpike.ledger.services import AuditEvent

    documented = set(re.findall(r"^\| `([\w.]+)`", (DOCS / "audit-events.md").read_text(), re.MULTILINE))
    assert documented == {event.value for event in AuditEvent}


def test_each_audit_event_is_recorded_somewhere():
    from turnpike.ledger.services import AuditEvent

    source = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py"))
    for event in AuditEvent:
        assert f"AuditEvent.{event.name}" in source, f"nothing records {event.name}"


def test_each_command_is_documented():
    from turnpike.__main__ import app

    group = typer.main.get_command(app)
    names = set()
    for verb, command in group.commands.items():  # type: ignore[attr-defined]
        inner = getattr(command, "commands", None)
        names |= {f"turnpike {verb} {sub}" for sub in inner} if inner else {f"turnpike {verb}"}
        if getattr(command, "invoke_without_command", False):
            names.add(f"turnpike {verb}")
    documented = set(
        re.findall(r"^## `(turnpike [\w -]+)`", (DOCS / "commands.md").read_text(), re.MULTILINE)
    )
    assert documented == names


def test_each_folder_is_on_the_map():
    text = (DOCS / "architecture.md").read_text()
    for folder in sorted(
        p.name for p in (ROOT / "src" / "turnpike").iterdir() if (p / "__init__.py").exists()
    ):
        assert re.search(rf"^\| `{folder}`", text, re.MULTILINE), folder


def test_links_between_documents_lead_somewhere():
    for page in [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text()):
            if "://" not in target and not target.startswith("mailto:"):
                assert (page.parent / target).exists(), f"{page.name} points to {target}"


@pytest.mark.parametrize(
    "pattern", ["requirements*.lock", "frontend/package-lock.json", "tests/oidc/package-lock.json"]
)
def test_locks_hold_no_address(pattern):
    locks = list(ROOT.glob(pattern))
    assert locks
    for lock in locks:
        assert "://" not in "".join(line for line in lock.read_text().splitlines() if '"url"' not in line), (
            lock.name
        )


def test_no_registry_is_named_in_the_project():
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    hosts = re.compile(r"(pypi|pythonhosted|npmjs|debian)\.(org|com)")
    for file in filter(None, tracked):
        path = ROOT / file
        if path.suffix in {".onnx", ".png", ".jpg", ".mp4"} or path == Path(__file__) or not path.is_file():
            continue
        assert not hosts.search(path.read_text(errors="replace")), file


def test_each_threat_is_held_off_by_a_test_that_exists():
    named = re.findall(r"`([\w/]+\.py): (\w+)`", (DOCS / "security.md").read_text())
    assert len(named) > 30
    for file, test in named:
        assert re.search(rf"^(async )?def {test}\(", (ROOT / "tests" / file).read_text(), re.MULTILINE), test
