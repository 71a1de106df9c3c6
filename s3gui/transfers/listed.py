"""What was asked for, as objects: the things that were named, and what is under prefixes."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.ports import Session
from s3gui.domain.queueing import Skipped, Wanted
from s3gui.domain.text import tr, visible
from s3gui.transfers.drop import START, Mark
from s3gui.transfers.drop_store import Queued

#: So many objects are told of, and queued, at once.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Listed:
    """One object."""

    location: Location
    version_id: str | None
    size: int
    etag: str
    modified: datetime | None
    #: The key as it follows the place that was asked for.
    relative: str
    #: Which of what was wanted it is, or is under.
    index: int = 0

    @property
    def mark(self) -> Mark:
        """That it was looked at."""
        return Mark(self.index, self.location.key)


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be listed."""

    wanted: Sequence[Wanted]
    #: Where it would have gone, for what is not there.
    path: Path
    customer_key: CustomerKey | None = None
    #: Told how many objects and bytes were found so far.
    counted: Callable[[int, int], None] | None = None
    #: What is counted from, see ``Listed.index``.
    first: int = 0


@dataclass(frozen=True, slots=True)
class Past:
    """What an earlier run has queued of the same."""

    mark: Mark = START
    queued: Queued = frozenset()

    def seen(self, listed: Sequence[Listed]) -> Callable[[Listed], bool]:
        """Tells what of a list was queued, or left out, by then.

        All up to the mark, also what has no row any more; where the server lists in an order of its
        own only what has one.
        """
        if not self.mark:
            return lambda item: False
        pairs = pairwise(item.mark for item in listed)
        if all(one < other for one, other in pairs):
            return lambda item: item.mark <= self.mark
        return lambda item: (item.location, item.version_id) in self.queued


async def list_all(
    question: Question, session: Session, missing: list[Skipped]
) -> AsyncIterator[Listed]:
    """Each object once a thing that was asked for; what is not there goes to ``missing``.

    Raises:
        S3guiError: it cannot be listed, or the list is incomplete.
    """
    count = n_bytes = 0
    for index, wanted in enumerate(dict.fromkeys(question.wanted), question.first):
        is_object = wanted.version_id is not None or not wanted.location.is_prefix
        before = count
        if is_object:
            pieces = _one(index, wanted, question, session, missing)
        else:
            pieces = _under(index, wanted, session)
        async for item in pieces:
            count, n_bytes = count + 1, n_bytes + item.size
            yield item
            if question.counted is not None and not count % BATCH:
                question.counted(count, n_bytes)
        if count == before and not is_object:
            missing.append(Skipped(question.path, tr("nothing is there"), wanted.location))
    if question.counted is not None:
        question.counted(count, n_bytes)


async def _one(
    index: int, wanted: Wanted, question: Question, session: Session, missing: list[Skipped]
) -> AsyncIterator[Listed]:
    where, size, etag, modified = wanted.location, wanted.size, "", None
    if size is None:
        try:
            details = await head_with(session, where, wanted.version_id, question.customer_key)
        except NotFound as error:
            missing.append(Skipped(question.path, str(error), where))
            return
        size, etag, modified = details.size, details.etag, details.modified
    relative = where.key.removeprefix(where.parent.key)
    yield Listed(where, wanted.version_id, size, etag, modified, relative, index)


async def head_with(
    session: Session,
    where: Location,
    version_id: str | None,
    key: CustomerKey | None,
    *,
    checksums: bool = False,
) -> ObjectDetails:
    """HeadObject of what may be encrypted with a key of the person's, or with none.

    Raises:
        S3guiError: it is not there, or may not be looked at.
    """
    try:
        return await session.objects.head(where, version_id, checksums=checksums, customer_key=key)
    except S3guiError as error:
        # With a key only what is encrypted with it can be looked at.
        if key is None or error.code not in {"400", "InvalidRequest", "InvalidArgument"}:
            raise
    return await session.objects.head(where, version_id, checksums=checksums)


async def _under(index: int, wanted: Wanted, session: Session) -> AsyncIterator[Listed]:
    place = wanted.location
    async for page in session.listing.pages(place, recursive=True):
        if page.incomplete or page.invalid:
            raise _incomplete(place, page.invalid)
        for entry in page.objects:
            inside = entry.key.removeprefix(place.parent.key)
            relative = inside if place.key else place.bucket + DELIMITER + inside
            where = Location(place.bucket, entry.key)
            yield Listed(where, None, entry.size, entry.etag, entry.modified, relative, index)


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
