"""Asks what becomes of rows whose destination is taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QCheckBox, QTreeWidget, QTreeWidgetItem, QWidget

from s3gui.domain.origin import IfExists
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Direction, Transfer
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.choices import ChoicesDialog, Offer
from s3gui.ui.format import NOTHING, count_text, date_text, size_text
from s3gui.ui.theme import SPACE
from s3gui.ui.widgets.labels import plain_label

#: So many rows are shown; the rest is counted.
_SHOWN = 200
_LIST_ROWS = 5


@dataclass(frozen=True, slots=True)
class Decided:
    """What was chosen, and whether for what comes of the same batch, too."""

    policy: IfExists
    for_batch: bool


class ConflictDialog(ChoicesDialog[IfExists]):
    """What exists, beside what would take its place, and the ways on."""

    def __init__(self, parent: QWidget | None, rows: Sequence[Transfer]) -> None:
        """Asks about ``rows``; at least one."""
        text = trn("{count} object exists already", "{count} objects exist already", len(rows))
        if all(row.direction is Direction.DOWNLOAD for row in rows):
            text = trn("{count} file exists already", "{count} files exist already", len(rows))
        super().__init__(
            parent, tr("It exists already"), text.format(count=count_text(len(rows))), _offers()
        )
        self.setMinimumWidth(560)
        self.body.insertWidget(1, _listing(rows, self))
        self.body.insertSpacing(2, SPACE)
        if len(rows) > _SHOWN:
            more = tr("and {count} more").format(count=count_text(len(rows) - _SHOWN))
            self.body.insertWidget(2, plain_label(more, self))
        self.for_batch = QCheckBox(tr("Also for what is still to come of this &batch"), self)
        self.for_batch.setChecked(True)
        self.add_below(self.for_batch)

    @property
    def decided(self) -> Decided:
        """The choice as it is marked now."""
        return Decided(self.choice, self.for_batch.isChecked())


def _offers() -> list[Offer[IfExists]]:
    return [
        Offer(IfExists.SKIP, tr("Skip"), tr("What is there stays as it is.")),
        Offer(IfExists.OVERWRITE, tr("Overwrite"), tr("What is there is replaced.")),
        Offer(IfExists.RENAME, tr("Keep both"), tr("Yours gets a free name: name (1).txt.")),
        Offer(
            IfExists.NEWER,
            tr("Overwrite what is older"),
            tr("What is newer than yours, or as old, stays."),
        ),
        Offer(
            IfExists.CONTENT,
            tr("Overwrite what differs"),
            tr("Yours are read and compared with the checksums that are known."),
        ),
    ]


def _listing(rows: Sequence[Transfer], parent: QWidget) -> QTreeWidget:
    tree = QTreeWidget(parent)
    tree.setAccessibleName(tr("What exists already"))
    tree.setRootIsDecorated(False)
    tree.setUniformRowHeights(True)
    tree.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
    tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
    tree.setHeaderLabels([tr("Name"), tr("Yours"), tr("There"), tr("There since")])
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    for row in rows[:_SHOWN]:
        there = row.there
        known = there is not None and there.size is not None
        cells = [
            visible(row.location.name, 200),
            size_text(row.size),
            size_text(there.size) if known and there and there.size is not None else NOTHING,
            date_text(there.modified) if there is not None and there.modified else NOTHING,
        ]
        item = QTreeWidgetItem(cells)
        item.setToolTip(0, visible(str(row.location), 400))
        for column in (1, 2, 3):
            item.setTextAlignment(column, right)
        tree.addTopLevelItem(item)
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    for column, alignment in enumerate((left, right, right, right)):
        tree.headerItem().setTextAlignment(column, alignment)
        if column:
            tree.resizeColumnToContents(column)
            tree.setColumnWidth(column, tree.columnWidth(column) + 2 * SPACE)
    header = tree.header()
    header.setStretchLastSection(False)
    header.setSectionResizeMode(0, header.ResizeMode.Stretch)
    # Before that it knows nothing of the heights in the style sheet.
    tree.ensurePolished()
    height = min(len(rows), _LIST_ROWS) * tree.sizeHintForRow(0)
    tree.setFixedHeight(height + header.sizeHint().height() + 2 * tree.frameWidth())
    return tree


async def ask_conflicts(parent: QWidget | None, rows: Sequence[Transfer]) -> Decided | None:
    """Asks; ``None`` when the rows are to go on waiting."""
    dialog = ConflictDialog(parent, rows)
    accepted = await ask(dialog)
    return dialog.decided if accepted else None
