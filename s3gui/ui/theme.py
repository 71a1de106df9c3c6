"""The look: Fusion with two palettes of our own and a small style sheet; follows the desktop."""

from dataclasses import dataclass
from enum import Enum
from functools import cache

from PySide6.QtCore import QDir, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from s3gui.assets import asset

#: Pixels at 100 %; the one place where distances are set.
SPACE = 8
ROW_HEIGHT = 28
ICON = 18
RADIUS = 6


class Tone(Enum):
    """What a colour means. Icons and delegates ask for a meaning, never for a colour."""

    PLAIN = "plain"
    MUTED = "muted"
    ACCENT = "accent"
    FOLDER = "folder"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    #: The empty part of a bar.
    TRACK = "track"
    #: Hairlines.
    LINE = "line"


@dataclass(frozen=True, slots=True)
class _Look:
    palette: dict[str, str]
    disabled: str
    inactive_highlight: str
    tones: dict[Tone, str]


_LIGHT = _Look(
    palette={
        "Window": "#f6f7f9", "WindowText": "#1d2129", "Base": "#ffffff", "AlternateBase": "#f8f9fb",
        "Text": "#1d2129", "Button": "#ffffff", "ButtonText": "#1d2129", "ToolTipBase": "#1d2129",
        "ToolTipText": "#f6f7f9", "PlaceholderText": "#79808c", "Highlight": "#d6e4ff",
        "HighlightedText": "#10203f", "Link": "#1a56db", "LinkVisited": "#1a56db",
        "BrightText": "#c4271b", "Mid": "#d5d9e0", "Light": "#ffffff", "Midlight": "#e9ecf0",
        "Dark": "#c3c8d0", "Shadow": "#9aa0a8", "Accent": "#2f6fed",
    },
    disabled="#9aa0ab",
    inactive_highlight="#e4e8ee",
    tones={
        Tone.PLAIN: "#1d2129", Tone.MUTED: "#667080", Tone.ACCENT: "#2f6fed",
        Tone.FOLDER: "#3f7be8", Tone.OK: "#1a7f4b", Tone.WARN: "#a15c00", Tone.BAD: "#c4271b",
        Tone.TRACK: "#e1e5eb", Tone.LINE: "#d5d9e0",
    },
)  # fmt: skip
_DARK = _Look(
    palette={
        "Window": "#1f2125", "WindowText": "#e4e6ea", "Base": "#17181b", "AlternateBase": "#1b1d20",
        "Text": "#e4e6ea", "Button": "#2a2d33", "ButtonText": "#e4e6ea", "ToolTipBase": "#34383f",
        "ToolTipText": "#f0f1f3", "PlaceholderText": "#8a919d", "Highlight": "#263f6e",
        "HighlightedText": "#f2f5fb", "Link": "#7fb0ff", "LinkVisited": "#7fb0ff",
        "BrightText": "#ff7a70", "Mid": "#363a41", "Light": "#3a3d44", "Midlight": "#2d3036",
        "Dark": "#4a4f58", "Shadow": "#646a75", "Accent": "#4a86f7",
    },
    disabled="#6d737d",
    inactive_highlight="#2c3037",
    tones={
        Tone.PLAIN: "#e4e6ea", Tone.MUTED: "#98a0ad", Tone.ACCENT: "#4a86f7",
        Tone.FOLDER: "#6ea0fb", Tone.OK: "#4fc283", Tone.WARN: "#e5a54b", Tone.BAD: "#ff7a70",
        Tone.TRACK: "#34383f", Tone.LINE: "#363a41",
    },
)  # fmt: skip

_SHEET = """
QMainWindow::separator{background:palette(mid);width:1px;height:1px}
QMainWindow::separator:hover{background:palette(accent)}
QToolBar{border:0;border-bottom:1px solid palette(mid);padding:4px 6px;spacing:2px}
QToolBar::separator{background:palette(mid);width:1px;margin:5px 5px}
QToolButton{border:0;border-radius:6px;padding:5px 7px}
QToolButton:hover{background:palette(midlight)}
QToolButton:pressed,QToolButton:checked{background:palette(mid)}
QToolButton:focus{background:palette(midlight)}
QToolButton[popupMode="1"]{padding-right:22px}
QToolButton[popupMode="2"]{padding-right:18px}
QToolButton::menu-button{border:0;border-radius:6px;width:18px}
QToolButton::menu-button:hover{background:palette(mid)}
QToolButton::menu-arrow,QToolButton::menu-indicator,QComboBox::down-arrow{
image:url(s3gui:chevron-grey.svg);width:12px;height:12px}
QToolButton::menu-indicator{subcontrol-position:right center;subcontrol-origin:padding;right:4px}
QComboBox::drop-down{border:0;width:24px}
QTreeView,QListView,QTableView{border:0;background:palette(base);outline:0}
PairsTable{border:1px solid palette(mid);border-radius:6px;gridline-color:palette(mid)}
QTreeView::item,QListView::item{height:27px}
QHeaderView{background:palette(base);border:0}
QHeaderView::section{border:0;border-bottom:1px solid palette(mid);padding:6px 5px;
background:palette(base);color:palette(placeholder-text)}
QHeaderView::section:hover{background:palette(midlight)}
QLineEdit,QPlainTextEdit,QComboBox,QAbstractSpinBox{border:1px solid palette(mid);
border-radius:6px;padding:4px 8px;background:palette(base);
selection-background-color:palette(accent);selection-color:#ffffff}
QLineEdit:focus,QPlainTextEdit:focus,QComboBox:focus,QAbstractSpinBox:focus{
border-color:palette(accent)}
QLineEdit#value,QAbstractSpinBox QLineEdit{border:0;padding:0;background:transparent}
QAbstractSpinBox QLineEdit{padding-left:5px}
QTableView QLineEdit{border-radius:0;padding:0 2px}
QLineEdit:disabled,QAbstractSpinBox:disabled{background:palette(window)}
QAbstractSpinBox{padding-right:20px}
QAbstractSpinBox::up-button,QAbstractSpinBox::down-button{border:0;width:20px;
subcontrol-origin:border}
QAbstractSpinBox::up-button{subcontrol-position:top right;margin:2px 2px 0 0}
QAbstractSpinBox::down-button{subcontrol-position:bottom right;margin:0 2px 2px 0}
QAbstractSpinBox::up-button:hover,QAbstractSpinBox::down-button:hover{background:palette(midlight)}
QAbstractSpinBox::up-arrow{image:url(s3gui:chevron-up-grey.svg);width:10px;height:10px}
QAbstractSpinBox::down-arrow{image:url(s3gui:chevron-grey.svg);width:10px;height:10px}
QPushButton{border:1px solid palette(mid);border-radius:6px;padding:5px 14px;
background:palette(button)}
QPushButton:hover{background:palette(midlight)}
QPushButton:focus{border-color:palette(accent)}
QPushButton:default{background:palette(accent);color:#ffffff;border-color:palette(accent)}
QPushButton:default:focus{border-color:palette(window-text)}
QPushButton:disabled{background:palette(window);color:palette(placeholder-text);
border-color:palette(mid)}
QProgressBar{border:0;border-radius:2px;background:palette(mid);text-align:center}
QProgressBar::chunk{background:palette(accent);border-radius:2px}
QCheckBox::indicator,QRadioButton::indicator{width:14px;height:14px;
border:1px solid palette(placeholder-text);background:palette(base)}
QCheckBox::indicator{border-radius:4px}
QRadioButton::indicator{border-radius:8px}
QCheckBox::indicator:hover,QRadioButton::indicator:hover{border-color:palette(accent)}
QCheckBox::indicator:checked{background:palette(accent);border-color:palette(accent);image:url(s3gui:tick.svg)}
QRadioButton::indicator:checked{width:6px;height:6px;border:5px solid palette(accent);
background:#ffffff}
QCheckBox::indicator:disabled,QRadioButton::indicator:disabled{border-color:palette(mid)}
QStatusBar{border-top:1px solid palette(mid)}
QStatusBar::item{border:0}
QMenu{border:1px solid palette(mid);padding:4px}
QMenu::item{padding:5px 24px 5px 10px;border-radius:4px}
QMenu::item:selected{background:palette(highlight);color:palette(highlighted-text)}
QMenu::item:disabled{color:palette(placeholder-text)}
QMenu::icon{padding-left:8px}
QMenu::separator{height:1px;background:palette(mid);margin:4px 6px}
QScrollBar:vertical{border:0;background:transparent;width:11px;margin:0}
QScrollBar:horizontal{border:0;background:transparent;height:11px;margin:0}
QScrollBar::handle{background:palette(dark);border-radius:3px;margin:2px}
QScrollBar::handle:vertical{min-height:32px}
QScrollBar::handle:horizontal{min-width:32px}
QScrollBar::handle:hover{background:palette(shadow)}
QScrollBar::add-line,QScrollBar::sub-line{width:0;height:0}
QScrollBar::add-page,QScrollBar::sub-page{background:transparent}
QAbstractScrollArea::corner{background:transparent}
#hairline{background:palette(mid)}
QTabWidget::pane{border:0;border-top:1px solid palette(mid)}
QTabBar::tab{border:0;border-bottom:2px solid transparent;padding:7px 8px;
color:palette(placeholder-text)}
QTabBar::tab:selected{color:palette(window-text);border-bottom-color:palette(accent)}
QTabBar::tab:hover{color:palette(window-text)}
QTabBar::tab:focus{background:palette(midlight)}
"""
# palette(...) in a sheet knows no tooltips: it would say the window's ground. And Qt paints the
# tray's messages pale yellow in any look.
_TIP_SHEET = """QToolTip{{border:0;padding:4px 6px;background:{ground};color:{text}}}
QBalloonTip QLabel{{color:#1d2129}}
"""


class Theme(QObject):
    """Holds the application's palette: as set (light, dark) or as the desktop has it (system)."""

    changed = Signal()

    def __init__(self, app: QApplication, setting: str = "system") -> None:
        super().__init__(app)
        self._app = app
        self._setting = setting
        QDir.addSearchPath("s3gui", str(asset("icons")))
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._on_scheme_changed)
        self._apply()

    @property
    def setting(self) -> str:
        """``"system"``, ``"light"`` or ``"dark"``."""
        return self._setting

    @property
    def is_dark(self) -> bool:
        """What is shown now."""
        if self._setting == "system":
            return self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        return self._setting == "dark"

    def set(self, setting: str) -> None:
        """Changes to ``"system"``, ``"light"`` or ``"dark"`` at once."""
        self._setting = setting
        self._apply()

    def _on_scheme_changed(self) -> None:
        if self._setting == "system":
            self._apply()

    def _apply(self) -> None:
        # A sheet resolves palette(...) when it is set, and widgets under one do not follow a new
        # palette: the sheet goes, the palette comes, the sheet is set anew.
        self._app.setStyleSheet("")
        made = palette(dark=self.is_dark)
        self._app.setPalette(made)
        tip = _TIP_SHEET.format(
            ground=made.toolTipBase().color().name(), text=made.toolTipText().color().name()
        )
        self._app.setStyleSheet(_SHEET + tip)
        self.changed.emit()


def palette(*, dark: bool) -> QPalette:
    """The palette of one of the two looks, all groups filled."""
    look = _DARK if dark else _LIGHT
    made = QPalette()
    for name, colour in look.palette.items():
        made.setColor(QPalette.ColorRole[name], QColor(colour))
    for role in ("WindowText", "Text", "ButtonText"):
        made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole[role], QColor(look.disabled))
    for group in (QPalette.ColorGroup.Inactive, QPalette.ColorGroup.Disabled):
        made.setColor(group, QPalette.ColorRole.Highlight, QColor(look.inactive_highlight))
        made.setColor(group, QPalette.ColorRole.HighlightedText, QColor(look.palette["Text"]))
    return made


def is_new_look(event: QEvent) -> bool:
    """Whether a ``changeEvent`` means that what was drawn in a tone has to be drawn again."""
    return event.type() in {QEvent.Type.PaletteChange, QEvent.Type.StyleChange}


def tone_color(tone: Tone) -> QColor:
    """The colour of a meaning in the look that is shown now."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return QColor(_tone_color(tone, window.lightness() < 128))


@cache
def _tone_color(tone: Tone, dark: bool) -> QColor:
    return QColor((_DARK if dark else _LIGHT).tones[tone])
