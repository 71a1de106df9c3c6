"""Icons: SVG outlines painted in the palette's colours, sharp at any scale, right in any theme.

The drawings are from Tabler Icons (MIT, ``resources/icons/LICENSE``).
"""

from functools import cache, lru_cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer

from s3gui.assets import asset
from s3gui.ui.theme import Tone, tone_color

#: Title bars, trays and switchers at 100 to 200 %: Qt scales a drawing of another size, and blurs.
_PROGRAM_PX = (16, 18, 20, 22, 24, 28, 32, 36, 40, 44, 48, 64, 128, 256)


@cache
def _svg(name: str) -> bytes:
    # Drawn for 24 pixels; at the 18 of a toolbar the lines are a little too loud.
    return (
        asset("icons", f"{name}.svg")
        .read_bytes()
        .replace(b'stroke-width="2"', b'stroke-width="1.8"')
    )


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, width: int, height: int) -> QPixmap:
    """One drawing in device pixels. Kept: an item view paints the same few over and over."""
    pixmap = QPixmap(width, height)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer = QSvgRenderer(_svg(name).replace(b"currentColor", colour.encode()))
    renderer.render(painter, QRectF(0, 0, width, height))
    painter.end()
    return pixmap


class _TintedEngine(QIconEngine):
    """Asks the palette when it paints, so a change of theme needs no new icons."""

    def __init__(self, name: str, tone: Tone) -> None:
        super().__init__()
        self._name = name
        self._tone = tone

    def _colour(self, mode: QIcon.Mode) -> str:
        palette = QGuiApplication.palette()
        if mode is QIcon.Mode.Disabled:
            group, role = QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText
            return palette.color(group, role).name()
        if mode is QIcon.Mode.Selected and self._tone is Tone.PLAIN:
            group, role = QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText
            return palette.color(group, role).name()
        return tone_color(self._tone).name()

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        """Paints at the device's own resolution."""
        scale = painter.device().devicePixelRatioF()
        width, height = round(rect.width() * scale), round(rect.height() * scale)
        painter.drawPixmap(rect, _drawn(self._name, self._colour(mode), width, height))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """The drawing; ``size`` is in device pixels."""
        return _drawn(self._name, self._colour(mode), size.width(), size.height())

    def clone(self) -> QIconEngine:
        """A copy, for an icon that is detached."""
        engine = _TintedEngine(self._name, self._tone)
        _engines.append(engine)
        return engine


#: Keeps the Python halves alive: an icon owns only the C++ half.
_engines: list[_TintedEngine] = []


@cache
def icon(name: str, tone: Tone = Tone.PLAIN) -> QIcon:
    """The icon ``resources/icons/<name>.svg`` in the colour of ``tone``.

    Raises:
        FileNotFoundError: there is no such drawing.
    """
    _svg(name)
    engine = _TintedEngine(name, tone)
    _engines.append(engine)
    return QIcon(engine)


def program_icon() -> QIcon:
    """The program's own icon, in colours of its own."""
    made = QIcon()
    drawing = QSvgRenderer(QByteArray(asset("icons", "s3gui.svg").read_bytes()))
    for size_px in _PROGRAM_PX:
        pixmap = QPixmap(size_px, size_px)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        drawing.render(painter)
        painter.end()
        made.addPixmap(pixmap)
    return made


def paint_icon(painter: QPainter, name: str, where: QPoint, size_px: int, tone: Tone) -> None:
    """Paints an icon in a delegate; ``size_px`` in pixels at 100 %."""
    icon(name, tone).paint(painter, QRect(where, QSize(size_px, size_px)))
