"""Where a drag hovers, as the Qt at hand takes it."""

from PySide6 import QtCore
from PySide6.QtCore import QPoint, QPointF


def hover(at: QPoint) -> QPoint | QPointF:
    """The place of a drag event; from 6.12 on the one with whole numbers is deprecated."""
    return QPointF(at) if QtCore.__version_info__ >= (6, 12) else at
