"""The icon in the desktop's tray: the window may be closed and the work goes on."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from s3gui.domain.text import tr
from s3gui.ui.icons import icon

_NAME = "s3gui"
_LOOK_MS = 1_000
#: A panel that is started anew is away for a moment; one that crashed is away for good.
_MISSED = 4


def tray_available() -> bool:
    """Whether this desktop has a tray to go to."""
    return QSystemTrayIcon.isSystemTrayAvailable()


class Tray(QObject):
    """Icon, tooltip with what is going on, and a menu. Made only where ``tray_available``."""

    show_requested = Signal()
    pause_all_requested = Signal()
    resume_all_requested = Signal()
    quit_requested = Signal()
    #: The desktop has no tray any more: nobody can see the icon, nor come back by it.
    lost = Signal()

    def __init__(self, window_icon: QIcon, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._menu = QMenu()
        show = self._menu.addAction(icon("eye"), tr("Show s3gui"))
        show.triggered.connect(self.show_requested)
        self._pause = self._menu.addAction(icon("player-pause"), tr("Pause all transfers"))
        self._pause.triggered.connect(self.pause_all_requested)
        self._resume = self._menu.addAction(icon("player-play"), tr("Resume all transfers"))
        self._resume.triggered.connect(self.resume_all_requested)
        self._menu.addSeparator()
        leave = self._menu.addAction(icon("door-exit"), tr("Quit"))
        leave.triggered.connect(self.quit_requested)
        self._icon = QSystemTrayIcon(window_icon, self)
        self._icon.setContextMenu(self._menu)
        self._icon.activated.connect(self._on_icon_activated)
        self._icon.messageClicked.connect(self.show_requested)
        self._missed = 0
        # Qt tells nobody that a tray went.
        self._looking = QTimer(self, interval=_LOOK_MS)
        self._looking.timeout.connect(self._on_looking_timeout)
        self.tell("")
        self.offer(pause=False, resume=False)

    @property
    def menu(self) -> QMenu:
        """What a right click opens."""
        return self._menu

    @property
    def tip(self) -> str:
        """What the pointer is told."""
        return self._icon.toolTip()

    def show(self) -> None:
        """Puts the icon into the tray."""
        self._icon.show()
        self._looking.start()

    def hide(self) -> None:
        """Takes it out again, soon.

        Not at once: hiding deletes the icon's own window (X11), which may be the one whose click is
        being answered right now.
        """
        self._looking.stop()
        self._menu.close()
        QTimer.singleShot(0, self._icon, self._icon.hide)

    def tell(self, summary: str) -> None:
        """Says under the pointer how things go; for ``TransfersModel.summary_changed``."""
        self._icon.setToolTip(f"{_NAME} · {summary}" if summary else _NAME)

    def offer(self, *, pause: bool, resume: bool) -> None:
        """Says what there is to do for the two commands."""
        self._pause.setEnabled(pause)
        self._resume.setEnabled(resume)

    def announce(self, title: str, text: str) -> None:
        """Shows a message beside the tray, where the desktop has such."""
        self._icon.showMessage(title, text, self._icon.icon())

    def _on_icon_activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        clicks = QSystemTrayIcon.ActivationReason
        if reason in {clicks.Trigger, clicks.DoubleClick}:
            self.show_requested.emit()

    def _on_looking_timeout(self) -> None:
        self._missed = 0 if tray_available() else self._missed + 1
        if self._missed >= _MISSED:
            self._looking.stop()
            self.lost.emit()
