"""Figures and states as a terminal shows them; the words are those of the window."""

from datetime import datetime

from s3gui.domain.limits import Rates
from s3gui.domain.text import tr, trc, visible
from s3gui.domain.transfer import State, Transfer
from s3gui.domain.words import (
    duration_words,
    limits_words,
    remarks_text,
    size_words,
    state_word,
    waiting_word,
)


def state_text(transfer: Transfer) -> str:
    """Why it waits, or how it was verified, or else its state."""
    if transfer.waiting is not None and transfer.state is not State.COMPLETED:
        return waiting_word(transfer.waiting, transfer.places)
    return state_word(transfer)


def size_text(n_bytes: float) -> str:
    """``512 B``, ``16.8 MB``, ``84 GB``: decimal units, three figures at most."""
    return size_words(n_bytes, _figure)


def _figure(value: float, digits: int) -> str:
    figure = f"{value:.{digits}f}"
    if "." in figure:
        figure = figure.rstrip("0").rstrip(".")
    return figure.replace(".", trc("decimal separator", "."))


def limits_text(rates: Rates) -> str:
    """``at most 500 kB/s up``; "" where nothing is limited."""
    return limits_words(rates, lambda value: tr("{size}/s").format(size=size_text(value)))


def duration_text(seconds: float) -> str:
    """``45 s``, ``4 min``, ``2 h 5 min``, ``3 d 4 h``."""
    return duration_words(seconds)


def ended_text(transfer: Transfer) -> str:
    """The state of a row that went as it was to go, and what is to be known of it."""
    why = transfer.error.detail if transfer.state is State.SKIPPED and transfer.error else ""
    told = [one for one in (visible(why), remarks_text(transfer)) if one]
    return f"{state_text(transfer)} ({' '.join(told)})" if told else state_text(transfer)


def time_text(when: datetime | None) -> str:
    """``2026-11-22 13:10`` on this machine's clock."""
    return f"{when.astimezone():%Y-%m-%d %H:%M}" if when is not None else ""
