"""A process beside a centre, with its settings, that runs one program after another: Python and Django start once for all of them.

Each line on stdin is `{"code", "arguments"}`; each on stdout is `{"printed", "fault"}`, the fault empty where there was none.
"""

from __future__ import annotations

import io
import json
import sys
import traceback
from contextlib import redirect_stdout


def run(code: str, arguments: list[str]) -> dict[str, str]:
    """What the program printed, and how it failed; it finds no names of an earlier one, and leaves no connection open."""
    printed, fault = io.StringIO(), ""
    sys.argv = ["-c", *arguments]
    try:
        with redirect_stdout(printed):
            exec(compile(code, "<told to the console>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a test's own program
    except BaseException:  # noqa: BLE001 - whatever it was, the test is told and goes on from there
        fault = traceback.format_exc()
    from django.db import connections

    connections.close_all()
    return {"printed": printed.getvalue(), "fault": fault}


def main() -> None:
    """Until stdin ends."""
    answers = sys.stdout
    for line in sys.stdin:
        told = json.loads(line)
        print(json.dumps(run(told["code"], told["arguments"])), file=answers, flush=True)


if __name__ == "__main__":
    main()
