"""The program as a script has it: child processes with a home and a state folder of their own."""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import Popen
from typing import Any

from processes import Processes, until
from servers.ceph.cluster import Cluster
from servers.ceph.conf import REGION

from s3gui.domain.profile import Credentials

#: All of it where a machine has the time, a shorter version of it everywhere else.
LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
#: Options that send a file of some dozens of megabytes in parts.
PARTED = ("--part-size", "8M", "--parts", "2")
ROOT = Path(__file__).resolve().parents[2]
Event = dict[str, Any]


class Run:
    """One start of the program; ``events`` are the lines that it has printed."""

    def __init__(self, process: "Popen[bytes]", out: Path, err: Path) -> None:
        self._out = out
        self._err = err
        self.process = process

    @property
    def events(self) -> list[Event]:
        """All whole lines up to now."""
        text = self._out.read_text(encoding="utf-8")
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    @property
    def complaints(self) -> str:
        """Standard error."""
        return self._err.read_text(encoding="utf-8")

    def wait(self, fits: Callable[[Event], bool], what: str, timeout_s: float = 60) -> Event:
        """The first event, printed or to come, that ``fits``."""

        def ask() -> Event | None:
            ended = self.process.poll() is not None
            found = next(filter(fits, self.events), None)
            assert found or not ended, (what, self.process.returncode, self.events[-5:])
            return found

        return until(ask, what, timeout_s)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()

    def end(self, code: int = 0, timeout_s: float = 120) -> list[Event]:
        """Waits for the end, which has to be ``code`` and without a trace of Python's."""
        self.process.wait(timeout_s)
        events = self.events
        assert "Traceback" not in self.complaints, self.complaints
        assert not self.complaints, self.complaints
        assert self.process.returncode == code, (self.process.returncode, events[-5:])
        return events


class Twin:
    """``python -m s3gui`` for one person: where it keeps its state, and whose keys it has."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.state_dir = folder / "state"
        self.endpoint = cluster.endpoint_tls
        self.ca_bundle = cluster.ca_bundle
        self.keys = cluster.alice.credentials
        #: What stands before the program on the command line.
        self.before: Sequence[str] = ()
        self._processes = Processes(folder, _environment(folder / "home"))
        self._count = 0

    def close(self) -> None:
        """Ends what is left running."""
        self._processes.close()

    def start(self, *words: str | Path) -> Run:
        """Starts a command with ``--json``."""
        self._count += 1
        name = f"{self._count:03}"
        out = self._folder / f"{name}.jsonl"
        keys: Credentials = self.keys
        with out.open("wb") as file:
            process = self._processes.start(
                [*self.before, sys.executable, "-m", "s3gui", *self._common(), *words],
                env={
                    "AWS_ACCESS_KEY_ID": keys.access_key,
                    "AWS_SECRET_ACCESS_KEY": keys.secret_key,
                    "AWS_SESSION_TOKEN": keys.session_token,
                },
                stdout=file,
                name=name,
            )
        return Run(process, out, self._folder / "logs" / f"{name}.log")

    def run(self, *words: str | Path, code: int = 0) -> list[Event]:
        """Carries a command out; what it printed."""
        return self.start(*words).end(code)

    def _common(self) -> list[str | Path]:
        return [
            *("--json", "--state-dir", self.state_dir, "--endpoint", self.endpoint),
            *("--ca-bundle", self.ca_bundle, "--region", REGION),
            *("--addressing", "path", "--keys-from-env"),
        ]


def of_summary(events: Sequence[Event]) -> dict[str, int]:
    """The counts of the last line that are not zero."""
    names = ("completed", "failed", "skipped", "unfinished", "cancelled")
    return {name: events[-1][name] for name in names if events[-1][name]}


def errors(events: Sequence[Event]) -> list[Event]:
    """What was said to go wrong: of the command, and of its transfers."""
    said = [event for event in events if event["event"] == "error"]
    rows = {event["id"]: event for event in events if event["event"] == "state"}
    return said + [row["error"] for row in rows.values() if row["state"] == "failed"]


def _environment(home: Path) -> dict[str, str]:
    """A person's who has just been given an account: an empty home, no keyring, English."""
    home.mkdir()
    kept = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(home),
        "LANGUAGE": "en",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
        # A test that lets it write no more must not leave half a file of byte code behind.
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
    }
