"""What the last run did not read to its end: told at the start, and how it ends."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from s3gui.domain.queueing import Reading, Unread
from s3gui.domain.text import tr
from s3gui.domain.unread_words import unread_words
from s3gui.ui.format import count_text
from s3gui.ui.outcomes import outcome
from s3gui.ui.widgets.message_bar import Message

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow


class ReadingOn(QObject):
    """A message for each folder or list that is read on, until it is over. ``close`` ends that."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._messages = window.pane.messages
        self._queue = window.services.queue
        self._shown: dict[int, Message] = {}
        self._unwatch = self._queue.watch_unread(self._on_news)

    def close(self) -> None:
        """Hears of nothing more."""
        self._unwatch()

    def _on_news(self, unread: Unread) -> None:
        words, message = unread_words(unread, count_text), self._shown.get(unread.id)
        if unread.reading is not Reading.OVER:
            if message is not None:
                self._messages.reword(message, words)
                return
            stop = partial(self._stop, unread)
            said = self._messages.show_choice(words, tr("Leave the rest"), stop, warns=False)
            self._shown[unread.id] = said
            return
        if message is not None:
            self._messages.take_back(self._shown.pop(unread.id))
        if unread.error is not None:
            self._messages.show_error(unread.error)
        elif unread.result is not None:
            came = outcome(unread.result)
            if came.more is not None:
                self._messages.show_warning(f"{words}. {came.text}", came.more)
            else:
                self._messages.show_note(f"{words}. {came.text}")

    def _stop(self, unread: Unread) -> None:
        self._shown.pop(unread.id, None)
        self._queue.stop_reading([unread.id])
