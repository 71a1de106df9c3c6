"""The sheet that comes before an upload: where to, how much, and how."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QLabel,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.text import noop, tr, trn, visible
from s3gui.settings import Settings
from s3gui.transfers.content_types import parse_rules
from s3gui.ui.dialogs.upload_fields import (
    EncryptionTab,
    ObjectTab,
    PairsTab,
    SpeedTab,
    TypesTab,
)
from s3gui.ui.format import count_text, size_text
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.upload_choices import UploadChoices
from s3gui.ui.widgets.labels import ElidedLabel, ToneLabel

_WIDTH = 540
POLICIES: dict[IfExists, tuple[str, str]] = {
    IfExists.ASK: (
        noop("Ask when it happens"),
        noop("The others go on; what exists waits until you decide."),
    ),
    IfExists.SKIP: (noop("Skip"), noop("What exists stays as it is.")),
    IfExists.OVERWRITE: (noop("Overwrite"), noop("What exists is replaced, without a question.")),
    IfExists.RENAME: (noop("Keep both"), noop("The file goes up under a free name: name (1).txt.")),
    IfExists.NEWER: (noop("Overwrite if older"), noop("Only what is older than your file.")),
    IfExists.SIZE: (
        noop("Overwrite if the size differs"),
        noop("What has the same size counts as the same."),
    ),
    IfExists.CONTENT: (
        noop("Overwrite if the content differs"),
        noop("Your files are read and compared with the checksums that the storage has."),
    ),
    IfExists.FAIL: (noop("Stop with an error"), noop("Files that exist fail, the others go up.")),
}
#: Called with the key, or with ``None`` and what is wrong.
KeyRead = Callable[[CustomerKey | None, str], None]
ReadKey = Callable[[Path, KeyRead], None]
_WHEN = {
    "conflicts": noop("Only if something exists already"),
    "always": noop("Before every upload"),
    "never": noop("Never; use these options"),
}


class UploadSheet(QDialog):
    """Accepted: ``choices``, ``settings`` and ``remembers`` say what was chosen.

    Args:
        parent: the window it belongs to.
        where: the prefix.
        choices: what is remembered of the connection.
        settings: as they are now.
        read_key: reads a file off the loop and calls back with the key, or with what is wrong.
        exists: some of it is known to exist there already.
    """

    def __init__(
        self,
        parent: QWidget | None,
        where: Location,
        choices: UploadChoices,
        settings: Settings,
        read_key: ReadKey,
        *,
        exists: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Upload"))
        self.setMinimumWidth(_WIDTH)
        self._settings = settings
        self._read_key = read_key
        self._key: CustomerKey | None = choices.options.customer_key
        self._counts = ToneLabel(Tone.MUTED, tr("Counting…"))
        self.policy = QComboBox()
        self._explained = ToneLabel(Tone.MUTED)
        self._explained.setWordWrap(True)
        self.when = QComboBox()
        self.remember = QCheckBox(tr("Re&member these options for this connection"))
        self.object, self.types, self.pairs = ObjectTab(), TypesTab(), PairsTab()
        self.encryption, self.speed = EncryptionTab(), SpeedTab(settings)
        self._problem = ToneLabel(Tone.BAD)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._lay_out(where, exists=exists)
        self._show(choices)

    def _lay_out(self, where: Location, *, exists: bool) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE)
        place = ElidedLabel(visible(str(where), 400), mode=Qt.TextElideMode.ElideMiddle)
        bold = place.font()
        bold.setWeight(bold.Weight.DemiBold)
        place.setFont(bold)
        for policy, (words, _) in POLICIES.items():
            self.policy.addItem(tr(words), policy)
        for value, words in _WHEN.items():
            self.when.addItem(tr(words), value)
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget], ...] = (
            (tr("Where to"), place),
            (tr("Files"), self._counts),
            (tr("If something e&xists"), self.policy),
            ("", self._explained),
            (tr("Sho&w this sheet"), self.when),
            ("", self.remember),
        )
        for number, (words, field) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(field)
            grid.addWidget(label, number, 0)
            grid.addWidget(field, number, 1)
        if exists:
            column.addWidget(ToneLabel(Tone.WARN, tr("Some of it exists there already.")))
        column.addLayout(grid)
        column.addWidget(self._make_more())
        column.addWidget(self._tabs, 1)
        column.addWidget(self._problem)
        column.addWidget(self._make_buttons())
        self.policy.currentIndexChanged.connect(self._explain)
        self.when.currentIndexChanged.connect(self._on_when_changed)
        self.policy.setFocus()

    def _make_more(self) -> QToolButton:
        self._more = QToolButton()
        self._more.setText(tr("M&ore options"))
        self._more.setAutoRaise(True)
        self._more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._more.setArrowType(Qt.ArrowType.RightArrow)
        self._tabs = QTabWidget()
        for tab, words in (
            (self.object, tr("Object")),
            (self.types, tr("Types")),
            (self.pairs, tr("Metadata and tags")),
            (self.encryption, tr("Encryption")),
            (self.speed, tr("Speed")),
        ):
            self._tabs.addTab(tab, words)
        self._tabs.hide()
        self._more.clicked.connect(lambda: self._show_more(shown=self._tabs.isHidden()))
        return self._more

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox()
        self.go = buttons.addButton(tr("Upload"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.go.setDefault(True)
        self.go.setObjectName("startUpload")
        buttons.addButton(tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._on_accepted)
        buttons.rejected.connect(self.reject)
        return buttons

    # Showing

    def show_count(self, files: int, n_bytes: int, *, done: bool) -> None:
        """How much there is, as far as the folders were walked."""
        words = trn("{count} file, {size}", "{count} files, {size}", files)
        text = words.format(count=count_text(files), size=size_text(n_bytes))
        self._counts.setText(text if done else tr("{counts}, counting…").format(counts=text))

    def _show(self, choices: UploadChoices) -> None:
        options = choices.options
        self.policy.setCurrentIndex(self.policy.findData(choices.if_exists))
        self.when.setCurrentIndex(max(0, self.when.findData(self._settings.ask_before_upload)))
        self.object.storage_class.setEditText(options.storage_class)
        self.object.acl.setCurrentIndex(max(0, self.object.acl.findData(options.acl)))
        self.object.cache_control.setText(options.cache_control)
        self.object.disposition.setText(options.content_disposition)
        self.object.encoding.setText(options.content_encoding)
        self.object.language.setText(options.content_language)
        self.types.rules.setPlainText(choices.content_types)
        self.pairs.metadata.show_pairs(options.metadata)
        self.pairs.tags.show_pairs(options.tags)
        combo = self.encryption.encryption
        combo.setCurrentIndex(max(0, combo.findData(str(options.encryption))))
        self.encryption.kms_key_id.setText(options.kms_key_id)
        self.speed.show_part_bytes(choices.part_bytes)
        self._explain()
        if choices.without_key() != UploadChoices(if_exists=choices.if_exists):
            self._show_more(shown=True)

    def _explain(self) -> None:
        policy: IfExists = self.policy.currentData()
        self._explained.setText(tr(POLICIES[policy][1]))

    def _on_when_changed(self) -> None:
        # Without the sheet only what is remembered can be used.
        if self.when.currentData() == "never":
            self.remember.setChecked(True)

    def _show_more(self, *, shown: bool) -> None:
        self._more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self._tabs.setVisible(shown)
        self.adjustSize()

    # Reading

    def _on_accepted(self) -> None:
        tab, problem = self._find_problem()
        path = self.encryption.key_file.text().strip()
        if tab is not None:
            self._complain(tab, problem)
        elif not self.encryption.wants_key:
            self._key = None
            self.accept()
        elif path:
            self.go.setEnabled(False)
            self._read_key(Path(path).expanduser(), self._on_key_read)
        elif self._key is not None:
            self.accept()
        else:
            self._complain(self.encryption, tr("Choose the file that holds your key."))

    def _on_key_read(self, key: CustomerKey | None, problem: str) -> None:
        self.go.setEnabled(True)
        self._key = key
        if key is None:
            self._complain(self.encryption, problem)
        else:
            self.accept()

    def _complain(self, tab: QWidget, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.show()
        self._show_more(shown=True)
        self._tabs.setCurrentWidget(tab)

    def _find_problem(self) -> tuple[QWidget | None, str]:
        texts = [field.text() for field in self.object.findChildren(type(self.object.language))]
        if not all(text.isascii() and text.isprintable() for text in texts):
            return self.object, tr("Headers take printable Latin characters only.")
        lines = [one for one in self.types.rules.toPlainText().splitlines() if one.strip()]
        if len(parse_rules("\n".join(lines))) < len(lines):
            return self.types, tr("Write each rule like *.log=text/plain.")
        names = "".join(self.pairs.metadata.pairs)
        if not names.isascii() or any(char in ' ()<>@,;:\\"/[]?={}' for char in names):
            return self.pairs, tr("Names of metadata are made of Latin letters, digits, hyphens.")
        if len(self.pairs.tags.pairs) > 10:
            return self.pairs, tr("An object takes ten tags at most.")
        return None, ""

    @property
    def choices(self) -> UploadChoices:
        """What was chosen, with the customer key if there is one."""
        chosen = self.object
        metadata = {name.lower(): value for name, value in self.pairs.metadata.pairs.items()}
        return UploadChoices(
            self.policy.currentData(),
            ObjectOptions(
                storage_class=chosen.storage_class.currentText().strip(),
                acl=chosen.acl.currentData(),
                cache_control=chosen.cache_control.text().strip(),
                content_disposition=chosen.disposition.text().strip(),
                content_encoding=chosen.encoding.text().strip(),
                content_language=chosen.language.text().strip(),
                metadata=metadata,
                tags=self.pairs.tags.pairs,
                encryption=self.encryption.encryption.currentData(),
                kms_key_id=self.encryption.kms_key_id.text().strip(),
                customer_key=self._key,
            ),
            self.types.rules.toPlainText().strip(),
            self.speed.part_size.currentData(),
        )

    @property
    def settings(self) -> Settings:
        """The settings with what was chosen for all transfers."""
        parts = self.speed.parts.value()
        changes = {"ask_before_upload": self.when.currentData()}
        if parts != self._settings.parts_in_flight:
            changes |= {"parts_in_flight": parts}
        if self.speed.files.value() != self._settings.files_in_flight:
            changes |= {"files_in_flight": self.speed.files.value()}
        return replace(self._settings, **changes)

    @property
    def remembers(self) -> bool:
        """The options are to be used for this connection from now on."""
        return self.remember.isChecked()
