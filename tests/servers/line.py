"""A line to a server: counts what is sent over it, and can be slow, cut and mended.

A TCP relay on a port of its own, which it keeps while the line is cut. It runs in a process of its
own, so that its work is not the test's; one JSON object a line is asked and answered.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

_TESTS = Path(__file__).resolve().parents[1]
_PIECE = 64 << 10
_QUIET_S = 0.3


class Line:
    """As a context manager; ``endpoint`` is the server's address by way of this line."""

    def __init__(self, folder: Path, target: str) -> None:
        from processes import Processes

        folder.mkdir(parents=True, exist_ok=True)
        self._processes = Processes(folder)
        self._target = urlsplit(target)
        self.endpoint = ""

    def __enter__(self) -> Self:
        from subprocess import PIPE

        self._relay = self._processes.start(
            [sys.executable, "-m", "servers.line", str(self._target.port)],
            env={"PYTHONPATH": str(_TESTS)},
            stdin=PIPE,
            stdout=PIPE,
        )
        self.endpoint = f"{self._target.scheme}://127.0.0.1:{self._ask()['port']}"
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in (self._relay.stdin, self._relay.stdout):
            if pipe is not None:
                pipe.close()
        self._processes.close()

    @property
    def sent(self) -> int:
        """Bytes that went to the server since the start."""
        return int(self._ask()["sent"])

    @property
    def came(self) -> int:
        """Bytes that the server sent since the start."""
        return int(self._ask()["came"])

    @property
    def is_idle(self) -> bool:
        """Nobody is connected."""
        return not self._ask()["connections"]

    @property
    def is_quiet(self) -> bool:
        """Nothing was sent for a while: what the systems held for those who left is through."""
        return bool(self._ask()["quiet_s"] > _QUIET_S)

    def pace(self, bytes_per_s: float) -> None:
        """How fast bytes go to the server, over all connections together; 0 for all it can."""
        self._ask(bytes_per_s=bytes_per_s)

    def pace_back(self, bytes_per_s: float) -> None:
        """The same for what the server sends."""
        self._ask(back_bytes_per_s=bytes_per_s)

    def cut(self) -> None:
        """Breaks what is connected; from now on connections are refused."""
        self._ask(is_up=False)

    def mend(self) -> None:
        """Takes connections again."""
        self._ask(is_up=True)

    def _ask(self, **changes: Any) -> dict[str, Any]:
        assert self._relay.stdin is not None
        assert self._relay.stdout is not None
        self._relay.stdin.write(json.dumps(changes).encode() + b"\n")
        self._relay.stdin.flush()
        told: dict[str, Any] = json.loads(self._relay.stdout.readline())
        return told


class _Relay:
    """The other end of the pipes."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._port = 0
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._bytes_per_s = 0.0
        self._free_at = 0.0
        self._last_at = 0.0
        self._came = 0
        self._back_bytes_per_s = 0.0
        self._back_free_at = 0.0

    async def carry_out(self, changes: dict[str, Any]) -> dict[str, Any]:
        self._bytes_per_s = changes.get("bytes_per_s", self._bytes_per_s)
        self._back_bytes_per_s = changes.get("back_bytes_per_s", self._back_bytes_per_s)
        is_up = changes.get("is_up", True if not self._port else self._server is not None)
        if is_up and self._server is None:
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self._port, limit=_PIECE
            )
            self._port = self._server.sockets[0].getsockname()[1]
        elif not is_up and self._server is not None:
            self._server.close()
            self._server = None
            for task in self._connections:
                task.cancel()
        return {
            "port": self._port,
            "sent": self._sent,
            "came": self._came,
            "connections": len(self._connections),
            "quiet_s": asyncio.get_running_loop().time() - self._last_at,
        }

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
            try:
                async with asyncio.TaskGroup() as both:
                    both.create_task(_pump(reader, back, self._pass))
                    both.create_task(_pump(there, writer, self._pass_back))
            finally:
                back.transport.abort()
        except* (OSError, asyncio.CancelledError, _Over):
            pass  # the client reads it off its own connection
        finally:
            writer.transport.abort()
            self._connections.discard(task)

    async def _pass(self, count: int) -> None:
        self._sent += count
        now = self._last_at = asyncio.get_running_loop().time()
        if self._bytes_per_s:
            self._free_at = max(self._free_at, now) + count / self._bytes_per_s
            await asyncio.sleep(self._free_at - now)

    async def _pass_back(self, count: int) -> None:
        self._came += count
        if self._back_bytes_per_s:
            now = asyncio.get_running_loop().time()
            self._back_free_at = max(self._back_free_at, now) + count / self._back_bytes_per_s
            await asyncio.sleep(self._back_free_at - now)


class _Over(Exception):
    """One side has closed: so is the other."""


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, counted: Callable[[int], Any]
) -> None:
    while piece := await reader.read(_PIECE):
        await counted(len(piece))
        writer.write(piece)
        await writer.drain()
    raise _Over


async def _main(target_port: int) -> None:
    relay = _Relay(target_port)
    asked = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(asked), sys.stdin
    )
    while line := await asked.readline():
        answer = await relay.carry_out(json.loads(line))
        os.write(sys.stdout.fileno(), json.dumps(answer).encode() + b"\n")


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
