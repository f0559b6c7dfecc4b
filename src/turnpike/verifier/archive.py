"""The bundle as a file: a zip whose files are read one by one, each of a size that is believed."""

from __future__ import annotations

import struct
import zipfile
import zlib
from typing import TYPE_CHECKING, Self

from .errors import Altered, Unusable

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

_MOST_BYTES = 64 * 2**20
"""Of one file. Source: ours; a tile of entries has 8,704 bytes, and bundle.json some 100 an opened range."""
_BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    IndexError,
    NotImplementedError,
    RuntimeError,
)


class Archive:
    """The files of one bundle, by name.

    Raises:
        Unusable: it is no zip that can be read, or holds a name twice.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise Unusable(
                f"{path} cannot be read as a bundle: it is damaged, cut short, or something else ({error})."
            ) from None
        listed = [one.filename for one in self._zip.infolist()]
        self.names = frozenset(listed)
        if len(listed) != len(self.names):
            self._zip.close()
            raise Unusable(f"{path} holds a file of one name twice, so that nobody can say which is meant.")

    def read(self, name: str) -> bytes:
        """One file's bytes.

        Raises:
            Altered: it is not there, or damaged.
        """
        if name not in self.names:
            raise Altered(name, "it is missing from the bundle.")
        try:
            if self._zip.getinfo(name).file_size > _MOST_BYTES:
                raise Altered(name, "it is far larger than any such file.")
            return self._zip.read(name)
        except _BROKEN:
            raise Altered(
                name, "it cannot be read: its bytes in the bundle were altered or cut short."
            ) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()
