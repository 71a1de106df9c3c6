"""Every command of the window once: words, icon, shortcut, and when it can be used."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QActionGroup, QKeySequence

from s3gui.domain.text import tr
from s3gui.ui.icons import icon


@dataclass(frozen=True, slots=True)
class Situation:
    """What the commands ask to know whether they can be used."""

    has_connections: bool = False
    is_open: bool = False
    has_place: bool = False
    in_bucket: bool = False
    can_go_back: bool = False
    can_go_forward: bool = False
    can_go_up: bool = False
    is_listing: bool = False
    rows: int = 0
    selected: int = 0
    clipboard_files: bool = False
    clipboard_objects: bool = False


#: "" when the command can be used, else why not.
Rule = Callable[[Situation], str]


def _needs_bucket(now: Situation) -> str:
    return "" if now.in_bucket else tr("Choose a bucket first.")


def _needs_selection(now: Situation) -> str:
    return "" if now.selected else tr("Nothing is selected.")


def _needs_one(now: Situation) -> str:
    return "" if now.selected == 1 else tr("Select a single object or folder.")


def _paste(now: Situation) -> str:
    if not now.clipboard_files and not now.clipboard_objects:
        return tr("Copy files or objects first.")
    return _needs_bucket(now)


class Actions(QObject):
    """The commands as QActions; menus, the toolbar and context menus all show these."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rules: list[tuple[QAction, Rule]] = []
        self._tips: dict[QAction, str] = {}
        self._make_connection()
        self._make_going()
        self._make_upload()
        self._make_objects()
        self._make_edit()
        self._make_view()
        self.quit = self._add("quit", tr("&Quit"), "door-exit", "Ctrl+Q")
        self.about = self._add("about", tr("&About s3gui"), "info-circle")
        self.update(Situation())

    def _make_connection(self) -> None:
        self.connect_new = self._add("connect", tr("&New connection…"), "plug", "Ctrl+N")
        self.connect_new.setIconText(tr("Connect"))
        self.close_connection = self._add(
            "disconnect",
            tr("&Disconnect"),
            "plug-x",
            rule=lambda now: "" if now.is_open else tr("No connection is open here."),
        )
        self.edit_connection = self._add(
            "editConnection",
            tr("&Edit the connection…"),
            "pencil",
            rule=lambda now: "" if now.has_place else tr("Choose a connection first."),
        )
        self.remove_connection = self._add(
            "removeConnection",
            tr("&Remove the connection…"),
            "trash",
            rule=lambda now: "" if now.has_place else tr("Choose a connection first."),
        )

    def _make_going(self) -> None:
        self.back = self._add(
            "back",
            tr("&Back"),
            "arrow-left",
            "Alt+Left",
            rule=lambda now: "" if now.can_go_back else tr("This is the first place."),
        )
        self.forward = self._add(
            "forward",
            tr("&Forward"),
            "arrow-right",
            "Alt+Right",
            rule=lambda now: "" if now.can_go_forward else tr("This is the last place."),
        )
        self.up = self._add(
            "up",
            tr("&Up"),
            "arrow-up",
            "Alt+Up",
            rule=lambda now: "" if now.can_go_up else tr("This is the top."),
        )
        self.refresh = self._add(
            "refresh",
            tr("&Refresh"),
            "refresh",
            "F5",
            "Ctrl+R",
            rule=lambda now: "" if now.has_place else tr("Nothing is shown yet."),
        )
        self.stop = self._add(
            "stop",
            tr("S&top the listing"),
            "circle-x",
            "Esc",
            rule=lambda now: "" if now.is_listing else tr("Nothing is being listed."),
        )
        self.edit_path = self._add("path", tr("&Go to a place…"), "folder", "Ctrl+L")

    def _make_upload(self) -> None:
        self.upload_files = self._add(
            "uploadFiles", tr("Upload &files…"), "file-upload", "Ctrl+U", rule=_needs_bucket
        )
        self.upload_folder = self._add(
            "uploadFolder", tr("Upload f&older…"), "folder-up", "Ctrl+Shift+U", rule=_needs_bucket
        )
        self.paste = self._add("paste", tr("&Paste"), "clipboard", "Ctrl+V", rule=_paste)

    def _make_objects(self) -> None:
        self.download = self._add(
            "download", tr("Down&load…"), "download", "Ctrl+D", rule=_needs_selection
        )
        self.download.setIconText(tr("Download"))
        self.download_as = self._add(
            "downloadAs", tr("Download &as…"), "file-download", "Ctrl+Shift+D", rule=_needs_one
        )
        self.cut = self._add("cut", tr("Cu&t"), "scissors", "Ctrl+X", rule=_needs_selection)
        self.copy = self._add("copy", tr("&Copy"), "copy", "Ctrl+C", rule=_needs_selection)
        self.copy_to = self._add("copyTo", tr("Copy t&o…"), "copy", rule=_needs_selection)
        self.move_to = self._add(
            "moveTo", tr("&Move to…"), "arrow-move-right", rule=_needs_selection
        )
        self.rename = self._add("rename", tr("Re&name…"), "pencil", "F2", rule=_needs_one)

    def _make_edit(self) -> None:
        self.copy_address = self._add(
            "copyAddress",
            tr("Copy the addr&ess"),
            "clipboard",
            "Ctrl+Shift+C",
            rule=_needs_selection,
        )
        self.select_all = self._add(
            "selectAll",
            tr("Select &all"),
            "list-check",
            "Ctrl+A",
            rule=lambda now: "" if now.rows else tr("There is nothing to select."),
        )
        self.filter = self._add("filter", tr("&Filter"), "filter", "Ctrl+F", rule=_needs_bucket)

    def _make_view(self) -> None:
        self.show_tree = self._toggle("showTree", tr("&Connections"), "layout-navbar", "Ctrl+B")
        self.show_details = self._toggle(
            "showDetails", tr("&Details"), "layout-sidebar-right", "Ctrl+I", "Alt+Return"
        )
        self.show_transfers = self._toggle(
            "showTransfers", tr("&Transfers"), "layout-bottombar", "Ctrl+J"
        )
        self.history = self._add("history", tr("Transfer &history…"), "clock", "Ctrl+H")
        self.verification = self._add("verification", tr("&Verification…"), "list-check")
        self.opens = self._choice(
            "open",
            {
                "details": tr("Shows its &details"),
                "download": tr("Down&loads it"),
                "nothing": tr("Does &nothing"),
            },
        )
        self.themes = self._choice(
            "theme",
            {"system": tr("&System"), "light": tr("&Light"), "dark": tr("&Dark")},
        )
        self.languages = self._choice(
            "language",
            # A language is named in itself, whatever is spoken now.
            {"system": tr("&System"), "en": "English", "ru": "Русский"},
        )

    def _add(
        self, name: str, text: str, drawing: str, *shortcuts: str, rule: Rule | None = None
    ) -> QAction:
        action = QAction(icon(drawing), text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(shortcut) for shortcut in shortcuts])
        words = text.replace("&", "").rstrip("…")
        keys = (
            QKeySequence(shortcuts[0]).toString(QKeySequence.SequenceFormat.NativeText)
            if (shortcuts)
            else ""
        )
        self._tips[action] = f"{words} ({keys})" if keys else words
        action.setToolTip(self._tips[action])
        if rule is not None:
            self._rules.append((action, rule))
        return action

    def _toggle(self, name: str, text: str, drawing: str, *shortcuts: str) -> QAction:
        action = self._add(name, text, drawing, *shortcuts)
        action.setCheckable(True)
        # A menu has one column for both, and the tick says more.
        action.setIconVisibleInMenu(False)
        return action

    def _choice(self, name: str, words: dict[str, str]) -> QActionGroup:
        group = QActionGroup(self)
        for value, text in words.items():
            action = QAction(text, group)
            action.setObjectName(f"{name}-{value}")
            action.setData(value)
            action.setCheckable(True)
        return group

    def update(self, now: Situation) -> None:
        """Enables what can be used; what cannot says why in its tooltip."""
        for action, rule in self._rules:
            why = rule(now)
            action.setEnabled(not why)
            tip = self._tips[action]
            action.setToolTip(f"{tip}\n{why}" if why else tip)
            action.setStatusTip(why)

    @property
    def all(self) -> list[QAction]:
        """Every command."""
        return self.findChildren(QAction)
