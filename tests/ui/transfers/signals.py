"""Waits for a Qt signal from a coroutine: pytest-qt's own helper would nest a loop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from PySide6.QtWidgets import QApplication, QWidget

W = TypeVar("W", bound=QWidget)


@asynccontextmanager
async def heard(signal: Any) -> AsyncIterator[None]:
    """Leaves when ``signal`` was emitted after the block began."""
    come: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def on_signal(*_values: object) -> None:
        if not come.done():
            come.set_result(None)

    signal.connect(on_signal)
    try:
        yield
        async with asyncio.timeout(10):
            await come
    finally:
        signal.disconnect(on_signal)


async def until(is_so: Callable[[], bool]) -> None:
    """Lets the loop turn until something holds."""
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110  Qt's own state has no asyncio event
            await asyncio.sleep(0)


async def opened(kind: type[W]) -> W:
    """The visible top-level window of this kind, as soon as there is one."""

    def found() -> list[W]:
        tops = QApplication.topLevelWidgets()
        return [top for top in tops if isinstance(top, kind) and top.isVisible()]

    await until(lambda: bool(found()))
    return found()[0]
