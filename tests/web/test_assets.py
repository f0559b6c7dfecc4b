"""What the build makes, and that templates and build agree."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from turnpike.errors import ConfigurationError
from turnpike.web import assets
from turnpike.web.services import STATIC_DIR, static

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "src" / "turnpike").glob("*/jinja2/**/*.*"))


def _built(suffix):
    return "".join(path.read_text(encoding="utf-8") for path in sorted(STATIC_DIR.rglob(f"*{suffix}")))


def test_an_asset_s_address_carries_a_hash_of_what_it_is():
    assert re.fullmatch(r"/static/web/turnpike-[0-9a-f]{12}\.css", static("web/turnpike.css"))
    assert (STATIC_DIR / static("web/turnpike.js").removeprefix("/static/")).is_file()


def test_assets_that_are_not_built_are_told_with_the_command(monkeypatch, tmp_path):
    monkeypatch.setattr(assets, "STATIC_DIR", tmp_path)
    assets._manifest.cache_clear()
    try:
        with pytest.raises(ConfigurationError, match="run `make assets`"):
            static("web/turnpike.css")
    finally:
        assets._manifest.cache_clear()


def test_no_font_crown_or_address_of_others_is_built_in():
    for text in (_built(".css"), _built(".js"), _built(".svg")):
        for foreign in ("GDS Transport", "crown", "crest", "@font-face", "@import", "cdn"):
            assert foreign not in text
    assert "url(" not in _built(".css")


def test_every_class_that_templates_take_from_govuk_frontend_is_built():
    built = _built(".css").replace("\\!", "!")
    styled = set(re.findall(r"\.(govuk-[\w!-]+)", built))
    # Hold a field's parts together for a script, without a style of their own.
    unstyled = {"govuk-checkboxes", "govuk-password-input"}
    used = {
        name
        for template in TEMPLATES
        for found in re.findall(r'class="([^"{]+)', template.read_text(encoding="utf-8"))
        for name in found.split()
        if name.startswith("govuk-") and not name.startswith("govuk-js-") and not name.endswith("-")
    }
    assert used - styled - unstyled == set()


def test_a_second_build_finds_nothing_to_do():
    command = [sys.executable, str(ROOT / "scripts" / "build_assets.py")]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Assets are up to date.\n", "")


def test_the_lock_holds_hashes_and_no_address():
    text = (ROOT / "frontend" / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert "://" not in text
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
