"""A toolbar that gives up words before it gives up buttons."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QToolBar, QToolButton, QWidget


class FittingToolBar(QToolBar):
    """Texts beside the icons while there is room; then ``shrinks`` in their order without.

    A button shrinks to its icon (its tooltip has the words), any other action is hidden.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._shrinks: Sequence[QAction] = ()

    def set_shrinks(self, shrinks: Sequence[QAction]) -> None:
        """Says who gives way, the first first."""
        self._shrinks = tuple(shrinks)
        self._fit(self.width())

    def narrow(self, action: QAction) -> None:
        """Leaves this one without its words always: its picture says it all."""
        self._set_wide(action, wide=False)

    def name_buttons(self) -> None:
        """Reads them out by their words also where those are not shown; Tab goes through them."""
        direct = Qt.FindChildOption.FindDirectChildrenOnly
        for button in self.findChildren(QToolButton, options=direct):
            button.setAccessibleName(button.text().replace("&", "").rstrip("…"))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def refit(self) -> None:
        """To be called when a widget in it grew or shrank."""
        self._fit(self.width())

    def minimumSizeHint(self) -> QSize:
        """Narrow: what is then left over goes into the toolbar's own menu."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fits the buttons to the new width."""
        self._fit(event.size().width())
        super().resizeEvent(event)

    def _fit(self, room: int) -> None:
        for action in self._shrinks:
            self._set_wide(action, wide=True)
        for action in self._shrinks:
            if self.sizeHint().width() <= room:
                return
            self._set_wide(action, wide=False)

    def _set_wide(self, action: QAction, *, wide: bool) -> None:
        button = self.widgetForAction(action)
        style = Qt.ToolButtonStyle
        if isinstance(button, QToolButton):
            button.setToolButtonStyle(
                style.ToolButtonTextBesideIcon if wide else style.ToolButtonIconOnly
            )
        else:
            action.setVisible(wide)
