"""A dialog that is as high as its words need at its width, also when they change."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QDialog, QLabel, QWidget

#: Else a wrapped label asks for the lines that it would have in a much narrower dialog.
_ANY_HEIGHT = 1


class FittingDialog(QDialog):
    """``fit`` has to be called when a text or what is shown of it has changed."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # What was changed is laid out first.
        self._later = QTimer(self, interval=0, singleShot=True)
        self._later.timeout.connect(self._on_timeout)

    def fit(self) -> None:
        """Takes the height that the content has at this width, soon."""
        self._later.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Is right from its first frame on."""
        for label in self.findChildren(QLabel):
            if label.wordWrap():
                label.setMinimumHeight(_ANY_HEIGHT)
        super().showEvent(event)
        self._on_timeout()

    def _on_timeout(self) -> None:
        layout = self.layout()
        if layout is None or not self.isVisible():
            return
        layout.activate()
        height = layout.totalHeightForWidth(self.width())
        self.setMinimumHeight(height)
        self.resize(self.width(), height)
