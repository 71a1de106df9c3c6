"""Asks what becomes of the parts on the server when transfers are cancelled."""

from collections.abc import Sequence
from enum import Enum

from PySide6.QtWidgets import QLabel, QWidget

from s3gui.domain.text import tr, trn
from s3gui.domain.transfer import ENDED, Direction, PartState, State, Transfer
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.choices import ChoicesDialog, Offer
from s3gui.ui.format import count_text, size_text
from s3gui.ui.models.transfer_columns import name_of
from s3gui.ui.widgets.labels import plain_label


class Parts(Enum):
    """What becomes of what was sent."""

    KEEP = "keep"
    REMOVE = "remove"


def can_abort(transfer: Transfer) -> bool:
    """Whether a row can be cancelled: not once its outcome lies with the server alone.

    A failed or cancelled one can while something of it is kept, to have that removed.
    """
    if transfer.state in {State.FINISHING, State.COMPLETED}:
        return False
    return transfer.keeps_parts if transfer.state in ENDED else True


def stored_bytes(transfer: Transfer) -> int:
    """Bytes of the parts that the server confirmed."""
    parts = transfer.parts
    return sum(one.part.length for one in parts if one.state is PartState.DONE)


class AbortDialog(ChoicesDialog[Parts]):
    """Keep the parts for later (default), or remove them from the server."""

    def __init__(
        self, parent: QWidget | None, transfers: Sequence[Transfer], finishing: int = 0
    ) -> None:
        """Asks about ``transfers``; ``finishing`` more were chosen that cannot be stopped."""
        stored = sum(stored_bytes(one) for one in transfers)
        # Cancelled or failed already: the one thing left to do is to clean up.
        ended = all(one.state in ENDED for one in transfers)
        text, verb = _question(transfers, ended=ended)
        # Of these something grows beside its place on this computer, not on a server.
        down = all(one.direction is Direction.DOWNLOAD for one in transfers)
        offers = _offers_here(stored, ended=ended) if down else _offers(stored, ended=ended)
        super().__init__(parent, verb, text, offers)
        self.go.setText(verb)
        if finishing:
            self.body.insertWidget(1, self._note(finishing))

    def _note(self, finishing: int) -> QLabel:
        return plain_label(finishing_text(finishing), self, wrap=True)


def finishing_text(count: int) -> str:
    """Why rows that are being completed cannot be stopped."""
    return trn(
        "{count} transfer is being put together on the server and cannot be stopped any more.",
        "{count} transfers are being put together on the server and cannot be stopped any more.",
        count,
    ).format(count=count_text(count))


def _question(transfers: Sequence[Transfer], *, ended: bool) -> tuple[str, str]:
    count = len(transfers)
    if ended:
        text = trn(
            "Remove the parts of {count} transfer?", "Remove the parts of {count} transfers?", count
        )
        return text.format(count=count_text(count)), tr("Remove")
    if count == 1:
        return tr("Abort “{name}”?").format(name=name_of(transfers[0])), tr("Abort")
    text = trn("Abort {count} transfer?", "Abort {count} transfers?", count)
    return text.format(count=count_text(count)), tr("Abort")


def _offers(stored: int, *, ended: bool) -> list[Offer[Parts]]:
    size = size_text(stored)
    if not stored and not ended:
        nothing = tr("Nothing of it is stored yet, and nothing will be left on the server.")
        return [Offer(Parts.REMOVE, tr("Abort"), nothing)]
    remove = Offer(
        Parts.REMOVE,
        tr("Remove the parts from the server"),
        tr("Frees {size} there. A new attempt starts from the beginning.").format(size=size)
        if stored
        else tr("The upload was begun there, and no part of it is stored yet."),
    )
    if ended:
        return [remove]
    keep = Offer(
        Parts.KEEP,
        tr("Keep the parts for later"),
        tr(
            "{size} are stored, and a retry goes on from there. Until then they take paid space, "
            "and no listing of objects shows them."
        ).format(size=size),
    )
    return [keep, remove]


def _offers_here(stored: int, *, ended: bool) -> list[Offer[Parts]]:
    size = size_text(stored)
    if not stored and not ended:
        nothing = tr("Nothing of it has arrived yet, and nothing will be left on this computer.")
        return [Offer(Parts.REMOVE, tr("Abort"), nothing)]
    remove = Offer(
        Parts.REMOVE,
        tr("Remove what has arrived"),
        tr("Frees {size} here. A new attempt starts from the beginning.").format(size=size)
        if stored
        else tr("A file was begun here, and no part of it has arrived yet."),
    )
    if ended:
        return [remove]
    kept = tr("{size} have arrived, and a retry goes on from there.").format(size=size)
    return [Offer(Parts.KEEP, tr("Keep what has arrived for later"), kept), remove]


async def ask_abort(parent: QWidget | None, transfers: Sequence[Transfer]) -> Parts | None:
    """Asks for those of ``transfers`` that can be cancelled.

    Returns:
        What becomes of the parts; ``None`` when the person changed their mind.
    """
    open_ones = [one for one in transfers if can_abort(one)]
    finishing = sum(one.state is State.FINISHING for one in transfers)
    dialog = AbortDialog(parent, open_ones, finishing)
    accepted = await ask(dialog)
    return dialog.choice if accepted else None
