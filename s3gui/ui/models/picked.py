"""What a person picked to be downloaded, copied or moved: objects and folders of one place."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.location import Location
from s3gui.domain.queueing import Wanted
from s3gui.domain.text import tr, trn, visible
from s3gui.ui.format import count_text, size_text
from s3gui.ui.models.objects import ObjectsModel
from s3gui.ui.models.selecting import Range

#: So many are made ready in one turn of the loop, a few milliseconds.
_STEP = 2_000


@dataclass(frozen=True, slots=True)
class Picked:
    """A snapshot: the listing may change, or another place be shown, before it is used."""

    profile_id: str
    #: The prefix they were picked in.
    place: Location
    #: Prefixes; "" is the whole bucket.
    folders: tuple[str, ...] = ()
    objects: tuple[ObjectEntry, ...] = ()
    #: Of a single object: this one, not the newest.
    version_id: str | None = None

    @property
    def count(self) -> int:
        """How many things were picked."""
        return len(self.folders) + len(self.objects)

    @property
    def size(self) -> int:
        """Bytes of the objects; what is in the folders is not known."""
        return sum(entry.size for entry in self.objects)

    @property
    def only(self) -> Location | None:
        """Where it is, if it is a single thing."""
        if self.count != 1:
            return None
        key = self.folders[0] if self.folders else self.objects[0].key
        return Location(self.place.bucket, key)

    def first(self, most: int) -> list[Location]:
        """The places of the first ``most`` of them, folders first."""
        keys = [*self.folders[:most], *(entry.key for entry in self.objects[:most])]
        return [Location(self.place.bucket, key) for key in keys[:most]]

    async def wanted(self) -> list[Wanted]:
        """What the queue is asked for; a million of them without holding the window up."""
        bucket = self.place.bucket
        made = [Wanted(Location(bucket, prefix)) for prefix in self.folders]
        if self.version_id is not None:
            # Its size and ETag are not those of the newest: the server is asked for them.
            return [Wanted(Location(bucket, self.objects[0].key), self.version_id)]
        for first in range(0, len(self.objects), _STEP):
            part = self.objects[first : first + _STEP]
            made += [Wanted(Location(bucket, one.key), size=one.size) for one in part]
            await asyncio.sleep(0)
        return made

    def words(self) -> str:
        """What it is: the name of a single thing, of several how many and how large."""
        if self.only is not None:
            return visible(self.only.name, 200)
        parts = []
        if self.objects:
            count = len(self.objects)
            words = trn("{count} object, {size}", "{count} objects, {size}", count)
            parts.append(words.format(count=count_text(count), size=size_text(self.size)))
        if self.folders:
            count = len(self.folders)
            words = trn("{count} folder", "{count} folders", count)
            parts.append(words.format(count=count_text(count)))
        return (
            tr("{first} and {second}").format(first=parts[0], second=parts[-1])
            if (len(parts) > 1)
            else "".join(parts)
        )


def pick(model: ObjectsModel, profile_id: str, ranges: Sequence[Range]) -> Picked | None:
    """The selected rows; ``None`` where there are none."""
    if model.location is None or not ranges:
        return None
    folders, objects = model.parts
    cut = folders.shown
    prefixes: list[str] = []
    entries: list[ObjectEntry] = []
    for first, last in ranges:
        prefixes += [folders.at(row) for row in range(first, min(last + 1, cut))]
        begin, end = max(first - cut, 0), last + 1 - cut
        if begin < end:
            whole = objects.items if objects.view is None else None
            entries += whole[begin:end] if whole else [objects.at(at) for at in range(begin, end)]
    return Picked(profile_id, model.location, tuple(prefixes), tuple(entries))


def pick_place(profile_id: str, where: Location) -> Picked:
    """All that is under a prefix, or in a bucket."""
    return Picked(profile_id, where.parent, (where.key,))
