"""The log's page says how far the log is published and, while it is not, since when and why."""

from __future__ import annotations

import re

import pytest
from tests.witness_server import running_witness

from turnpike.ledger import services as ledger
from turnpike.ledger.services import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client, people):
    client.force_login(people.auditor)
    return client


def shown(client):
    """The page's words and marks, without the marks around instants."""
    page = re.sub(r"</?time[^>]*>", "", client.get("/log/").content.decode())
    return " ".join(page.split())


def test_before_the_first_publication_it_says_so(auditor, own_log):
    assert "No checkpoint is published yet" in shown(auditor)


def test_it_says_how_far_the_log_is_published_and_that_no_witness_has_cosigned(auditor, own_log):
    ledger.record(AuditEvent.SIGNED_IN, actor="somebody")
    stands = ledger.Publisher().publish()
    page = shown(auditor)
    assert f'first <span class="tp-numeric">{stands.size}</span> of' in page
    assert "No witness has cosigned it" in page
    assert "Nothing new has been published" not in page


def test_while_the_witness_is_away_it_says_since_when_and_why_and_what_stands(auditor, own_log, configured):
    with running_witness() as witness:
        configured(data_dir=own_log.parent, log_witnesses=(witness.line,), log_cosignatures_needed=1)
        ledger.record(AuditEvent.SIGNED_IN, actor="somebody")
        publisher = ledger.Publisher()
        publisher.publish()
        assert f"It is cosigned by {witness.cosigner.name}." in shown(auditor)
        witness.mood = "down"
        stands = publisher.publish()
    page = shown(auditor)
    assert stands.stopped is not None
    at = stands.stopped.since_at
    assert f"Nothing new has been published since {at.day} {at:%b %Y, %H:%M}" in page
    assert "0 of 1 needed cosignatures were given" in page
    assert "What was published before still stands" in page
    assert f"{witness.cosigner.name} has not cosigned since" in page
    assert "it answered 503" in page
