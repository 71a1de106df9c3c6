"""What was cut stays pale until it is pasted, something else is copied, or Esc takes it back."""

import asyncio
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from s3gui.ui.models.picked import Picked

if TYPE_CHECKING:
    from s3gui.ui.main_window import MainWindow

#: So many are noted in one turn of the loop, a few milliseconds.
_STEP = 20_000


class CutRows(QObject):
    """Marks rows of the table wherever the person goes meanwhile."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._w = window
        self._of: Picked | None = None
        self._keys: AbstractSet[str] = frozenset()
        self._noting: asyncio.Task[None] | None = None
        window.browsing.place_changed.connect(self._mark)

    def show(self, picked: Picked) -> None:
        """Marks these and no others; of a million not all at once."""
        self.clear()
        self._of = picked
        self._noting = self._w.services.tasks.start(self._note(picked), name="marking what is cut")

    def clear(self) -> None:
        """Nothing is cut any more."""
        if self._noting is not None:
            self._noting.cancel()
            self._noting = None
        self._of, self._keys = None, frozenset()
        self._mark()

    def close(self) -> None:
        """Notes nothing any more."""
        if self._noting is not None:
            self._noting.cancel()

    async def _note(self, picked: Picked) -> None:
        keys = set(picked.folders)
        for first in range(0, len(picked.objects), _STEP):
            keys.update(one.key for one in picked.objects[first : first + _STEP])
            await asyncio.sleep(0)
        self._keys = keys
        self._mark()

    def _mark(self) -> None:
        place, of = self._w.place, self._of
        is_here = (
            of is not None
            and place is not None
            and place.location is not None
            and (place.profile_id, place.location) == (of.profile_id, of.place)
        )
        self._w.pane.table.mark_cut(self._keys if is_here else frozenset())
