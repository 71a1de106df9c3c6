"""Which transfers are shown and in what order: words to look for, states, a column to sort by."""

from collections.abc import Callable, Collection, Generator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.ui.models.arranging import sort_steps
from s3gui.ui.models.transfer_columns import Column
from s3gui.ui.models.transfer_words import fraction_of, state_text

#: What one step looks at; a few milliseconds.
_STEP = 1_000
#: Yields between steps and returns the rows to show.
Steps = Generator[None, None, list[Transfer]]

_STATES = {state: place for place, state in enumerate(State)}
_KEYS: dict[Column, Callable[[Transfer], Any]] = {
    Column.NAME: lambda one: one.path.name.casefold() or one.location.name.casefold(),
    Column.DESTINATION: lambda one: _target(one).casefold(),
    Column.SIZE: lambda one: one.size,
    Column.PROGRESS: fraction_of,
    Column.PARTS: lambda one: one.parts_total,
    Column.PRIORITY: lambda one: -one.priority.value,
    Column.STATE: lambda one: (_STATES[one.state], one.waiting is not None),
}
#: Columns that rows can be sorted by; the others change while one looks.
SORTABLE = frozenset(_KEYS) | {Column.BATCH}


@dataclass(slots=True)
class TransferSearch:
    """Every word has to stand in a row's path, its place on the server, its batch or its state."""

    text: str = ""
    #: Empty: all.
    states: frozenset[State] = frozenset()
    directions: frozenset[Direction] = frozenset()
    #: "": of any batch.
    batch: str = ""
    #: ``None``: the queue's own order.
    column: Column | None = None
    descending: bool = False
    _words: tuple[str, ...] = ()
    #: What can be found in a row beside its state, by its id; made when it is first looked for.
    _texts: dict[int, str] = field(default_factory=dict)
    #: Words of states, as many as there are different ones.
    _state_texts: dict[tuple[object, ...], str] = field(default_factory=dict)

    def look_for(self, text: str) -> None:
        """Other words, whatever their case."""
        self.text = text
        self._words = tuple(text.casefold().split())
        self._state_texts.clear()

    @property
    def is_filtering(self) -> bool:
        """Whether some rows may be hidden."""
        return bool(self._words or self.states or self.directions or self.batch)

    def want(self, text: str, batch: str, *kinds: Collection[State | Direction]) -> bool:
        """Other words, batch, states and directions; ``False`` where they are those there were."""
        wanted = [one for kind in kinds for one in kind]
        states = frozenset(one for one in wanted if isinstance(one, State))
        directions = frozenset(one for one in wanted if isinstance(one, Direction))
        before = (self.text, self.batch, self.states, self.directions)
        if (text, batch, states, directions) == before:
            return False
        self.look_for(text)
        self.batch, self.states, self.directions = batch, states, directions
        return True

    def shows(self, transfer: Transfer) -> bool:
        """Whether a row is among those that are wanted."""
        if not self._is_of_kind(transfer):
            return False
        if not self._words:
            return True
        text = self._texts.get(transfer.id)
        if text is None:
            text = self._texts[transfer.id] = _text_of(transfer)
        said = ""
        for word in self._words:
            if word not in text:
                said = said or self._state_text(transfer)
                if word not in said:
                    return False
        return True

    def _is_of_kind(self, transfer: Transfer) -> bool:
        if self.states and transfer.state not in self.states:
            return False
        if self.directions and transfer.direction not in self.directions:
            return False
        return not self.batch or transfer.batch == self.batch

    def forget(self, transfer_id: int) -> None:
        """A row is no more."""
        self._texts.pop(transfer_id, None)

    @staticmethod
    def without(rows: Sequence[Transfer], gone: AbstractSet[int]) -> Steps:
        """The rows that are not among these."""
        kept: list[Transfer] = []
        for first in range(0, len(rows), _STEP):
            kept += [one for one in rows[first : first + _STEP] if one.id not in gone]
            yield
        return kept

    def steps(self, rows: Sequence[Transfer]) -> Steps:
        """The rows to show, of all there are in the queue's order."""
        kept: list[Transfer] = []
        if self.is_filtering:
            for first in range(0, len(rows), _STEP):
                kept += filter(self.shows, rows[first : first + _STEP])
                yield
        else:
            kept = list(rows)
        if self.column is None:
            return kept
        if self.column is Column.BATCH:
            key = yield from _batch_key(kept)
        else:
            key = _KEYS[self.column]
        order = yield from sort_steps(
            range(len(kept)), lambda at: key(kept[at]), reverse=self.descending
        )
        return [kept[at] for at in order]

    def _state_text(self, transfer: Transfer) -> str:
        error = transfer.error
        # Of a hundred thousand rows most say one of a few things. By identity: a member of an
        # enumeration is one object, and its own hash is dear.
        known = (
            id(transfer.state),
            id(transfer.waiting),
            id(transfer.verified),
            id(transfer.direction),
            id(transfer.priority),
            bool(transfer.upload_id),
            error and error.title,
        )
        text = self._state_texts.get(known)
        if text is None:
            text = self._state_texts[known] = state_text(transfer).casefold()
        return text


def _batch_key(rows: Sequence[Transfer]) -> Generator[None, None, Callable[[Transfer], Any]]:
    # In the order in which they came; their ids are made of chance. What came alone goes last.
    first: dict[str, int] = {}
    for begin in range(0, len(rows), _STEP):
        for row in rows[begin : begin + _STEP]:
            first[row.batch] = min(row.id, first.get(row.batch, row.id))
        yield
    return lambda one: (not one.batch, first[one.batch])


def _text_of(transfer: Transfer) -> str:
    origin = transfer.origin.location if transfer.origin is not None else ""
    return f"{transfer.path}\n{transfer.location}\n{origin}\n{transfer.batch}".casefold()


def _target(transfer: Transfer) -> str:
    down = transfer.direction is Direction.DOWNLOAD
    return str(transfer.path if down else transfer.location)
