"""Whether something of what is to be uploaded exists already: a few short questions at once."""

import asyncio
from collections.abc import Sequence

from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.ports import Session
from s3gui.transfers.connections import Connections

#: More names than this are looked for in the listing of their place, not one by one.
_FEW = 8
#: Pages of that listing, 1,000 rows each, and how long a person waits for the sheet, in seconds.
_MOST_PAGES = 10
_PATIENCE_S = 5.0


async def something_exists(
    connections: Connections, profile_id: str, where: Location, names: Sequence[str]
) -> bool | None:
    """Whether an object, or a folder with objects, of one of these names is under ``where``.

    ``None``: it could not be found out soon enough, or these keys may not look.
    """
    try:
        async with asyncio.timeout(_PATIENCE_S):
            session = await connections.open(profile_id)
            names = [name for name in names if _is_utf8(name)]
            if len(names) > _FEW:
                return await _in_listing(session, where, frozenset(names))
            looks = (_one(session, where, name) for name in names)
            found = await asyncio.gather(*looks, return_exceptions=True)
            if any(one is True for one in found):
                return True
            if unknown := [one for one in found if isinstance(one, BaseException)]:
                raise unknown[0]
            return False
    except (S3guiError, TimeoutError):
        return None


async def _one(session: Session, where: Location, name: str) -> bool:
    try:
        await session.objects.head(where.child(name))
    except NotFound:
        pass
    else:
        return True
    async for page in session.listing.pages(
        where.child(name + DELIMITER), recursive=True, page_size=1
    ):
        return bool(page.objects or page.prefixes)
    return False


def _is_utf8(name: str) -> bool:
    """What is none cannot be uploaded, and its name cannot be asked for."""
    return bool(name) and not any("\ud800" <= char <= "\udfff" for char in name)


async def _in_listing(session: Session, where: Location, names: frozenset[str]) -> bool | None:
    pages = 0
    async for page in session.listing.pages(where):
        keys = [entry.key for entry in page.objects]
        keys += [prefix.removesuffix(DELIMITER) for prefix in page.prefixes]
        if any(key.removeprefix(where.key) in names for key in keys):
            return True
        pages += 1
        if page.incomplete or (pages >= _MOST_PAGES and not page.last):
            return None
    return False
