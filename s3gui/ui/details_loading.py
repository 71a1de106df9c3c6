"""Asks the server for what the details pane shows, tab by tab, once a selection has settled."""

import asyncio

from PySide6.QtCore import QObject, QTimer, Signal

from s3gui.domain.entries import Bucket, ObjectVersion
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.domain.ports import Session
from s3gui.domain.text import tr, visible
from s3gui.transfers.connections import Connections
from s3gui.ui.dialogs.problem import problem_text
from s3gui.ui.models.details import (
    Row,
    Subject,
    Target,
    access_rows,
    bucket_facts,
    folder_facts,
    many_facts,
    metadata_rows,
    object_facts,
    version_rows,
)
from s3gui.ui.tasks import Tasks
from s3gui.ui.widgets.details import DetailsPane, Tab

_SETTLE_MS = 250
_MOST_VERSIONS = 1_000
#: Overview and metadata come with one answer, so they share a request.
_ANSWERS = {Tab.OVERVIEW: (Tab.OVERVIEW, Tab.METADATA), Tab.METADATA: (Tab.OVERVIEW, Tab.METADATA)}


class DetailsLoading(QObject):
    """Loads what the tab in sight needs; another selection cancels it."""

    #: ``str`` (profile id), ``Location``, ``str`` (version id) and ``object`` (bytes, 64 bits).
    version_wanted = Signal(str, object, str, object)

    def __init__(self, pane: DetailsPane, connections: Connections, tasks: Tasks) -> None:
        super().__init__(pane)
        self._pane = pane
        self._connections = connections
        self._tasks = tasks
        self._running: asyncio.Task[None] | None = None
        self._loaded: set[Tab] = set()
        #: Buckets as the tree listed them, with their dates.
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._settle = QTimer(self, interval=_SETTLE_MS, singleShot=True)
        self._settle.timeout.connect(self._begin)
        pane.tab_wanted.connect(self._on_tab_wanted)
        self._versions: list[ObjectVersion] = []
        pane.version_wanted.connect(self._on_version_wanted)

    def know_buckets(self, profile_id: str, buckets: list[Bucket]) -> None:
        """What ListBuckets said; its dates are asked for by no other call."""
        self._buckets |= {(profile_id, bucket.name): bucket for bucket in buckets}

    def show(self, target: Target) -> None:
        """Another selection, or none. The same one again is no news."""
        if target == self._pane.target:
            return
        self.refresh(target)

    def refresh(self, target: Target) -> None:
        """Shows a selection afresh."""
        self._cancel()
        self._loaded.clear()
        self._pane.show_target(target)
        where = target.location
        if target.subject is Subject.MANY:
            self._pane.set_facts(many_facts(target.totals))
            self._say_elsewhere(tr("Select a single object to see this."))
        elif target.subject is Subject.FOLDER and where is not None:
            self._pane.set_facts(folder_facts(where))
            self._say_elsewhere(tr("A folder is only a part of the names in it: it has none."))
        elif target.subject is not Subject.NOTHING and self._pane.isVisible():
            self._settle.start()

    def wake(self) -> None:
        """The pane came into sight: what it missed is loaded now."""
        if self._pane.target.location is not None and not self._running:
            self._settle.start()

    def _say_elsewhere(self, text: str) -> None:
        for tab in Tab:
            if tab is not Tab.OVERVIEW:
                self._pane.say(tab, text)

    def _cancel(self) -> None:
        self._settle.stop()
        if self._running:
            self._running.cancel()
        self._running = None

    def _on_tab_wanted(self, tab: Tab) -> None:
        if self._pane.text_of(tab):
            self._loaded.discard(tab)
        if not self._settle.isActive():
            self._begin()

    def _begin(self) -> None:
        target, tab = self._pane.target, self._pane.current_tab
        if target.subject not in {Subject.BUCKET, Subject.OBJECT} or tab in self._loaded:
            return
        self._cancel()
        self._pane.set_busy(busy=True)
        self._running = self._tasks.start(self._load(target, tab), name="details")

    async def _load(self, target: Target, tab: Tab) -> None:
        tabs = _ANSWERS.get(tab, (tab,))
        try:
            session = await self._connections.open(target.profile_id)
            assert target.location is not None  # noqa: S101  _begin has seen to it
            if target.subject is Subject.BUCKET:
                await self._load_bucket(session, target.location.bucket, tab)
            else:
                await self._load_object(session, target.location, tab)
            self._loaded.update(tabs)
        except S3guiError as error:
            for failed in tabs:
                self._pane.say(failed, visible(problem_text(error), 4096), is_error=True)
        finally:
            # One that was cancelled for another selection leaves the line to that one.
            if self._running is asyncio.current_task():
                self._running = None
                self._pane.set_busy(busy=False)

    async def _load_object(self, session: Session, where: Location, tab: Tab) -> None:
        if tab in {Tab.OVERVIEW, Tab.METADATA}:
            details = await session.objects.head(where)
            self._pane.set_facts(object_facts(details))
            none = tr("This object has no metadata.")
            self._pane.set_rows(Tab.METADATA, metadata_rows(details), if_none=none)
        elif tab is Tab.PERMISSIONS and session.acl is not None:
            rows = access_rows(await session.acl.of_object(where))
            self._pane.set_rows(tab, rows, if_none=tr("Nobody is granted anything."))
        elif tab is Tab.VERSIONS and session.versions is not None:
            found: list[ObjectVersion] = []
            async for version in session.versions.of_object(where):
                found.append(version)
                if len(found) >= _MOST_VERSIONS:
                    break
            self._versions = found
            tips = version_rows(found, exact=True)
            rows, none = version_rows(found), tr("No versions are kept.")
            if len(found) >= _MOST_VERSIONS:
                more: Row = (tr("Older ones are not shown"), "", "")
                rows, tips = [*rows, more], [*tips, more]
            self._pane.set_rows(tab, rows, if_none=none, tips=tips)
            self._pane.offer_versions(
                row for row, one in enumerate(found) if not one.is_delete_marker
            )
        else:
            self._say_unavailable(tab)

    def _on_version_wanted(self, row: int) -> None:
        target = self._pane.target
        if target.location is not None and 0 <= row < len(self._versions):
            one = self._versions[row]
            where = Location(target.location.bucket, one.key)
            self.version_wanted.emit(target.profile_id, where, one.version_id, one.size)

    async def _load_bucket(self, session: Session, name: str, tab: Tab) -> None:
        if tab in {Tab.OVERVIEW, Tab.METADATA}:
            known = self._buckets.get((session.profile.id, name), Bucket(name))
            region = known.region or await session.buckets.region(name)
            status = await session.versions.status(name) if session.versions else None
            self._pane.set_facts(bucket_facts(Bucket(name, known.created, region), status))
            self._pane.say(Tab.METADATA, tr("Buckets have no metadata."))
        elif tab is Tab.PERMISSIONS and session.acl is not None:
            rows = access_rows(await session.acl.of_bucket(name))
            self._pane.set_rows(tab, rows, if_none=tr("Nobody is granted anything."))
        elif tab is Tab.VERSIONS and session.versions is not None:
            self._pane.say(tab, tr("Select an object to see its versions."))
        else:
            self._say_unavailable(tab)

    def _say_unavailable(self, tab: Tab) -> None:
        if tab is Tab.PERMISSIONS:
            self._pane.say(tab, tr("This storage has no access lists."))
        else:
            self._pane.say(tab, tr("This storage keeps no versions."))
