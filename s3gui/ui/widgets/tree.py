"""The tree of connections, buckets and prefixes: what it shows, opens and takes."""

from PySide6.QtCore import (
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTreeView,
    QWidget,
)

from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.ui.models.tree import Load, Node, NodeKind, TreeModel, TreeRole
from s3gui.ui.theme import ICON, SPACE, Tone, tone_color
from s3gui.ui.widgets.view_drop import ViewDrop


class _AsideDelegate(QStyledItemDelegate):
    """Writes the region in grey at the right end of a line, where there is room for it."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        aside = index.data(TreeRole.ASIDE)
        if not aside:
            return
        metrics = option.fontMetrics
        rect: QRect = option.rect.adjusted(0, 0, -SPACE, 0)
        label = metrics.horizontalAdvance(str(index.data())) + ICON + 3 * SPACE
        if rect.width() - label < metrics.horizontalAdvance(aside):
            return
        painter.save()
        painter.setPen(tone_color(Tone.MUTED))
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(rect, align, aside)
        painter.restore()


class ConnectionTree(QTreeView):
    """Opening a node asks for what is under it; selecting one shows it in the table."""

    #: ``Node``
    load_wanted = Signal(object)
    chosen = Signal(object)
    retry_wanted = Signal(object)
    #: ``Node | None`` and the position on the screen.
    menu_wanted = Signal(object, QPoint)
    #: ``str`` (profile id), ``Location`` and ``list[Path]``
    files_dropped = Signal(str, object, list)

    def __init__(self, model: TreeModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tree")
        self.setAccessibleName(tr("Connections and buckets"))
        self._nodes = model
        self.setModel(model)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(ICON, ICON))
        self.setIndentation(18)
        self.setExpandsOnDoubleClick(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setItemDelegate(_AsideDelegate(self))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.customContextMenuRequested.connect(self._on_menu_requested)
        self.expanded.connect(self._on_expanded)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)
        self.drop_zone = ViewDrop(self, self._drop_target)
        self.drop_zone.dropped.connect(self._on_dropped)
        #: The connection of the line that something hovers over, or was dropped on.
        self.dropped_on = ""
        #: The line under the last press of the mouse.
        self.pressed_node: Node | None = None

    @property
    def current_node(self) -> Node | None:
        """The node of the current line."""
        return self._nodes.node(self.currentIndex())

    def show_place(self, profile_id: str, where: Location | None) -> None:
        """Makes the line of a place the current one, as far down as the tree is loaded.

        Nothing is opened: a person who closed a branch wants it closed.
        """
        node = self._nodes.connection(profile_id)
        if where is not None:
            node = self._nodes.find(profile_id, where) or node
        while node is not None and node.parent is not None and self._is_folded(node.parent):
            node = node.parent
        index = self._nodes.index_of(node) if node else QModelIndex()
        if index != self.currentIndex():
            self.setCurrentIndex(index)
        if index.isValid():
            self.scrollTo(index)

    def _is_folded(self, node: Node) -> bool:
        index = self._nodes.index_of(node)
        return index.isValid() and not self.isExpanded(index)

    def open_node(self, node: Node) -> None:
        """Unfolds a node, which asks for what is under it if that is not known."""
        index = self._nodes.index_of(node)
        if self.isExpanded(index):
            self._on_expanded(index)
        else:
            self.expand(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter shows a node in the table; the arrows fold, unfold and move as usual."""
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.current_node:
            self._choose(self.current_node)
            return
        super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Notes the line: it may be dragged."""
        self.pressed_node = self._nodes.node(self.indexAt(event.position().toPoint()))
        super().mousePressEvent(event)

    def _on_expanded(self, index: QModelIndex) -> None:
        node = self._nodes.node(index)
        if node is not None and node.load is Load.UNKNOWN:
            self.load_wanted.emit(node)

    def _on_clicked(self, index: QModelIndex) -> None:
        node = self._nodes.node(index)
        if node is not None and node.kind is not NodeKind.NOTICE:
            self._choose(node)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        node = self._nodes.node(index)
        if node is None:
            return
        if node.kind is NodeKind.NOTICE:
            self._choose(node)
        elif self.isExpanded(index):
            self.collapse(index)
        else:
            self.open_node(node)

    def _choose(self, node: Node) -> None:
        if node.kind is NodeKind.NOTICE:
            if node.parent is not None:
                self.retry_wanted.emit(node.parent)
            return
        if node.kind is NodeKind.CONNECTION:
            self.open_node(node)
        self.chosen.emit(node)

    def _on_menu_requested(self, where: QPoint) -> None:
        node = self._nodes.node(self.indexAt(where))
        self.menu_wanted.emit(node, self.viewport().mapToGlobal(where))

    def _drop_target(self, at: QPoint) -> tuple[Location, QRect | None] | None:
        index = self.indexAt(at)
        node = self._nodes.node(index)
        if node is None or node.location is None:
            return None
        self.dropped_on = node.profile_id
        return node.location, self.visualRect(index)

    def _on_dropped(self, where: Location, paths: list[object]) -> None:
        self.files_dropped.emit(self.dropped_on, where, paths)
