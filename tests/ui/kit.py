"""A storage in memory, saved connections, a queue that only notes: what a window works with."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ui.noting_queue import FakeQueue

from s3gui.domain.entries import (
    AccessList,
    Bucket,
    Grant,
    GranteeKind,
    ObjectDetails,
    ObjectEntry,
    ObjectVersion,
    Page,
)
from s3gui.domain.errors import NeedsCredentials, NotFound, S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.profile import Credentials, Profile
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.ui.services import Services
from s3gui.ui.tasks import Tasks

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PROFILE = Profile("p1", "Backups", "https://s3.example.com", "eu-central-1")
SECOND = Profile("p2", "Lab", "http://lab.example.com:9000", "us-east-1")


@dataclass
class Storage:
    """One fake account: buckets of objects, switches for what it lacks and how it fails."""

    buckets: dict[str, dict[str, ObjectEntry]] = field(default_factory=dict)
    regions: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, dict[str, str]] = field(default_factory=dict)
    #: An operation ("list", "buckets", "head", "acl", "versions", "region") and what it raises.
    failing: dict[str, Exception] = field(default_factory=dict)
    #: An operation that waits for its event.
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    in_flight: int = 0
    most_in_flight: int = 0
    has_acl: bool = True
    has_versions: bool = True
    status: str = "Enabled"
    page_size: int = 1000
    public: set[str] = field(default_factory=set)
    is_incomplete: bool = False

    def put(self, bucket: str, key: str, size: int = 0, **more: Any) -> None:
        rows = self.buckets.setdefault(bucket, {})
        rows[key] = ObjectEntry(key, size, more.pop("modified", NOON), f"{len(rows):032x}", **more)

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.calls)

    async def call(self, operation: str, what: str) -> None:
        self.calls.append((operation, what))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if gate := self.gates.get(operation):
                await gate.wait()
            else:
                await asyncio.sleep(0)
            if error := self.failing.get(operation):
                raise error
        finally:
            self.in_flight -= 1


class FakeSession:
    """Every feature of the Session port in one object."""

    def __init__(self, profile: Profile, storage: Storage) -> None:
        self.profile = profile
        self.storage = storage
        self.buckets = self.listing = self.objects = self.uploads = self
        self.acl = FakeAcl(storage) if storage.has_acl else None
        self.versions = FakeVersions(storage) if storage.has_versions else None

    async def all(self) -> list[Bucket]:
        await self.storage.call("buckets", "")
        return [Bucket(name, NOON) for name in sorted(self.storage.buckets)]

    async def region(self, bucket: str) -> str | None:
        await self.storage.call("region", bucket)
        return self.storage.regions.get(bucket)

    async def pages(
        self, where: Location, *, recursive: bool = False, page_size: int = 1000
    ) -> AsyncIterator[Page]:
        rows = self.storage.buckets.get(where.bucket, {})
        keys = sorted(key for key in rows if key.startswith(where.key))
        size = min(page_size, self.storage.page_size)
        seen: set[str] = set()
        for first in range(0, max(len(keys), 1), size):
            await self.storage.call("list", str(where))
            if where.bucket not in self.storage.buckets:
                raise NotFound("There is no such bucket", hint="Check the name.")
            objects, prefixes = [], []
            for key in keys[first : first + size]:
                if recursive:
                    objects.append(rows[key])
                    continue
                head, slash, _ = key[len(where.key) :].partition(DELIMITER)
                if slash and where.key + head + slash not in seen:
                    seen.add(where.key + head + slash)
                    prefixes.append(where.key + head + slash)
                elif not slash:
                    objects.append(rows[key])
            last = first + size >= len(keys)
            incomplete = last and self.storage.is_incomplete
            yield Page(where, tuple(objects), tuple(prefixes), last and not incomplete, incomplete)

    async def head(
        self, where: Location, version_id: str | None = None, *, checksums: bool = False
    ) -> ObjectDetails:
        await self.storage.call("head", where.key)
        entry = self.storage.buckets[where.bucket].get(where.key)
        if entry is None:
            raise NotFound("There is no such object")
        return ObjectDetails(
            where,
            entry.size,
            entry.etag,
            entry.modified,
            "application/octet-stream",
            entry.storage_class,
            "v-0001",
            self.storage.metadata.get(where.key, {}),
            {"Cache-Control": "max-age=3600"},
            "AES256",
        )


class FakeAcl:
    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def of_object(self, where: Location, version_id: str | None = None) -> AccessList:
        await self.storage.call("acl", where.key)
        return self._access(where.key in self.storage.public)

    async def of_bucket(self, bucket: str) -> AccessList:
        await self.storage.call("acl", bucket)
        return self._access(bucket in self.storage.public)

    def _access(self, is_public: bool) -> AccessList:
        grants = [Grant(GranteeKind.USER, "owner-id", "Ann", "FULL_CONTROL")]
        if is_public:
            uri = "http://acs.amazonaws.com/groups/global/AllUsers"
            grants.append(Grant(GranteeKind.GROUP, uri, "", "READ"))
        return AccessList("owner-id", "Ann", tuple(grants))


class FakeVersions:
    def __init__(self, storage: Storage) -> None:
        self.storage = storage

    async def of_object(self, where: Location) -> AsyncIterator[ObjectVersion]:
        await self.storage.call("versions", where.key)
        for n in range(1 + len(where.key) % 3):
            when = NOON - timedelta(days=n)
            yield ObjectVersion(where.key, f"v-{n:04}", n == 0, when, 1000 + n)

    async def status(self, bucket: str) -> str:
        await self.storage.call("status", bucket)
        return self.storage.status


class FakeGateway:
    """Opens sessions on storages by profile id."""

    def __init__(self, storages: dict[str, Storage]) -> None:
        self.storages = storages
        self.opened: list[tuple[str, Credentials]] = []
        self.open_now = 0

    @asynccontextmanager
    async def session(self, profile: Profile, credentials: Credentials) -> AsyncIterator[Any]:
        self.opened.append((profile.id, credentials))
        self.open_now += 1
        try:
            yield FakeSession(profile, self.storages.setdefault(profile.id, Storage()))
        finally:
            self.open_now -= 1


class FakeAccounts:
    """Saved connections in memory."""

    def __init__(self, *profiles: Profile, problem: str = "") -> None:
        self.saved = {profile.id: profile for profile in profiles}
        self.keys = {profile.id: Credentials("AK", "SK") for profile in profiles}
        self.kept: dict[str, bool] = {}
        self.problem = problem
        self.refusal: S3guiError | None = None

    async def profiles(self) -> list[Profile]:
        return list(self.saved.values())

    async def save(self, profile: Profile, credentials: Credentials | None, *, keep: bool) -> None:
        self.saved[profile.id] = profile
        if credentials is not None:
            self.keys[profile.id] = credentials
        self.kept[profile.id] = keep
        if self.refusal:
            raise self.refusal

    async def remove(self, profile_id: str) -> None:
        self.saved.pop(profile_id, None)
        self.keys.pop(profile_id, None)

    async def credentials(self, profile_id: str) -> Credentials:
        await asyncio.sleep(0)
        if profile_id not in self.keys:
            raise NeedsCredentials("The keys are missing", hint="Type them in again.")
        return self.keys[profile_id]

    async def keyring_problem(self) -> str:
        return self.problem


@dataclass
class World:
    """Everything around a window, to look into from a test."""

    storages: dict[str, Storage]
    accounts: FakeAccounts
    gateway: FakeGateway
    queue: FakeQueue
    connections: Connections
    tasks: Tasks
    services: Services
    errors: list[Exception]

    @property
    def storage(self) -> Storage:
        return self.storages[PROFILE.id]


def make_world(state_dir: Path, *profiles: Profile, problem: str = "") -> World:
    """A world with these saved connections, each with an empty storage."""
    storages = {profile.id: Storage() for profile in profiles}
    accounts = FakeAccounts(*profiles, problem=problem)
    gateway, queue, errors = FakeGateway(storages), FakeQueue(), list[Exception]()
    connections = Connections(gateway, accounts)
    tasks = Tasks(lambda error, _name: errors.append(error))
    services = Services(connections, accounts, gateway, queue, Settings(), state_dir, tasks)
    return World(storages, accounts, gateway, queue, connections, tasks, services, errors)


def fill_showcase(storage: Storage) -> None:
    """A storage that shows every pane at its best."""
    storage.regions = {
        "backups": "eu-central-1",
        "footage": "eu-west-1",
        "site-assets": "us-east-1",
    }
    for name in ("empty", "site-assets", "footage"):
        storage.buckets.setdefault(name, {})
    files = {
        "readme.md": 4_211,
        "daily/2026-11-21/dump.sql.zst": 84_011_223_344,
        "daily/2026-11-22/dump.sql.zst": 84_611_223_344,
        "weekly/full.tar": 1_204_011_223_344,
        "мастер-копии/Интервью 01.mov": 38_204_555_000,
        "photo-2026-11.jpg": 4_880_112,
        "report-quarterly.pdf": 1_240_000,
        "config.json": 812,
        "site.tar.gz": 112_233_000,
        "podcast-42.mp3": 62_110_998,
        "interview.mp4": 7_221_110_998,
        "notes.txt": 12_001,
        "empty-marker": 0,
        "evil-\u202egpj.exe": 91_234,
        "<img src=x>.html": 2_048,
    }
    for n, (key, size) in enumerate(files.items()):
        kind = "GLACIER" if n % 5 == 4 else "STANDARD"
        when = NOON - timedelta(hours=37 * n)
        storage.put("backups", key, size, modified=when, storage_class=kind)
    for n in range(24):
        storage.put("backups", f"logs-{n:03}.gz", 40_000 * n + 912, modified=NOON)
    storage.metadata = {
        "readme.md": {"author": "Ann"},
        "interview.mp4": {"camera": "A7", "take": "3"},
    }
    storage.public = {"photo-2026-11.jpg", "site-assets"}
