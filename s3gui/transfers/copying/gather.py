"""What is to be copied, listed to its end, given its keys, and handed on a batch at a time."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.origin import IfExists, Origin
from s3gui.domain.ports import Session
from s3gui.domain.profile import Profile
from s3gui.domain.queueing import Skipped, Wanted
from s3gui.domain.text import tr, visible
from s3gui.transfers.listed import BATCH, Listed, Past, Question, list_all
from s3gui.transfers.scan import MOST_KEY_BYTES, Batch, Found

#: Rows of copies have no file.
NO_PATH = Path()


@dataclass(frozen=True, slots=True)
class Asked:
    """A copy as it was asked for; see ``TransferCommands.copy``."""

    profile_id: str
    wanted: Sequence[Wanted]
    target: Location
    exactly: bool = False
    move: bool = False
    if_exists: IfExists = IfExists.ASK
    customer_key: CustomerKey | None = None
    counted: Callable[[int, int], None] | None = None
    have: Mapping[Location, str] = field(default_factory=dict)
    past: Past = field(default_factory=Past)

    def check(self) -> None:
        """Refuses what no person can have meant.

        Raises:
            ValueError: several things are to become one, or a thing is to become one of another
                kind, or nothing says what an object under a prefix is to be called.
        """
        if not self.exactly:
            if not self.target.is_prefix:
                raise ValueError(str(self.target))
            return
        if len(self.wanted) != 1 or is_object(self.wanted[0]) is self.target.is_prefix:
            raise ValueError(str(self.target))

    def check_circles(self, source: Profile, target: Profile) -> None:
        """Refuses what would be copied into itself.

        Raises:
            S3guiError: code ``SamePlace`` or ``IntoItself``.
        """
        if not is_one_storage(source, target):
            return
        for wanted in self.wanted:
            there, place = self.place_of(wanted), wanted.location
            if is_object(wanted):
                # Beside itself under a free name; an older version may take the newest's place.
                makes_another = self.if_exists is IfExists.RENAME or wanted.version_id is not None
                if there == place and (self.move or not makes_another):
                    raise _same_place(place)
            elif there == place:
                raise _same_place(place)
            elif there.bucket == place.bucket and there.key.startswith(place.key):
                raise _into_itself(place, there)

    def place_of(self, wanted: Wanted) -> Location:
        """Where a thing goes: an object its key, a prefix the prefix."""
        place = wanted.location
        if self.exactly:
            return self.target
        if is_object(wanted):
            return self.target.child(place.key.removeprefix(place.parent.key))
        return self.target.child(place.name + DELIMITER)


def is_object(wanted: Wanted) -> bool:
    """Whether a thing is one object, not all that is under a prefix."""
    return wanted.version_id is not None or not wanted.location.is_prefix


def is_one_storage(first: Profile, second: Profile) -> bool:
    """Whether two connections lead to the same place, as far as their addresses tell."""
    return first.id == second.id or first.endpoint.rstrip("/") == second.endpoint.rstrip("/")


async def gather(asked: Asked, source: Session, target: Session) -> AsyncIterator[Batch]:
    """Lists all of it, then brings the rows: a part of a list must not be taken for the whole.

    Folder markers are objects like others. What would go to where another one of them comes from
    is left out: which of the two is first would decide what is lost.

    Raises:
        S3guiError: it cannot be listed, or the list is incomplete.
    """
    missing: list[Skipped] = []
    listed: list[tuple[Wanted, Listed]] = []
    for index, wanted in enumerate(dict.fromkeys(asked.wanted)):
        question = Question((wanted,), NO_PATH, asked.customer_key, _adding(asked, listed), index)
        listed += [(wanted, item) async for item in list_all(question, source, missing)]
    # What was missing was told with the first rows; of a move nothing is there behind them.
    batch = Batch(skipped=[] if asked.past.mark else missing)
    seen = asked.past.seen([item for _, item in listed])
    is_one = is_one_storage(source.profile, target.profile)
    read = {item.location for _, item in listed} if is_one else set()
    for wanted, item in listed:
        if seen(item):
            continue
        if item.etag and asked.have.get(item.location) == item.etag:
            batch.had += 1
            continue
        found = _found(asked, wanted, item, read)
        if isinstance(found, Found):
            batch.found.append(found)
        else:
            batch.skipped.append(found)
        if len(batch.found) == BATCH:
            batch.mark = item.mark
            yield batch
            batch = Batch()
    batch.last = True
    yield batch


def _adding(
    asked: Asked, before: Sequence[tuple[Wanted, Listed]]
) -> Callable[[int, int], None] | None:
    """Counts on from what was listed of the things before."""
    counted = asked.counted
    if counted is None:
        return None
    count, n_bytes = len(before), sum(item.size for _, item in before)
    return lambda more, more_bytes: counted(count + more, n_bytes + more_bytes)


def target_key(asked: Asked, wanted: Wanted, key: str) -> str:
    """The key that an object gets; "" where it has none: a marker of a folder that is dissolved."""
    place = asked.place_of(wanted)
    return place.key if is_object(wanted) else place.key + key.removeprefix(wanted.location.key)


def _found(asked: Asked, wanted: Wanted, item: Listed, read: set[Location]) -> Found | Skipped:
    key = target_key(asked, wanted, item.location.key)
    if not key:
        return Skipped(
            NO_PATH, tr("it marks the folder itself, which has no name there"), item.location
        )
    if (length := len(key.encode())) > MOST_KEY_BYTES:
        why = tr("the key would have {n} bytes; {most} are allowed")
        return Skipped(NO_PATH, why.format(n=length, most=MOST_KEY_BYTES), item.location)
    made = Location(asked.target.bucket, key)
    if made in read and made != item.location:
        why = tr("what is there goes elsewhere at the same time; do it again when that is done")
        return Skipped(NO_PATH, why, item.location)
    origin = Origin(asked.profile_id, item.location, item.version_id, item.etag, item.modified)
    return Found(NO_PATH, made, item.size, origin=origin)


def _same_place(place: Location) -> S3guiError:
    return S3guiError(
        tr("{place} is there already").format(place=visible(str(place))),
        tr("It would be copied to where it comes from."),
        tr("Choose another place, or another name."),
        code="SamePlace",
    )


def _into_itself(place: Location, there: Location) -> S3guiError:
    return S3guiError(
        tr("{place} cannot go into itself").format(place=visible(str(place))),
        tr("{there} is a part of it.").format(there=visible(str(there))),
        tr("Choose a place outside of it."),
        code="IntoItself",
    )
