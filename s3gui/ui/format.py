"""Figures as a person reads them: sizes, speeds, times, counts, in the language's own form.

Units are decimal (1 GB is 1 000 000 000 bytes), as providers bill and lines are sold.
"""

from datetime import UTC, datetime

from PySide6.QtCore import QDateTime, QLocale

from s3gui.domain.text import tr, trn
from s3gui.domain.words import duration_words, size_words

#: Narrow no-break space: groups digits in every language, and never breaks a line.
GROUP = "\u202f"
#: No-break space between a figure and its unit.
NBSP = "\u00a0"
#: Shown where there is nothing to show.
NOTHING = "—"

_STEP = 1000


def count_text(n: int) -> str:
    """A whole number with its thousands set apart: ``1 204``."""
    return f"{n:,}".replace(",", GROUP)


def decimal_text(value: float, digits: int = 1) -> str:
    """A number with at most ``digits`` decimals and the language's own decimal separator."""
    text = f"{value:.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    whole, dot, rest = text.partition(".")
    return count_text(int(whole)) + (QLocale().decimalPoint() + rest if dot else "")


def size_text(n_bytes: float) -> str:
    """Bytes in the largest unit that leaves at least 1: ``512 B``, ``16.8 MB``, ``84 GB``."""
    return size_words(n_bytes, decimal_text).replace(" ", NBSP)


def exact_size_text(n_bytes: int) -> str:
    """``84 GB (84 011 223 344 bytes)``; just the bytes where they are few."""
    exact = trn("{count} byte", "{count} bytes", n_bytes).format(count=count_text(n_bytes))
    exact = exact.replace(" ", NBSP)
    if n_bytes < _STEP:
        return exact
    return tr("{size} ({bytes})").format(size=size_text(n_bytes), bytes=exact)


def speed_text(bytes_per_s: float | None) -> str:
    """``96 MB/s``; a dash where it is not known."""
    if bytes_per_s is None:
        return NOTHING
    return tr("{size}/s").format(size=size_text(max(bytes_per_s, 0)))


def duration_text(seconds: float | None) -> str:
    """``45 s``, ``4 min``, ``2 h 5 min``, ``3 d 4 h``; a dash where it is not known."""
    if seconds is None:
        return NOTHING
    return duration_words(seconds, count_text).replace(" ", NBSP)


def percent_text(fraction: float) -> str:
    """``71 %``, rounded down so that 100 % means all of it."""
    whole = int(min(max(fraction, 0.0), 1.0) * 100 + 1e-9)
    return tr("{percent} %").format(percent=whole).replace(" ", NBSP)


def date_text(when: datetime | None) -> str:
    """``22 Nov 2026 13:10`` on this machine's clock; empty where the server told none."""
    if when is None:
        return ""
    return _local_text(when, tr("d MMM yyyy HH:mm"))


def moment_text(when: datetime | None) -> str:
    """``today 13:10``, and the date for any other day; empty where it is not known."""
    if when is None:
        return ""
    if when.astimezone().date() != datetime.now(UTC).astimezone().date():
        return date_text(when)
    return tr("today {time}").format(time=_local_text(when, tr("HH:mm")))


def exact_date_text(when: datetime | None) -> str:
    """``22 Nov 2026 13:10:05 UTC+3``; a dash where the server told none."""
    if when is None:
        return NOTHING
    return _local_text(when, tr("d MMM yyyy HH:mm:ss t"))


def _local_text(when: datetime, pattern: str) -> str:
    # An aware time goes through the epoch: PySide6 drops tzinfo when it converts by itself.
    moment = QDateTime.fromMSecsSinceEpoch(int(when.timestamp() * 1000))
    return QLocale().toString(moment, pattern)
