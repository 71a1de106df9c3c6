"""What was dropped, walked off the loop: the files that can go up, and what cannot and why."""

import os
import stat
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.origin import IfExists, Origin, Priority
from s3gui.domain.queueing import Mapped, ScanResult, Skipped
from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction
from s3gui.transfers.content_types import content_type_of
from s3gui.transfers.disks import working_at
from s3gui.transfers.source import reason
from s3gui.transfers.threads import Threads

#: Rows a batch at most, that a batch does not hold the window up (two milliseconds), and how long a
#: slow disk may take to fill one, in seconds.
_BATCH = 150
_BATCH_S = 0.1
#: Amazon S3, *Object keys*: UTF-8 bytes.
MOST_KEY_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """A file that can be uploaded, or an object that can be read, and where to."""

    #: The local file; of a copy empty.
    path: Path
    #: The object that is made; of a download the one that is read.
    location: Location
    #: Bytes, as the walk or the listing saw it.
    size: int
    content_type: str = ""
    #: What a download or a copy reads.
    origin: Origin | None = None


@dataclass(slots=True)
class Batch:
    """What a piece of the walk brought."""

    found: list[Found] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    mapped: list[Mapped] = field(default_factory=list)
    had: int = 0
    last: bool = False


@dataclass(slots=True)
class Drop:
    """What was dropped, or asked for, together, while its folders are walked or listed."""

    profile_id: str
    options: ObjectOptions
    batch: str
    direction: Direction = Direction.UPLOAD
    if_exists: IfExists = IfExists.OVERWRITE
    is_move: bool = False
    priority: Priority = Priority.NORMAL
    #: Masks and types; the first mask that fits counts, see ``content_types.type_by_rules``.
    content_types: Sequence[tuple[str, str]] = ()
    #: Bytes of a part of an upload; 0: as the settings say when it starts.
    part_bytes: int = 0
    queued: int = 0
    queued_bytes: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    mapped: list[Mapped] = field(default_factory=list)
    had: int = 0
    _of_kinds: dict[str, ObjectOptions] = field(default_factory=dict)

    def options_of(self, kind: str) -> ObjectOptions:
        """The options with a content type.

        Rows of one type share them: a hundred thousand have a few dozen different ones, and what is
        made of them (``s3.lean``) serves all.
        """
        if kind not in self._of_kinds:
            self._of_kinds[kind] = replace(self.options, content_type=kind)
        return self._of_kinds[kind]

    def result(self) -> ScanResult:
        """What became of it."""
        left, other = tuple(self.skipped), tuple(self.mapped)
        return ScanResult(self.batch, self.queued, self.queued_bytes, left, other, self.had)


async def scan(
    threads: Threads, paths: Sequence[Path], where: Location, as_name: str = ""
) -> AsyncIterator[Batch]:
    """Walks files and folders in a thread; the next piece is walked when the last one was taken.

    A file goes to ``where`` + its name, a folder's files to ``where`` + the folder's name + their
    path in it; with ``as_name`` the one thing is called so. Links, special files and names that are
    no UTF-8 are skipped and listed; an empty folder leaves no trace, because S3 has no folders.

    Raises:
        ValueError: ``where`` is an object, not a prefix; ``as_name`` is for several things.
    """
    where.child("")
    if as_name and len(paths) != 1:
        raise ValueError(as_name)
    walk = _walk(paths, where, as_name)
    batch = Batch()
    while not batch.last:
        with working_at(paths[0]) if paths else nullcontext():
            batch = await threads.disk(_take, walk)
        yield batch


def _take(walk: Iterator[Found | Skipped]) -> Batch:
    batch = Batch()
    until = time.monotonic() + _BATCH_S
    while len(batch.found) + len(batch.skipped) < _BATCH and time.monotonic() < until:
        match next(walk, None):
            case Found() as found:
                batch.found.append(found)
            case Skipped() as skipped:
                batch.skipped.append(skipped)
            case None:
                batch.last = True
                break
    return batch


def _walk(paths: Sequence[Path], where: Location, as_name: str) -> Iterator[Found | Skipped]:
    for path in paths:
        full = os.path.abspath(path)  # noqa: PTH100  Path.absolute keeps "..", resolve follows links
        name = as_name or os.path.basename(full)  # noqa: PTH119
        try:
            facts = os.lstat(full)
        except OSError as error:
            yield Skipped(Path(full), reason(error))
            continue
        yield from _entry(full, where.key + name, facts, where.bucket)


def _entry(path: str, key: str, facts: os.stat_result, bucket: str) -> Iterator[Found | Skipped]:
    if stat.S_ISDIR(facts.st_mode):
        yield from _folder(path, key, bucket)
    elif why := _refusal(key, facts):
        yield Skipped(Path(path), why)
    else:
        yield Found(Path(path), Location(bucket, key), facts.st_size, content_type_of(key))


def _folder(path: str, key: str, bucket: str) -> Iterator[Found | Skipped]:
    # A stack of open iterators, not recursion: a tree may be deeper than Python's stack.
    below = f"{key}{DELIMITER}" if not key.endswith(DELIMITER) and key else key
    stack: list[tuple[Iterator[os.DirEntry[str]], str]] = []
    skipped = _open(stack, path, below)
    if skipped:
        yield skipped
    while stack:
        entries, prefix = stack[-1]
        entry = next(entries, None)
        if entry is None:
            stack.pop()
            continue
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield Skipped(Path(entry.path), reason(error))
            continue
        name = prefix + entry.name
        if stat.S_ISDIR(facts.st_mode):
            if skipped := _open(stack, entry.path, name + DELIMITER):
                yield skipped
            continue
        yield from _entry(entry.path, name, facts, bucket)


def _open(
    stack: list[tuple[Iterator[os.DirEntry[str]], str]], path: str, prefix: str
) -> Skipped | None:
    try:
        with os.scandir(path) as entries:
            stack.append((iter(sorted(entries, key=lambda entry: entry.name)), prefix))
    except OSError as error:
        return Skipped(Path(path), reason(error))
    return None


def _refusal(key: str, facts: os.stat_result) -> str:
    """Why this cannot be uploaded, "" if it can."""
    if stat.S_ISLNK(facts.st_mode):
        return tr("a symbolic link; links are not followed")
    if not stat.S_ISREG(facts.st_mode):
        return tr("not a regular file")
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        return tr("the name is not valid UTF-8")
    if length > MOST_KEY_BYTES:
        return tr("the key would have {n} bytes; {most} are allowed").format(
            n=length, most=MOST_KEY_BYTES
        )
    if not length:
        return tr("the key would be empty")
    return ""
