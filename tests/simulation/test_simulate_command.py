from __future__ import annotations

import typer
from typer.testing import CliRunner

from turnpike.cli.simulate import simulate
from turnpike.simulation.services import WorldFolderError, load_demo_world

command = typer.Typer()
command.command()(simulate)


def test_the_command_writes_a_world_and_says_where(tmp_path):
    small = ["--out", str(tmp_path), "--pictures", "1", "--video-seconds", "1", "--seed"]
    done = CliRunner().invoke(command, [*small, "3"], catch_exceptions=False)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"{tmp_path}: Fenbridge, 8 cameras, pictures: 1, videos: 1")
    assert len(load_demo_world(tmp_path).pictures) == 1
    refused = CliRunner().invoke(command, [*small, "4"])
    assert isinstance(refused.exception, WorldFolderError)
