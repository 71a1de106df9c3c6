"""The details pane: what is known of the selection, in four tabs to read."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QPalette, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTableView,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.text import noop, tr
from s3gui.ui.icons import icon
from s3gui.ui.models.details import (
    ACCESS_HEADER,
    METADATA_HEADER,
    VERSIONS_HEADER,
    Fact,
    Row,
    Subject,
    Target,
    selection_title,
)
from s3gui.ui.models.facts import FactsModel
from s3gui.ui.models.object_columns import icon_name
from s3gui.ui.theme import ROW_HEIGHT, SPACE, Tone, is_new_look
from s3gui.ui.widgets.busy_line import BusyLine
from s3gui.ui.widgets.column_fit import ColumnFit, Width
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel, ValueField

_PICTURE = 24
#: Two columns, and the three of the versions: the last has what is left.
_TWO_WIDTHS = (Width(140, 90, order=2), Width(120, 60, order=1))
_VERSION_WIDTHS = (Width(206, 150, order=3), Width(66, 60, order=2), Width(90, 30, order=1))


class Tab(IntEnum):
    """The tabs, in their order."""

    OVERVIEW = 0
    METADATA = 1
    PERMISSIONS = 2
    VERSIONS = 3


TAB_TITLES = {
    Tab.OVERVIEW: noop("Overview"),
    Tab.METADATA: noop("Metadata"),
    Tab.PERMISSIONS: noop("Permissions"),
    Tab.VERSIONS: noop("Versions"),
}


class _Note(QWidget):
    """A sentence where content would be, with *Try again* after an error."""

    retry_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label = ToneLabel(Tone.MUTED)
        self.label.setWordWrap(True)
        self.retry = QPushButton(tr("Try again"))
        self.retry.clicked.connect(self.retry_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE + 2)
        column.addWidget(self.label)
        column.addWidget(self.retry, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)


class _Page(QStackedWidget):
    """A tab: its content, or a sentence in its place."""

    retry_wanted = Signal()

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.content = content
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.note = _Note()
        self.note.retry_wanted.connect(self.retry_wanted)
        self.addWidget(content)
        self.addWidget(self.note)

    def show_content(self) -> None:
        self.setCurrentWidget(self.content)

    def say(self, text: str, *, is_error: bool = False) -> None:
        self.note.label.set_tone(Tone.BAD if is_error else Tone.MUTED)
        self.note.label.setText(text)
        self.note.retry.setVisible(is_error)
        self.setCurrentWidget(self.note)


class _FactTable(QTableView):
    """Rows of words; Ctrl+C copies the current cell."""

    def __init__(self, header: Sequence[str], name: str, widths: Sequence[Width]) -> None:
        super().__init__()
        self.facts = FactsModel(header, self)
        self.setModel(self.facts)
        self.setAccessibleName(name)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT - 2)
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self._fit = ColumnFit(self, dict(enumerate(widths)), filler=len(widths) - 1)
        copy = QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self)
        copy.setContext(Qt.ShortcutContext.WidgetShortcut)
        copy.activated.connect(self._on_copy_activated)

    def fit_columns(self) -> None:
        """Gives each column what its cells need, as far as there is room; the last has the rest."""
        for column in range(self.facts.columnCount() - 1):
            self._fit.want(column, self.sizeHintForColumn(column) + SPACE)
        self._fit.fit()

    def _on_copy_activated(self) -> None:
        if self.currentIndex().isValid():
            QGuiApplication.clipboard().setText(str(self.currentIndex().data()))


class _Overview(QScrollArea):
    """Facts under each other: the name in grey, the value under it, to select and copy."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_facts(self, facts: Sequence[Fact]) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(SPACE * 2, SPACE + 4, SPACE * 2, SPACE * 2)
        column.setSpacing(0)
        for fact in facts:
            column.addWidget(ToneLabel(Tone.MUTED, fact.name))
            column.addWidget(ValueField(fact.value, fact.name))
            column.addSpacing(SPACE)
        column.addStretch(1)
        self.setWidget(inner)
        inner.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)


class DetailsPane(QWidget):
    """Shows one target. What the tabs hold is told from outside, each by itself."""

    #: ``Tab``: it came into sight, or its *Try again* was pressed.
    tab_wanted = Signal(object)
    #: ``int``: the row of the versions that is to be downloaded.
    version_wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("details")
        self._target = Target()
        self._picture = QLabel()
        self._title = ElidedLabel(mode=Qt.TextElideMode.ElideMiddle)
        self._title.setObjectName("detailsTitle")
        bold = self._title.font()
        bold.setWeight(bold.Weight.DemiBold)
        self._title.setFont(bold)
        head = QHBoxLayout()
        head.setContentsMargins(SPACE * 2, SPACE + 2, SPACE * 2, SPACE)
        head.setSpacing(SPACE)
        head.addWidget(self._picture)
        head.addWidget(self._title, 1)
        self._busy = BusyLine()
        self._overview = _Overview()
        self._tables: dict[Tab, _FactTable] = {
            Tab.METADATA: _FactTable(METADATA_HEADER, tr("Metadata"), _TWO_WIDTHS),
            Tab.PERMISSIONS: _FactTable(ACCESS_HEADER, tr("Permissions"), _TWO_WIDTHS),
            Tab.VERSIONS: _FactTable(VERSIONS_HEADER, tr("Versions"), _VERSION_WIDTHS),
        }
        self._make_version_menu(self._tables[Tab.VERSIONS])
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setExpanding(False)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        # So the pane is never narrower than its tabs, in any language.
        self.tabs.setUsesScrollButtons(False)
        self._pages: dict[Tab, _Page] = {}
        for tab in Tab:
            content: QWidget = self._tables.get(tab) or self._overview
            page = _Page(content)
            page.retry_wanted.connect(lambda tab=tab: self.tab_wanted.emit(tab))
            self.tabs.addTab(page, tr(TAB_TITLES[tab]))
            self._pages[tab] = page
        self.tabs.currentChanged.connect(lambda index: self.tab_wanted.emit(Tab(index)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._busy)
        column.addWidget(self.tabs, 1)
        self.show_target(Target())

    def _make_version_menu(self, table: QTableView) -> None:
        #: Rows of the versions that have content; delete markers have none.
        self._with_content: frozenset[int] = frozenset()
        self.download_version = QAction(icon("download"), tr("Down&load this version…"), table)
        self.download_version.setEnabled(False)
        table.addAction(self.download_version)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        rows = table.selectionModel()
        self.download_version.triggered.connect(
            lambda: self.version_wanted.emit(rows.currentIndex().row())
        )
        table.activated.connect(lambda _index: self.download_version.trigger())
        rows.currentChanged.connect(
            lambda now, _before: self.download_version.setEnabled(now.row() in self._with_content)
        )

    def offer_versions(self, rows: Iterable[int]) -> None:
        """These rows of the versions can be downloaded."""
        self._with_content = frozenset(rows)
        self.download_version.setEnabled(False)

    @property
    def current_tab(self) -> Tab:
        """The tab in sight."""
        return Tab(self.tabs.currentIndex())

    @property
    def target(self) -> Target:
        """What is shown."""
        return self._target

    def show_target(self, target: Target) -> None:
        """Another selection: everything that was shown goes."""
        self._target = target
        self._title.set_full_text(selection_title(target))
        self._draw()
        self._picture.setVisible(target.subject is not Subject.NOTHING)
        self._title.setVisible(target.subject is not Subject.NOTHING)
        for page in self._pages.values():
            page.say("")
        if target.subject is Subject.NOTHING:
            self._pages[Tab.OVERVIEW].say(tr("Select something to see its details."))
        self.set_busy(busy=False)

    def set_busy(self, *, busy: bool) -> None:
        """Something is being asked for."""
        self._busy.set_busy(busy)

    def set_facts(self, facts: Sequence[Fact]) -> None:
        """Fills the overview."""
        self._overview.set_facts(facts)
        self._pages[Tab.OVERVIEW].show_content()

    def set_rows(
        self, tab: Tab, rows: Sequence[Row], *, if_none: str, tips: Sequence[Row] | None = None
    ) -> None:
        """Fills a table, or says why it has no rows; ``tips`` say more of the cells."""
        table = self._tables[tab]
        table.facts.set_rows(rows, tips)
        if rows:
            table.fit_columns()
            self._pages[tab].show_content()
        else:
            self._pages[tab].say(if_none)

    def say(self, tab: Tab, text: str, *, is_error: bool = False) -> None:
        """A sentence in a tab; after an error with *Try again*."""
        self._pages[tab].say(text, is_error=is_error)

    def text_of(self, tab: Tab) -> str:
        """The sentence of a tab, "" while it shows content."""
        page = self._pages[tab]
        return page.note.label.text() if page.currentWidget() is page.note else ""

    def rows_of(self, tab: Tab) -> FactsModel:
        """The rows of a tab's table."""
        return self._tables[tab].facts

    @property
    def facts(self) -> dict[str, str]:
        """What the overview shows."""
        fields = self._overview.findChildren(ValueField)
        return {field.accessibleName(): field.text() for field in fields}

    def changeEvent(self, event: QEvent) -> None:
        """Draws the picture in the new theme's colour."""
        super().changeEvent(event)
        if is_new_look(event):
            self._draw()

    def _draw(self) -> None:
        where = self._target.location
        drawing = {
            Subject.NOTHING: ("info-circle", Tone.MUTED),
            Subject.BUCKET: ("bucket", Tone.PLAIN),
            Subject.FOLDER: ("folder", Tone.FOLDER),
            Subject.OBJECT: (icon_name(where.key) if where else "file", Tone.MUTED),
            Subject.MANY: ("list-check", Tone.ACCENT),
        }[self._target.subject]
        size = QSize(_PICTURE, _PICTURE)
        self._picture.setPixmap(icon(*drawing).pixmap(size, self.devicePixelRatioF()))
