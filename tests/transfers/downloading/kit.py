"""What the tests of downloads share."""

import hashlib
import shutil
import zlib
from base64 import b64encode
from pathlib import Path

from fake_server import MemoryServer
from transfers.kit import House

from s3gui.domain.integrity import composite_etag
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.queueing import ScanResult, Wanted
from s3gui.domain.transfer import State, Transfer
from s3gui.settings import Settings

PART = 5 * MIB


def pattern(size: int, seed: int = 1) -> bytes:
    """Bytes whose parts all differ."""
    block = bytes((seed + index) % 251 for index in range(4099))
    return (block * (size // len(block) + 1))[:size]


def md5_of(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def crc32_text(data: bytes) -> str:
    return b64encode(zlib.crc32(data).to_bytes(4, "big")).decode()


class Downloads(House):
    """A house whose queue downloads into ``target``."""

    def __init__(
        self, folder: Path, server: MemoryServer, settings: Settings | None = None
    ) -> None:
        if settings is None:
            super().__init__(folder, server)
        else:
            super().__init__(folder, server, settings)
        self.target = folder / "target"
        self.target.mkdir(exist_ok=True)
        #: The one that runs, after crashes.
        self.last: House = self

    def stored(self, key: str, data: bytes, part_bytes: int = 0, etag: str = "") -> bytes:
        """An object, made of parts where ``part_bytes`` says so."""
        if part_bytes:
            pieces = [data[at : at + part_bytes] for at in range(0, len(data), part_bytes)]
            etag = composite_etag(md5_of(piece) for piece in pieces)
        held = self.server.put_directly(Location("b", key), data, etag)
        if part_bytes:
            held.part_sizes = tuple(len(piece) for piece in pieces)
        return data

    async def ask(
        self,
        *keys: str,
        if_exists: IfExists = IfExists.ASK,
        as_name: str = "",
    ) -> ScanResult:
        wanted = [Wanted(Location("b", key)) for key in keys]
        return await self.last.queue.download(
            "p", wanted, self.target, if_exists=if_exists, as_name=as_name
        )

    async def begin(self, key: str, if_exists: IfExists = IfExists.ASK) -> Transfer:
        await self.ask(key, if_exists=if_exists)
        return self.last.queue.transfers[-1]

    async def download(self, key: str, if_exists: IfExists = IfExists.ASK) -> Transfer:
        transfer = await self.begin(key, if_exists)
        await self.last.until(transfer, State.COMPLETED, State.FAILED, State.PAUSED, State.SKIPPED)
        return transfer

    async def restart(self) -> Transfer:
        """kill -9 and the next start; the last row of it."""
        self.last = await self.last.crash()
        await self.last.queue.start()
        return self.last.queue.transfers[-1]

    def copy_of_journal(self) -> Path:
        """What kill -9 leaves at this moment, while the program goes on."""
        left = self.folder / "left"
        shutil.copytree(self.folder / "state", left / "state")
        return left

    async def start_from(self, left: Path, *, go_on: bool = True) -> Transfer:
        """The next start over such a copy; its last row."""
        await self.last.close()
        self.last = House(left, self.server)
        await self.last.queue.start(go_on=go_on)
        return self.last.queue.transfers[-1]

    def there(self) -> list[str]:
        """Names of all files in the target, hidden ones too."""
        files = [path for path in self.target.rglob("*") if not path.is_dir()]
        return sorted(path.relative_to(self.target).as_posix() for path in files)
