"""What a cell of the transfers table shows, in each of the roles that views ask for."""

from typing import Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon

from s3gui.domain.queueing import Rate
from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction, Transfer
from s3gui.ui.icons import icon
from s3gui.ui.models.batches import Batch
from s3gui.ui.models.transfer_columns import COLUMNS, Column
from s3gui.ui.models.transfer_words import state_look, state_text
from s3gui.ui.theme import Tone, tone_color
from s3gui.ui.tooltips import tooltip

#: Gives the ``Transfer`` of a row; for delegates and the pane.
TRANSFER_ROLE = Qt.ItemDataRole.UserRole + 1
#: Gives the ``CellLook`` of a cell: all that paints it, in one question.
LOOK_ROLE = Qt.ItemDataRole.UserRole + 2
ROLES = frozenset(
    {
        TRANSFER_ROLE,
        LOOK_ROLE,
        *(
            int(role)
            for role in (
                Qt.ItemDataRole.DisplayRole,
                Qt.ItemDataRole.DecorationRole,
                Qt.ItemDataRole.ForegroundRole,
                Qt.ItemDataRole.ToolTipRole,
                Qt.ItemDataRole.TextAlignmentRole,
                Qt.ItemDataRole.AccessibleTextRole,
                Qt.ItemDataRole.AccessibleDescriptionRole,
            )
        ),
    }
)
_ARROWS = {
    Direction.UPLOAD: ("arrow-narrow-up", Tone.ACCENT),
    Direction.DOWNLOAD: ("arrow-narrow-down", Tone.ACCENT),
    Direction.COPY: ("copy", Tone.ACCENT),
}
_CENTRE = Qt.AlignmentFlag.AlignVCenter
_RIGHT, _LEFT = Qt.AlignmentFlag.AlignRight | _CENTRE, Qt.AlignmentFlag.AlignLeft | _CENTRE
_MUTED = frozenset({Column.DESTINATION, Column.SIZE, Column.PARTS})


class CellLook(NamedTuple):
    """A cell as it is painted; ``color`` is ``None`` for the palette's own."""

    text: str
    alignment: Qt.AlignmentFlag
    color: QColor | None
    icon: QIcon | None


def cell(transfer: Transfer, rate: Rate, column: Column, role: int) -> Any:
    """What a cell answers; the speed is that of the last sample."""
    spec = COLUMNS[column]
    match role:
        case _Role.look:
            ink = _ink(transfer, column)
            text, side = spec.text(transfer, rate), alignment(spec.is_figure)
            return CellLook(text, side, ink, _decoration(transfer, column))
        case _Role.transfer:
            return transfer
        case _Role.text:
            return spec.text(transfer, rate)
        case _Role.tip:
            return tooltip(spec.tip(transfer))
        case _Role.side:
            return alignment(spec.is_figure)
        case _Role.ink:
            return _ink(transfer, column)
        case _Role.picture:
            return _decoration(transfer, column)
    return _spoken(transfer, column, role)


def header_cell(column: Column, role: int) -> Any:
    """What the title of a column answers."""
    spec = COLUMNS[column]
    if role == Qt.ItemDataRole.DisplayRole:
        return tr(spec.title)
    return alignment(spec.is_figure) if role == Qt.ItemDataRole.TextAlignmentRole else None


def batch_cell(batch: Batch | None, role: int) -> Any:
    """What was asked for together with a row, as a cell of it answers; ``None``: it came alone."""
    label = batch.label() if batch is not None else ""
    match role:
        case _Role.look:
            return CellLook(label, _LEFT, tone_color(Tone.MUTED), None)
        case _Role.text:
            return label
        case _Role.tip:
            return tooltip(label)
        case _Role.side:
            return _LEFT
        case _Role.ink:
            return tone_color(Tone.MUTED)
    return None


class _Role:
    """Roles as the plain numbers that Qt asks with."""

    look = int(LOOK_ROLE)
    transfer = int(TRANSFER_ROLE)
    text = int(Qt.ItemDataRole.DisplayRole)
    tip = int(Qt.ItemDataRole.ToolTipRole)
    side = int(Qt.ItemDataRole.TextAlignmentRole)
    ink = int(Qt.ItemDataRole.ForegroundRole)
    picture = int(Qt.ItemDataRole.DecorationRole)


def _spoken(transfer: Transfer, column: Column, role: int) -> str | None:
    spoken = COLUMNS[column].spoken
    if role == Qt.ItemDataRole.AccessibleTextRole and spoken is not None:
        return spoken(transfer)
    if role == Qt.ItemDataRole.AccessibleDescriptionRole and column is Column.NAME:
        return state_text(transfer)
    return None


def alignment(is_figure: bool) -> Qt.AlignmentFlag:
    """Figures stand on the right, and their titles too."""
    return _RIGHT if is_figure else _LEFT


def _decoration(transfer: Transfer, column: Column) -> QIcon | None:
    if column is Column.NAME:
        return icon(*_ARROWS[transfer.direction])
    if column is Column.STATE:
        name, tone = state_look(transfer)
        return icon(name, tone) if name else None
    return None


def _ink(transfer: Transfer, column: Column) -> QColor | None:
    if column is Column.STATE:
        tone = state_look(transfer)[1]
    elif column in _MUTED:
        tone = Tone.MUTED
    else:
        return None
    return None if tone is Tone.PLAIN else tone_color(tone)
