"""The bytes of a ``.part``, reserved in front of the ranges that are written there.

A disk that is full says so at the beginning and not at 99 %. Most disks reserve at once; tmpfs
takes 0.12 s a GiB for it, and where a disk cannot, the C library writes zeroes, as slow as that is.
So what is not done in a moment is done while ranges come: always a range's bytes before the range,
since a zero of the C library's that comes late would be written over it.
"""

import asyncio
import os
import time
from typing import TYPE_CHECKING

from s3gui.domain.parts import MIB, Part
from s3gui.domain.transfer import PartState
from s3gui.transfers.journal import unbroken
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Row

if TYPE_CHECKING:
    from s3gui.transfers.downloading.target import PartFile

#: So long may it take before the first range is asked for, in seconds.
AT_FIRST_S = 0.03
_STEP_BYTES = 64 * MIB


def reserve(descriptor: int, offset: int, end: int, within_s: float = AT_FIRST_S) -> int:
    """Reserves bytes of an open file, one step at least; returns up to where.

    Where the system cannot reserve there is nothing to do.

    Raises:
        OSError: there is no room, among others.
    """
    if not hasattr(os, "posix_fallocate"):
        return end
    until = time.monotonic() + within_s
    while offset < end:
        step = min(_STEP_BYTES, end - offset)
        os.posix_fallocate(descriptor, offset, step)
        offset += step
        if time.monotonic() >= until:
            break
    return offset


class Room:
    """Of one row's file, for one run: what was not reserved when the file was made.

    That is nothing on most disks; all that is missing, where an earlier run began the file, as it
    may have ended before it had reserved all.
    """

    def __init__(self, row: Row, file: "PartFile", kit: Kit) -> None:
        self._file = file
        self._kit = kit
        self._lacks: dict[int, Part] = {
            item.part.number: item.part
            for item in row.transfer.parts
            if item.state is not PartState.DONE
            and item.part.offset + item.part.length > file.reserved
        }
        self._more = asyncio.Event()

    async def run(self) -> None:
        """Returns when there is room for all.

        Raises:
            LocalFileError: there is none.
        """
        for part in list(self._lacks.values()):
            # To its end, also when the row is stopped: another run may write there soon.
            await unbroken(self._kit.threads.disk(self._file.reserve, part))
            del self._lacks[part.number]
            self._more.set()

    async def until(self, number: int) -> None:
        """Returns when there is room for this range."""
        while number in self._lacks:
            self._more.clear()
            await self._more.wait()
