"""Who owns a data folder. Light, so that `turnpike serve` can ask before anything heavy is loaded."""

from __future__ import annotations

import fcntl
from typing import IO, TYPE_CHECKING

from turnpike.site.errors import AlreadyServed

if TYPE_CHECKING:
    from turnpike.config import Config


def lock_data_folder(settings: Config) -> IO[str]:
    """Own the data folder until the returned file is closed or the process ends.

    Raises:
        AlreadyServed: another process owns it.
    """
    folder = settings.own_data_dir()
    lock = (folder / "worker.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise AlreadyServed(
            f"{folder} is in use by another Turnpike; stop that one, or set TURNPIKE_DATA_DIR."
        ) from error
    return lock
