"""Objects that have just been made or moved away: the table knows without being listed again."""

from collections.abc import Collection, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import TransferCommands
from s3gui.domain.transfer import Direction, State, Transfer

_GATHER_MS = 300


class Arrivals(QObject):
    """Watches the queue and gathers what arrived; a thousand small files are a few signals."""

    #: ``str`` (profile id), ``str`` (bucket) and ``list[ObjectEntry]``
    arrived = Signal(str, str, object)
    #: ``str`` (profile id), ``str`` (bucket) and ``list[str]`` of keys that were moved away.
    left = Signal(str, str, object)

    def __init__(self, queue: TransferCommands, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[tuple[str, str], dict[str, ObjectEntry]] = {}
        self._gone: dict[tuple[str, str], dict[str, None]] = {}
        self._gather = QTimer(self, interval=_GATHER_MS, singleShot=True)
        self._gather.timeout.connect(self._tell)
        self.close = queue.watch(self)

    def transfers_added(self, transfers: Sequence[Transfer]) -> None:
        """Nothing has arrived yet."""

    def transfer_changed(self, transfer: Transfer) -> None:
        """Notes what is done and made an object."""
        if transfer.direction is Direction.DOWNLOAD or transfer.state is not State.COMPLETED:
            return
        if transfer.is_move and (source := transfer.origin) is not None:
            gone = self._gone.setdefault((source.profile_id, source.location.bucket), {})
            gone[source.location.key] = None
        where = transfer.location
        entry = ObjectEntry(where.key, transfer.size, transfer.finished, transfer.etag)
        self._waiting.setdefault((transfer.profile_id, where.bucket), {})[where.key] = entry
        if not self._gather.isActive():
            self._gather.start()

    def transfers_removed(self, ids: Collection[int]) -> None:
        """What was stored stays stored."""

    def order_changed(self) -> None:
        """Nothing arrived."""

    def queue_problem(self, error: S3guiError) -> None:
        """Told by the transfers pane."""

    def _tell(self) -> None:
        gone, self._gone = self._gone, {}
        for (profile_id, bucket), keys in gone.items():
            self.left.emit(profile_id, bucket, list(keys))
        waiting, self._waiting = self._waiting, {}
        for (profile_id, bucket), entries in waiting.items():
            self.arrived.emit(profile_id, bucket, list(entries.values()))
