"""A second start hands its place to the first window; garbage on the socket changes nothing."""

import asyncio
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtNetwork import QLocalSocket

from s3gui.ui.instance import InstanceServer, hand_over


@pytest.fixture
def server(tmp_path: Path) -> Iterator[InstanceServer]:
    listening = InstanceServer(tmp_path)
    yield listening
    listening.close()


async def _asked(server: InstanceServer) -> str:
    answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    server.place_asked.connect(answer.set_result)
    async with asyncio.timeout(10):
        return await answer


async def test_a_second_start_shows_its_place_in_the_first_window(
    server: InstanceServer, tmp_path: Path
) -> None:
    # The second start is another process; a thread stands in for it, as its calls block.
    sent = asyncio.get_running_loop().run_in_executor(None, hand_over, tmp_path, "s3://b/папка/")
    assert await _asked(server) == "s3://b/папка/"
    assert await sent is True


async def test_nobody_else_may_use_the_socket(server: InstanceServer, tmp_path: Path) -> None:
    mode = stat.S_IMODE((tmp_path / "window.sock").stat().st_mode)
    assert mode & 0o077 == 0


@pytest.mark.parametrize("line", [b"no json\n", b"[1]\n", b'{"open": 7}\n', b"x" * 200_000])
async def test_garbage_asks_for_nothing(
    server: InstanceServer, tmp_path: Path, line: bytes
) -> None:
    seen: list[str] = []
    server.place_asked.connect(seen.append)
    socket = QLocalSocket()
    gone = asyncio.get_running_loop().create_future()
    socket.disconnected.connect(lambda: gone.done() or gone.set_result(None))
    socket.connectToServer(str(tmp_path / "window.sock"))
    socket.write(line)
    async with asyncio.timeout(10):
        await gone
    assert seen == []


def test_without_a_window_nobody_answers(tmp_path: Path) -> None:
    assert hand_over(tmp_path, "s3://b/") is False


def test_a_socket_of_a_killed_program_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / "window.sock").write_bytes(b"")
    listening = InstanceServer(tmp_path)
    assert (tmp_path / "window.sock").is_socket()
    listening.close()
