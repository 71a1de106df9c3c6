"""Starts the demo storage beside the program, and ends it with it.

Light on purpose: the window imports this, the server itself is imported by the child only. Plain
threads wait for the child, not asyncio's subprocesses: the same on the window's loop, on a plain
one, and on every system.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

import s3gui
from s3gui.domain.errors import ErrorKind, S3guiError
from s3gui.domain.profile import Addressing, Credentials, Profile
from s3gui.domain.text import tr

PROFILE_ID = "demo"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
#: What the server prints to standard error is added here, beside its data.
ERROR_FILE = "demo-errors.log"
#: First argument of the packaged program, which has no ``-m``, when it is to be the server.
FROZEN_ARGUMENT = "--demo-server"
#: Exit code of the server for a directory that another one has open.
_BUSY = 3


class DemoFailed(S3guiError):
    """The demo storage did not start."""

    kind = ErrorKind.LOCAL
    default_code = "Demo"


class DemoServer:
    """The demo storage over one directory, running while the context is open.

    Keys are made anew for each run and are known to this process and its child only. What was
    stored stays in the directory, unfinished multipart uploads too.
    """

    def __init__(self, directory: Path, *, options: Sequence[str] = ()) -> None:
        """Starts nothing yet.

        Args:
            directory: where the data is kept; made when missing. One process at a time.
            options: more options of ``python -m s3gui.demo`` (``--empty``, ``--slow``, ...).
        """
        self._directory = directory.resolve()
        self._options = tuple(options)
        self._process: subprocess.Popen[bytes] | None = None
        self._errors_before = 0
        self._profile: Profile | None = None
        self._credentials: Credentials | None = None

    @property
    def profile(self) -> Profile:
        """The connection to it; only inside the context."""
        assert self._profile is not None, "not started"  # noqa: S101  a bug of the caller
        return self._profile

    @property
    def credentials(self) -> Credentials:
        """Its keys; only inside the context."""
        assert self._credentials is not None, "not started"  # noqa: S101  a bug of the caller
        return self._credentials

    @property
    def process_id(self) -> int:
        """Of the child; only inside the context."""
        assert self._process is not None, "not started"  # noqa: S101  a bug of the caller
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the child lives."""
        return self._process is not None and self._process.poll() is None

    async def __aenter__(self) -> "DemoServer":
        """Starts the child and waits until it listens.

        Raises:
            DemoFailed: it could not be started, ended at once, or did not answer in time.
        """
        try:
            # Spawning takes some milliseconds; doing it here leaves no moment in which a
            # cancellation would lose the child.
            self._process = self._spawn()
        except OSError as error:
            raise self._failed(error.strerror or str(error)) from error
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                line = await asyncio.to_thread(_first_line, self._process)
            self._understand(line)
        except TimeoutError as error:
            await self._stop(kill=True)
            raise self._failed(tr("It did not answer in time.")) from error
        except (ValueError, KeyError) as error:
            code = await self._stop(kill=True)
            raise self._failed(self._last_words(), busy=code == _BUSY) from error
        except BaseException:
            await self._stop(kill=True)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the child, by force if it does not go."""
        await self._stop()

    def _spawn(self) -> subprocess.Popen[bytes]:
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        frozen = getattr(sys, "frozen", False)
        program = [sys.executable, *([FROZEN_ARGUMENT] if frozen else ["-m", "s3gui.demo"])]
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0)
        with (self._directory / ERROR_FILE).open("ab") as errors:
            self._errors_before = errors.tell()
            return subprocess.Popen(  # noqa: S603  our own program
                [*program, "--dir", str(self._directory), "--with-parent", *self._options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                # Where our own package lies: the child must run the same one, and nothing out of
                # the directory that somebody happened to start us in.
                cwd=None if frozen else Path(s3gui.__file__).parent.parent,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
                creationflags=flags,
            )

    def _understand(self, line: bytes) -> None:
        ready = json.loads(line)
        self._credentials = Credentials(ready["access_key"], ready["secret_key"])
        self._profile = Profile(
            id=PROFILE_ID,
            name=tr("Demo storage"),
            endpoint=ready["endpoint"],
            region=ready["region"],
            addressing=Addressing.PATH,
        )

    async def _stop(self, *, kill: bool = False) -> int:
        """Ends and reaps the child, whatever happens meanwhile; returns its exit code."""
        process, self._process = self._process, None
        if process is None:
            return 0
        ending = asyncio.ensure_future(asyncio.to_thread(_end, process, kill))
        try:
            return await asyncio.shield(ending)
        except asyncio.CancelledError:
            await ending
            raise

    def _last_words(self) -> str:
        """The last line that this child wrote to standard error, "" for none."""
        try:
            text = (self._directory / ERROR_FILE).read_bytes()[self._errors_before :]
        except OSError:
            return ""
        return text.decode("utf-8", "replace").strip().rpartition("\n")[2]

    def _failed(self, detail: str, *, busy: bool = False) -> DemoFailed:
        if busy:
            return DemoFailed(
                tr("The demo storage is already open"),
                tr("Another window or command is using the same demo folder."),
                tr("Close the other one, or start the demo with another state folder."),
                code="DemoBusy",
            )
        return DemoFailed(
            tr("The demo storage could not be started"),
            detail,
            tr(
                "Check that there is free space and that this folder can be written: {folder}"
            ).format(folder=self._directory),
        )


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    """What the server says when it listens; b"" when it ends without a word."""
    output: IO[bytes] | None = process.stdout
    assert output is not None  # noqa: S101  it was asked for
    with output:
        return output.readline(65536)


def _end(process: subprocess.Popen[bytes], kill: bool) -> int:
    """Closes the child's standard input, which is how it is told, and waits for it."""
    if process.stdin is not None:
        process.stdin.close()
    if kill and process.poll() is None:
        try:
            # It may be about to end by itself, with the exit code that tells why.
            return process.wait(0.5)
        except subprocess.TimeoutExpired:
            process.kill()
    try:
        code = process.wait(STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    if process.stdout is not None:
        process.stdout.close()
    return code
