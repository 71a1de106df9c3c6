"""What was dropped, walked off the loop: the files that can go up, and what cannot and why."""

import os
import stat
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.origin import Origin
from s3gui.domain.queueing import Mapped, Skipped
from s3gui.domain.text import tr
from s3gui.transfers.content_types import content_type_of
from s3gui.transfers.disks import working_at
from s3gui.transfers.drop import START, Mark
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
    #: How far it is read with this; ``None``: no farther than with the batch before.
    mark: Mark | None = None
    last: bool = False


def check(paths: Sequence[Path], where: Location, as_name: str) -> None:
    """Refuses what no person can have meant.

    Raises:
        ValueError: ``where`` is an object, not a prefix; ``as_name`` is for several things.
    """
    where.child("")
    if as_name and len(paths) != 1:
        raise ValueError(as_name)


def absolute(path: Path) -> Path:
    """As it is walked: ``..`` is taken out, links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps ".."


async def scan(
    threads: Threads,
    paths: Sequence[Path],
    where: Location,
    as_name: str = "",
    after: Mark = START,
) -> AsyncIterator[Batch]:
    """Walks files and folders in a thread; the next piece is walked when the last one was taken.

    A file goes to ``where`` + its name, a folder's files to ``where`` + the folder's name + their
    path in it; with ``as_name`` the one thing is called so. Links, special files and names that are
    no UTF-8 are skipped and listed; an empty folder leaves no trace, because S3 has no folders.

    The order is that of the paths, and in a folder that of the names, so that a walk can go on
    behind any mark of an earlier one: what came into a folder after that was walked is not walked
    by the second one either.

    Raises:
        ValueError: ``where`` is an object, not a prefix; ``as_name`` is for several things.
    """
    check(paths, where, as_name)
    walk = _Walk(paths, where, as_name, after)
    batch = Batch()
    while not batch.last:
        with working_at(paths[0]) if paths else nullcontext():
            batch = await threads.disk(_take, walk)
        yield batch


class _Walk:
    """What is found, and which of the paths it was found under."""

    def __init__(self, paths: Sequence[Path], where: Location, as_name: str, after: Mark) -> None:
        self._paths = paths
        self._where = where
        self._as_name = as_name
        self._after = after
        self._full = ""
        self._index = 0
        self.found = self._all()

    def mark(self, path: Path) -> Mark:
        """That of what was found last."""
        return Mark(self._index, str(path)[len(self._full) :].lstrip(os.sep))

    def _all(self) -> Iterator[Found | Skipped]:
        first = self._after.index
        for index, path in enumerate(self._paths):
            names = Path(self._after.name).parts if index == first else ()
            if index <= first and not names:
                continue
            self._index, self._full = index, str(absolute(path))
            name = self._as_name or os.path.basename(self._full)  # noqa: PTH119
            try:
                facts = os.lstat(self._full)
            except OSError as error:
                yield Skipped(Path(self._full), reason(error))
                continue
            where = Location(self._where.bucket, self._where.key + name)
            yield from _entry(self._full, where, facts, names)


def _take(walk: _Walk) -> Batch:
    batch = Batch()
    until = time.monotonic() + _BATCH_S
    item: Found | Skipped | None = None
    while len(batch.found) + len(batch.skipped) < _BATCH and time.monotonic() < until:
        match found := next(walk.found, None):
            case Found():
                batch.found.append(found)
            case Skipped():
                batch.skipped.append(found)
            case None:
                batch.last = True
                break
        item = found
    batch.mark = None if item is None else walk.mark(item.path)
    return batch


def _entry(
    path: str, where: Location, facts: os.stat_result, after: Sequence[str] = ()
) -> Iterator[Found | Skipped]:
    if stat.S_ISDIR(facts.st_mode):
        yield from _folder(path, where, after)
    elif why := _refusal(where.key, facts):
        yield Skipped(Path(path), why)
    else:
        yield Found(Path(path), where, facts.st_size, content_type_of(where.key))


def _folder(path: str, where: Location, after: Sequence[str]) -> Iterator[Found | Skipped]:
    # A stack of open iterators, not recursion: a tree may be deeper than Python's stack.
    key = where.key
    below = f"{key}{DELIMITER}" if not key.endswith(DELIMITER) and key else key
    stack: list[tuple[Iterator[os.DirEntry[str]], str]] = []
    if skipped := _open(stack, path, below, after):
        yield skipped
    while stack:
        entries, prefix = stack[-1]
        entry = next(entries, None)
        if entry is None:
            stack.pop()
            continue
        # The first one of each folder down to the mark may be the next one on the way to it.
        further = after[1:] if after and entry.name == after[0] else ()
        after = ()
        try:
            facts = entry.stat(follow_symlinks=False)
        except OSError as error:
            yield Skipped(Path(entry.path), reason(error))
            continue
        name = prefix + entry.name
        if stat.S_ISDIR(facts.st_mode):
            if skipped := _open(stack, entry.path, name + DELIMITER, further):
                yield skipped
            if stack[-1][1] == name + DELIMITER:
                after = further
            continue
        yield from _entry(entry.path, Location(where.bucket, name), facts)


def _open(
    stack: list[tuple[Iterator[os.DirEntry[str]], str]],
    path: str,
    prefix: str,
    after: Sequence[str],
) -> Skipped | None:
    try:
        with os.scandir(path) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        return Skipped(Path(path), reason(error))
    gone = None
    if after:
        # A name that ends the way was looked at; a folder on it was begun.
        found = [one for one in found if one.name >= after[0]]
        is_there = bool(found) and found[0].name == after[0]
        if len(after) == 1 and is_there:
            del found[0]
        elif len(after) > 1 and not is_there:
            gone = Skipped(Path(path, after[0]), tr("is gone, and was not read to its end"))
    stack.append((iter(found), prefix))
    return gone


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
