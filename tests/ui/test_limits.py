"""The limit in the window: chosen in the toolbar, typed in the dialog, told in the status bar."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import pytest_asyncio
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication
from ui.kit import PROFILE, World, make_world
from ui.transfers.fake_queue import FakeQueue, make
from ui.transfers.signals import opened, until

from s3gui import settings as stored
from s3gui.domain.limits import NO_LIMIT, Hours, Rates
from s3gui.domain.transfer import State, Waiting
from s3gui.settings import Settings
from s3gui.ui.dialogs.limit import LimitDialog
from s3gui.ui.main_window import MainWindow
from s3gui.ui.theme import Theme
from s3gui.ui.widgets.limit_button import OFFERED
from s3gui.ui.widgets.transfers_pane import TransfersPane

NIGHT = Hours(22 * 60, 6 * 60, Rates(3_000_000, 0), frozenset({5, 6}))


@dataclass
class Scene:
    window: MainWindow
    pane: TransfersPane
    queue: FakeQueue
    world: World

    def offers(self) -> dict[str, QAction]:
        menu = self.pane.limit.menu()
        menu.aboutToShow.emit()
        return {action.text().replace("\u00a0", " "): action for action in menu.actions()}

    def marked(self) -> list[str]:
        return [text for text, action in self.offers().items() if action.isChecked()]

    def in_force(self, rates: Rates) -> None:
        """What the engine does when the hour has come."""
        self.queue.limits = rates
        for watcher in list(self.queue.limit_watchers):
            watcher(rates)


@pytest_asyncio.fixture
async def scene(
    qapp: QApplication, light: Theme, english: None, tmp_path: Path
) -> AsyncIterator[Scene]:
    world = make_world(tmp_path, PROFILE)
    queue = FakeQueue()
    services = replace(world.services, queue=queue)
    pane = TransfersPane(queue, world.tasks)
    window = MainWindow(services, transfers_pane=pane, theme=light)
    window.resize(1400, 900)
    window.show()
    yield Scene(window, pane, queue, world)
    window.close_for_good()
    pane.close_feed()
    assert queue.limit_watchers == []
    await world.tasks.cancel_all()
    await world.connections.close_all()
    window.deleteLater()


async def test_a_speed_of_the_menu_is_set_at_once_and_kept(scene: Scene) -> None:
    told: list[Settings] = []
    scene.window.settings_changed.connect(told.append)
    assert scene.marked() == ["No limit"]
    offers = scene.offers()
    assert "1 MB/s" in offers
    assert len(offers) == 1 + len(OFFERED) + 3  # and a line, and two ways to the dialog
    offers["1 MB/s"].trigger()
    assert told[-1].limits == Rates(1_000_000, 1_000_000)
    assert scene.marked() == ["1 MB/s"]
    await until(lambda: not scene.world.tasks.running)
    assert stored.load(scene.window.services.state_dir).limits == told[-1].limits
    scene.offers()["No limit"].trigger()
    assert told[-1].limits == NO_LIMIT


async def test_the_hours_are_switched_on_and_a_speed_switches_them_off(scene: Scene) -> None:
    assert "By the hours of the day" not in scene.offers()
    hours = replace(scene.window.settings, limit_hours=(NIGHT,), limit_up_bytes_s=400_000)
    scene.window.change_settings(hours)
    assert scene.marked() == ["At most 400 kB/s up"]
    scene.offers()["By the hours of the day"].trigger()
    assert scene.window.settings.limit_by_hours
    assert scene.marked() == ["By the hours of the day"]
    scene.offers()["5 MB/s"].trigger()
    assert not scene.window.settings.limit_by_hours
    assert scene.window.settings.limit_hours == (NIGHT,)


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        (Rates(500_000, 2_000_000), "Speed: at most 500 kB/s up, 2 MB/s down"),
        (Rates(0, 250_000), "Speed: at most 250 kB/s down"),
    ],
)
async def test_what_is_in_force_is_told_in_words(scene: Scene, rates: Rates, words: str) -> None:
    status = scene.window.status.limit
    assert not status.isVisible()
    scene.in_force(rates)
    assert status.isVisible()
    assert status.full_text.replace("\u00a0", " ") == words
    assert scene.pane.limit.toolTip().replace("\u00a0", " ") == words
    scene.in_force(NO_LIMIT)
    assert not status.isVisible()
    assert scene.pane.limit.toolTip() == "Speed: no limit"


async def test_a_limit_that_was_typed_is_set(scene: Scene) -> None:
    scene.offers()["Other limit…"].trigger()
    dialog = await opened(LimitDialog)
    assert (dialog.up.text(), dialog.by_hours.isChecked()) == ("no limit", False)
    dialog.up.setValue(300)
    dialog.accept()
    await until(lambda: not scene.world.tasks.running)
    assert scene.window.settings.limits == Rates(300_000, 0)
    assert not scene.window.settings.limit_by_hours


async def test_a_dialog_that_is_left_changes_nothing(scene: Scene) -> None:
    before = scene.window.settings
    scene.offers()["Hours of the day…"].trigger()
    dialog = await opened(LimitDialog)
    dialog.up.setValue(300)
    dialog.reject()
    await until(lambda: not scene.world.tasks.running)
    assert scene.window.settings == before


async def test_hours_are_offered_changed_added_and_removed(scene: Scene) -> None:
    scene.offers()["Hours of the day…"].trigger()
    dialog = await opened(LimitDialog)
    assert dialog.by_hours.isChecked()
    (row,) = dialog.rows
    assert row.hours == Hours(480, 1080, Rates(1_000_000, 1_000_000), frozenset(range(5)))
    row.up.setValue(64)
    row.down.setValue(0)
    dialog.add.click()
    dialog.add.click()
    assert len(dialog.rows) == 3
    dialog.rows[1].days.setCurrentIndex(dialog.rows[1].days.findText("Saturday and Sunday"))
    dialog.rows[2].remove.click()
    dialog.accept()
    await until(lambda: not scene.world.tasks.running)
    kept = scene.window.settings
    assert kept.limit_by_hours
    assert kept.limit_hours == (
        Hours(480, 1080, Rates(64_000, 0), frozenset(range(5))),
        Hours(480, 1080, Rates(64_000, 0), frozenset({5, 6})),
    )


async def test_hours_of_any_days_are_shown_as_they_are(qapp: QApplication, light: Theme) -> None:
    odd = Hours(1, 1439, Rates(1024, 0), frozenset({0, 2}))
    given = Settings(limit_by_hours=True, limit_hours=(NIGHT, odd), limit_down_bytes_s=70_000)
    dialog = LimitDialog(None, given)
    assert dialog.rows[1].days.currentText() == "Monday, Wednesday"
    assert dialog.settings.limit_hours[0] == NIGHT
    assert dialog.settings.limit_hours[1].days == odd.days
    assert dialog.settings.limits == given.limits
    while dialog.rows:
        dialog.rows[0].remove.click()
    assert not dialog.settings.limit_by_hours
    dialog.deleteLater()


async def test_what_the_server_leaves_in_flight_is_told(scene: Scene) -> None:
    slow, other = make(1, state=State.RUNNING), make(2, state=State.RUNNING)
    scene.queue.add(slow, other)
    slow.wait_for(Waiting.THROTTLED, places=4)
    badge = scene.window.status.slowed
    await until(badge.isVisible)
    assert badge.accessibleName() == "Server asks to slow down, 4 in flight"
    slow.wait_for(Waiting.THROTTLED, places=2)
    await until(lambda: badge.accessibleName().endswith("2 in flight"))
    slow.wait_for(None)
    await until(lambda: not badge.isVisible())
