"""A copy of the log to be checked elsewhere: the signed checkpoint, and the entries that go opened."""

from __future__ import annotations

import base64
import json
import zipfile
from typing import IO, TYPE_CHECKING

from turnpike.ledger.reading import contents, state

if TYPE_CHECKING:
    from collections.abc import Iterable


def write_bundle(file: IO[bytes], indexes: Iterable[int]) -> None:
    """Write the copy as a ZIP, with the entries of these indexes opened: their salt and the bytes committed to.

    Raises:
        LedgerError: an entry is not there, was erased, or cannot be opened.
    """
    head = state()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        bundle.writestr("checkpoint", head.checkpoint)
        for index in sorted(set(indexes)):
            opened = contents(index)
            told = {
                "index": index,
                "salt": opened.salt.hex(),
                "contents": base64.b64encode(opened.contents).decode(),
            }
            bundle.writestr(f"entries/{index}.json", json.dumps(told))
