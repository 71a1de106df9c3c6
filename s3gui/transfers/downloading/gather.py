"""What was asked for, listed to its end, given its places, and handed on a batch at a time."""

import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.location import Location
from s3gui.domain.origin import Origin
from s3gui.domain.ports import Session
from s3gui.domain.queueing import Mapped, Skipped, Wanted
from s3gui.domain.text import tr
from s3gui.transfers.disks import working_at
from s3gui.transfers.downloading.folders import is_insensitive, make
from s3gui.transfers.downloading.paths import (
    MOST_PATH_BYTES,
    Place,
    Rules,
    folded,
    has_twins,
    lay_out,
)
from s3gui.transfers.listed import BATCH, Listed, Past, Question, list_all
from s3gui.transfers.scan import Batch, Found
from s3gui.transfers.threads import Threads


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
    past: Past = field(default_factory=Past)

    def check(self) -> None:
        """Refuses what no person can have meant.

        Raises:
            ValueError: ``as_name`` is no name, or is for several things.
        """
        name = self.as_name
        bad = name in {".", ".."} or any(char in name for char in "/\0")
        if name and (bad or len(self.wanted) != 1):
            raise ValueError(name)


async def gather(asked: Asked, session: Session, threads: Threads) -> AsyncIterator[Batch]:
    """Lists all of it, then gives places, makes the folders and brings the rows.

    To its end first: a list that turns out to be incomplete must not be taken for the whole, and
    whether ``a`` is a folder, too, may be told by the last of its keys.

    Raises:
        S3guiError: it cannot be listed, or is incomplete, or the folder cannot be used.
    """
    missing: list[Skipped] = []
    question = Question(asked.wanted, asked.folder, asked.customer_key, asked.counted)
    listed = [item async for item in list_all(question, session, missing)]
    # What was missing was told with the first rows.
    batch = Batch(skipped=[] if asked.past.mark else missing)
    seen = asked.past.seen(listed)
    with working_at(asked.folder / "any"):
        placed = await threads.disk(_place_all, asked, listed)
    for item, found in placed:
        if seen(item):
            continue
        match found:
            case Found() if _is_here(asked, found):
                batch.had += 1
            case Found():
                batch.found.append(found)
            case Skipped():
                batch.skipped.append(found)
            case Mapped():
                batch.mapped.append(found)
        if len(batch.found) == BATCH and isinstance(found, Found):
            batch.mark = item.mark
            yield batch
            batch = Batch()
    batch.last = True
    yield batch


def _is_here(asked: Asked, found: Found) -> bool:
    etag = asked.have.get(found.location)
    return bool(etag) and found.origin is not None and etag == found.origin.etag


def _place_all(asked: Asked, listed: list[Listed]) -> list[tuple[Listed, Found | Skipped | Mapped]]:
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
    return [
        (item, found) for item, place in pairs for found in _found(asked, item, place, base, failed)
    ]


def _found(
    asked: Asked, item: Listed, place: Place, base: Path, failed: dict[tuple[str, ...], str]
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
