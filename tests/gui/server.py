"""The demo storage in a process of its own, which outlives the program, and its request log."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gui.desktop import Desktop
from gui.program import ROOT
from gui.storage import Storage
from processes import ProgramError

PROFILE_ID = "0123456789abcdef0123456789abcdef"
NAME = "Test storage"
BUCKET = "inbox"
Record = dict[str, Any]
#: Saves a connection the way the program does, its keys in the desktop's keyring.
_SAVE = """
import asyncio, json, sys
from pathlib import Path
from s3gui.accounts import KeyringAccounts
from s3gui.domain.profile import Addressing, Credentials, Profile

told = json.load(sys.stdin)
accounts = KeyringAccounts(Path(told["state_dir"]))
profile = Profile(told["id"], told["name"], told["endpoint"], addressing=Addressing.PATH,
                  ca_bundle=told.get("ca_bundle", ""))
keys = Credentials(told["access_key"], told["secret_key"])

async def save():
    await accounts.save(profile, keys, keep=True)
    return await accounts.keyring_problem()

sys.exit(asyncio.run(save()) or None)
"""


class DemoServer:
    """``python -m s3gui.demo`` with one empty bucket; ``storage`` is an independent client of it.

    ``bytes_per_s`` is what it takes over all connections together; 0 for all it can. Not
    ``is_empty``, it has the demo's sample buckets instead.
    """

    def __init__(
        self, desktop: Desktop, *, bytes_per_s: int = 0, is_empty: bool = True, name: str = NAME
    ) -> None:
        folder = desktop.folder / "server"
        folder.mkdir()
        self._desktop = desktop
        self._name = name
        self._log = folder / "requests.jsonl"
        words: list[str | Path] = [sys.executable, "-m", "s3gui.demo"]
        words += ["--dir", folder / "data", "--log", self._log]
        words += ["--slow", str(bytes_per_s)] if bytes_per_s else []
        words += ["--empty"] if is_empty else []
        self._process = desktop.start(words, stdout=subprocess.PIPE, cwd=ROOT)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        self._process.stdout.close()
        if not line:
            raise ProgramError("the demo server did not start")
        self.ready: dict[str, str] = json.loads(line)
        names = ("endpoint", "access_key", "secret_key")
        self.storage = Storage(*(self.ready[name] for name in names))
        if is_empty:
            self.storage.client.create_bucket(Bucket=BUCKET)

    def connect(self, state_dir: Path) -> None:
        """Saves a connection to it for the program that uses ``state_dir``."""
        save_connection(self._desktop, state_dir, self.ready, self._name)

    def requests(self) -> list[Record]:
        """All requests that are over, in the order they ended."""
        text = self._log.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def parts(self) -> list[Record]:
        """The UploadPart requests among them, each with its ``number``."""
        return [
            {**record, "number": int(record["query"]["partNumber"])}
            for record in self.requests()
            if record["method"] == "PUT" and "partNumber" in (record["query"] or {})
        ]

    def bodies_after(self, moment: float) -> Sequence[Record]:
        """The requests with bytes of a file in them that ended after a Unix time."""
        return [
            record
            for record in self.requests()
            if record["method"] == "PUT" and record["received"] and record["time"] > moment
        ]

    def freeze(self) -> None:
        """From now on it answers nobody, and its connections stay open."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Goes on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        """Ends it; safe to call twice."""
        with contextlib.suppress(ProcessLookupError):
            self.thaw()
        self.storage.client.close()
        self._desktop.stop(self._process)


def save_connection(
    desktop: Desktop, state_dir: Path, ready: dict[str, str], name: str = NAME
) -> None:
    """Puts a connection where the program looks for it, its keys into the desktop's keyring."""
    told = {**ready, "state_dir": str(state_dir), "id": PROFILE_ID, "name": name}
    done = subprocess.run(
        [sys.executable, "-c", _SAVE],
        env=desktop.env,
        cwd=ROOT,
        input=json.dumps(told).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    if done.returncode:
        raise ProgramError(f"the connection was not saved: {done.stderr.decode()}")
