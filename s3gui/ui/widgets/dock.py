"""Docks with a title that is no louder than a heading."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDockWidget, QHBoxLayout, QToolButton, QWidget

from s3gui.domain.text import tr
from s3gui.ui.icons import icon
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ElidedLabel


class _Title(QWidget):
    """Name and a button to hide; the rest is for dragging, which the dock itself does."""

    def __init__(self, dock: QDockWidget, words: str) -> None:
        super().__init__(dock)
        name = ElidedLabel(words, tone=Tone.MUTED)
        font = name.font()
        font.setWeight(font.Weight.DemiBold)
        name.setFont(font)
        name.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        hide = QToolButton()
        hide.setIcon(icon("x", Tone.MUTED))
        hide.setIconSize(QSize(14, 14))
        hide.setStyleSheet("QToolButton{padding:3px}")
        hide.setToolTip(tr("Hide {pane}").format(pane=words))
        hide.setAccessibleName(tr("Hide {pane}").format(pane=words))
        hide.clicked.connect(dock.close)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 4, 4, 6, 4)
        row.addWidget(name, 1)
        row.addWidget(hide)


class Dock(QDockWidget):
    """A pane at the window's edge: it can be moved, floated and hidden."""

    def __init__(self, name: str, words: str, content: QWidget, parent: QWidget) -> None:
        super().__init__(words, parent)
        self.setObjectName(name)
        self.setTitleBarWidget(_Title(self, words))
        self.setWidget(content)
