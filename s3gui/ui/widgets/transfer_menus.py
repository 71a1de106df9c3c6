"""What the menus of the transfers pane hold beside its commands."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QMenu, QTableView

from s3gui.domain.errors import S3guiError
from s3gui.domain.text import tr
from s3gui.domain.transfer import Direction, State, Transfer, Waiting
from s3gui.ui.icons import icon
from s3gui.ui.models.transfer_columns import COLUMNS
from s3gui.ui.widgets.menus import passing_menu


def columns_menu(table: QTableView) -> QMenu:
    """Which columns are shown, to change; it goes when it is closed."""
    menu = passing_menu(table)
    header = table.horizontalHeader()
    for column, spec in COLUMNS.items():
        action = menu.addAction(tr(spec.title))
        action.setCheckable(True)
        action.setChecked(not header.isSectionHidden(column))
        # The name stays: a table without it says nothing.
        action.setEnabled(bool(column))
        action.toggled.connect(
            lambda shown, column=column: header.setSectionHidden(column, not shown)
        )
    return menu


def add_decision(
    menu: QMenu, transfers: Sequence[Transfer], decide: Callable[[list[Transfer]], None]
) -> None:
    """What can be done with rows whose destination is taken."""
    rows = [
        one
        for one in transfers
        if one.state is State.SKIPPED
        or (one.waiting is Waiting.CONFLICT and one.state in {State.PAUSED, State.FAILED})
    ]
    if rows:
        action = menu.addAction(icon("alert-triangle"), tr("Decide what becomes of it…"))
        action.triggered.connect(lambda: decide(rows))


def add_singular(
    menu: QMenu,
    transfer: Transfer,
    show_place: Callable[[Transfer], None],
    show_details: Callable[[], None],
) -> None:
    """What can be done with one row only."""
    down = transfer.direction is Direction.DOWNLOAD
    if down:
        _add_opening(menu, transfer)
    if transfer.direction is not Direction.COPY:
        path = menu.addAction(icon("clipboard"), tr("Copy path"))
        path.triggered.connect(lambda: _copy(str(transfer.path)))
    address = tr("Copy address of the object") if down else tr("Copy destination")
    target = menu.addAction(icon("clipboard"), address)
    target.triggered.connect(lambda: _copy(str(transfer.location)))
    place = menu.addAction(icon("bucket"), tr("Show in bucket"))
    place.triggered.connect(lambda: show_place(transfer))
    details = menu.addAction(icon("alert-circle"), tr("Show error details…"))
    details.setEnabled(transfer.error is not None)
    details.triggered.connect(show_details)
    menu.addSeparator()


def _add_opening(menu: QMenu, transfer: Transfer) -> None:
    """A file that is whole can be opened; its folder always."""
    path = transfer.path
    file = menu.addAction(icon("external-link"), tr("Open file"))
    file.setEnabled(transfer.state is State.COMPLETED)
    file.triggered.connect(lambda: open_path(path))
    folder = menu.addAction(icon("folder"), tr("Open folder"))
    folder.triggered.connect(lambda: open_path(path.parent))


def open_path(path: Path) -> None:
    """Has the desktop open a file or a folder with what it has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def problem_of(transfer: Transfer) -> S3guiError:
    """The error of a row, as the dialog for errors takes it."""
    note = transfer.error
    if note is None:
        raise ValueError(transfer.id)
    return S3guiError(
        note.title, note.detail, note.hint, code=note.code, request_id=note.request_id
    )


def _copy(text: str) -> None:
    # A surrogate of a name that is not UTF-8 cannot leave the program.
    QGuiApplication.clipboard().setText(text.encode(errors="replace").decode())
