"""Figures and states in words for a terminal. The window has its own, made with Qt's locale."""

from collections.abc import Mapping
from datetime import datetime

from s3gui.domain.integrity import VERIFIED_TEXT
from s3gui.domain.text import noop, tr, trc
from s3gui.domain.transfer import State, Transfer, Waiting

_STEP = 1000
_MINUTE_S = 60
_HOUR_S = 3600
_DAY_S = 86400

_WAITING: Mapping[Waiting, str] = {
    Waiting.NETWORK: noop("Waiting for the network"),
    Waiting.THROTTLED: noop("Server asks to slow down"),
    Waiting.CREDENTIALS: noop("Sign in again"),
    Waiting.SOURCE_CHANGED: noop("The file changed"),
    Waiting.CONFLICT: noop("An object of that name is there"),
    Waiting.OUTCOME_UNKNOWN: noop("Asking the server whether it is stored"),
    Waiting.DISK_FULL: noop("The disk is full"),
}
_STATES: Mapping[State, str] = {
    State.QUEUED: noop("Queued"),
    State.RUNNING: noop("Uploading"),
    State.FINISHING: noop("Finishing"),
    State.COMPLETED: noop("Stored, not verified"),
    State.PAUSED: noop("Paused"),
    State.FAILED: noop("Failed"),
    State.CANCELLED: noop("Cancelled"),
}


def state_text(transfer: Transfer) -> str:
    """Why it waits, or how it was verified, or else its state."""
    if transfer.state is State.COMPLETED and transfer.verified is not None:
        return tr(VERIFIED_TEXT[transfer.verified])
    if transfer.waiting is not None and transfer.state is not State.COMPLETED:
        return tr(_WAITING[transfer.waiting])
    return tr(_STATES[transfer.state])


def size_text(n_bytes: float) -> str:
    """``512 B``, ``16.8 MB``, ``84 GB``: decimal units, three figures at most."""
    units = (
        tr("{value} B"),
        tr("{value} kB"),
        tr("{value} MB"),
        tr("{value} GB"),
        tr("{value} TB"),
        tr("{value} PB"),
    )
    value, unit = float(n_bytes), 0
    while unit < len(units) - 1 and round(value, _digits(value, unit)) >= _STEP:
        value /= _STEP
        unit += 1
    figure = f"{value:.{_digits(value, unit)}f}"
    if "." in figure:
        figure = figure.rstrip("0").rstrip(".")
    return units[unit].format(value=figure.replace(".", trc("decimal separator", ".")))


def _digits(value: float, unit: int) -> int:
    return 0 if unit == 0 or value >= 99.95 else 1


def duration_text(seconds: float) -> str:
    """``45 s``, ``4 min``, ``2 h 5 min``, ``3 d 4 h``."""
    total = max(round(seconds), 0)
    if total < _MINUTE_S:
        return tr("{seconds} s").format(seconds=total)
    if total < _HOUR_S:
        return tr("{minutes} min").format(minutes=total // _MINUTE_S)
    if total < _DAY_S:
        return tr("{hours} h {minutes} min").format(
            hours=total // _HOUR_S, minutes=total % _HOUR_S // _MINUTE_S
        )
    return tr("{days} d {hours} h").format(days=total // _DAY_S, hours=total % _DAY_S // _HOUR_S)


def time_text(when: datetime | None) -> str:
    """``2026-11-22 13:10`` on this machine's clock."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}" if when is not None else ""
