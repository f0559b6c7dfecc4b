"""The habits of docs/architecture.md that a machine can hold the code to."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "turnpike"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "migrations" not in path.parts)
SETTINGS = {"config", "data_folder", "sign_in_providers"}
MODULE_LINES = 400
FUNCTION_LINES = 50
# The words that DESIGN forbids as names because they say nothing.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def name(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def imports(path: Path) -> Iterator[tuple[str, str]]:
    """Each (module, name) that a file takes from another."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            for alias in node.names:
                yield node.module, alias.name
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, ""


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_and_functions_stay_small(path):
    source = path.read_text()
    assert source.count("\n") <= MODULE_LINES, f"{name(path)} wants to be two modules"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= FUNCTION_LINES, f"{name(path)}: {node.name} has {lines} lines"


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_say_what_they_are_for(path):
    assert ast.get_docstring(ast.parse(path.read_text())), f"{name(path)} has no docstring"
    assert path.stem not in EMPTY_NAMES


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_other_folders_come_in_through_services(path):
    own = path.relative_to(PACKAGE).parts[0]
    if own in {"site", "__main__.py"}:
        return  # the only wiring
    for module, imported in imports(path):
        parts = module.split(".")
        if (
            parts[0] != "turnpike"
            or len(parts) < 2
            or parts[1] in {own, *SETTINGS, "durable", "errors", "exact_intervals"}
        ):
            continue
        way_in = parts[2] if len(parts) > 2 else imported
        assert way_in in {"services", "errors"}, f"{name(path)} reaches into {module}.{imported}"


def test_only_the_door_searches():
    """The types that a search needs are named in `access` alone; a benchmark searches reads that it made up itself."""
    search_types = {"ReadQuery", "SearchLimits"}
    for path in MODULES:
        if path.relative_to(PACKAGE).parts[0] in {"access", "reads", "bench"}:
            continue
        taken = {imported for module, imported in imports(path) if module.startswith("turnpike.reads")}
        assert not taken & search_types, f"{name(path)} would search without the door"
        assert not re.search(r"\breads\.(ReadQuery|SearchLimits)\b", path.read_text()), name(path)


def test_whole_reads_are_fetched_only_by_the_door_and_by_ingest():
    """Nobody else holds a store: the site hands it on, a benchmark opens one of its own."""
    holders = {"access", "ingest", "reads", "site", "bench"}
    fetched_by = {
        "get": {"access"},
        "place": {"access"},
        "plate_of": {"access"},
        "pick": {"access"},
        "search": {"access"},
        "count_matching": {"access"},
        "since": {"ingest"},
        "hide": {"retention"},
        "purge": {"retention"},
    }
    for path in MODULES:
        folder, source = path.relative_to(PACKAGE).parts[0], path.read_text()
        if folder not in holders:
            assert not re.search(r"\b(attached_store|ReadStore)\b", source), f"{name(path)} holds the store"
        if folder in {"reads", "bench"}:
            continue
        for method, folders in fetched_by.items():
            if re.search(rf"store(\(\))?\.{method}\(", source):
                assert folder in folders, f"{name(path)} fetches reads by {method}"


def test_pages_never_write_the_ledger_themselves():
    page_files = {"views", "forms", "urls", "models"}
    for path in MODULES:
        if not any(path.stem == kind or path.stem.endswith(f"_{kind}") for kind in page_files):
            continue
        for module, imported in imports(path):
            assert not (module == "turnpike.ledger.services" and imported == "record"), name(path)


def test_the_way_round_the_door_is_not_installed():
    from django.conf import settings

    assert "django.contrib.admin" not in settings.INSTALLED_APPS


def test_no_open_question_without_an_issue():
    for path in MODULES:
        for line in path.read_text().splitlines():
            assert not re.search(r"#.*\b(TODO|FIXME|XXX)\b(?!.*#\d+)", line), f"{name(path)}: {line}"
