"""Who brings a running row to Completed, by the way its bytes go."""

from collections.abc import Awaitable, Callable, Mapping

from s3gui.domain.ports import Session
from s3gui.domain.transfer import Direction
from s3gui.transfers.connections import Connections
from s3gui.transfers.kit import Kit
from s3gui.transfers.outage import Outage
from s3gui.transfers.row import Row
from s3gui.transfers.uploader import upload

#: Raises ``S3guiError`` when the row failed, ``StartAgain`` when it is to be queued once more.
#: The session is the one of the row's ``profile_id``; a copy opens the other one itself.
Runner = Callable[[Row, Session, Kit, Outage, Connections], Awaitable[None]]


async def _upload(
    row: Row, session: Session, kit: Kit, outage: Outage, _connections: Connections
) -> None:
    await upload(row, session, kit, outage)


async def _download(
    row: Row, session: Session, kit: Kit, outage: Outage, _connections: Connections
) -> None:
    # Late, like the copier: twenty modules that the first frame does without.
    from s3gui.transfers.downloading.downloader import download

    await download(row, session, kit, outage)


async def _copy(
    row: Row, session: Session, kit: Kit, outage: Outage, connections: Connections
) -> None:
    from s3gui.transfers.copying.copier import copy

    await copy(row, session, kit, outage, connections)


RUNNERS: Mapping[Direction, Runner] = {
    Direction.UPLOAD: _upload,
    Direction.DOWNLOAD: _download,
    Direction.COPY: _copy,
}
