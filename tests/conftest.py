"""What every test shares: the loop it runs on, and the guards against what a test leaves behind."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_API", "pyside6")  # qasync otherwise takes the first binding it finds
# No test may reach a person's keyring, configuration or proxy.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
for _name in [
    name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")
]:
    del os.environ[_name]

import pytest  # noqa: E402  the environment above has to be set before anything reads it
import pytest_asyncio  # noqa: E402
from pytestqt import plugin  # noqa: E402

pytest_plugins = ["servers.fixtures"]
#: Rooms whose coroutines run on the Qt loop, as they do in the window.
_QT_ROOMS = {"ui", "app"}


def pytest_configure() -> None:
    """Keeps Qt's events for the loops of the tests and of their fixtures.

    pytest-qt lets them happen between the phases of a test as well, when no loop runs, and qasync
    when a loop has ended (see ``qt_loop``): a timer of a window that is still open then starts a
    coroutine into nothing. A fast machine is through before any timer is due.
    """
    plugin._process_events = lambda: None


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """The qasync loop for the window's tests, a plain one for all others."""
    rooms = set(Path(item.path).relative_to(config.rootpath / "tests").parts)
    if not rooms & _QT_ROOMS:
        return {"plain": asyncio.new_event_loop}

    def qt_loop() -> asyncio.AbstractEventLoop:
        import qasync
        from PySide6.QtWidgets import QApplication

        class Loop(qasync.QEventLoop):  # type: ignore[misc]
            def run_until_complete(self, future: Any) -> Any:
                task = asyncio.ensure_future(future, loop=self)
                task.add_done_callback(self._done)
                try:
                    self.run_forever()
                finally:
                    task.remove_done_callback(self._done)
                return task.result()

            def _done(self, _task: object) -> None:
                self.stop()

        app = QApplication.instance() or QApplication([])
        app.setQuitOnLastWindowClosed(False)
        return Loop(app)

    return {"qt": qt_loop}


@pytest_asyncio.fixture(autouse=True)
async def nothing_lost(request: pytest.FixtureRequest) -> AsyncIterator[None]:
    """Fails a test that leaves a task behind or lost an error, and names what it was."""
    loop = asyncio.get_running_loop()
    lost: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: lost.append(context))
    before = asyncio.all_tasks()
    yield
    await asyncio.sleep(0)
    left = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]
    problems = [f"task left running: {task.get_name()} {task.get_coro()!r}" for task in left]
    problems += [f"{context.get('message')}: {context.get('exception')!r}" for context in lost]
    if problems:
        pytest.fail("; ".join(problems))


@pytest.fixture(autouse=True)
def no_thread_left() -> Any:
    """Fails a test that leaves a thread behind that the program would wait for."""
    before = set(threading.enumerate())
    yield
    left = [
        thread
        for thread in set(threading.enumerate()) - before
        if not thread.daemon
        and thread.is_alive()
        and not thread.name.startswith(("asyncio_", "QThread"))
    ]
    for thread in left:
        thread.join(2)
    still = [thread.name for thread in left if thread.is_alive()]
    if still:
        pytest.fail(f"threads left running: {still}")
