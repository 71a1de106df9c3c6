"""Where bytes are: blobs on disk, and contents made of segments of them.

A body arrives in ``incoming/``, and becomes a blob by a rename just before the row that names it is
committed. A blob goes when no segment names it any more and nobody is reading it.
"""

import secrets
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from s3gui.demo.database import transaction

BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Segment:
    """``length`` bytes of a blob from ``start``; of zeros where there is no blob."""

    blob: str | None
    start: int
    length: int


class Contents:
    """The contents of objects and parts, and the blobs under them."""

    def __init__(self, directory: Path, database: sqlite3.Connection, pool: Executor) -> None:
        self._database = database
        self._pool = pool
        self._blobs = directory / "blobs"
        self._incoming = directory / "incoming"
        self._blobs.mkdir(exist_ok=True)
        self._incoming.mkdir(exist_ok=True)
        self._pins: Counter[str] = Counter()
        self._doomed: set[str] = set()
        self._dropped: list[int] = []

    def new_file(self) -> Path:
        """Where a body that arrives is to be written."""
        return self._incoming / secrets.token_hex(16)

    def add(self, file: Path, size: int) -> int:
        """Makes the content of a body that arrived; runs inside ``changing``."""
        if not size:
            file.unlink(missing_ok=True)
            return self.add_segments([], 0)
        file.replace(self._blobs / file.name)
        return self.add_segments([(Segment(file.name, 0, size), 1)], 0)

    def discard(self, file: Path) -> None:
        """Deletes a body whose rows were not committed, wherever it is by now."""
        file.unlink(missing_ok=True)
        self.unlink([file.name])

    def add_segments(self, segments: Sequence[tuple[Segment, int]], parts: int) -> int:
        """A content of segments, each with the number of the part it belongs to.

        Args:
            segments: in their order; empty ones are left out.
            parts: of a multipart upload; 0 for a body sent whole.
        """
        size = sum(segment.length for segment, _ in segments)
        content = self._database.execute(
            "INSERT INTO content(size, parts) VALUES (?, ?)", (size, parts)
        ).lastrowid
        assert content is not None  # noqa: S101  an INSERT always has one
        rows = []
        position = 0
        for segment, part in segments:
            if segment.length:
                rows.append((content, position, segment.length, segment.blob, segment.start, part))
            position += segment.length
        self._database.executemany("INSERT INTO segment VALUES (?, ?, ?, ?, ?, ?)", rows)
        return content

    def parts(self, content: int) -> int:
        """The number of parts it was made of; 0 for a body sent whole."""
        row = self._database.execute("SELECT parts FROM content WHERE id = ?", (content,))
        return int(row.fetchone()[0])

    def part_range(self, content: int, part: int) -> tuple[int, int] | None:
        """First byte and length of a part; ``None`` when there is no such part."""
        row = self._database.execute(
            "SELECT min(position), sum(length) FROM segment WHERE content = ? AND part = ?",
            (content, part),
        ).fetchone()
        return None if row[0] is None else (row[0], row[1])

    def segments(self, content: int, first: int, length: int) -> list[Segment]:
        """The pieces that hold ``length`` bytes from ``first``."""
        rows = self._database.execute(
            "SELECT position, length, blob, start FROM segment WHERE content = ? AND position >= "
            "coalesce((SELECT max(position) FROM segment WHERE content = ? AND position <= ?), 0) "
            "AND position < ? ORDER BY position",
            (content, content, first, first + length),
        )
        pieces = []
        for position, size, blob, start in rows:
            skip = max(first - position, 0)
            until = min(first + length - position, size)
            if until > skip:
                pieces.append(Segment(blob, start + skip, until - skip))
        return pieces

    @contextmanager
    def changing(self) -> Iterator[None]:
        """A transaction that may drop contents; their blobs are deleted once it is committed."""
        self._dropped = []
        with transaction(self._database):
            yield
            blobs = self._forget(self._dropped)
        self.unlink(blobs)

    def drop_later(self, content: int) -> None:
        """Has a content forgotten at the end of ``changing``, if no object and no part has it."""
        self._dropped.append(content)

    def _forget(self, contents: Sequence[int]) -> list[str]:
        """Deletes the rows of unused contents; returns the blobs that nothing names any more."""
        ask = self._database.execute
        blobs: set[str] = set()
        for content in contents:
            used = ask(
                "SELECT 1 FROM object WHERE content = ? UNION ALL "
                "SELECT 1 FROM part WHERE content = ? LIMIT 1",
                (content, content),
            ).fetchone()
            if used:
                continue
            blobs.update(
                row[0]
                for row in ask("SELECT DISTINCT blob FROM segment WHERE content = ?", (content,))
                if row[0]
            )
            ask("DELETE FROM segment WHERE content = ?", (content,))
            ask("DELETE FROM content WHERE id = ?", (content,))
        return self._unnamed(blobs)

    def _unnamed(self, blobs: Iterable[str]) -> list[str]:
        """Those of the blobs that are in no segment."""
        ask = self._database.execute
        found = "SELECT 1 FROM segment WHERE blob = ? LIMIT 1"
        return [blob for blob in blobs if not ask(found, (blob,)).fetchone()]

    def unlink(self, blobs: Sequence[str]) -> None:
        """Deletes blobs, in a thread; those being read go when the last reader is done."""
        free = [blob for blob in blobs if not self._pins[blob]]
        self._doomed.update(blob for blob in blobs if self._pins[blob])
        if free:
            self._pool.submit(self._unlink, free)

    def _unlink(self, blobs: Sequence[str]) -> None:
        for blob in blobs:
            (self._blobs / blob).unlink(missing_ok=True)

    @contextmanager
    def pinned(self, segments: Sequence[Segment]) -> Iterator[None]:
        """Keeps the blobs on disk while they are read, whatever happens to the object."""
        blobs = [segment.blob for segment in segments if segment.blob]
        self._pins.update(blobs)
        try:
            yield
        finally:
            self._pins.subtract(blobs)
            for blob in set(blobs):
                if not self._pins[blob]:
                    del self._pins[blob]
            free = [blob for blob in self._doomed if blob not in self._pins]
            self._doomed.difference_update(free)
            # A copy may have taken the blob over while it was pinned.
            self.unlink(self._unnamed(free))

    def blocks(self, segments: Sequence[Segment]) -> Iterator[bytes]:
        """The bytes, a block at a time. For a thread: it reads files.

        Raises:
            OSError: a blob is missing or shorter than its row says.
        """
        for segment in segments:
            if segment.blob is None:
                yield from _zeros(segment.length)
                continue
            with (self._blobs / segment.blob).open("rb", buffering=0) as file:
                file.seek(segment.start)
                left = segment.length
                while left:
                    block = file.read(min(left, BLOCK))
                    if not block:
                        raise OSError(f"blob {segment.blob} ends {left} bytes early")
                    left -= len(block)
                    yield block

    def sweep(self) -> None:
        """Removes what a killed server left: half bodies, and what has no owner."""
        for file in self._incoming.iterdir():
            file.unlink(missing_ok=True)
        ask = self._database.execute
        loose = (
            "SELECT id FROM content WHERE id NOT IN (SELECT content FROM object WHERE content IS "
        )
        loose += "NOT NULL) AND id NOT IN (SELECT content FROM part)"
        orphans = [row[0] for row in ask(loose)]
        if orphans:
            self._forget(orphans)
        known = {row[0] for row in ask("SELECT DISTINCT blob FROM segment WHERE blob IS NOT NULL")}
        self._unlink([file.name for file in self._blobs.iterdir() if file.name not in known])


def _zeros(length: int) -> Iterator[bytes]:
    block = bytes(min(length, BLOCK))
    for _ in range(length // BLOCK):
        yield block
    if length % BLOCK:
        yield block[: length % BLOCK]
