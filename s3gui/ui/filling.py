"""Fills ACL, versions and metadata in for the rows in sight, a few requests at a time."""

import asyncio
from collections.abc import Iterator

from PySide6.QtCore import QObject, QTimer

from s3gui.domain.entries import AccessList
from s3gui.domain.errors import AccessDenied, NotSupported, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.ports import Session
from s3gui.domain.text import tr, trn, visible
from s3gui.ui.format import NOTHING, count_text
from s3gui.ui.models.object_columns import Cell, Column
from s3gui.ui.models.objects import ObjectsModel
from s3gui.ui.tasks import Tasks
from s3gui.ui.widgets.table import ObjectTable

_IN_FLIGHT = 6
_SETTLE_MS = 200
#: After so many refusals without one answer, a column is given up for this place.
_REFUSALS = 3
#: More versions of one object than this are shown as "100+".
_MOST_VERSIONS = 100

#: A row, its key, and the column that is not known yet.
_Job = tuple[int, str, Column]


class VisibleFill(QObject):
    """Asks for what is in sight once the view has come to rest; scrolling on cancels it."""

    def __init__(self, table: ObjectTable, model: ObjectsModel, tasks: Tasks) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._tasks = tasks
        self._session: Session | None = None
        self._running: asyncio.Task[None] | None = None
        self._answers: dict[Column, int] = {}
        self._asked: set[tuple[str, Column]] = set()
        self._status: str | None = None
        self._is_closed = False
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._begin)
        table.view_moved.connect(self._on_view_moved)

    @property
    def is_filling(self) -> bool:
        """Requests are under way."""
        return self._running is not None and not self._running.done()

    def enter(self, session: Session) -> None:
        """Another place is shown, through this session."""
        self.leave()
        if self._is_closed:
            return  # by a task that had its answer before the window closed
        self._session = session
        self._settle.start()

    def enter_if_new(self, session: Session) -> None:
        """The same, unless this session is already asked."""
        if session is not self._session:
            self.enter(session)

    def leave(self) -> None:
        """Nothing more is asked; what is under way is cancelled."""
        self._cancel()
        self._settle.stop()
        self._session = None
        self._status = None
        self._answers.clear()
        self._asked.clear()

    def close(self) -> None:
        """Leaves for good: the window closes, and its loop may end before the view has settled."""
        self._is_closed = True
        self.leave()

    def _on_view_moved(self) -> None:
        if self._session is not None:
            self._settle.start()

    def _cancel(self) -> None:
        if self._running:
            self._running.cancel()
        self._running = None

    def _begin(self) -> None:
        session, where = self._session, self._model.location
        if session is None or where is None:
            return
        if not (jobs := self._jobs()):
            return
        self._cancel()
        self._running = self._tasks.start(self._fill(session, where, jobs), name="fill columns")

    def _jobs(self) -> list[_Job]:
        columns = self._table.asked_columns
        found = []
        for row in self._table.rows_in_sight:
            if (entry := self._model.entry_at(row)) is None:
                continue
            found += [
                (row, entry.key, column)
                for column in columns
                if self._model.cell(entry.key, column) is None
            ]
        return found

    async def _fill(self, session: Session, where: Location, jobs: list[_Job]) -> None:
        await self._say_what_is_missing(session, where.bucket)
        rest = iter(jobs)
        async with asyncio.TaskGroup() as group:
            for _ in range(min(_IN_FLIGHT, len(jobs))):
                group.create_task(self._work(session, where.bucket, rest))

    async def _say_what_is_missing(self, session: Session, bucket: str) -> None:
        if session.acl is None:
            tip = tr("This storage has no access lists.")
            self._model.set_common(Column.ACL, Cell(NOTHING, tip))
        if session.versions is None:
            tip = tr("This storage keeps no versions.")
            self._model.set_common(Column.VERSIONS, Cell(NOTHING, tip))
        elif self._status is None and Column.VERSIONS in self._table.asked_columns:
            try:
                self._status = await session.versions.status(bucket)
            except S3guiError:
                # Not everybody may ask; each object's own versions may still be told.
                self._status = "unknown"
            if not self._status:
                tip = tr("Versioning was never switched on for this bucket.")
                self._model.set_common(Column.VERSIONS, Cell(NOTHING, tip))

    async def _work(self, session: Session, bucket: str, jobs: Iterator[_Job]) -> None:
        for row, key, column in jobs:
            if self._model.cell(key, column) is not None:
                continue
            cell = await self._ask(session, Location(bucket, key), column)
            if cell is not None:
                self._model.set_cell(row, key, column, cell)

    async def _ask(self, session: Session, where: Location, column: Column) -> Cell | None:
        try:
            cell = await _answer(session, where, column)
        except (AccessDenied, NotSupported) as error:
            refusals = self._answers.get(column, 0)
            if refusals >= 0:
                self._answers[column] = refusals + 1
                if refusals + 1 >= _REFUSALS:
                    self._model.set_common(column, Cell(NOTHING, visible(error.title)))
            return Cell(NOTHING, visible(error.title))
        except S3guiError as error:
            return Cell("?", visible(str(error)))
        self._answers[column] = -1
        return cell


async def _answer(session: Session, where: Location, column: Column) -> Cell | None:
    if column is Column.ACL and session.acl is not None:
        return access_cell(await session.acl.of_object(where))
    if column is Column.VERSIONS and session.versions is not None:
        return await _versions_cell(session, where)
    if column is Column.METADATA:
        details = await session.objects.head(where)
        pairs = [f"{visible(name)}={visible(value)}" for name, value in details.metadata.items()]
        return Cell(", ".join(pairs), "\n".join(pairs))
    return None


def access_cell(access: AccessList) -> Cell:
    """Who may read, in a word; the tip lists the grants."""
    lines = [
        f"{visible(grant.display_name or grant.grantee)}: {visible(grant.permission)}"
        for grant in access.grants
    ]
    tip = "\n".join(lines)
    public = set(access.public_permissions)
    if public & {"WRITE", "FULL_CONTROL"}:
        return Cell(tr("Public write"), tip)
    if "READ" in public:
        return Cell(tr("Public read"), tip)
    others = sum(grant.grantee != access.owner_id for grant in access.grants)
    if others:
        text = trn("{count} grant", "{count} grants", others).format(count=count_text(others))
        return Cell(text, tip)
    return Cell(tr("Private"), tip)


async def _versions_cell(session: Session, where: Location) -> Cell | None:
    if session.versions is None:
        return None
    count = markers = 0
    async for version in session.versions.of_object(where):
        count += 1
        markers += version.is_delete_marker
        if count >= _MOST_VERSIONS:
            break
    text = f"{count}+" if count >= _MOST_VERSIONS else count_text(count)
    tip = ""
    if markers:
        tip = trn(
            "{count} of them is a delete marker", "{count} of them are delete markers", markers
        )
        tip = tip.format(count=count_text(markers))
    return Cell(text, tip)
