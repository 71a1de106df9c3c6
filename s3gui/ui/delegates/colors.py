"""The colours that mean something in the transfers pane, for a light and for a dark window.

Hues from the Okabe-Ito set, which stays distinct for people who do not tell red from green; what
matters (failed, on the way) differs in lightness and shape as well.
"""

from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor, QPalette

from s3gui.domain.transfer import PartState, State

#: Below this lightness of the base (of 255) the window is a dark one.
_DARK = 128

#: The order is the code of a state in a part map.
PART_STATES = (
    PartState.WAITING,
    PartState.HASHING,
    PartState.SENDING,
    PartState.SENT,
    PartState.DONE,
    PartState.FAILED,
)


@dataclass(frozen=True, slots=True)
class Shades:
    """One theme's colours."""

    #: The cells of a part map.
    cells: dict[PartState, QColor]
    #: The cap of a cell that was tried again.
    again: QColor
    #: The bar of a part: deeper, for there is text on it.
    parts: dict[PartState, QColor]
    bars: dict[State, QColor]
    #: The empty part of a bar; lets the row's own colour through.
    track: QColor


def is_dark(palette: QPalette) -> bool:
    """Whether ``palette`` is that of a dark window."""
    return palette.color(QPalette.ColorRole.Base).lightness() < _DARK


def shades_for(palette: QPalette) -> Shades:
    """The colours that go with ``palette``."""
    return _shades(is_dark(palette))


@cache
def _shades(dark: bool) -> Shades:
    table = _DARK_SHADES if dark else _LIGHT_SHADES
    color = {name: QColor(value) for name, value in table.items()}
    return Shades(
        cells={
            PartState.WAITING: color["waiting"],
            PartState.HASHING: color["hashing_cell"],
            PartState.SENDING: color["busy_cell"],
            PartState.SENT: color["sent_cell"],
            PartState.DONE: color["done_cell"],
            PartState.FAILED: color["failed_cell"],
        },
        again=color["again_cell"],
        parts={
            PartState.WAITING: color["idle"],
            PartState.HASHING: color["idle"],
            PartState.SENDING: color["busy"],
            PartState.SENT: color["sent"],
            PartState.DONE: color["done"],
            PartState.FAILED: color["failed"],
        },
        bars={
            State.QUEUED: color["idle"],
            State.RUNNING: color["busy"],
            State.FINISHING: color["sent"],
            State.COMPLETED: color["done"],
            State.PAUSED: color["idle"],
            State.FAILED: color["failed"],
            State.CANCELLED: color["idle"],
            State.SKIPPED: color["idle"],
        },
        track=color["waiting"],
    )


_LIGHT_SHADES = {
    "waiting": "#24203050",
    "hashing_cell": "#b98ad9",
    "busy_cell": "#2f6fed",
    "sent_cell": "#4fb3e8",
    "done_cell": "#169b72",
    "failed_cell": "#d5480b",
    "again_cell": "#e8a200",
    "idle": "#697280",
    "busy": "#2a66de",
    "sent": "#1c78ad",
    "done": "#11805d",
    "failed": "#c0400a",
}
_DARK_SHADES = {
    "waiting": "#2ce0e8ff",
    "hashing_cell": "#a679c9",
    "busy_cell": "#4a86f7",
    "sent_cell": "#67c3f3",
    "done_cell": "#1fae82",
    "failed_cell": "#f2682c",
    "again_cell": "#f4c842",
    "idle": "#646d7b",
    "busy": "#346fe0",
    "sent": "#1c78ad",
    "done": "#14805e",
    "failed": "#c4470f",
}


def ink_on(color: QColor) -> QColor:
    """Black or white, whichever is read better on ``color`` (WCAG relative luminance)."""
    return _ink_on(color.rgba())


@cache
def _ink_on(rgba: int) -> QColor:
    color = QColor.fromRgba(rgba)
    channels = (color.redF(), color.greenF(), color.blueF())
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in channels
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    against_white = 1.05 / (luminance + 0.05)
    against_black = (luminance + 0.05) / 0.05
    return QColor("#ffffff" if against_white >= against_black else "#0c0e12")
