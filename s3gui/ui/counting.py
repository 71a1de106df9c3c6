"""How much there is under what was picked: listed to its end, told as it goes."""

from collections.abc import Callable
from typing import Protocol

from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.transfers.connections import Connections
from s3gui.ui.dialogs.problem import problem_text
from s3gui.ui.models.picked import Picked

#: Told how many objects and bytes were found so far.
Counted = Callable[[int, int], None]


class ShowsCount(Protocol):
    """A sheet that tells how much there is."""

    def show_count(self, objects: int, n_bytes: int, *, done: bool) -> None:
        """So much was found; ``done``: and there is no more."""

    def say_count(self, problem: str) -> None:
        """Why it is not known how much there is."""


async def count(connections: Connections, picked: Picked, counted: Counted) -> bool:
    """Counts objects and bytes; ``False``: the server's list was not complete.

    Raises:
        S3guiError: it cannot be listed.
    """
    found, n_bytes, whole = len(picked.objects), picked.size, True
    counted(found, n_bytes)
    if not picked.folders:
        return True
    session = await connections.open(picked.profile_id)
    for prefix in picked.folders:
        where = Location(picked.place.bucket, prefix)
        async for page in session.listing.pages(where, recursive=True):
            found += len(page.objects)
            n_bytes += sum(entry.size for entry in page.objects)
            whole = whole and not page.incomplete
            counted(found, n_bytes)
    return whole


async def count_into(sheet: ShowsCount, connections: Connections, picked: Picked) -> None:
    """Counts, and has a sheet tell it; an error is told there, too."""
    told = (0, 0)

    def counted(objects: int, n_bytes: int) -> None:
        nonlocal told
        told = (objects, n_bytes)
        sheet.show_count(objects, n_bytes, done=False)

    try:
        whole = await count(connections, picked, counted)
    except S3guiError as error:
        sheet.say_count(visible(problem_text(error), 400))
        return
    if whole:
        sheet.show_count(*told, done=True)
    else:
        sheet.say_count(tr("The list is not complete: the server did not say how it goes on."))
