"""A row of a view that is pressed and pulled begins a drag; the view itself need not know.

Qt's own way asks the model for the flags of every cell that is painted, in Python.
"""

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication


class RowDrag(QObject):
    """Watches the mouse over a view. What is dragged is its selection, which holds the row."""

    #: The hand has moved far enough.
    begun = Signal()

    def __init__(self, view: QAbstractItemView) -> None:
        super().__init__(view)
        self._view = view
        self._pressed: QPoint | None = None
        view.viewport().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lets presses through, and keeps moves with a row in the hand."""
        if not isinstance(event, QMouseEvent):
            return super().eventFilter(watched, event)
        kind = event.type()
        if kind is QEvent.Type.MouseButtonPress:
            self._pressed = self._grip(event)
        elif kind is QEvent.Type.MouseButtonRelease:
            self._pressed = None
        elif kind is QEvent.Type.MouseMove and self._pressed is not None:
            self._on_move(event)
            # The view would change the selection that is being dragged.
            return True
        return super().eventFilter(watched, event)

    def _grip(self, event: QMouseEvent) -> QPoint | None:
        at = event.position().toPoint()
        # With Shift or Ctrl a selection is being made.
        plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier == (
            Qt.KeyboardModifier.NoModifier
        )
        left = event.button() is Qt.MouseButton.LeftButton
        return at if left and plain and self._view.indexAt(at).isValid() else None

    def _on_move(self, event: QMouseEvent) -> None:
        pressed = self._pressed
        if pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self._pressed = None
            return
        far = (event.position().toPoint() - pressed).manhattanLength()
        if far >= QApplication.startDragDistance():
            self._pressed = None
            self.begun.emit()
