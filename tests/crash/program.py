"""The program in child processes, in front of a storage that a test can watch and stop."""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from acceptance.twin import Event, Run
from crash.points import Point
from processes import Processes
from servers.front import Forward, Front
from servers.talk import Action, Gone, Talk

ROOT = Path(__file__).resolve().parents[2]
_CHILD = Path(__file__).with_name("child.py")
#: A storage's limit for parts, and two of them at once.
OPTIONS = ("--part-size", "5M", "--parts", "2", "--files", "1")
_DIES_S = 20.0


class Program:
    """``python -m s3gui`` over one state folder, signed in to what is behind ``front``."""

    def __init__(self, folder: Path, front: Front) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "home").mkdir()
        self.folder = folder
        self.state_dir = folder / "state"
        self.front = front
        #: What stands before the program on the command line.
        self.before: tuple[str, ...] = ()
        self._processes = Processes(folder, _environment(folder / "home"))
        self._count = 0

    def close(self) -> None:
        """Ends what is left running."""
        self._processes.close()

    def start(self, *words: str | Path, told: dict[str, Any] | None = None) -> Run:
        """Starts a command with ``--json``; ``told`` is for ``child.py``, else it is as it is."""
        self._count += 1
        name = f"{self._count:03}"
        out = self.folder / f"{name}.jsonl"
        program = ["-m", "s3gui"] if told is None else [_CHILD, json.dumps(told)]
        profile, keys = self.front.server.profile, self.front.server.credentials
        with out.open("wb") as file:
            process = self._processes.start(
                [*self.before, sys.executable, *program, *words, *self._common(profile.endpoint)],
                env={
                    "AWS_ACCESS_KEY_ID": keys.access_key,
                    "AWS_SECRET_ACCESS_KEY": keys.secret_key,
                },
                stdout=file,
                name=name,
            )
        return Run(process, out, self.folder / "logs" / f"{name}.log")

    def run(
        self, *words: str | Path, code: int = 0, told: dict[str, Any] | None = None
    ) -> list[Event]:
        """Carries a command out; what it printed."""
        return self.start(*words, told=told).end(code)

    def rows(self) -> list[Event]:
        """The transfers that it knows of."""
        return [event for event in self.run("transfers") if event["event"] == "entry"]

    def unread(self) -> list[Event]:
        """What it has not read to its end."""
        return [event for event in self.run("transfers") if event["event"] == "unread"]

    def killed_at(self, point: Point, *words: str | Path) -> None:
        """Starts a command that has to be dead when this returns: at the point, by SIGKILL."""
        if point.inside:
            told = {"kill": point.inside, "when": point.when, "nth": point.nth}
            run = self.start(*words, told=told)
        else:
            run = self._killed_on_the_wire(point, *words)
        run.process.wait(60)
        assert run.process.returncode == -signal.SIGKILL, (
            f"{point.name} was never reached",
            run.process.returncode,
            run.events[-3:],
            run.complaints,
        )

    def _killed_on_the_wire(self, point: Point, *words: str | Path) -> Run:
        runs: list[Run] = []
        method, query = point.wire
        at = Deadly(lambda: kill(runs), carried_out=point.carried_out)
        self.front.on(at, method=method, path=point.path, query=query, attempt=point.nth)
        runs.append(self.start(*words))
        runs[0].process.wait(60)
        self.front.forget()
        return runs[0]

    def _common(self, endpoint: str) -> list[str | Path]:
        return [
            *("--json", "--state-dir", self.state_dir, "--endpoint", endpoint),
            *("--region", self.front.server.profile.region or "us-east-1"),
            *("--addressing", "path", "--keys-from-env"),
        ]


class Deadly(Action):
    """The request that the program does not survive."""

    def __init__(self, kill: Callable[[], object], *, carried_out: bool) -> None:
        self._kill = kill
        self._carried_out = carried_out

    def __call__(self, talk: Talk) -> None:
        if self._carried_out:
            Forward(after=self._kill)(talk)
        talk.proceed()
        talk.read_body()
        self._kill()
        raise Gone


def kill(runs: list[Run]) -> None:
    """kill -9 from outside; returns when it is dead."""
    end = time.monotonic() + _DIES_S
    while not runs and time.monotonic() < end:
        time.sleep(0.01)  # the request may be quicker than who started it
    process = runs[0].process
    os.kill(process.pid, signal.SIGKILL)
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.01)


def _environment(home: Path) -> dict[str, str]:
    kept = ("PATH", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "HOME": str(home),
        "LANGUAGE": "en",
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "QT_QPA_PLATFORM": "offscreen",
    }
