"""A real OpenID Connect provider for tests: npm's `oidc-provider`, run by Node on loopback.

with running_provider(tmp_path, client_address) as provider:
    provider.people({"s-4711": {"name": "Ines", "groups": ["anpr"]}})
    with running_centre(..., settings=provider.centre_settings(...)):
        ...
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.centre import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).with_name("oidc")
SHORT_NAME = "force"
SECRET = "a secret of the tests, at least 32 characters"


class RunningProvider:
    """One provider: its issuer, and the people whom it knows."""

    def __init__(self, folder: Path, port: int) -> None:
        self.issuer = f"http://localhost:{port}"
        self.people_file = folder / "people.json"
        self.people({})

    def people(self, claims_by_subject: dict[str, dict[str, object]]) -> None:
        """From now on these are known, with these claims."""
        self.people_file.write_text(json.dumps(claims_by_subject))

    def centre_settings(self, **changes: object) -> dict[str, str]:
        """The settings of a centre that takes sign-ins from this provider."""
        mapping = {
            "issuer": self.issuer,
            "client_id": "turnpike",
            "client_secret_env": "TESTS_CLIENT_SECRET",
            "name": "Fenbridge account",
            "second_factor_amr": ["mfa"],
            "force_claim": "force",
            "forces": {"fp": "Fenbridge Police"},
            "roles_claim": "groups",
            "roles": {"anpr-authorisers": ["authoriser"], "anpr-auditors": ["auditor"]},
            "rank_claim": "rank",
            "ranks": {"Insp": "inspector", "PC": "constable"},
            "trained_until_claim": "trained",
            **changes,
        }
        return {
            "TURNPIKE_OIDC": json.dumps({SHORT_NAME: mapping}),
            "TESTS_CLIENT_SECRET": SECRET,
            "NO_PROXY": "localhost,127.0.0.1",
        }


def callback(centre_url: str) -> str:
    """Where the centre of this address wants people sent back to."""
    return f"{centre_url}/sign-in/with/{SHORT_NAME}/back/"


@contextmanager
def running_provider(folder: Path, redirect_uri: str) -> Iterator[RunningProvider]:
    """A provider that answers; the test is skipped where npm could not fetch it."""
    node = shutil.which("node", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if node is None or not (FOLDER / "node_modules" / "oidc-provider").is_dir():
        pytest.skip(
            "npm's oidc-provider is not here; `make provider` fetches it where a registry can be reached"
        )
    port = free_port()
    provider = RunningProvider(folder, port)
    process = subprocess.Popen(
        [node, "provider.mjs", str(port), SECRET, redirect_uri, str(provider.people_file)],
        cwd=FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert any(line.strip() == "ready" for line in iter(process.stdout.readline, "")), "it did not start"
        yield provider
    finally:
        process.kill()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
