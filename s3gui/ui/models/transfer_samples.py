"""What moving transfers looked like when they were last sampled."""

from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import Transfer
from s3gui.ui.format import duration_text, speed_text

_NO_RATE = Rate()


class TransferSamples:
    """Speeds, and whether a row shows anything that it did not show before."""

    def __init__(self) -> None:
        self._rates: dict[int, Rate] = {}
        self._looks: dict[int, tuple[object, ...]] = {}

    def rate_of(self, transfer: Transfer) -> Rate:
        """The speed as last sampled."""
        return self._rates.get(transfer.id, _NO_RATE)

    def take(self, transfer: Transfer, rate: Rate) -> bool:
        """Keeps a sample; says whether it differs from the last one to the eye."""
        self._rates[transfer.id] = rate
        look = (
            transfer.moved,
            transfer.parts_done,
            speed_text(rate.bytes_per_s),
            duration_text(rate.left_s),
            *((part.part.number, part.state) for part in transfer.parts_flying),
        )
        if self._looks.get(transfer.id) == look:
            return False
        self._looks[transfer.id] = look
        return True

    def forget(self, transfer_id: int) -> None:
        """A row is no more."""
        self._rates.pop(transfer_id, None)
        self._looks.pop(transfer_id, None)

    def clear(self) -> None:
        """Nothing moves any more."""
        self._rates.clear()
        self._looks.clear()
