"""What a cell of the object table says and draws."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon

from s3gui.domain.location import DELIMITER
from s3gui.domain.text import tr, visible
from s3gui.ui.icons import icon
from s3gui.ui.models.object_columns import ASKED, Column, entry_text, entry_tip, icon_name
from s3gui.ui.theme import Tone

if TYPE_CHECKING:
    from s3gui.ui.models.objects import ObjectsModel


def cell_icon(model: "ObjectsModel", row: int) -> QIcon:
    """A folder, or what the name says the file is."""
    entry = model.entry_at(row)
    if entry is None:
        return icon("folder", Tone.FOLDER)
    return icon(icon_name(entry.key), Tone.MUTED)


def cell_text(model: "ObjectsModel", row: int, column: Column) -> str:
    """What a cell shows, safe to show; "" for what is not known yet."""
    entry = model.entry_at(row)
    if entry is None:
        if column is Column.NAME:
            return visible(model.name_at(row).removesuffix(DELIMITER) or DELIMITER)
        return tr("Folder") if column is Column.TYPE else ""
    if column in ASKED:
        cell = model.cell(entry.key, column)
        return cell.text if cell else ""
    return entry_text(column, entry, model.name_at(row))


def cell_tip(model: "ObjectsModel", row: int, column: Column) -> str:
    """More of what a cell says, "" where there is no more."""
    entry = model.entry_at(row)
    if entry is None:
        return ""
    if column in ASKED:
        cell = model.cell(entry.key, column)
        return cell.tip if cell else ""
    return entry_tip(column, entry, model.name_at(row))
