"""States and units in words, for the window and the command line alike.

Digits, separators and spaces stay each one's own: the window has Qt's locale, a terminal has not.
"""

from collections.abc import Callable, Mapping

from s3gui.domain.existing import REMARK_TEXT
from s3gui.domain.integrity import VERIFIED_TEXT
from s3gui.domain.limits import Rates
from s3gui.domain.text import noop, tr, trn
from s3gui.domain.transfer import ACTIVE, Direction, State, Transfer, Waiting

_STEP = 1000
_SIZES = (
    noop("{value} B"),
    noop("{value} kB"),
    noop("{value} MB"),
    noop("{value} GB"),
    noop("{value} TB"),
    noop("{value} PB"),
)
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
    Waiting.DISK_SILENT: noop("Waiting for the disk"),
}
_RUNNING: Mapping[Direction, str] = {
    Direction.UPLOAD: noop("Uploading"),
    Direction.DOWNLOAD: noop("Downloading"),
    Direction.COPY: noop("Copying"),
}
_STATES: Mapping[State, str] = {
    State.QUEUED: noop("Queued"),
    State.FINISHING: noop("Finishing"),
    State.COMPLETED: noop("Stored, not verified"),
    State.PAUSED: noop("Paused"),
    State.FAILED: noop("Failed"),
    State.CANCELLED: noop("Cancelled"),
    State.SKIPPED: noop("Skipped, it is there already"),
}


def waiting_word(reason: Waiting, places: int | None = None) -> str:
    """Why nothing moves; ``places``: how many parts may be in flight all the same."""
    if reason is Waiting.THROTTLED and places is not None:
        return trn(
            "Server asks to slow down, {count} in flight",
            "Server asks to slow down, {count} in flight",
            places,
        ).format(count=places)
    return tr(_WAITING[reason])


def limits_words(rates: Rates, speed: Callable[[float], str]) -> str:
    """``at most 500 kB/s up, 2 MB/s down``; "" where nothing is limited."""
    if rates.up and rates.down:
        return tr("at most {up} up, {down} down").format(up=speed(rates.up), down=speed(rates.down))
    if rates.up:
        return tr("at most {up} up").format(up=speed(rates.up))
    return tr("at most {down} down").format(down=speed(rates.down)) if rates.down else ""


def state_word(transfer: Transfer) -> str:
    """The state alone; of what is stored how it was verified, of what moves which way."""
    if transfer.state is State.COMPLETED and transfer.verified is not None:
        return tr(VERIFIED_TEXT[transfer.verified])
    if transfer.is_comparing and transfer.state in ACTIVE:
        return tr("Comparing both sides")
    if transfer.state is State.RUNNING and transfer.is_move:
        return tr("Moving")
    if transfer.state is State.RUNNING:
        return tr(_RUNNING[transfer.direction])
    return tr(_STATES[transfer.state])


def remarks_text(transfer: Transfer) -> str:
    """What is to be known of it beside how it was verified, in sentences; "" for nothing."""
    return " ".join(f"{tr(REMARK_TEXT[remark])}." for remark in transfer.remarks)


def size_words(n_bytes: float, figure: Callable[[float, int], str]) -> str:
    """Bytes in the largest decimal unit that leaves at least 1, three figures at most.

    Args:
        n_bytes: how many.
        figure: writes a number with at most so many decimals.
    """
    value, unit = float(n_bytes), 0
    while unit < len(_SIZES) - 1 and round(value, _digits(value, unit)) >= _STEP:
        value /= _STEP
        unit += 1
    return tr(_SIZES[unit]).format(value=figure(value, _digits(value, unit)))


def _digits(value: float, unit: int) -> int:
    """Three figures are enough, and bytes have no halves."""
    return 0 if unit == 0 or value >= 99.95 else 1


def duration_words(seconds: float, count: Callable[[int], str] = str) -> str:
    """``45 s``, ``4 min``, ``2 h 5 min``, ``3 d 4 h``; ``count`` writes how many days."""
    total = max(round(seconds), 0)
    if total < _MINUTE_S:
        return tr("{seconds} s").format(seconds=total)
    if total < _HOUR_S:
        return tr("{minutes} min").format(minutes=round(total / _MINUTE_S))
    if total < _DAY_S:
        return tr("{hours} h {minutes} min").format(
            hours=total // _HOUR_S, minutes=total % _HOUR_S // _MINUTE_S
        )
    return tr("{days} d {hours} h").format(
        days=count(total // _DAY_S), hours=total % _DAY_S // _HOUR_S
    )
