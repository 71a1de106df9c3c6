"""Asks the servers for what the tree shows: buckets, their regions, prefixes as they are opened."""

import asyncio
from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from s3gui.domain.entries import Bucket, Page
from s3gui.domain.errors import AccessDenied, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.ports import Session
from s3gui.domain.text import tr
from s3gui.transfers.connections import Connections
from s3gui.ui.models.tree import Load, Node, TreeModel
from s3gui.ui.tasks import Tasks

#: Regions asked for at a time, and of how many buckets at all.
_REGIONS_IN_FLIGHT = 4
_MOST_REGIONS = 200
#: Where the tree stops: a QTreeView is not made for more, and the table shows them all.
_MOST_PAGES = 20
_MOST_PREFIXES = 2_000


class TreeLoading(QObject):
    """One task a node; a node that is loading is not asked for again."""

    #: ``str`` (profile id) and ``list[Bucket]``
    buckets_listed = Signal(str, object)
    #: ``Node`` and ``Exception``
    failed = Signal(object, object)

    def __init__(
        self, model: TreeModel, connections: Connections, tasks: Tasks, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._connections = connections
        self._tasks = tasks
        self._running: dict[int, asyncio.Task[None]] = {}

    def load(self, node: Node) -> None:
        """Asks for what is under a node, afresh if it is known already."""
        if node.load is Load.LOADING or not node.takes_children:
            return
        self._model.set_loading(node)
        work = self._load(node)
        self._running[node.id] = self._tasks.start(work, name=f"load {node.label}")

    def forget(self, profile_id: str) -> None:
        """A connection was closed: what is being asked for there is not wanted any more."""
        node = self._model.connection(profile_id)
        todo = [node] if node else []
        while todo:
            node = todo.pop()
            todo += node.children
            if task := self._running.pop(node.id, None):
                task.cancel()

    def page_seen(self, profile_id: str, page: Page) -> None:
        """The table listed a place: its folders are news for the tree too."""
        node = self._model.find(profile_id, page.location)
        if node is not None and node.location == page.location:
            self.folders_seen(node, page.prefixes)

    def folders_seen(self, node: Node, prefixes: Sequence[str]) -> None:
        """Folders under a node became known by another way; one never opened stays unasked."""
        room = _MOST_PREFIXES - len(node.children)
        if node.load is Load.LOADED and room > 0:
            self._model.add_prefixes(node, prefixes[:room])

    async def _load(self, node: Node) -> None:
        try:
            session = await self._connections.open(node.profile_id)
            if node.location is None:
                await self._load_buckets(session, node)
            else:
                await self._load_prefixes(session, node, node.location)
        except asyncio.CancelledError:
            self._model.clear(node)
            raise
        except Exception as error:  # noqa: BLE001  every failure becomes a line under the node
            self._fail(node, error)
        finally:
            self._running.pop(node.id, None)

    def _fail(self, node: Node, error: Exception) -> None:
        title = error.title if isinstance(error, S3guiError) else tr("Cannot be shown")
        hint = tr("Press Enter to try again.")
        self._model.set_failed(node, title, f"{error}\n{hint}")
        self.failed.emit(node, error)

    async def _load_buckets(self, session: Session, node: Node) -> None:
        try:
            buckets = await session.buckets.all()
        except AccessDenied:
            # Keys for one bucket alone may not list; the bucket they are for is in the profile.
            if not session.profile.default_bucket:
                raise
            buckets = [Bucket(session.profile.default_bucket)]
        self._model.set_buckets(node, buckets)
        self.buckets_listed.emit(node.profile_id, buckets)
        await self._fill_regions(session, node.profile_id, buckets)

    async def _fill_regions(
        self, session: Session, profile_id: str, buckets: Sequence[Bucket]
    ) -> None:
        rest = iter([bucket.name for bucket in buckets if bucket.region is None][:_MOST_REGIONS])

        async def work() -> None:
            for name in rest:
                try:
                    region = await session.buckets.region(name)
                except S3guiError:
                    # The region is an ornament; why the bucket cannot be read shows when opened.
                    continue
                if region:
                    self._model.set_region(profile_id, name, region)

        async with asyncio.TaskGroup() as group:
            for _ in range(_REGIONS_IN_FLIGHT):
                group.create_task(work())

    async def _load_prefixes(self, session: Session, node: Node, where: Location) -> None:
        seen: set[str] = set()
        pages = 0
        is_cut = False
        async for page in session.listing.pages(where):
            pages += 1
            room = _MOST_PREFIXES - len(seen)
            self._model.add_prefixes(node, page.prefixes[:room])
            seen.update(page.prefixes[:room])
            is_cut = page.incomplete or len(page.prefixes) > room
            if is_cut or (pages >= _MOST_PAGES and not page.last):
                is_cut = True
                break
        self._model.end_prefixes(node, seen=None if is_cut else seen, is_cut=is_cut)
