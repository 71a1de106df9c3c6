"""The tree: connections, their buckets, and the prefixes in them as far as they were opened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from itertools import count
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
)

from s3gui.domain.entries import Bucket
from s3gui.domain.location import Location
from s3gui.domain.profile import Profile
from s3gui.domain.text import tr, visible
from s3gui.ui.icons import icon
from s3gui.ui.models.labels import place_label
from s3gui.ui.theme import Tone
from s3gui.ui.tooltips import tooltip

AnyIndex = QModelIndex | QPersistentModelIndex
_NONE = QModelIndex()


class NodeKind(Enum):
    """What a node stands for."""

    ROOT = "root"
    CONNECTION = "connection"
    BUCKET = "bucket"
    PREFIX = "prefix"
    #: A line about its parent: why nothing is under it. Activating it tries again.
    NOTICE = "notice"


class Load(Enum):
    """How much is known of what is under a node."""

    UNKNOWN = "unknown"
    LOADING = "loading"
    LOADED = "loaded"
    FAILED = "failed"


class TreeRole(IntEnum):
    """What the delegate asks beside the usual."""

    #: A word in grey at the right: the region, or that it is loading.
    ASIDE = Qt.ItemDataRole.UserRole + 1


@dataclass(slots=True, eq=False)
class Node:
    """A line of the tree. Only the model changes it."""

    id: int
    kind: NodeKind
    label: str
    profile_id: str = ""
    location: Location | None = None
    parent: "Node | None" = None
    children: list["Node"] = field(default_factory=list)
    load: Load = Load.UNKNOWN
    aside: str = ""
    tip: str = ""
    is_open: bool = False

    @property
    def row(self) -> int:
        """Where it stands among its parent's children."""
        return self.parent.children.index(self) if self.parent else 0

    @property
    def takes_children(self) -> bool:
        """Whether something may be under it."""
        return self.kind is not NodeKind.NOTICE


class TreeModel(QAbstractItemModel):
    """One column. Indices carry ids, not pointers: one that outlives its node finds nothing."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._ids = count(1)
        self._root = Node(0, NodeKind.ROOT, "")
        self._nodes: dict[int, Node] = {0: self._root}

    # Finding ------------------------------------------------------------------------------------

    def node(self, index: AnyIndex) -> Node | None:
        """The node of an index; ``None`` for none, and for one that is gone."""
        return self._nodes.get(index.internalId()) if index.isValid() else None

    def index_of(self, node: Node) -> QModelIndex:
        """The index of a node."""
        if node is self._root or node.id not in self._nodes:
            return QModelIndex()
        return self.createIndex(node.row, 0, node.id)

    def connection(self, profile_id: str) -> Node | None:
        """The node of a saved connection."""
        return next((n for n in self._root.children if n.profile_id == profile_id), None)

    @property
    def connections(self) -> Sequence[Node]:
        """The nodes of all saved connections."""
        return self._root.children

    def find(self, profile_id: str, where: Location) -> Node | None:
        """The node of a place, as far down as the tree is loaded; ``None`` without its bucket."""
        node = self.connection(profile_id)
        found: Node | None = None
        for place in where.ancestors():
            node = next((n for n in node.children if n.location == place), None) if node else None
            found = node or found
        return found

    # Changing -----------------------------------------------------------------------------------

    def set_profiles(self, profiles: Sequence[Profile]) -> None:
        """Adds, renames and removes connections; what stays keeps its children."""
        wanted = {profile.id for profile in profiles}
        for node in [n for n in self._root.children if n.profile_id not in wanted]:
            self._remove(self._root, node.row, node.row)
        for row, profile in enumerate(profiles):
            node = self.connection(profile.id) or self._add_connection(row, profile.id)
            node.label = visible(profile.name)
            node.tip = visible(profile.endpoint)
            self._changed(node)

    def _add_connection(self, row: int, profile_id: str) -> Node:
        made = self._make(NodeKind.CONNECTION, "", self._root, profile_id=profile_id)
        self._insert(self._root, row, [made])
        return made

    def set_open(self, profile_id: str, *, is_open: bool) -> None:
        """Shows whether a connection is open; a closed one forgets what is under it."""
        node = self.connection(profile_id)
        if node is None or node.is_open == is_open:
            return
        node.is_open = is_open
        if not is_open:
            self.clear(node)
        self._changed(node)

    def set_loading(self, node: Node) -> None:
        """Something is being asked for; what was there stays until the answer."""
        node.load = Load.LOADING
        self._drop_notices(node)
        self._changed(node)

    def set_failed(self, node: Node, text: str, tip: str) -> None:
        """A line under the node says what went wrong; activating it tries again."""
        self.clear(node)
        node.load = Load.FAILED
        self._add_notice(node, text, tip)
        self._changed(node)

    def clear(self, node: Node) -> None:
        """Forgets what is under a node."""
        if node.children:
            self._remove(node, 0, len(node.children) - 1)
        node.load = Load.UNKNOWN

    def set_buckets(self, node: Node, buckets: Sequence[Bucket]) -> None:
        """The buckets of a connection; those that stay keep what is under them."""
        self._drop_notices(node)
        wanted = {bucket.name for bucket in buckets}
        for child in [n for n in node.children if n.location and n.location.bucket not in wanted]:
            self._remove(node, child.row, child.row)
        have = {n.location.bucket: n for n in node.children if n.location}
        for row, bucket in enumerate(buckets):
            if bucket.name not in have:
                made = self._make(NodeKind.BUCKET, visible(bucket.name), node)
                made.location = Location(bucket.name)
                made.aside = visible(bucket.region or "")
                self._insert(node, row, [made])
        if not buckets:
            self._add_notice(node, tr("No buckets"), "")
        self._loaded(node)

    def set_region(self, profile_id: str, bucket: str, region: str) -> None:
        """Where a bucket is, when that became known."""
        node = self.find(profile_id, Location(bucket))
        if node is not None:
            node.aside = visible(region)
            self._changed(node)

    def add_prefixes(self, node: Node, prefixes: Iterable[str]) -> None:
        """Folders under a bucket or prefix; those that are there already stay."""
        if node.location is None:
            return
        bucket = node.location.bucket
        have = {child.location for child in node.children}
        self._drop_notices(node)
        fresh = []
        for prefix in prefixes:
            place = Location(bucket, prefix)
            if place not in have and prefix != node.location.key:
                made = self._make(NodeKind.PREFIX, visible(place_label(place)), node)
                made.location = place
                fresh.append(made)
        if fresh:
            self._insert(node, len(node.children), fresh)

    def end_prefixes(self, node: Node, *, seen: set[str] | None, is_cut: bool = False) -> None:
        """The listing ended. Folders not in ``seen`` are gone (``None``: not all were seen)."""
        if seen is not None:
            for child in [n for n in node.children if n.location and n.location.key not in seen]:
                self._remove(node, child.row, child.row)
        if is_cut:
            tip = tr("The table shows all of them.")
            self._add_notice(node, tr("More folders than the tree shows"), tip)
        self._loaded(node)

    def _loaded(self, node: Node) -> None:
        node.load = Load.LOADED
        self._changed(node)

    def _add_notice(self, node: Node, text: str, tip: str) -> None:
        notice = self._make(NodeKind.NOTICE, visible(text), node)
        notice.tip = visible(tip)
        self._insert(node, len(node.children), [notice])

    def _drop_notices(self, node: Node) -> None:
        for child in [n for n in node.children if n.kind is NodeKind.NOTICE]:
            self._remove(node, child.row, child.row)

    def _make(self, kind: NodeKind, label: str, parent: Node, *, profile_id: str = "") -> Node:
        made = Node(next(self._ids), kind, label, profile_id or parent.profile_id, parent=parent)
        self._nodes[made.id] = made
        return made

    def _insert(self, parent: Node, row: int, nodes: list[Node]) -> None:
        row = min(row, len(parent.children))
        self.beginInsertRows(self.index_of(parent), row, row + len(nodes) - 1)
        parent.children[row:row] = nodes
        self.endInsertRows()

    def _remove(self, parent: Node, first: int, last: int) -> None:
        self.beginRemoveRows(self.index_of(parent), first, last)
        gone = parent.children[first : last + 1]
        del parent.children[first : last + 1]
        self.endRemoveRows()
        while gone:
            node = gone.pop()
            gone += node.children
            del self._nodes[node.id]

    def _changed(self, node: Node) -> None:
        index = self.index_of(node)
        self.dataChanged.emit(index, index)

    # What Qt asks -------------------------------------------------------------------------------

    def index(self, row: int, column: int, parent: AnyIndex = _NONE) -> QModelIndex:
        """The index of a child."""
        node = self.node(parent) if parent.isValid() else self._root
        if node is None or column != 0 or not 0 <= row < len(node.children):
            return QModelIndex()
        return self.createIndex(row, 0, node.children[row].id)

    def parent(self, index: AnyIndex = _NONE) -> QModelIndex:  # type: ignore[override]
        """The index of what a node is under."""
        node = self.node(index)
        return self.index_of(node.parent) if node and node.parent else QModelIndex()

    def rowCount(self, parent: AnyIndex = _NONE) -> int:
        """Children that are known."""
        node = self.node(parent) if parent.isValid() else self._root
        return len(node.children) if node and parent.column() <= 0 else 0

    def columnCount(self, parent: AnyIndex = _NONE) -> int:
        """One."""
        return 1

    def hasChildren(self, parent: AnyIndex = _NONE) -> bool:
        """Whether to offer opening it: yes until it is known that nothing is under it."""
        node = self.node(parent) if parent.isValid() else self._root
        if node is None or not node.takes_children:
            return False
        may_have = node.kind is not NodeKind.ROOT and node.load is not Load.LOADED
        return may_have or bool(node.children)

    def canFetchMore(self, parent: AnyIndex) -> bool:
        """Never: the loader asks when a node is opened, not the view when it paints."""
        return False

    def flags(self, index: AnyIndex) -> Qt.ItemFlag:
        """Buckets and prefixes take files."""
        node = self.node(index)
        if node is None:
            return Qt.ItemFlag.NoItemFlags
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsDropEnabled if node.location else flags

    def data(self, index: AnyIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a line shows."""
        node = self.node(index)
        if node is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return node.label
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(node.tip) or None
        if role == Qt.ItemDataRole.DecorationRole:
            return _icon(node)
        if role == TreeRole.ASIDE:
            return tr("Loading…") if node.load is Load.LOADING else node.aside
        if role == Qt.ItemDataRole.AccessibleDescriptionRole:
            return node.aside
        return None


def _icon(node: Node) -> Any:
    if node.kind is NodeKind.CONNECTION:
        if node.load is Load.FAILED:
            return icon("plug-x", Tone.BAD)
        return icon("plug-connected", Tone.OK) if node.is_open else icon("plug", Tone.MUTED)
    if node.kind is NodeKind.NOTICE:
        failed = node.parent is not None and node.parent.load is Load.FAILED
        return icon("alert-triangle", Tone.WARN) if failed else icon("info-circle", Tone.MUTED)
    return (
        icon("bucket", Tone.PLAIN) if node.kind is NodeKind.BUCKET else icon("folder", Tone.FOLDER)
    )
