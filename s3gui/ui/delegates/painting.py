"""What painted cells share: the background as the style has it, bars with their text inside."""

from typing import cast

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPalette
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionViewItem, QWidget

from s3gui.ui.delegates.colors import ink_on

_ROUND = 4.0
#: Space between a bar's end and its text, in pixels at 100 %.
TEXT_PAD = 6


def paint_background(painter: QPainter, option: QStyleOptionViewItem) -> None:
    """Paints selection and hover, and nothing on it."""
    # None where a test paints into an image; the type stubs say otherwise.
    widget = cast("QWidget | None", option.widget)
    style = widget.style() if widget is not None else QApplication.style()
    style.drawPrimitive(QStyle.PrimitiveElement.PE_PanelItemViewItem, option, painter, widget)


def paint_bar(
    painter: QPainter,
    rect: QRectF,
    fraction: float,
    color: QColor,
    track: QColor,
    texts: tuple[tuple[Qt.AlignmentFlag, str], ...],
    palette: QPalette,
) -> None:
    """A rounded bar, filled by ``fraction`` (0 to 1) from the left.

    Each text stands with its alignment, the vertical one too. Where the bar is filled in part it is
    painted twice, clipped at the edge of the fill: on the fill in the ink that is read on it, on
    the track in the palette's own.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QPainterPath()
    shape.addRoundedRect(rect, _ROUND, _ROUND)
    painter.fillPath(shape, track)
    plain = palette.color(QPalette.ColorRole.Text)
    if fraction <= 0:
        _texts(painter, rect, texts, plain)
    elif fraction >= 1:
        painter.fillPath(shape, color)
        _texts(painter, rect, texts, ink_on(color))
    else:
        edge = rect.x() + rect.width() * fraction
        filled = QRectF(rect)
        filled.setRight(edge)
        painter.setClipRect(filled, Qt.ClipOperation.IntersectClip)
        painter.fillPath(shape, color)
        _texts(painter, rect, texts, ink_on(color))
        rest = QRectF(rect)
        rest.setLeft(edge)
        # Inside what is clipped already the new one would be empty.
        painter.restore()
        painter.save()
        painter.setClipRect(rest, Qt.ClipOperation.IntersectClip)
        _texts(painter, rect, texts, plain)
    painter.restore()


def _texts(
    painter: QPainter,
    rect: QRectF,
    texts: tuple[tuple[Qt.AlignmentFlag, str], ...],
    ink: QColor,
) -> None:
    painter.setPen(ink)
    inner = rect.adjusted(TEXT_PAD, 0, -TEXT_PAD, 0)
    for alignment, text in texts:
        if text:
            painter.drawText(inner, alignment, text)
