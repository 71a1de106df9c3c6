"""What was cut is pale until it is pasted, something else is copied, or Esc takes it back."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from ui.conftest import Opener
from ui.looking import browse, names, row_of, showcase
from ui.test_downloads import chosen, select
from ui.transfers.signals import until

from s3gui.domain.location import Location
from s3gui.ui.main_window import MainWindow
from s3gui.ui.theme import Theme


def cut_now(window: MainWindow) -> list[str]:
    return [name for name in names(window) if window.pane.table.is_cut(row_of(window, name))]


def contrast_in(window: MainWindow, name: str) -> int:
    """How far the darkest and the lightest pixel of a name are apart."""
    table = window.pane.table
    table.clearSelection()
    table.setCurrentIndex(window.pane.model.index(-1, -1))
    index = window.pane.model.index(row_of(window, name), 0)
    table.scrollTo(index)
    rect = table.visualRect(index)
    image: QImage = table.viewport().grab(rect.adjusted(30, 2, -2, -2)).toImage()
    pixels = [
        QColor(image.pixel(x, y)).lightness()
        for x in range(image.width())
        for y in range(image.height())
    ]
    return max(pixels) - min(pixels)


@pytest.mark.parametrize("setting", ["light", "dark"])
async def test_cut_rows_are_pale_and_only_they(
    open_window: Opener, light: Theme, setting: str
) -> None:
    light.set(setting)
    _world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md", "daily")
    before = contrast_in(window, "readme.md")
    select(window, "readme.md", "daily")
    window.does.cut.trigger()
    await until(lambda: sorted(cut_now(window)) == ["daily", "readme.md"])
    assert contrast_in(window, "readme.md") < 0.75 * before
    other = next(name for name in names(window) if name not in {"readme.md", "daily"})
    assert contrast_in(window, other) > 0.75 * before
    await browse(window, "footage")
    assert cut_now(window) == []
    await browse(window, "backups")
    assert sorted(cut_now(window)) == ["daily", "readme.md"]


async def test_pasting_ends_it(open_window: Opener) -> None:
    world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.cut.trigger()
    await until(lambda: cut_now(window) == ["readme.md"])
    window.command_flow.objects.copying.paste("p1", Location("footage"))
    await until(lambda: bool(world.queue.asked))
    assert cut_now(window) == []


@pytest.mark.parametrize("other", ["copy", "text"])
async def test_anything_else_that_is_copied_ends_it(open_window: Opener, other: str) -> None:
    _world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.cut.trigger()
    await until(lambda: cut_now(window) == ["readme.md"])
    if other == "copy":
        window.does.copy.trigger()
    else:
        QGuiApplication.clipboard().setText("from elsewhere")
    await until(lambda: cut_now(window) == [])


async def test_esc_takes_it_back(open_window: Opener) -> None:
    _world, window = await open_window(fill=showcase)
    await chosen(window, "readme.md")
    window.does.copy.trigger()
    QTest.keyClick(window.pane.table, Qt.Key.Key_Escape)
    # What was only copied can still be pasted.
    assert window.command_flow.objects.copying.has_kept
    window.does.cut.trigger()
    await until(lambda: cut_now(window) == ["readme.md"])
    QTest.keyClick(window.pane.table, Qt.Key.Key_Escape)
    await until(lambda: cut_now(window) == [])
    assert not window.command_flow.objects.copying.has_kept
    await until(lambda: not window.does.paste.isEnabled())
