"""How a cell of the part map looks: a code a look, and for each code its inks from top to bottom.

A look is told by its shape as well as by its colour, and the shapes are made of horizontal bands
alone: they hold in a cell of three pixels, and a row of a thousand cells is drawn a line at a time,
whatever the parts are.

=========  =============================================================
waiting    faint
hashing    faint, with a dash across the middle
sending    fills from below
sent       stands over a gap: it has not landed yet
done       full
failed     broken in the middle
tried      a cap in a colour of its own; waiting for it: broken, in that
=========  =============================================================
"""

from enum import Enum
from functools import cache
from itertools import groupby

from PySide6.QtGui import QColor, QPalette

from s3gui.domain.transfer import PartProgress, PartState
from s3gui.ui.delegates.colors import shades_for
from s3gui.ui.delegates.part_grid import less
from s3gui.ui.models.parts import was_tried
from s3gui.ui.models.transfer_words import part_fraction

#: Steps in which a cell fills.
LEVELS = 16
#: Codes, from the quietest to the loudest: of several parts in a cell the loudest is drawn.
WAITING, DONE, DONE_AGAIN = 0, 1, 2
#: Only where a cell stands for several parts: so many of ``LEVELS`` are done, the others wait.
_MIXED = 10
_HASHING, _SENT, _SENDING = 30, 32, 34
_SENDING_AGAIN = _SENDING + LEVELS + 1
#: It failed, and is tried again by itself.
_WAITING_AGAIN = 98
FAILED = 99
#: Between cells, and behind the last.
NOTHING = 255

_CLEAR, _FAINT, _READ, _SEND, _PALE, _SENT_INK, _DONE_INK, _FAILED_INK, _AGAIN_INK = range(9)
#: Opacity of what is still to be sent of a part on its way.
_PALE_ALPHA = 0.4


class Look(Enum):
    """The looks that the legend explains, each with a code that shows it."""

    WAITING = WAITING
    HASHING = _HASHING
    SENDING = _SENDING + LEVELS // 2
    SENT = _SENT
    DONE = DONE
    FAILED = FAILED
    AGAIN = DONE_AGAIN


def code_of(part: PartProgress) -> int:
    """The code of a part's look."""
    again = was_tried(part)
    match part.state:
        case PartState.WAITING:
            return _WAITING_AGAIN if part.problem else WAITING
        case PartState.HASHING:
            return _HASHING + again
        case PartState.SENDING:
            return (_SENDING_AGAIN if again else _SENDING) + int(part_fraction(part) * LEVELS)
        case PartState.SENT:
            return _SENT + again
        case PartState.DONE:
            return DONE_AGAIN if again else DONE
        case PartState.FAILED:
            return FAILED


def blend(codes: bytes | bytearray) -> int:
    """The code of a cell that stands for these parts."""
    loudest = max(codes)
    if len(codes) == 1 or loudest > DONE_AGAIN:
        return loudest
    waiting = codes.count(WAITING)
    if not waiting:
        return loudest
    done = (len(codes) - waiting) * LEVELS // len(codes)
    return _MIXED + max(done, 1) if waiting < len(codes) else WAITING


def colors_for(palette: QPalette) -> list[QColor]:
    """The colour of each ink."""
    shades = shades_for(palette)
    cells = shades.cells
    pale = QColor(cells[PartState.SENDING])
    pale.setAlphaF(_PALE_ALPHA)
    return [
        QColor(0, 0, 0, 0),
        cells[PartState.WAITING],
        cells[PartState.HASHING],
        cells[PartState.SENDING],
        pale,
        cells[PartState.SENT],
        cells[PartState.DONE],
        cells[PartState.FAILED],
        shades.again,
    ]


@cache
def bands_of(code: int, height: int, line: int) -> tuple[tuple[int, int], ...]:
    """The inks of a cell from top to bottom, each with its height in pixels."""
    return tuple((ink, len(list(run))) for ink, run in groupby(profile(code, height, line)))


def profile(code: int, height: int, line: int) -> bytes:
    """The ink of each pixel of a cell from top to bottom.

    Args:
        code: of the look.
        height: in pixels.
        line: the width of a thin line, in pixels.
    """
    if code == NOTHING:
        return bytes(height)
    if code in {FAILED, _WAITING_AGAIN}:
        return _broken(_FAILED_INK if code == FAILED else _AGAIN_INK, height, line)
    again = code in {DONE_AGAIN, _HASHING + 1, _SENT + 1} or code >= _SENDING_AGAIN
    if not again:
        return _plain(code, height, line)
    cap = max(height // 4, line)
    gap = line if height > cap + 2 * line else 0
    base = code - (_SENDING_AGAIN - _SENDING if code >= _SENDING_AGAIN else 1)
    below = _plain(base, less(height - cap, gap), line)
    return (bytes([_AGAIN_INK]) * cap + bytes(gap) + below)[:height]


def _plain(code: int, height: int, line: int) -> bytes:
    if code == DONE:
        return bytes([_DONE_INK]) * height
    if code == _HASHING:
        dash = max(height // 3, line)
        top = (height - dash) // 2
        return _stack((_FAINT, top), (_READ, dash), (_FAINT, height - top - dash))
    if code == _SENT:
        foot = max(height // 5, line)
        gap = min(line, max(height - foot - 1, 0))
        return _stack((_SENT_INK, height - foot - gap), (_CLEAR, gap), (_SENT_INK, foot))
    if _SENDING <= code <= _SENDING + LEVELS:
        return _filled(_SEND, _PALE, code - _SENDING, height)
    if _MIXED <= code <= _MIXED + LEVELS:
        return _filled(_DONE_INK, _FAINT, code - _MIXED, height)
    return bytes([_FAINT]) * height


def _filled(ink: int, above: int, level: int, height: int) -> bytes:
    full = round(height * level / LEVELS)
    return _stack((above, height - full), (ink, full))


def _broken(ink: int, height: int, line: int) -> bytes:
    gap = min(2 * line, max(height - 2, 0))
    top = (height - gap) // 2
    return _stack((ink, top), (_CLEAR, gap), (ink, height - gap - top))


def _stack(*bands: tuple[int, int]) -> bytes:
    return b"".join(bytes([ink]) * length for ink, length in bands)


@cache
def tables_for(height: int, line: int) -> tuple[bytes, ...]:
    """For each pixel from top to bottom the table that turns codes into inks."""
    profiles = [profile(code, height, line) for code in range(NOTHING + 1)]
    return tuple(bytes(inks) for inks in zip(*profiles, strict=True))
