"""A storage in memory that notices at once what must never happen to it."""

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fake_rules import Call, Rule
from fake_server import MemoryServer

from s3gui.domain.errors import ConnectionBroken, NeedsCredentials
from s3gui.domain.parts import MIB


class WatchedServer(MemoryServer):
    """``wrongs`` has what went against the rules, in words."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(least_part_bytes=MIB)
        self._now = now
        self.wrongs: list[str] = []
        #: Requests under way, by what they do and to which upload (or key).
        self.under_way: Counter[tuple[str, str]] = Counter()
        #: Says no to everybody's keys.
        self.refuses = False
        #: What happens to a key right before this range of it is sent, once.
        self.before_fetch: dict[int, Callable[[str], None]] = {}
        #: The process whose requests count; those of a killed one come to nothing.
        self.process = 0

    def now(self) -> datetime:
        return self._now()

    @asynccontextmanager
    async def call(self, call: Call) -> AsyncIterator[Rule | None]:
        """Refuses wrong keys, and sees whether a Complete is alone."""
        process = self.process
        what = (call.op, call.upload_id or call.key)
        self._look_at(call)
        if call.op == "fetch" and call.part in self.before_fetch:
            self.before_fetch.pop(call.part)(call.key)
        self.under_way[what] += 1
        try:
            if self.refuses:
                raise NeedsCredentials("The keys expired", code="ExpiredToken")
            async with super().call(call) as rule:
                self._must_live(process)
                yield rule
            self._must_live(process)
        finally:
            self.under_way[what] -= 1

    def _must_live(self, process: int) -> None:
        if process != self.process:
            raise ConnectionBroken("The process was killed")

    def _look_at(self, call: Call) -> None:
        upload = call.upload_id
        if call.op == "complete" and self.under_way["complete", upload]:
            self.wrongs.append(f"a second Complete of {upload} while one is under way")
        if call.op == "abort" and self.under_way["complete", upload]:
            self.wrongs.append(f"an Abort of {upload} while its Complete is under way")
        if call.op == "create" and self.under_way["create", call.key]:
            self.wrongs.append(f"two Creates of {call.key} at once")

    def is_busy_with(self, key: str, upload_id: str) -> bool:
        """Whether content is on its way to it, or from it."""
        whole = self.under_way["put", key] + self.under_way["fetch", key]
        return bool(whole or (upload_id and self.under_way["send_part", upload_id]))
