"""Tells a test that drives the program from outside where things are and what happens to them.

Only made when ``S3GUI_REPORT`` names a file. It reports and never acts: what a test does, it does
with the mouse and the keyboard. One JSON object a line, appended; ``at`` is Unix time in seconds:

* ``start``: ``pid``.
* ``painted``: the first frame of the main window is out; ``modules`` says which of the slow ones
  had been imported by then.
* ``demo``: ``endpoint``, ``access_key``, ``secret_key`` of the embedded storage; nothing else is
  ever reported of a connection's keys.
* ``transfer``: a row was added or changed. ``removed``: ``ids`` of rows that are no more.
* ``progress``: bytes and parts of a row that moves, sampled.
* ``problem``: ``title`` and ``detail`` of an error that belongs to no row.
* ``places``: everything on the screen, written when it changed: ``windows``, each with its
  ``views`` (item views with the rows in sight), ``buttons``, ``fields`` and ``menu`` entries.
  Every ``rect`` is x, y, width, height in pixels of the whole screen.
* ``closed``: the window's last word.

A thing's ``name`` is its objectName (of a button its action's), or else its accessible name.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QMenu,
    QToolButton,
    QWidget,
)

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import TransferCommands
from s3gui.domain.transfer import ACTIVE, Transfer

#: The environment variable that names the file to report to.
VARIABLE = "S3GUI_REPORT"
_SAMPLE_MS = 200
_SLOW_MODULES = ("botocore", "aiobotocore", "keyring")
_MOST_ROWS = 100


class Probe(QObject):
    """Writes what the window and the queue do to a file. Owned by the main window."""

    def __init__(self, window: QWidget, queue: TransferCommands, path: Path) -> None:
        super().__init__(window)
        self._window = window
        self._queue = queue
        # Open for the life of the window; only its owner may read it (the demo's keys are in it).
        self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._places = ""
        self._moved: dict[int, tuple[int, int]] = {}
        self._write("start", pid=os.getpid())
        self._unwatch: Callable[[], None] = queue.watch(self)
        self.transfers_added(queue.transfers)
        self._timer = QTimer(self)
        self._timer.setInterval(_SAMPLE_MS)
        self._timer.timeout.connect(self._on_timer_timeout)
        window.installEventFilter(self)

    def demo(self, endpoint: str, access_key: str, secret_key: str) -> None:
        """Reports how to reach the embedded storage. For ``--demo`` only."""
        self._write("demo", endpoint=endpoint, access_key=access_key, secret_key=secret_key)

    def close(self) -> None:
        """Says that this was all, and lets the file go. Safe to call twice."""
        if self._handle < 0:
            return
        self._timer.stop()
        self._window.removeEventFilter(self)
        self._unwatch()
        self._write("closed")
        os.close(self._handle)
        self._handle = -1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Waits for the window's first frame."""
        if event.type() is QEvent.Type.Paint and not self._timer.isActive():
            self._timer.start()
            # The frame is handed to the screen when this event is over.
            QTimer.singleShot(0, self, self._on_first_frame)
        return super().eventFilter(watched, event)

    def _on_first_frame(self) -> None:
        self._write("painted", modules={name: name in sys.modules for name in _SLOW_MODULES})

    def _on_timer_timeout(self) -> None:
        for transfer in self._queue.transfers:
            now = (transfer.moved, transfer.parts_done)
            if transfer.state in ACTIVE and self._moved.get(transfer.id) != now:
                self._moved[transfer.id] = now
                flying = [
                    [row.part.number, row.moved, row.part.length, row.attempt]
                    for row in transfer.parts_flying
                ]
                self._write("progress", flying=flying, **_numbers(transfer))
        windows = [_window(top) for top in QApplication.topLevelWidgets() if top.isVisible()]
        text = json.dumps(windows, ensure_ascii=False)
        if text != self._places:
            self._places = text
            self._write("places", windows=windows)

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Reports the rows as they are."""
        for transfer in transfers:
            self.transfer_changed(transfer)

    def transfer_changed(self, transfer: Transfer) -> None:
        """Reports a row's state."""
        error = transfer.error
        self._write(
            "transfer",
            state=transfer.state.value,
            waiting=transfer.waiting.value if transfer.waiting else None,
            direction=transfer.direction.value,
            location=str(transfer.location),
            path=str(transfer.path),
            size=transfer.size,
            upload_id=transfer.upload_id,
            etag=transfer.etag,
            verified=transfer.verified.value if transfer.verified else None,
            error=[error.code, error.title, error.detail] if error else None,
            **_numbers(transfer),
        )

    def transfers_removed(self, ids: Collection[int]) -> None:
        """Reports rows that went."""
        self._write("removed", ids=sorted(ids))

    def order_changed(self) -> None:
        """Nothing a test waits for: the order is seen in ``places``."""

    def queue_problem(self, error: S3guiError) -> None:
        """Reports an error of the queue as a whole."""
        self._write("problem", title=error.title, detail=error.detail)

    def _write(self, event: str, **values: object) -> None:
        line = json.dumps({"event": event, "at": time.time(), **values}, ensure_ascii=False)
        # One write a line, surrogates of file names that are not UTF-8 included.
        os.write(self._handle, f"{line}\n".encode(errors="surrogateescape"))


def _numbers(transfer: Transfer) -> dict[str, int]:
    return {
        "id": transfer.id,
        "moved": transfer.moved,
        "parts_done": transfer.parts_done,
        "parts_total": transfer.parts_total,
    }


def _window(top: QWidget) -> dict[str, Any]:
    found: dict[str, Any] = {
        "kind": type(top).__name__,
        "name": top.objectName(),
        "title": top.windowTitle(),
        "active": top.isActiveWindow(),
        "rect": _global(top, top.rect()),
        "views": [],
        "buttons": [],
        "fields": [],
        "menu": [],
    }
    if isinstance(top, QMenu):
        found["menu"] = [
            {
                "name": action.objectName(),
                "text": action.text(),
                "enabled": action.isEnabled(),
                "rect": _global(top, top.actionGeometry(action)),
            }
            for action in top.actions()
            if action.isVisible() and not action.isSeparator()
        ]
    for widget in top.findChildren(QWidget):
        if widget.isVisible() and widget.window() is top:
            _add(found, widget)
    return found


def _add(found: dict[str, Any], widget: QWidget) -> None:
    shown = widget.visibleRegion().boundingRect()
    if shown.isEmpty() or isinstance(widget, QHeaderView):
        return
    entry: dict[str, Any] = {"name": _name(widget), "rect": _global(widget, shown)}
    if isinstance(widget, QAbstractItemView):
        found["views"].append({**entry, "kind": type(widget).__name__, "rows": _rows(widget)})
    elif isinstance(widget, QAbstractButton):
        entry |= {"text": widget.text(), "enabled": widget.isEnabled()}
        found["buttons"].append({**entry, "checked": widget.isChecked()})
    elif isinstance(widget, QLineEdit | QComboBox):
        found["fields"].append({**entry, "enabled": widget.isEnabled()})


def _name(widget: QWidget) -> str:
    if isinstance(widget, QToolButton) and (action := widget.defaultAction()) is not None:
        return action.objectName() or action.text()
    return widget.objectName() or widget.accessibleName()


def _rows(view: QAbstractItemView) -> list[dict[str, Any]]:
    """The rows in sight, from top to bottom, by their first column."""
    rows: list[dict[str, Any]] = []
    height = view.viewport().height()
    y = 0
    while y < height and len(rows) < _MOST_ROWS:
        index = view.indexAt(QPoint(2, y))
        if not index.isValid():
            break
        rect = view.visualRect(index)
        text = index.data(Qt.ItemDataRole.DisplayRole)
        rows.append({"text": str(text), "rect": _global(view.viewport(), rect)})
        y = max(rect.bottom() + 1, y + 1)
    return rows


def _global(widget: QWidget, rect: QRect) -> list[int]:
    corner = widget.mapToGlobal(rect.topLeft())
    return [corner.x(), corner.y(), rect.width(), rect.height()]
