"""A copy of the log to be checked elsewhere: the signed checkpoint, and the entries that go opened."""

from __future__ import annotations

import base64
import json
import zipfile
from typing import IO, TYPE_CHECKING

from turnpike.ledger.checking import state
from turnpike.ledger.entries import unsealed
from turnpike.ledger.models import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_bundle(file: IO[bytes], indexes: Iterable[int]) -> None:
    """Write the copy as a ZIP, with the entries of these indexes opened: their salt and the bytes committed to.

    Raises:
        LedgerTampered: an entry cannot be opened.
    """
    head = state()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("checkpoint", head.checkpoint)
        for row in Entry.objects.filter(index__in=list(indexes), index__lt=head.size).order_by("index"):
            told = {
                "index": row.index,
                "salt": bytes(row.salt).hex(),
                "contents": base64.b64encode(unsealed(row)).decode(),
            }
            bundle.writestr(f"entries/{row.index}.json", json.dumps(told))
