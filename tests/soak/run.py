"""A soak: batch after batch in bad weather, every object read back by a client that is not ours."""

import json
import os
import random
import shutil
import statistics
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE
from typing import Any, Self

import psutil
from boto3.s3.transfer import TransferConfig
from gui.files import MIB, sha256, write_file
from gui.storage import Storage
from processes import Processes
from servers.front import Forward, Front
from servers.server import Server
from servers.tls import Authority
from soak.weather import Weather

_ROOT = Path(__file__).resolve().parents[2]
#: Sizes of one batch in bytes: many small ones, some of one part, some of several.
SMALL, MEDIUM, LARGE = (14, 200_000), (5, 5 * MIB), (5, 18 * MIB)


@dataclass
class Figures:
    """What a soak has to tell."""

    seconds: float = 0
    batches: int = 0
    objects: int = 0
    n_bytes: int = 0
    #: Said to be done, and the storage, or the disk, has something else or nothing.
    wrong: list[str] = field(default_factory=list)
    #: Rows that did not get to their end for all their retries.
    lost: list[str] = field(default_factory=list)
    #: Why rows failed before a retry brought them home, and what was told beside the rows.
    failed: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)
    struck: Counter[str] = field(default_factory=Counter)
    #: Files in the folder of a download that are none of what was asked for.
    strays: list[str] = field(default_factory=list)
    #: After the last start: still to be removed as the journal has it, and on the storage.
    to_remove: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    #: Resident bytes and open descriptors of the program behind each batch.
    resident: list[int] = field(default_factory=list)
    descriptors: list[int] = field(default_factory=list)

    def is_flat(self, counts: list[int], slack: float) -> bool:
        """Whether the last third stays where the one before it was (the first is warming up)."""
        third = len(counts) // 3
        if not third:
            return True
        return max(counts[-third:]) <= max(counts[third : 2 * third]) + slack

    @property
    def said(self) -> dict[str, Any]:
        """For people: without the rows of numbers."""
        all_of_it = dict(vars(self))
        for name in ("resident", "descriptors"):
            counts = all_of_it.pop(name)
            if counts:
                all_of_it[name] = {
                    "first": counts[0],
                    "median": int(statistics.median(counts)),
                    "most": max(counts),
                    "last": counts[-1],
                }
        return all_of_it


class Soak:
    """A storage, weather in front of it and the program in a process, as a context manager."""

    def __init__(
        self,
        folder: Path,
        server: Server,
        *,
        seed: int,
        haste: float = 1,
        authority: Authority | None = None,
    ) -> None:
        self._folder = folder
        self._chance = random.Random(seed)
        self.weather = Weather(seed)
        tls = authority.server_context() if authority is not None else None
        self._ca_bundle = authority.bundle(folder) if authority is not None else ""
        self._front = Front(server, tls, self._ca_bundle)
        self._front.otherwise = self.weather
        self._haste = haste
        keys = server.credentials
        self.storage = Storage(server.profile.endpoint, keys.access_key, keys.secret_key)
        self.bucket = f"soak-{uuid.uuid4().hex[:8]}"
        self._processes = Processes(
            folder,
            os.environ
            | {
                "AWS_ACCESS_KEY_ID": keys.access_key,
                "AWS_SECRET_ACCESS_KEY": keys.secret_key,
                "PYTHONPATH": os.pathsep.join([str(_ROOT), str(_ROOT / "tests")]),
            },
        )
        self.figures = Figures()

    def __enter__(self) -> Self:
        self.storage.client.create_bucket(Bucket=self.bucket)
        self._front.__enter__()
        told = {
            "endpoint": self._front.endpoint,
            "ca_bundle": self._ca_bundle,
            "state_dir": str(self._folder / "state"),
            "haste": self._haste,
        }
        self._child = self._processes.start(
            [sys.executable, "-m", "soak.program", json.dumps(told)],
            stdin=PIPE,
            stdout=PIPE,
            cwd=_ROOT / "tests",
            name="program",
        )
        self._seen = psutil.Process(self._child.pid)
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
        self._processes.close()
        self._front.__exit__(None, None, None)
        self.storage.client.close()

    def run(self, minutes: float, direction: str = "up") -> Figures:
        """Batches for so long, then the end; what came of it."""
        began = time.monotonic()
        while time.monotonic() - began < minutes * 60:
            self.batch(direction)
            self.figures.seconds = time.monotonic() - began
        self.drain()
        return self.figures

    def batch(self, direction: str = "up") -> None:
        """One folder of files, there or back, and all of them looked at where they went."""
        figures, name = self.figures, f"batch-{self.figures.batches:05}"
        folder = self._folder / name
        digests = self._make(folder)
        told = {"direction": direction, "folder": str(folder), "bucket": self.bucket, "prefix": ""}
        if direction == "down":
            self._store(digests)
            told |= {"folder": str(self._folder), "prefix": f"{name}/"}
        answer = self._ask(told)
        figures.failed.update(answer["failed"])
        figures.problems.update(answer["problems"])
        states = {key: state for _, key, state in answer["rows"]}
        for key, (size, digest) in digests.items():
            if states.get(key) != "completed":
                figures.lost.append(f"{key} {states.get(key)}")
            elif self._found(key, direction) != (size, digest):
                figures.wrong.append(key)
            figures.n_bytes += size
        present = {path.relative_to(self._folder).as_posix() for path in folder.iterdir()}
        figures.strays += sorted(present - set(digests))
        figures.objects += len(digests)
        figures.batches += 1
        figures.struck = self.weather.struck
        figures.resident.append(self._seen.memory_info().rss)
        figures.descriptors.append(self._seen.num_fds())
        for key in digests:
            self.storage.client.delete_object(Bucket=self.bucket, Key=key)
        shutil.rmtree(folder)

    def drain(self) -> None:
        """The next start, in fair weather and a quarter of an hour later, removes what is left."""
        self._front.otherwise = Forward()
        answer = self._ask({"direction": "drain"})
        self.figures.problems.update(answer["problems"])
        self.figures.to_remove = answer["left"]
        self.figures.orphans = [
            f"{row['Key']} {row['UploadId']}" for row in self.storage.unfinished(self.bucket)
        ]

    def _make(self, folder: Path) -> dict[str, tuple[int, str]]:
        made = {}
        for count, most in (SMALL, MEDIUM, LARGE):
            for _ in range(count):
                key = f"{folder.name}/{len(made):02}"
                size = self._chance.randrange(most)
                made[key] = (size, write_file(self._folder / key, size, self._chance.randrange(99)))
        return made

    def _store(self, digests: Iterable[str]) -> None:
        """Past the program, some in parts; what is on the disk goes."""
        parts = TransferConfig(multipart_threshold=12 * MIB, multipart_chunksize=6 * MIB)
        for key in digests:
            path = self._folder / key
            self.storage.client.upload_file(str(path), self.bucket, key, Config=parts)
            path.unlink()

    def _found(self, key: str, direction: str) -> tuple[int, str]:
        path = self._folder / key
        if direction == "down":
            return (path.stat().st_size, sha256(path)) if path.exists() else (-1, "")
        try:
            return self.storage.read_back(self.bucket, key)
        except self.storage.client.exceptions.ClientError:
            return -1, ""

    def _ask(self, told: dict[str, Any]) -> dict[str, Any]:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(told).encode() + b"\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        log = (self._folder / "logs" / "program.log").read_text(errors="replace")
        assert line, f"the program ended: {log[-3000:]}"
        answer: dict[str, Any] = json.loads(line)
        return answer
