"""Asks what becomes of the work in flight when the window is closed."""

from dataclasses import dataclass
from enum import Enum

from PySide6.QtWidgets import QCheckBox, QWidget

from s3gui.domain.text import tr, trn
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.choices import ChoicesDialog, Offer
from s3gui.ui.format import count_text


class Closing(Enum):
    """What a person may choose. The values are those of ``Settings.on_close``."""

    BACKGROUND = "background"
    PAUSE = "pause"
    ABORT = "abort"


@dataclass(frozen=True, slots=True)
class ClosingAnswer:
    """What was chosen, and whether it is to be so from now on without asking."""

    choice: Closing
    remember: bool


class ClosingDialog(ChoicesDialog[Closing]):
    """Go on in the background (where there is a tray), pause and quit, or abort and quit."""

    def __init__(self, parent: QWidget | None, count: int, summary: str, *, tray: bool) -> None:
        """Asks about ``count`` transfers that are not done; ``summary`` says how they go."""
        text = trn(
            "{count} transfer is not done yet", "{count} transfers are not done yet", count
        ).format(count=count_text(count))
        text += f" ({summary})." if summary else "."
        super().__init__(parent, tr("Close s3gui"), text, _offers(tray=tray))
        self.go.setText(tr("Close"))
        self._remember = QCheckBox(tr("Do this every time, do not ask again"), self)
        self.add_below(self._remember)

    @property
    def answer(self) -> ClosingAnswer:
        """The choice as it is marked now."""
        return ClosingAnswer(self.choice, self._remember.isChecked())


def _offers(*, tray: bool) -> list[Offer[Closing]]:
    offers = [
        Offer(
            Closing.PAUSE,
            tr("Pause and quit"),
            tr("What was sent stays on the server. The transfers go on at the next start."),
        ),
        Offer(
            Closing.ABORT,
            tr("Abort and quit"),
            tr("The transfers are cancelled and their parts are removed from the server."),
        ),
    ]
    if tray:
        background = Offer(
            Closing.BACKGROUND,
            tr("Go on in the background"),
            tr("The window closes, the work goes on; the icon in the tray brings it back."),
        )
        offers.insert(0, background)
    return offers


async def ask_closing(
    parent: QWidget | None, count: int, summary: str, *, tray: bool
) -> ClosingAnswer | None:
    """Asks; ``None`` when the window is to stay."""
    dialog = ClosingDialog(parent, count, summary, tray=tray)
    accepted = await ask(dialog)
    return dialog.answer if accepted else None
