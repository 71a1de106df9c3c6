"""What was asked for, listed to its end, given its places, and handed on a batch at a time."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.origin import Origin
from s3gui.domain.ports import Session
from s3gui.domain.queueing import Mapped, Skipped, Wanted
from s3gui.domain.text import tr, visible
from s3gui.transfers.downloading.folders import is_insensitive, make
from s3gui.transfers.downloading.paths import (
    MOST_PATH_BYTES,
    Place,
    Rules,
    folded,
    has_twins,
    lay_out,
)
from s3gui.transfers.scan import Batch, Found
from s3gui.transfers.threads import Threads

_BATCH = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A download as it was asked for; see ``TransferCommands.download``."""

    profile_id: str
    wanted: Sequence[Wanted]
    folder: Path
    as_name: str = ""
    customer_key: CustomerKey | None = None
    counted: Callable[[int, int], None] | None = None
    have: Mapping[Location, str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)

    def check(self) -> None:
        """Refuses what no person can have meant.

        Raises:
            ValueError: ``as_name`` is no name, or is for several things.
        """
        name = self.as_name
        bad = name in {".", ".."} or any(char in name for char in "/\0")
        if name and (bad or len(self.wanted) != 1):
            raise ValueError(name)


@dataclass(frozen=True, slots=True)
class _Listed:
    location: Location
    version_id: str | None
    size: int
    etag: str
    modified: datetime | None
    #: The key as it follows the place that was asked for.
    relative: str


async def gather(asked: Asked, session: Session, threads: Threads) -> AsyncIterator[Batch]:
    """Lists all of it, then gives places, makes the folders and brings the rows.

    To its end first: a list that turns out to be incomplete must not be taken for the whole, and
    whether ``a`` is a folder, too, may be told by the last of its keys.

    Raises:
        S3guiError: it cannot be listed, or is incomplete, or the folder cannot be used.
    """
    missing: list[Skipped] = []
    listed = [item async for item in _list(asked, session, missing)]
    batch = Batch(skipped=missing)
    for found in await threads.disk(_place_all, asked, listed):
        match found:
            case Found() if _is_here(asked, found):
                batch.had += 1
            case Found():
                batch.found.append(found)
            case Skipped():
                batch.skipped.append(found)
            case Mapped():
                batch.mapped.append(found)
        if len(batch.found) == _BATCH:
            yield batch
            batch = Batch()
    batch.last = True
    yield batch


def _is_here(asked: Asked, found: Found) -> bool:
    etag = asked.have.get(found.location)
    return bool(etag) and found.origin is not None and etag == found.origin.etag


async def _list(asked: Asked, session: Session, missing: list[Skipped]) -> AsyncIterator[_Listed]:
    count = n_bytes = 0
    for wanted in dict.fromkeys(asked.wanted):
        is_object = wanted.version_id is not None or not wanted.location.is_prefix
        before = count
        pieces = _one(wanted, asked, session, missing) if is_object else _under(wanted, session)
        async for item in pieces:
            count, n_bytes = count + 1, n_bytes + item.size
            yield item
            if asked.counted is not None and not count % _BATCH:
                asked.counted(count, n_bytes)
        if count == before and not is_object:
            missing.append(Skipped(asked.folder, tr("nothing is there"), wanted.location))
    if asked.counted is not None:
        asked.counted(count, n_bytes)


async def _one(
    wanted: Wanted, asked: Asked, session: Session, missing: list[Skipped]
) -> AsyncIterator[_Listed]:
    where, size, etag, modified = wanted.location, wanted.size, "", None
    if size is None:
        try:
            details = await session.objects.head(
                where, wanted.version_id, customer_key=asked.customer_key
            )
        except NotFound as error:
            missing.append(Skipped(asked.folder, str(error), where))
            return
        size, etag, modified = details.size, details.etag, details.modified
    relative = where.key.removeprefix(where.parent.key)
    yield _Listed(where, wanted.version_id, size, etag, modified, relative)


async def _under(wanted: Wanted, session: Session) -> AsyncIterator[_Listed]:
    place = wanted.location
    async for page in session.listing.pages(place, recursive=True):
        if page.incomplete or page.invalid:
            raise _incomplete(place, page.invalid)
        for entry in page.objects:
            inside = entry.key.removeprefix(place.parent.key)
            relative = inside if place.key else place.bucket + DELIMITER + inside
            where = Location(place.bucket, entry.key)
            yield _Listed(where, None, entry.size, entry.etag, entry.modified, relative)


def _incomplete(place: Location, invalid: int) -> S3guiError:
    why = tr("The server said that there is more, and did not say how to ask for it.")
    if invalid:
        why = tr("The server sent {n} entries that cannot be.").format(n=invalid)
    return S3guiError(
        tr("The list of {place} is incomplete").format(place=visible(str(place))),
        why,
        tr("Nothing was queued, so that nothing is missing unseen. Name smaller prefixes."),
        code="IncompleteList",
    )


def _place_all(asked: Asked, listed: list[_Listed]) -> list[Found | Skipped | Mapped]:
    base = asked.folder.resolve()
    keys = [(item.relative, item.size) for item in listed]
    rules = asked.rules
    places = lay_out(keys, rules, first=asked.as_name)
    if has_twins(places) and rules.fold is not folded and is_insensitive(base):
        rules = replace(rules, fold=folded)
        places = lay_out(keys, rules, first=asked.as_name)
    folders = {place.names if place.is_folder else place.names[:-1] for place in places}
    failed = make(base, folders)
    pairs = zip(listed, places, strict=True)
    return [found for item, place in pairs for found in _found(asked, item, place, base, failed)]


def _found(
    asked: Asked, item: _Listed, place: Place, base: Path, failed: dict[tuple[str, ...], str]
) -> Iterator[Found | Skipped | Mapped]:
    path = base.joinpath(*place.names)
    folder = place.names if place.is_folder else place.names[:-1]
    why = failed.get(folder, "") or _refusal(path)
    if why:
        yield Skipped(path, why, item.location)
        return
    if place.why:
        yield Mapped(item.location, path, place.why)
    if place.is_folder:
        return
    origin = Origin(asked.profile_id, item.location, item.version_id, item.etag, item.modified)
    yield Found(path, item.location, item.size, origin=origin)


def _refusal(path: Path) -> str:
    try:
        length = len(os.fsencode(path))
    except UnicodeEncodeError:
        return tr("the name is not valid UTF-8")
    if length > MOST_PATH_BYTES:
        return tr("the path would have {n} bytes; {most} are allowed").format(
            n=length, most=MOST_PATH_BYTES
        )
    return ""
