"""Programs that a test starts, and that die with it however it ends. Linux only."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar

T = TypeVar("T")
_POLL_S = 0.02
_PR_SET_PDEATHSIG = 1


class ProgramError(Exception):
    """Another program failed, or did not do in time what it should."""


def until(ask: Callable[[], T | None], what: str, timeout_s: float = 30) -> T:
    """What ``ask`` returns as soon as it is something; asks again and again.

    Raises:
        ProgramError: ``what`` did not come.
    """
    end = time.monotonic() + timeout_s
    while not (answer := ask()):
        if time.monotonic() > end:
            raise ProgramError(f"not within {timeout_s:.0f} s: {what}")
        time.sleep(_POLL_S)  # other programs' windows and files send this process no event
    return answer


class Processes:
    """Programs that belong together.

    Each leads a process group, which ``close`` ends in reverse order, and the kernel ends them
    should this process be killed. What they print goes to ``folder/logs``.
    """

    def __init__(self, folder: Path, env: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.env = dict(os.environ if env is None else env)
        self._running: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        words: Sequence[str | Path],
        *,
        env: Mapping[str, str] | None = None,
        stdin: int = subprocess.DEVNULL,
        stdout: int | IO[bytes] | None = None,
        cwd: Path | None = None,
        name: str = "",
    ) -> "subprocess.Popen[bytes]":
        """Starts a program; what it prints goes to ``logs/<name>.log``."""
        logs = self.folder / "logs"
        logs.mkdir(exist_ok=True)
        with (logs / f"{name or Path(words[0]).name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in words],
                env={**self.env, **(env or {})},
                stdin=stdin,
                stdout=stdout or log,
                stderr=log,
                cwd=cwd or self.folder,
                start_new_session=True,
                preexec_fn=_die_with_parent,  # noqa: PLW1509  no thread of ours holds a lock here
            )
        self._running.append(process)
        return process

    def stop(
        self, process: "subprocess.Popen[bytes]", how: signal.Signals = signal.SIGTERM
    ) -> None:
        """Ends a program and what it started, and waits until it is gone."""
        if process in self._running:
            self._running.remove(process)
        for sign in (how, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(10)
            except ProcessLookupError:
                process.wait()
                return
            except subprocess.TimeoutExpired:
                continue
            if sign is signal.SIGKILL:
                return

    def close(self) -> None:
        """Ends everything, what was started first last."""
        for process in self._running[::-1]:
            self.stop(process)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
