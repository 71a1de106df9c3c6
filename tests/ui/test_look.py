"""Palettes and icons."""

import asyncio

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QToolTip
from ui.conftest import Opener
from ui.looking import browse, showcase
from ui.transfers.signals import until

from s3gui.assets import asset
from s3gui.ui.icons import icon, program_icon
from s3gui.ui.theme import Theme, Tone, palette, tone_color
from s3gui.ui.widgets.labels import ToneLabel


def _contrast(one: QColor, other: QColor) -> float:
    """WCAG 2 contrast ratio."""

    def luminance(colour: QColor) -> float:
        channels = (colour.redF(), colour.greenF(), colour.blueF())
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("WindowText", "Window"),
        ("Text", "Base"),
        ("Text", "AlternateBase"),
        ("ButtonText", "Button"),
        ("HighlightedText", "Highlight"),
        ("ToolTipText", "ToolTipBase"),
    ],
)
def test_text_can_be_read(qapp: QApplication, dark: bool, text: str, ground: str) -> None:
    made = palette(dark=dark)
    role = QPalette.ColorRole
    assert _contrast(made.color(role[text]), made.color(role[ground])) >= 7


@pytest.mark.qt_log_ignore("^This plugin does not support raise")
@pytest.mark.parametrize("setting", ["light", "dark"])
def test_a_tooltip_can_be_read_as_it_is_drawn(
    light: Theme, qapp: QApplication, setting: str
) -> None:
    light.set(setting)
    QToolTip.showText(QPoint(10, 10), "Words")
    tips = [top for top in qapp.topLevelWidgets() if top.metaObject().className() == "QTipLabel"]
    (picture,) = [tip.grab().toImage() for tip in tips if tip.isVisible()]
    QToolTip.hideText()
    ground = picture.pixelColor(2, 2)
    best = max(
        _contrast(picture.pixelColor(x, y), ground)
        for x in range(picture.width())
        for y in range(picture.height())
    )
    assert ground == qapp.palette().toolTipBase().color()
    assert best >= 7


@pytest.mark.parametrize("setting", ["light", "dark"])
@pytest.mark.parametrize("tone", [Tone.MUTED, Tone.OK, Tone.WARN, Tone.BAD, Tone.PLAIN])
def test_a_tone_can_be_read(light: Theme, qapp: QApplication, setting: str, tone: Tone) -> None:
    light.set(setting)
    for ground in (QPalette.ColorRole.Base, QPalette.ColorRole.Window):
        assert _contrast(tone_color(tone), qapp.palette().color(ground)) >= 4.5


def test_the_theme_is_changed_at_once_and_said(light: Theme, qapp: QApplication) -> None:
    told: list[bool] = []
    light.changed.connect(lambda: told.append(light.is_dark))
    light.set("dark")
    assert told == [True]
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() < 60
    light.set("light")
    assert qapp.palette().color(QPalette.ColorRole.Window).lightness() > 200


def _ink(pixmap: QPixmap) -> QColor:
    """The strongest colour drawn."""
    image = pixmap.toImage()
    points = [(x, y) for x in range(image.width()) for y in range(image.height())]
    return max((image.pixelColor(*point) for point in points), key=QColor.alpha)


def test_an_icon_follows_the_theme_and_the_mode(light: Theme) -> None:
    drawn = icon("bucket")
    size = QSize(32, 32)
    assert _ink(drawn.pixmap(size)).lightness() < 80
    normal = _ink(drawn.pixmap(size)).name()
    assert _ink(drawn.pixmap(size, QIcon.Mode.Disabled)).name() != normal
    light.set("dark")
    assert _ink(drawn.pixmap(size)).lightness() > 180


def test_an_icon_is_sharp_at_two_hundred_per_cent(light: Theme) -> None:
    pixmap = icon("upload").pixmap(QSize(18, 18), 2.0)
    assert pixmap.size() == QSize(36, 36)
    assert pixmap.devicePixelRatio() == 2.0


def test_a_drawing_that_is_not_there_is_an_error_at_once(qapp: QApplication) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-drawing")


def test_the_licence_of_the_drawings_lies_beside_them() -> None:
    assert "MIT" in asset("icons", "LICENSE").read_text(encoding="utf-8")


async def test_a_window_that_is_open_changes_in_all_its_parts(
    open_window: Opener, light: Theme
) -> None:
    _, window = await open_window(fill=showcase)
    await browse(window, "backups")
    window.pane.table.selectRow(4)
    await until(lambda: bool(window.details.facts))
    light.set("dark")
    await asyncio.sleep(0)
    image = window.grab().toImage()
    bright = [
        (x, y)
        for x in range(0, image.width(), 9)
        for y in range(0, image.height(), 9)
        if image.pixelColor(x, y).lightness() > 235
    ]
    # Letters and icons are bright in the dark, grounds are not.
    assert len(bright) < 0.02 * image.width() * image.height() / 81
    for label in window.findChildren(ToneLabel):
        ink = label.palette().color(QPalette.ColorRole.WindowText)
        assert ink == tone_color(label._tone), label.text()
    picture = window.details._picture.pixmap()
    assert _ink(picture).name() == tone_color(Tone.MUTED).name()


@pytest.mark.parametrize("size_px", [16, 20, 22, 24, 32, 44, 48])
def test_the_programs_icon_is_drawn_and_not_scaled_where_trays_and_title_bars_show_it(
    qapp: QApplication, size_px: int
) -> None:
    assert QSize(size_px, size_px) in program_icon().availableSizes()
