from __future__ import annotations

import csv
import json

import pyarrow.parquet as pq
import pytest
from tests.simulation.centre import small_centre
from typer.testing import CliRunner

from turnpike.cli.simulate import commands
from turnpike.simulation.services import KeyFileError, NationFileError, WorldFolderError, load_demo_world


def run(*arguments: str, catch: bool = False):
    return CliRunner().invoke(commands, list(arguments), catch_exceptions=catch)


def test_the_command_writes_a_world_and_says_where(tmp_path):
    small = ["--out", str(tmp_path), "--pictures", "1", "--video-seconds", "1", "--seed"]
    done = run(*small, "3")
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{tmp_path}: Fenbridge, 8 cameras, pictures: 1, videos: 1")
    assert len(load_demo_world(tmp_path).pictures) == 1
    refused = run(*small, "4", catch=True)
    assert isinstance(refused.exception, WorldFolderError)


def test_a_nation_is_written_with_its_cameras(tmp_path):
    out, cameras = tmp_path / "reads.parquet", tmp_path / "cameras.csv"
    done = run(
        "nation", "--reads", "5000", "--days", "3", "--seed", "4", "--cameras", "20",
        "--out", str(out), "--camera-list", str(cameras), "--json",
    )  # fmt: skip
    assert done.exit_code == 0
    told = json.loads(done.stdout)
    assert (told["reads"], told["cameras"], told["stopped"]) == (5_000, 20, False)
    assert pq.read_metadata(out).num_rows == 5_000
    with cameras.open() as listed:
        assert len(list(csv.DictReader(listed))) == 20
    again = run("nation", "--reads", "5", "--out", str(out), catch=True)
    assert isinstance(again.exception, NationFileError)


def test_the_pace_is_told_without_keeping_anything(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = json.loads(run("nation", "--reads", "200000", "--days", "1", "--discard", "--json").stdout)
    assert told["reads"] == 200_000
    assert told["reads_per_cpu_s"] > 50_000, "over a million where nothing else runs, its tables made"
    assert not list(tmp_path.iterdir())


def test_a_nation_is_posted_under_the_keys_of_a_file(tmp_path):
    keys = tmp_path / "keys.txt"
    keys.write_text("# cameras of the test\n" + "".join(f"camera-{n} tpc_{n}\n" for n in range(9)))
    with small_centre() as centre:
        done = run("nation", "--reads", "900", "--post", centre.url, "--keys", str(keys), "--json")
    told = json.loads(done.stdout)
    assert (told["stored"], told["duplicates"], told["refused"], told["cameras"]) == (900, 0, 0, 9)
    assert {key for key, _ in centre.messages} == {f"tpc_{n}" for n in range(9)}


@pytest.mark.parametrize("lines", ["", "only-a-camera\n", "a b c\n"])
def test_a_file_without_keys_is_refused_with_its_line(tmp_path, lines):
    keys = tmp_path / "keys.txt"
    keys.write_text(lines)
    done = run("nation", "--reads", "9", "--post", "http://127.0.0.1:1", "--keys", str(keys), catch=True)
    assert isinstance(done.exception, KeyFileError)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--seed", "3", "nation", "--reads", "5", "--out", "x.parquet"),
        ("nation", "--reads", "5"),
        ("nation", "--reads", "5", "--out", "x.parquet", "--post", "http://127.0.0.1:1"),
        ("nation", "--reads", "5", "--post", "http://127.0.0.1:1"),
    ],
)
def test_misuse_is_told(arguments, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run(*arguments, catch=True).exit_code == 2
    assert not list(tmp_path.iterdir())
