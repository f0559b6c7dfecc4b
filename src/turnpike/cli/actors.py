"""Who a command acts for."""

from __future__ import annotations

import getpass


def shell_actor() -> str:
    """Who has a shell on the server, named by the machine's own account; for the ledger."""
    return f"shell:{getpass.getuser()}"
