"""Windows over a storage in memory, closed and forgotten after each test."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtCore import QEvent, QLocale
from PySide6.QtWidgets import QApplication
from ui.kit import PROFILE, World, make_world
from ui.records_stage import Stage

from s3gui.domain.profile import Profile
from s3gui.transfers.journal import Journal
from s3gui.ui.main_window import MainWindow
from s3gui.ui.theme import Theme


@pytest.fixture
def english() -> Iterator[None]:
    """Figures as English has them, whatever the machine speaks."""
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    yield
    QLocale.setDefault(before)


@pytest.fixture(autouse=True)
def plain_look(qapp: QApplication) -> Iterator[None]:
    """No test leaves its style sheet to the next."""
    yield
    qapp.setStyleSheet("")


@pytest.fixture
def light(qapp: QApplication) -> Iterator[Theme]:
    """The program's look."""
    theme = Theme(qapp, "light")
    yield theme
    theme.set("light")
    theme.deleteLater()


@pytest.fixture
def world(tmp_path: Path) -> World:
    """One saved connection to an empty storage."""
    return make_world(tmp_path, PROFILE)


@pytest_asyncio.fixture
async def make_window(
    qapp: QApplication, light: Theme, english: None
) -> AsyncIterator[Callable[[World], MainWindow]]:
    """Shows windows; afterwards nothing of them may run on."""
    made: list[tuple[World, MainWindow]] = []

    def make(world: World) -> MainWindow:
        window = MainWindow(world.services, theme=light)
        window.resize(1400, 800)
        window.show()
        made.append((world, window))
        return window

    yield make
    for world, window in made:
        window.close_for_good()
        await world.tasks.cancel_all()
        await world.connections.close_all()
        window.deleteLater()
        assert world.gateway.open_now == 0
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    gc.collect()


Opener = Callable[..., Awaitable[tuple[World, MainWindow]]]


@pytest.fixture
def open_window(make_window: Callable[[World], MainWindow], tmp_path: Path) -> Opener:
    """A window that has started, over a storage that ``fill`` filled."""

    async def opened(
        *profiles: Profile, fill: Callable[[World], None] | None = None
    ) -> tuple[World, MainWindow]:
        world = make_world(tmp_path, *(profiles or (PROFILE,)))
        if fill:
            fill(world)
        window = make_window(world)
        await window.start()
        return world, window

    return opened


@pytest_asyncio.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    journal = Journal(tmp_path / "state")
    await journal.open()
    yield journal
    await journal.close()


@pytest_asyncio.fixture
async def stage(
    journal: Journal, make_window: Callable[[World], MainWindow], tmp_path: Path
) -> AsyncIterator[Stage]:
    world = make_world(tmp_path, PROFILE)
    window = make_window(world)
    await window.start()
    stage = Stage(world, window, journal)
    yield stage
    stage.flow.close()
    stage.pane.close_feed()
    stage.pane.close()
    await world.tasks.cancel_all()
    stage.pane.deleteLater()
    assert stage.verifier.closed
    assert not world.errors
