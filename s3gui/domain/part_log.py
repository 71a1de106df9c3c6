"""Which parts of a transfer changed lately, for those who draw ten thousand of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

#: So many changes are remembered.
_MOST = 4096


@dataclass(slots=True)
class PartLog:
    """The parts that came to fly, ended or failed, by number.

    What a part in flight does meanwhile (its bytes, from hashing to sent) is not noted: look at
    ``Transfer.parts_flying``.
    """

    _numbers: list[int] = field(default_factory=list)
    #: How many changes came before those.
    _before: int = 0

    @property
    def mark(self) -> int:
        """How often a part changed so far, for ``since``."""
        return self._before + len(self._numbers)

    def since(self, mark: int) -> Sequence[int] | None:
        """The parts that changed after ``mark``; ``None``: too many, look at all."""
        seen = mark - self._before
        return self._numbers[seen:] if seen >= 0 else None

    def note(self, number: int) -> None:
        """A part changed."""
        self._numbers.append(number)
        if len(self._numbers) > _MOST:
            self._before += len(self._numbers)
            self._numbers.clear()

    def begin(self) -> None:
        """There is another plan: nobody's mark is of this one."""
        self._before = self.mark + 1
        self._numbers.clear()
