"""The program without its window, over a line and before a storage that fail as a test says."""

import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from fakes import MemoryAccounts
from s3.http_kit import QUICK
from servers.front import Front
from servers.server import Server
from servers.talk import Request
from transfers.kit import SETTINGS, FakeClock, Watcher

from s3gui.domain.location import Location
from s3gui.domain.parts import MIB
from s3gui.domain.profile import Credentials
from s3gui.domain.transfer import ENDED, State, Transfer
from s3gui.s3.config import Timeouts as Calls
from s3gui.s3.http import Limits, Timeouts, session_class
from s3gui.s3.session import S3Gateway
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.journal import Journal
from s3gui.transfers.queue import TransferQueue

_crashes = count(1)
PART = 5 * MIB
#: Bytes of a file of three parts, the last one small.
THREE = 2 * PART + 1000
#: What takes minutes takes seconds; a test of one of these limits takes it down further.
CALLS = Calls(connect_s=5, control_read_s=5, data_read_s=5, commit_read_s=5, control_attempts=1)
LINE = replace(QUICK, idle_s=4, continue_s=4)


class QuickClock(FakeClock):
    """Waits for nothing; its day is today, as on the servers."""

    def __init__(self) -> None:
        super().__init__()
        self._today = datetime.now(UTC) - timedelta(seconds=self.seconds)

    def now(self) -> datetime:
        return self._today + timedelta(seconds=self.seconds)


class Engine:
    """One start of the program: a queue with its journal, and the gateway, as a context manager."""

    def __init__(
        self,
        folder: Path,
        server: Server,
        *,
        settings: Settings = SETTINGS,
        line: Timeouts = LINE,
        limits: Limits | None = None,
        calls: Calls = CALLS,
    ) -> None:
        self.folder = folder
        self._how: dict[str, Any] = {
            "settings": settings,
            "line": line,
            "limits": limits,
            "calls": calls,
        }
        self.profile = server.profile
        self.server = server
        self.clock = QuickClock()
        self.accounts = MemoryAccounts(server.profile)
        self.accounts.keys[server.profile.id] = server.credentials
        self.gateway = S3Gateway(calls, wire=session_class(line, limits))
        self.connections = Connections(self.gateway, self.accounts)
        self.journal = Journal(folder / "state")
        self.queue = TransferQueue(
            self.journal, self.connections, settings, clock=self.clock, jitter=lambda: 1.0
        )
        self.watcher = Watcher()
        self.queue.watch(self.watcher)

    async def __aenter__(self) -> Self:
        await self.queue.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.queue.close()
        await self.connections.close_all()

    def next_start(self) -> "Engine":
        """Another start of the program, over the journal as kill -9 leaves it at this moment."""
        left = self.folder / f"killed-{next(_crashes)}"
        shutil.copytree(self.folder / "state", left / "state")
        return Engine(left, self.server, **self._how)

    async def upload(self, path: Path, bucket: str) -> Transfer:
        """Queues one file."""
        before = len(self.queue.transfers)
        await self.queue.upload(self.profile.id, Location(bucket), [path])
        (transfer,) = self.queue.transfers[before:]
        return transfer

    async def until(self, transfer: Transfer, *states: State) -> None:
        """Until it is in one of these states."""
        await self.watcher.until(lambda: transfer.state in states)

    async def ended(self, transfer: Transfer) -> State:
        """How it ended."""
        await self.until(transfer, *ENDED)
        return transfer.state

    async def done(self, transfer: Transfer) -> None:
        """It has to end well."""
        assert await self.ended(transfer) is State.COMPLETED, transfer.error

    async def failed(self, transfer: Transfer) -> str:
        """It has to fail; what it says is given back: the code."""
        assert await self.ended(transfer) is State.FAILED
        assert transfer.error is not None
        return transfer.error.code

    async def sign_in(self, keys: Credentials) -> None:
        """A person enters keys."""
        await self.connections.adopt(self.profile, keys)


class Seen:
    """What an independent client sees in the storage, and what went over the wire to it."""

    def __init__(self, front: Front, bucket: str) -> None:
        self._front = front
        self._bucket = bucket
        self.client = front.behind.independent_client()

    # In the storage

    def content(self, key: str = "file.bin") -> bytes:
        """The bytes of an object."""
        body = self.client.get_object(Bucket=self._bucket, Key=key)["Body"]
        data: bytes = body.read()
        body.close()
        return data

    def keys(self) -> list[str]:
        """All objects."""
        rows = self.client.list_objects_v2(Bucket=self._bucket).get("Contents", [])
        return [row["Key"] for row in rows]

    def unfinished(self) -> list[str]:
        """The upload ids of what was begun and neither completed nor aborted."""
        found = self.client.list_multipart_uploads(Bucket=self._bucket).get("Uploads", [])
        return [upload["UploadId"] for upload in found]

    def parts(self) -> list[int]:
        """The numbers of the parts of the one unfinished upload."""
        (upload,) = self.client.list_multipart_uploads(Bucket=self._bucket)["Uploads"]
        rows = self.client.list_parts(
            Bucket=self._bucket, Key=upload["Key"], UploadId=upload["UploadId"]
        )
        return [row["PartNumber"] for row in rows.get("Parts", [])]

    # On the wire

    @property
    def log(self) -> list[Request]:
        """All requests, as they came."""
        return self._front.log

    def sends(self) -> dict[int, int]:
        """How often each part was sent."""
        return sends(self.log)

    def bytes_of(self, number: int) -> list[int]:
        """How much of a part arrived each time."""
        return [request.body_bytes for request in self.log if request.part == number]

    def calls(self) -> Counter[str]:
        """How often each call of a multipart upload came."""
        return Counter(name for request in self.log if (name := call_name(request)))


def part(number: int) -> str:
    """For ``query`` of a step: UploadPart of this number."""
    return rf"\bpartNumber={number}(&|$)"


def call_name(request: Request) -> str:
    """Create, Complete, Abort, ListParts, UploadPart, HEAD, PUT, GET; "" for others."""
    names = request.query.split("&")
    has_id = any(name.startswith("uploadId=") for name in names)
    if request.method == "POST":
        return "Complete" if has_id else "Create"
    if has_id:
        return {"PUT": "UploadPart", "DELETE": "Abort", "GET": "ListParts"}[request.method]
    return request.method


def sends(log: Iterable[Request]) -> dict[int, int]:
    """How often each part was sent."""
    return dict(sorted(Counter(request.part for request in log if request.part).items()))
