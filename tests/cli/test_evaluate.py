"""`turnpike evaluate` as an operator runs it, with the real reader on drawn plates."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from PIL import Image
from tests.evaluation.conftest import reading
from typer.testing import CliRunner

from turnpike.cli.main import app
from turnpike.errors import InputError
from turnpike.evaluation.services import Demand, Standing, as_json, evaluate, read_manifest
from turnpike.recognition.services import load_engine
from turnpike.simulation.services import render_plate

ROWS = ("AB12CDE", "KX54SVW", "LB07SEO")
AT = (200, 150)


@pytest.fixture(scope="session", autouse=True)
def engine():
    return load_engine()  # loaded once, for every command that runs in this process


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Three drawn plates with their labels, the last of them wrong, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("labelled")
    lines = ["path,text,x,y,w,h,country,camera,condition"]
    for number, text in enumerate(ROWS):
        plate = Image.fromarray(render_plate(text, height_px=36))
        scene = Image.new("RGB", (480, 320), (90, 95, 100))
        scene.paste(plate, AT)
        scene.save(folder / f"{number}.jpg", quality=95)
        label = text if number < 2 else "LB07SEX"
        lines.append(f"{number}.jpg,{label},{AT[0]},{AT[1]},{plate.width},{plate.height},GB,north,day")
    (folder / "empty.jpg").write_bytes(b"")
    lines.append("empty.jpg,ZZ99ZZZ,1,1,9,9,GB,south,day")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


def run(*arguments):
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_it_tells_figures_a_verdict_and_its_failures(folder, tmp_path):
    result = run(folder / "labels.csv", "--json", tmp_path / "r.json", "--html", tmp_path / "r.html")
    assert result.exit_code == 0
    assert "Does not meet" in result.stdout or "Too few plates to tell" in result.stdout
    assert "Pictures that could not be read: 1." in result.stderr
    told = json.loads((tmp_path / "r.json").read_text())
    assert [group["name"] for group in told["by"]["camera"]] == ["north", "south"]
    assert told["by"]["camera"][0]["installation_test"] == {"passes": 3, "captured": 3, "read_right": 2}
    assert {one["labelled"] for one in told["failures"]} == {"LB07SEX", "ZZ99ZZZ"}
    assert told["misread_characters"] == [{"labelled": "X", "read": "O", "count": 1}]
    page = (tmp_path / "r.html").read_text()
    assert "LB07SEX" in page
    assert "data:image/jpeg" in page
    assert (tmp_path / "r.html").stat().st_mode & 0o077 == 0


def test_json_on_stdout_is_all_there_is(folder):
    result = run(folder / "labels.csv", "--json", "-", "--failures", "0")
    told = json.loads(result.stdout)
    assert (told["failures"], told["failures_not_shown"]) == ([], 2)


def test_what_is_required_decides_the_status_alone(folder):
    assert run(folder / "labels.csv", "--require").exit_code == 1
    asked = ["--captured", "0.05", "--read", "0.05", "--confidence-level", "0.5"]
    result = run(folder / "labels.csv", "--require", *asked)
    assert result.exit_code == 1  # the camera “south” by itself captured nothing
    assert "Meets" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.csv"], "There is no such manifest"),
        (["labels.csv", "--html", "0.jpg"], "would overwrite"),
        (["labels.csv", "--json", "labels.csv"], "would overwrite"),
        (["labels.csv", "--html", "no/r.html"], "cannot be written there"),
        (["labels.csv", "--html", "."], "cannot be written there"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(folder, monkeypatch, arguments, sentence):
    monkeypatch.chdir(folder)
    result = CliRunner().invoke(app, ["evaluate", *arguments])
    assert isinstance(result.exception, InputError)
    assert sentence in str(result.exception)
    assert result.stdout == ""


def test_a_report_that_cannot_be_put_in_its_place_leaves_nothing_behind(folder, tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    arguments = ["evaluate", str(folder / "labels.csv"), "--html", str(tmp_path / "report.html")]
    result = CliRunner().invoke(app, arguments)
    assert "is the disk full" in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_a_demand_is_less_than_all(folder):
    assert run(folder / "labels.csv", "--captured", "1.0").exit_code == 2


def test_a_camera_that_is_good_enough_is_said_to_be(tmp_path):
    class Right:
        name = "always-right"

        def examine(self, image):
            return (reading("AB12CDE", (4, 4, 40, 10)),)

        def read_crop(self, image):
            return None

    Image.new("RGB", (48, 24)).save(tmp_path / "a.png")
    for number in range(190):
        (tmp_path / f"{number}.png").hardlink_to(tmp_path / "a.png")
    rows = "".join(f"{number}.png,AB12CDE,4,4,40,10,north\n" for number in range(190))
    (tmp_path / "labels.csv").write_text("path,text,x,y,w,h,camera\n" + rows)
    found = evaluate(read_manifest(tmp_path / "labels.csv"), Right(), Demand())
    assert found.verdict.standing is Standing.MEETS
    assert found.is_met
    assert as_json(found)["met"] is True


@pytest.mark.pictures
@pytest.mark.parametrize(("manifest", "crops"), [("eu", False), ("uk_crops", True)])
def test_it_agrees_with_the_evaluator_that_others_use(pictures, tmp_path, manifest, crops):
    """The figures of ../shared/tools/evaluate.py, to its own rounding, on the first pictures of the check sets."""
    tool = pictures.parent / "tools" / "evaluate.py"
    if not tool.exists():
        pytest.skip("../shared/tools/evaluate.py is not on this machine")
    lines = (pictures / "check" / f"{manifest}.csv").read_text().splitlines()[:13]
    (tmp_path / manifest).mkdir()
    for line in lines[1:]:
        name = line.split(",")[0]
        (tmp_path / name).write_bytes((pictures / "check" / name).read_bytes())
    path = tmp_path / "labels.csv"
    path.write_text("\n".join(lines) + "\n")
    option = ["--crops"] if crops else []
    names = "\n".join(str(tmp_path / line.split(",")[0]) for line in lines[1:])
    read = CliRunner().invoke(app, ["read", "--json", *option, "-"], input=names)
    (tmp_path / "told.jsonl").write_text(read.stdout)
    theirs = json.loads(
        subprocess.run(
            [sys.executable, tool, "--manifest", path, "--predictions", tmp_path / "told.jsonl"],
            capture_output=True, text=True, check=True,
        ).stdout
    )  # fmt: skip
    ours = json.loads(run(path, "--json", "-", *option).stdout)
    figures = ours["figures"]
    for own, other in (
        ("captured", "capture"),
        ("read", "read_of_captured"),
        ("read_exact", "read_nospace"),
        ("read_folded", "read_folded"),
        ("read_within_one", "read_within1"),
        ("boxes_found", "detect@0.3"),
    ):
        assert figures[own]["share"] * 100 == pytest.approx(theirs[other], abs=0.006), own
    assert figures["wrong_reads_per_picture"] == pytest.approx(theirs["wrong_reads_per_image"], abs=0.0006)
    assert figures["stray_boxes_per_picture"] == pytest.approx(theirs["stray_boxes_per_image"], abs=0.0006)
    assert ours["calibration"]["error_with_unread"] == pytest.approx(theirs["ece"], abs=0.00006)
    for precision in (99, 95):
        assert ours["coverage"][f"at_{precision}"] * 100 == pytest.approx(
            theirs[f"cov@{precision}"], abs=0.006
        )
