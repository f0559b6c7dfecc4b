"""What never reaches the log."""

from __future__ import annotations

import logging
import re

_ONE_TIME_LINK = re.compile(r"(/sign-in/once/)[^/\s]+")


class WithoutTokens(logging.Filter):
    """Takes the token out of a one-time link's path: until it is spent, it signs in whoever reads it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        record.msg, record.args = _ONE_TIME_LINK.sub(r"\1…", record.getMessage()), ()
        return True
