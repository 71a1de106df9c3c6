"""The real program on a desktop of its own: fixtures, and what a test starts from."""

import faulthandler
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from gui.desktop import Desktop, missing
from gui.program import Program
from gui.server import DemoServer

#: In words of one person at one screen: the window beside the file manager's.
PLACE = (476, 28, 1276, 940)


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desktop]:
    """A fresh desktop with an open keyring; nothing of the machine's own is seen on it."""
    if why := missing():
        pytest.skip(why)
    # These tests may take minutes, and each has a limit of its own.
    faulthandler.cancel_dump_traceback_later()
    with Desktop(tmp_path) as desktop:
        desktop.unlock_keyring()
        yield desktop
    # The big files go now: pytest keeps the folders of the last runs.
    for name in ("source", "server"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The folder that the file manager shows."""
    folder = tmp_path / "source"
    folder.mkdir()
    return folder


@pytest.fixture
def serve(desktop: Desktop) -> Iterator[Callable[..., DemoServer]]:
    """Starts a storage that outlives the program; a connection to it is saved already."""
    with ExitStack() as stack:

        def start(*, bytes_per_s: int = 0) -> DemoServer:
            server = DemoServer(desktop, bytes_per_s=bytes_per_s)
            stack.callback(server.close)
            server.connect(desktop.folder / "state")
            return server

        yield start


@pytest.fixture
def open_window(desktop: Desktop) -> Iterator[Callable[[], Program]]:
    """Starts the program and puts its window beside the file manager's."""
    with ExitStack() as stack:

        def start() -> Program:
            state = desktop.folder / "state"
            program = stack.enter_context(Program(desktop, ["--state-dir", str(state)]))
            program.place(PLACE)
            return program

        yield start
