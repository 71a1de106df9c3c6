"""The options of an upload: what objects are made with, in tabs."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.encryption import Encryption
from s3gui.domain.parts import MIB
from s3gui.domain.text import noop, tr
from s3gui.settings import Settings
from s3gui.ui.format import size_text
from s3gui.ui.icons import icon
from s3gui.ui.theme import ROW_HEIGHT, SPACE, Tone
from s3gui.ui.widgets.labels import ToneLabel

_CLASSES = (
    *("STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"),
    *("GLACIER", "DEEP_ARCHIVE", "COLD", "ICE"),
)
_ACLS = {
    "": noop("As the bucket has it"),
    "private": noop("Only the owner"),
    "public-read": noop("Everybody may read"),
    "public-read-write": noop("Everybody may read and write"),
    "authenticated-read": noop("Who is signed in may read"),
    "bucket-owner-read": noop("The bucket's owner may read"),
    "bucket-owner-full-control": noop("The bucket's owner may do everything"),
    "aws-exec-read": noop("Amazon EC2 may read"),
}
_ENCRYPTIONS = {
    "": noop("As the bucket has it"),
    Encryption.S3.value: noop("With keys of the storage (SSE-S3)"),
    Encryption.KMS.value: noop("With a key of its key service (SSE-KMS)"),
    Encryption.CUSTOMER.value: noop("With a key of my own (SSE-C)"),
}
_PART_MIB = (5, 8, 16, 32, 64, 128, 256, 512, 1024)


def _grid(rows: Sequence[tuple[str, QWidget]], parent: QWidget) -> QGridLayout:
    """Labels on the left, fields on the right, aligned over all tabs."""
    grid = QGridLayout(parent)
    grid.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
    grid.setHorizontalSpacing(2 * SPACE)
    grid.setVerticalSpacing(SPACE)
    grid.setColumnStretch(1, 1)
    for number, (words, field) in enumerate(rows):
        label = QLabel(words)
        label.setBuddy(field)
        grid.addWidget(label, number, 0)
        if isinstance(field, QSpinBox):
            grid.addWidget(field, number, 1, Qt.AlignmentFlag.AlignLeft)
            continue
        field.setSizePolicy(QSizePolicy.Policy.Expanding, field.sizePolicy().verticalPolicy())
        grid.addWidget(field, number, 1)
    grid.setRowStretch(len(rows), 1)
    return grid


def _note(text: str) -> ToneLabel:
    note = ToneLabel(Tone.MUTED, text)
    note.setWordWrap(True)
    return note


class ObjectTab(QWidget):
    """Storage class, access, and the headers that are one line each."""

    def __init__(self) -> None:
        super().__init__()
        self.storage_class = QComboBox()
        self.storage_class.setEditable(True)
        self.storage_class.addItems(["", *_CLASSES])
        line = self.storage_class.lineEdit()
        if line is not None:
            line.setPlaceholderText(tr("As the bucket has it"))
        self.acl = QComboBox()
        for value, words in _ACLS.items():
            self.acl.addItem(tr(words), value)
        self.cache_control = QLineEdit()
        self.cache_control.setPlaceholderText("max-age=3600")
        self.disposition = QLineEdit()
        self.disposition.setPlaceholderText("attachment")
        self.encoding = QLineEdit()
        self.encoding.setPlaceholderText("gzip")
        self.language = QLineEdit()
        self.language.setPlaceholderText("en")
        rows = (
            (tr("S&torage class"), self.storage_class),
            (tr("&Access"), self.acl),
            ("Cache-Control", self.cache_control),
            ("Content-Disposition", self.disposition),
            ("Content-Encoding", self.encoding),
            ("Content-Language", self.language),
        )
        _grid(rows, self)


class TypesTab(QWidget):
    """Content types by mask, a line each."""

    def __init__(self) -> None:
        super().__init__()
        self.rules = QPlainTextEdit()
        self.rules.setAccessibleName(tr("Content types by file name"))
        self.rules.setPlaceholderText("*.log=text/plain\n*.webmanifest=application/manifest+json")
        self.rules.setTabChangesFocus(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.addWidget(
            _note(
                tr("A rule a line; the first that fits a name counts. Others go by their ending.")
            )
        )
        column.addWidget(self.rules, 1)


class PairsTable(QTableWidget):
    """Names and values; there is always an empty row to go on in."""

    def __init__(self, name: str) -> None:
        super().__init__(1, 2)
        self.setAccessibleName(name)
        self.setHorizontalHeaderLabels([tr("Name"), tr("Value")])
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.setTabKeyNavigation(False)
        self.setMinimumHeight(90)
        self.itemChanged.connect(self._on_item_changed)

    @property
    def pairs(self) -> dict[str, str]:
        """What was typed; a row without a name is left out."""
        found = {}
        for row in range(self.rowCount()):
            cells = [self.item(row, column) for column in range(2)]
            name, value = (cell.text().strip() if cell else "" for cell in cells)
            if name:
                found[name] = value
        return found

    def show_pairs(self, pairs: Mapping[str, str]) -> None:
        """Fills the table anew."""
        self.setRowCount(0)
        self.setRowCount(len(pairs) + 1)
        for row, pair in enumerate(pairs.items()):
            for column, text in enumerate(pair):
                self.setItem(row, column, QTableWidgetItem(text))

    def _on_item_changed(self, item: QTableWidgetItem) -> None:
        if item.row() == self.rowCount() - 1 and item.text().strip():
            self.setRowCount(self.rowCount() + 1)


class PairsTab(QWidget):
    """Metadata and tags."""

    def __init__(self) -> None:
        super().__init__()
        self.metadata = PairsTable(tr("Metadata"))
        self.tags = PairsTable(tr("Tags"))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        for words, table in ((tr("Meta&data"), self.metadata), (tr("Ta&gs"), self.tags)):
            label = QLabel(words)
            label.setBuddy(table)
            column.addWidget(label)
            column.addWidget(table, 1)


class EncryptionTab(QWidget):
    """Whose key it is; the person's own comes out of a file and is kept nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.encryption = QComboBox()
        for value, words in _ENCRYPTIONS.items():
            self.encryption.addItem(tr(words), value)
        self.kms_key_id = QLineEdit()
        self.kms_key_id.setPlaceholderText(tr("The bucket's default key"))
        self.key_file = QLineEdit()
        self.key_file.setPlaceholderText(tr("32 bytes, as they are, in base64 or in hex"))
        self._browse = QToolButton()
        self._browse.setIcon(icon("folder"))
        self._browse.setToolTip(tr("Choose a file"))
        self._browse.setAccessibleName(tr("Choose the file with the key"))
        self._browse.clicked.connect(self._on_browse_clicked)
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE - 2)
        row.addWidget(self.key_file, 1)
        row.addWidget(self._browse)
        holder.setFocusProxy(self.key_file)
        rows = (
            (tr("&Encryption"), self.encryption),
            (tr("&Key id"), self.kms_key_id),
            (tr("Key &file"), holder),
        )
        grid = _grid(rows, self)
        self._note = _note(
            tr(
                "s3gui does not keep this key, and neither does the storage: without it nobody"
                " can read the objects again."
            )
        )
        grid.addWidget(self._note, len(rows), 1, Qt.AlignmentFlag.AlignTop)
        self.encryption.currentIndexChanged.connect(self._show)
        self._show()

    @property
    def wants_key(self) -> bool:
        """The person's own key is to be used."""
        return bool(self.encryption.currentData() == Encryption.CUSTOMER)

    def _show(self) -> None:
        self.kms_key_id.setEnabled(self.encryption.currentData() == Encryption.KMS)
        self.key_file.setEnabled(self.wants_key)
        self._browse.setEnabled(self.wants_key)
        self._note.setVisible(self.wants_key)

    def _on_browse_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Choose the file with the key"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda name: self.key_file.setText(str(Path(name))))
        dialog.open()


class SpeedTab(QWidget):
    """Part size of this upload; parts and files in flight of all."""

    changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.part_size = QComboBox()
        as_set = tr("As in the settings ({size})").format(size=size_text(settings.part_bytes))
        self.part_size.addItem(as_set, 0)
        for mib in _PART_MIB:
            self.part_size.addItem(f"{mib} MiB", mib * MIB)
        self.parts, self.files = QSpinBox(), QSpinBox()
        for box, value in (
            (self.parts, settings.parts_in_flight),
            (self.files, settings.files_in_flight),
        ):
            box.setRange(1, 64)
            box.setValue(value)
            box.setFixedWidth(110)
        rows = (
            (tr("&Part size"), self.part_size),
            (tr("Pa&rts at once"), self.parts),
            (tr("F&iles at once"), self.files),
        )
        grid = _grid(rows, self)
        grid.addWidget(
            _note(tr("How many go at once counts for all transfers, from now on.")),
            *(len(rows), 1, Qt.AlignmentFlag.AlignTop),
        )

    def show_part_bytes(self, n_bytes: int) -> None:
        """Chooses a part size, also one that is not in the list."""
        at = self.part_size.findData(n_bytes)
        if at < 0:
            self.part_size.addItem(size_text(n_bytes), n_bytes)
            at = self.part_size.count() - 1
        self.part_size.setCurrentIndex(at)
