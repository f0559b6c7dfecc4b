"""Write anew what is understood of each message under tests/ingest/vendors: `python scripts/vendor_fixtures.py [ADAPTER…]`. Read the difference before it is committed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.ingest.vendor_fixtures import FOLDER, bodies, expected_at, message, outcome

for adapter in sys.argv[1:] or sorted(path.name for path in FOLDER.iterdir()):
    for path in bodies(adapter):
        told = json.dumps(outcome(adapter, message(path)), indent=1, ensure_ascii=False)
        expected_at(path).write_text(f"{told}\n")
