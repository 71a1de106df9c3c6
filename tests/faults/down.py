"""What the tests of downloads share."""

import asyncio
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from faults.kit import PART as RANGE
from faults.kit import Engine, Seen
from servers.front import Front
from servers.lies import Silence
from servers.lying import Action
from servers.talk import Talk

from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import ScanResult, Wanted
from s3gui.domain.transfer import State, Transfer

#: Of four ranges, the last one small.
WHOLE = b"".join(b"%09d" % n for n in range((3 * RANGE + 999) // 9))
OTHER = WHOLE[::-1]
_FIRST = re.compile(r"bytes=(\d+)-")

__all__ = ["OTHER", "RANGE", "WHOLE", "Down", "OnRange"]


class OnRange(Action):
    """Acts on the range that begins here, the first time; all others are answered as ever."""

    def __init__(self, first: int, action: Action) -> None:
        self._first = first
        self._action = action
        self._left = 1

    def __call__(self, talk: Talk) -> None:
        with talk.server.changed:
            mine = first_of(talk.request.headers) == self._first and self._left > 0
            self._left -= mine
        (self._action if mine else talk.server.otherwise)(talk)


def first_of(headers: dict[str, str]) -> int:
    """Where the range begins that is asked for; -1: none is."""
    found = _FIRST.match(headers.get("range", ""))
    return int(found[1]) if found else -1


class Down:
    """The program, a folder, and what is stored."""

    def __init__(self, engine: Engine, front: Front, bucket: str, folder: Path) -> None:
        self.engine = engine
        self.front = front
        self.bucket = bucket
        self.folder = folder
        self.client = Seen(front, bucket).client

    def put(self, key: str, data: bytes = WHOLE) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    async def ask(self, key: str, if_exists: IfExists = IfExists.ASK) -> ScanResult:
        return await self.engine.queue.download(
            self.engine.profile.id,
            [Wanted(Location(self.bucket, key))],
            self.folder,
            if_exists=if_exists,
        )

    async def begin(self, key: str = "big", if_exists: IfExists = IfExists.ASK) -> Transfer:
        await self.ask(key, if_exists)
        return self.engine.queue.transfers[-1]

    async def done(self, transfer: Transfer, data: bytes = WHOLE) -> None:
        """It has to end well, whole, and with nothing beside it."""
        await self.engine.done(transfer)
        assert transfer.path.read_bytes() == data
        assert not [name for name in self.names() if name.endswith("part")]

    async def three_quarters(self, put: Callable[[], None] | None = None) -> None:
        """Three ranges of ``big`` are on the disk, then it was paused."""
        (put or partial(self.put, "big"))()
        self.front.on(OnRange(3 * RANGE, Silence()), method="GET", path="/big$")
        transfer = await self.begin()
        async with asyncio.timeout(20):
            while transfer.parts_done < 3:  # noqa: ASYNC110  nobody tells of a part
                await asyncio.sleep(0.01)
        self.engine.queue.pause([transfer.id])
        await self.engine.until(transfer, State.PAUSED)

    def names(self) -> list[str]:
        """All files, hidden ones too."""
        found = [path for path in self.folder.rglob("*") if not path.is_dir()]
        return sorted(path.relative_to(self.folder).as_posix() for path in found)

    def ranges(self) -> list[int]:
        """First bytes of the ranges that were asked for, in order."""
        asked = (first_of(one.headers) for one in self.front.log if one.method == "GET")
        return [first for first in asked if first >= 0]

    def next_start(self) -> Engine:
        """Another start of the program, over the journal as kill -9 leaves it at this moment."""
        return self.engine.next_start()
