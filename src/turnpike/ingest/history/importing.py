"""One import from its beginning to its end: pieces of the file checked and loaded two at a time, each noted in the journal.

The order that loses and doubles nothing: an entry of the ledger that it begins; of each piece that it is intended; its reads into the
store; its refused rows into the list; that it is done; at the end an entry of what was loaded. Nothing is matched against the
hotlists: history raises no alert.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from turnpike.ingest.history import journal as journals
from turnpike.ingest.history.checking import RowChecker
from turnpike.ingest.history.errors import FileRefused
from turnpike.ingest.history.fields import check_plan
from turnpike.ingest.history.refused import RefusedList
from turnpike.ingest.history.report import MOST_LINES, report_of
from turnpike.ledger.services import AuditEvent, record
from turnpike.reads.services import MAX_LOAD_ROWS, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from pathlib import Path

    from numpy.typing import NDArray

    from turnpike.ingest.history.checking import Checked, Rows
    from turnpike.ingest.history.csv_files import CsvFile, CsvPiece
    from turnpike.ingest.history.fields import ColumnPlan
    from turnpike.ingest.history.journal import Done, Doubtful, Intended, Journal, Mark
    from turnpike.ingest.history.parquet_files import ParquetFile, ParquetPiece
    from turnpike.ingest.history.report import ImportReport
    from turnpike.reads.services import ReadStore

    type_file = CsvFile | ParquetFile
    type_piece = CsvPiece | ParquetPiece

ADAPTER = "import"
"""The source adapter that loaded reads name."""
_AT_ONCE = 2
"""Source: ours; one core checks and loads one piece."""
_MOST_CAMERAS_TOLD = 200
"""In the ledger: of more, only how many there are. Source: ours; an entry is to be read."""
_PREVIEW_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be imported, and why.

    `cameras` and `camera_id` are as `RowChecker`'s. `software` is the system that made the reads, with its version.
    `refused_rows` is where the refused rows themselves are to be written, or None for their lines and reasons alone.
    """

    plan: ColumnPlan
    cameras: Mapping[str, str]
    actor: str
    reason: str
    authority: str
    software: str
    camera_id: str = ""
    encoding: str = "utf-8"
    refused_rows: Path | None = None
    is_anew: bool = False


@dataclass(frozen=True, slots=True)
class _Piece:
    """A piece on its way, and what became of its rows."""

    piece: type_piece
    mark: Mark
    rows: Rows
    checked: Checked


def begun_before(file: type_file, folder: Path) -> Journal | None:
    """The journal of an import of this file, or of one that begins as it does; nothing where there is none.

    Raises:
        FileRefused: that journal was altered.
    """
    return journals.find(folder, kind=file.kind, head=file.head) if folder.is_dir() else None


def preview(file: type_file, task: Task) -> tuple[Rows, Checked]:
    """The first thousand rows as they would be understood; nothing is loaded.

    Raises:
        HistoryError: the plan does not fit the file, or the file cannot be read.
    """
    check_plan(task.plan, file.columns, camera_told=bool(task.camera_id))
    piece = file.first_rows(_PREVIEW_ROWS)
    rows = file.rows(piece, task.plan)  # type: ignore[arg-type]  # a file takes its own pieces
    return rows, _checker(task).check(rows, _now_ms())


def check_history(file: type_file, task: Task, *, tell: Callable[[int], None]) -> ImportReport:
    """What would become of a file; nothing is loaded or kept.

    Raises:
        HistoryError: the plan does not fit the file, or the file cannot be read.
    """
    check_plan(task.plan, file.columns, camera_told=bool(task.camera_id))
    began, done = time.perf_counter(), list[journals.Done]()
    checker, now_ms = _checker(task), _now_ms()
    for piece in file.pieces():
        rows = file.rows(piece, task.plan)  # type: ignore[arg-type]  # as above
        mark = journals.Mark(piece.ends_at, piece.lines, piece.digest)
        done.append(_done(_Piece(piece, mark, rows, checker.check(rows, now_ms)), 0))
        tell(sum(one.loaded for one in done))
    elapsed_s = time.perf_counter() - began
    return report_of(
        done, before=0, sha256=file.digest(), finished=True, elapsed_s=elapsed_s, refused_list=""
    )


def import_history(
    file: type_file, task: Task, store: ReadStore, folder: Path, *, tell: Callable[[int], None]
) -> ImportReport:
    """Load what of a file is not loaded yet; `tell` is given how many reads are, again and again. `folder` keeps the journals.

    Raises:
        HistoryError: the plan does not fit the file, the file cannot be read to its end, or is not the one that was begun.
        StoreUnavailable: the store failed; importing the file again goes on from there.
    """
    check_plan(task.plan, file.columns, camera_told=bool(task.camera_id))
    journal = None if task.is_anew else begun_before(file, folder)
    is_new = journal is None
    if journal is None:
        journal = journals.begin(
            folder,
            at=datetime.now(UTC),
            kind=file.kind,
            head=file.head,
            plan=task.plan,
            camera=task.camera_id,
            encoding=task.encoding,
        )
    else:
        _check_same(journal, task)
        file.skip([piece.mark for piece in journal.done])
    return _Import(file, task, store, journal, is_new=is_new, tell=tell).run()


def _check_same(journal: Journal, task: Task) -> None:
    begun = journal.begun
    if (begun.plan, begun.camera, begun.encoding) != (task.plan, task.camera_id, task.encoding):
        raise FileRefused(
            f"The import of this file was begun at {begun.at} with another mapping; give the same, or --anew to load all of it once more."
        )


def _checker(task: Task) -> RowChecker:
    return RowChecker(task.plan, task.cameras, camera_id=task.camera_id)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class _Import:
    """One run over a file."""

    def __init__(
        self,
        file: type_file,
        task: Task,
        store: ReadStore,
        journal: Journal,
        *,
        is_new: bool,
        tell: Callable[[int], None],
    ) -> None:
        self._file, self._task, self._store, self._journal = file, task, store, journal
        self._tell = tell
        self._checker = _checker(task)
        self._before = len(journal.done)
        self._began = time.perf_counter()
        self._running: deque[Future[_Piece]] = deque()
        self._refused = RefusedList(
            task.refused_rows or journal.refused_path,
            file.columns,
            getattr(file, "delimiter", ","),
            with_rows=task.refused_rows is not None,
            length=journal.done[-1].refused_bytes if journal.done else 0,
            is_new=is_new,
        )

    def run(self) -> ImportReport:
        """Load what is left; what was loaded stands in the ledger, however it ends."""
        record(AuditEvent.HISTORY_IMPORT_BEGUN, actor=self._task.actor, details=self._why())
        finished = False
        try:
            with ThreadPoolExecutor(_AT_ONCE) as threads:
                try:
                    self._load(threads)
                except BaseException:
                    self._settle_what_is_loaded()
                    raise
            self._journal.finish(datetime.now(UTC))
            finished = True
        finally:
            report = self._report(finished=finished)
            record(
                AuditEvent.HISTORY_IMPORTED, actor=self._task.actor, details={**self._why(), **_told(report)}
            )
        return report

    def _load(self, threads: ThreadPoolExecutor) -> None:
        doubtful = tuple(self._journal.doubtful)
        self._journal.use(dict(self._task.cameras))
        pieces: Iterator[type_piece] = self._file.pieces([one.intended.mark.ends_at for one in doubtful])
        for number, piece in enumerate(pieces):
            mark = journals.Mark(piece.ends_at, piece.lines, piece.digest)
            before = doubtful[number] if number < len(doubtful) else None
            if before and before.intended.mark != mark:
                raise FileRefused(
                    "The file differs from the one whose import was begun; give that one, or --anew."
                )
            intended = before.intended if before else journals.Intended(mark, _now_ms())
            if not before:
                self._journal.intend(intended)
            self._running.append(threads.submit(self._work, piece, intended, before))
            if len(self._running) > _AT_ONCE:
                self._settle()
        while self._running:
            self._settle()

    def _work(self, piece: type_piece, intended: Intended, before: Doubtful | None) -> _Piece:
        """Check and load a piece; one that an earlier run may have loaded, as that run understood it."""
        rows = self._file.rows(piece, self._task.plan)  # type: ignore[arg-type]  # a file takes its own pieces
        checker = _checker(replace(self._task, cameras=before.cameras)) if before else self._checker
        checked = checker.check(rows, intended.now_ms)
        for part, first in enumerate(range(0, checked.reads.num_rows, MAX_LOAD_ROWS)):
            digest = self._journal.payload_sha256(intended.mark, part)
            origin = Origin(self._task.software, "", ADAPTER, digest)
            some = checked.reads.slice(first, MAX_LOAD_ROWS)
            self._store.load(some, origin, may_be_there=before is not None)
        return _Piece(piece, intended.mark, rows, checked)

    def _settle(self) -> None:
        """Note the oldest piece as done, once it is."""
        one = self._running[0].result()
        self._refused.add(one.piece, one.rows.lines, one.checked.why)
        self._journal.note_done(_done(one, self._refused.length))
        self._running.popleft()
        self._tell(sum(piece.loaded for piece in self._journal.done))

    def _settle_what_is_loaded(self) -> None:
        """Of pieces begun before a fault, those that were loaded in their order; the others stay in doubt."""
        for waiting in self._running:
            waiting.cancel()
        with suppress(Exception):
            while self._running and not self._running[0].cancelled():
                known = self._journal.done[-1] if self._journal.done else None
                if known and self._running[0].result().mark == known.mark:
                    self._running.popleft()  # the fault came between the two
                    continue
                if known:
                    self._refused.cut_back(known.refused_bytes)
                self._settle()

    def _report(self, *, finished: bool) -> ImportReport:
        return report_of(
            self._journal.done,
            before=self._before,
            sha256=self._file.digest(),
            finished=finished,
            elapsed_s=time.perf_counter() - self._began,
            refused_list=str(self._task.refused_rows or self._journal.refused_path),
        )

    def _why(self) -> dict[str, str | int | bool | list[str]]:
        return {
            "import": self._journal.begun.run,
            "reason": self._task.reason,
            "authority": self._task.authority,
            "software": self._task.software,
            "columns": [f"{field}: {column}" for field, column in self._task.plan.columns.items()],
            "goes_on": self._before > 0,
        }


def _told(report: ImportReport) -> dict[str, str | int | bool | list[str]]:
    cameras = [f"{camera_id}: {reads}" for camera_id, reads in report.cameras.items()]
    return {
        "loaded": report.loaded,
        "loaded_before": report.loaded_before,
        "refused": report.refused,
        "cameras": cameras if len(cameras) <= _MOST_CAMERAS_TOLD else f"{len(cameras)} cameras",
        "captured_from": report.captured_from,
        "captured_until": report.captured_until,
        "sha256": report.sha256,
        "finished": report.finished,
    }


def _done(one: _Piece, refused_bytes: int) -> Done:
    reads, why = one.checked.reads, one.checked.why
    captured = reads.column("captured_at").cast(pa.int64())
    span = pc.min_max(captured).as_py() if len(captured) else {"min": 0, "max": 0}
    refused = np.flatnonzero(why)
    return journals.Done(
        mark=one.mark,
        loaded=reads.num_rows,
        why=dict(Counter(why[refused].tolist())),
        first_lines={
            reason: np.sort(one.rows.lines[why == reason])[:MOST_LINES].tolist()
            for reason in np.unique(why[refused]).tolist()
        },
        cameras=_by_camera(reads.column("camera_id")),
        left_empty=dict(one.checked.left_empty),
        blank=one.checked.blank,
        repeated_hour=one.checked.repeated_hour,
        first_ms=span["min"],
        last_ms=span["max"],
        refused_bytes=refused_bytes,
    )


def _by_camera(column: pa.DictionaryArray) -> dict[str, int]:
    places: NDArray[np.int64] = column.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    names: Sequence[str] = column.dictionary.to_pylist()
    counts = np.bincount(places, minlength=len(names)).tolist()
    return {name: count for name, count in zip(names, counts, strict=True) if count}
