"""`turnpike agreement …`: tells in words, keeps a proof by its hash, and shows the example."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.access.agreeing import agreed, consulted, county_cameras, terms
from typer.testing import CliRunner

from turnpike.access.agreement_models import DeletionProof, Release
from turnpike.cli.agreement import commands
from turnpike.cli.doctor import _CHECKS
from turnpike.errors import InputError, TurnpikeError

pytestmark = pytest.mark.django_db


def run(*arguments):
    done = CliRunner().invoke(commands, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return " ".join(done.stdout.split())


@pytest.fixture
def number(people):
    from turnpike.accounts.services import Role, Standing, create_account

    county_cameras()
    trained = Standing(trained_until=timezone.now().date() + timedelta(days=9))
    second = create_account("second", "Second", [Role.AUTHORISER], actor="tests", standing=trained)
    return agreed(people, second, terms(consulted(people)))


def test_the_list_and_the_words(number):
    assert number in run("list")
    told = run("show", number)
    assert "in force" in told
    assert "Picture of the plate: off." in told
    assert "There were no terms yet" in run("show", number, "--on", "2020-05-03")
    with pytest.raises(InputError, match="year, month and day"):
        run("show", number, "--on", "3 May")
    with pytest.raises(InputError, match="no agreement of that number"):
        run("show", "A-1999-001")


def test_a_proof_is_kept_by_the_hash_of_its_certificate(number, tmp_path):
    yesterday = timezone.now() - timedelta(days=1)
    Release.objects.create(
        agreement_id=number, version=1, purpose="crime_investigation", band="under 10", fields=["text"],
        released_at=yesterday, due_on=yesterday.date(), entry=1, leaf=bytes(32),
    )  # fmt: skip
    with pytest.raises(TurnpikeError, match="1 proofs of deletion are overdue"):
        _CHECKS["agreements"]()
    certificate = tmp_path / "certificate.pdf"
    certificate.write_bytes(b"deleted")
    told = run(
        "deletion-proof", number, "--until", str(yesterday.date()), "--reference", "DEL/7",
        "--certificate", str(certificate),
    )  # fmt: skip
    assert "0 days of disclosure are still to be proven" in told
    assert "no proof of deletion overdue" in _CHECKS["agreements"]()
    assert DeletionProof.objects.get().certificate_sha256 == hashlib.sha256(b"deleted").hexdigest()


def test_the_example_tells_the_zones_story():
    told = run("example")
    assert "2022-05-23" in told
    assert "No consultation that was" in told
