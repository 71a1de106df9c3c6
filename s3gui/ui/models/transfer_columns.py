"""The columns of the transfers table: what each is called, shows, and how it stands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from s3gui.domain.queueing import Rate
from s3gui.domain.text import noop, tr, visible
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.ui.format import (
    duration_text,
    exact_size_text,
    percent_text,
    size_text,
    speed_text,
)
from s3gui.ui.models.transfer_words import (
    PRIORITIES,
    fraction_of,
    parts_sentence,
    parts_text,
    state_details,
    state_sentence,
    state_text,
)


class Column(IntEnum):
    """The columns, from left to right."""

    NAME = 0
    DESTINATION = 1
    SIZE = 2
    PROGRESS = 3
    MAP = 4
    SPEED = 5
    LEFT = 6
    PARTS = 7
    STATE = 8
    PRIORITY = 9
    BATCH = 10


#: Shown when a person asks for them.
HIDDEN_AT_FIRST = frozenset({Column.PRIORITY, Column.BATCH})


def name_of(transfer: Transfer) -> str:
    """What is moved: the file's name, of a download or a copy that of the object it is made of."""
    return visible(_source_name(transfer))


def _source_name(transfer: Transfer) -> str:
    if transfer.direction is Direction.UPLOAD:
        return transfer.path.name
    return transfer.origin.location.name if transfer.origin else transfer.location.name


def source_of(transfer: Transfer) -> str:
    """Where it comes from, in full."""
    if transfer.direction is Direction.UPLOAD:
        return visible(str(transfer.path))
    return visible(str(transfer.origin.location if transfer.origin else transfer.location))


def target_of(transfer: Transfer) -> str:
    """Where it goes, in full."""
    down = transfer.direction is Direction.DOWNLOAD
    return visible(str(transfer.path if down else transfer.location))


def destination_of(transfer: Transfer) -> str:
    """Where it goes: the prefix or folder, and the new name only where it is another."""
    if transfer.direction is Direction.DOWNLOAD:
        same = transfer.path.name == transfer.location.name
        return visible(str(transfer.path.parent if same else transfer.path))
    same = _source_name(transfer) == transfer.location.name
    return visible(str(transfer.location.parent if same else transfer.location))


def _progress(transfer: Transfer, _rate: Rate) -> str:
    return percent_text(fraction_of(transfer))


def _speed(transfer: Transfer, rate: Rate) -> str:
    return speed_text(rate.bytes_per_s) if _moves(transfer) else ""


def _left(transfer: Transfer, rate: Rate) -> str:
    return duration_text(rate.left_s) if _moves(transfer) else ""


def _moves(transfer: Transfer) -> bool:
    return transfer.state is State.RUNNING and transfer.waiting is None


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column. Texts take the row and its sampled speed."""

    title: str
    text: Callable[[Transfer, Rate], str]
    tip: Callable[[Transfer], str] = lambda _transfer: ""
    #: Pixels at 100 %: where there is room, and how far it may shrink.
    width: int = 100
    least: int = 60
    #: Where there is no room, the lowest shrink first.
    order: int = 9
    is_figure: bool = False
    #: Read out where the cell is painted and shows no text.
    spoken: Callable[[Transfer], str] | None = None


COLUMNS: Mapping[Column, ColumnSpec] = {
    Column.NAME: ColumnSpec(
        noop("Name"),
        lambda transfer, _rate: name_of(transfer),
        source_of,
        width=190,
        least=150,
        order=7,
    ),
    Column.DESTINATION: ColumnSpec(
        noop("Destination"),
        lambda transfer, _rate: destination_of(transfer),
        target_of,
        width=180,
        least=90,
        order=1,
    ),
    Column.SIZE: ColumnSpec(
        noop("Size"),
        lambda transfer, _rate: size_text(transfer.size),
        lambda transfer: exact_size_text(transfer.size),
        width=80,
        least=74,
        is_figure=True,
    ),
    Column.PROGRESS: ColumnSpec(
        noop("Progress"),
        _progress,
        lambda transfer: tr("{moved} of {size}").format(
            moved=exact_size_text(transfer.moved), size=exact_size_text(transfer.size)
        ),
        width=130,
        least=84,
        order=3,
    ),
    Column.MAP: ColumnSpec(
        noop("Part map"),
        lambda _transfer, _rate: "",
        width=150,
        least=84,
        order=2,
        spoken=parts_sentence,
    ),
    Column.SPEED: ColumnSpec(noop("Speed"), _speed, width=88, least=84, is_figure=True),
    Column.LEFT: ColumnSpec(noop("Time left"), _left, width=88, least=78, is_figure=True),
    Column.PARTS: ColumnSpec(
        noop("Parts"),
        lambda transfer, _rate: parts_text(transfer),
        parts_sentence,
        width=100,
        least=92,
        is_figure=True,
    ),
    Column.STATE: ColumnSpec(
        noop("State"),
        lambda transfer, _rate: state_sentence(transfer),
        lambda transfer: state_details(transfer) or state_text(transfer),
        width=250,
        least=130,
        order=5,
    ),
    Column.PRIORITY: ColumnSpec(
        noop("Priority"),
        lambda transfer, _rate: tr(PRIORITIES[transfer.priority]),
        width=84,
        least=70,
        order=4,
    ),
    # What is said of a batch is counted by the model: see ``transfer_cells.batch_cell``.
    Column.BATCH: ColumnSpec(
        noop("Batch"), lambda _transfer, _rate: "", width=230, least=150, order=0
    ),
}
