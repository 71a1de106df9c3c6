"""The fields of the connect dialog: what they take, and what is wrong with what was typed."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from s3gui.domain.profile import Addressing, Credentials, Profile, check_endpoint
from s3gui.domain.text import noop, tr, visible
from s3gui.ui.icons import icon
from s3gui.ui.theme import SPACE, Tone
from s3gui.ui.widgets.labels import ToneLabel

_ADDRESSING = {
    Addressing.AUTO: noop("Automatic"),
    Addressing.PATH: noop("Path (server/bucket)"),
    Addressing.VIRTUAL: noop("Host name (bucket.server)"),
}


class _Field(QWidget):
    """A widget and, when there is something to say about it, a line under it."""

    def __init__(self, widget: QWidget, *extra: QWidget) -> None:
        super().__init__()
        self.note = ToneLabel(Tone.MUTED)
        self.note.setWordWrap(True)
        self.note.hide()
        row = QHBoxLayout()
        row.setSpacing(SPACE - 2)
        row.addWidget(widget, 1)
        for one in extra:
            row.addWidget(one)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.note)

    def say(self, text: str, tone: Tone = Tone.MUTED) -> None:
        self.note.set_tone(tone)
        self.note.setText(text)
        self.note.setVisible(bool(text))


class ConnectForm(QWidget):
    """Reads a profile and keys out of what was typed, or says in place what is wrong."""

    #: Something was typed.
    edited = Signal()

    def __init__(self, profile: Profile | None, keyring_problem: str) -> None:
        super().__init__()
        self._old = profile
        self._id = profile.id if profile else uuid4().hex
        self.name = QLineEdit(profile.name if profile else "")
        self.endpoint = QLineEdit(profile.endpoint if profile else "")
        self.endpoint.setPlaceholderText("https://s3.example.com")
        self.region = QLineEdit(profile.region if profile else "us-east-1")
        self.addressing = QComboBox()
        for kind, words in _ADDRESSING.items():
            self.addressing.addItem(tr(words), kind)
        self.addressing.setCurrentIndex(
            list(_ADDRESSING).index(profile.addressing if profile else Addressing.AUTO)
        )
        self.access_key = QLineEdit()
        self.access_key.setObjectName("accessKey")
        self.secret_key = QLineEdit()
        self.secret_key.setObjectName("secretKey")
        self.ca_bundle = QLineEdit(profile.ca_bundle if profile else "")
        self.ca_bundle.setPlaceholderText(tr("The system's own"))
        self.bucket = QLineEdit(profile.default_bucket if profile else "")
        self.bucket.setPlaceholderText(tr("Only if the keys may not list buckets"))
        self.keep = QCheckBox(tr("&Keep the keys in the system keyring"))
        self._set_up_keys(keyring_problem)
        self._lay_out()
        self._watch()

    def _set_up_keys(self, keyring_problem: str) -> None:
        self.secret_key.setEchoMode(QLineEdit.EchoMode.Password)
        if self._old:
            unchanged = tr("Unchanged")
            self.access_key.setPlaceholderText(unchanged)
            self.secret_key.setPlaceholderText(unchanged)
        self._eye = QAction(icon("eye"), tr("Show the secret key"), self)
        self._eye.setCheckable(True)
        self._eye.toggled.connect(self._on_eye_toggled)
        self.secret_key.addAction(self._eye, QLineEdit.ActionPosition.TrailingPosition)
        self.keep.setChecked(not keyring_problem)
        self.keep.setEnabled(not keyring_problem)
        self._keep_note = ToneLabel(Tone.WARN if keyring_problem else Tone.MUTED)
        self._keep_note.setWordWrap(True)
        self._keyring_problem = keyring_problem
        self._show_keep()

    def _lay_out(self) -> None:
        browse = QToolButton()
        browse.setIcon(icon("folder"))
        browse.setToolTip(tr("Choose a file"))
        browse.setAccessibleName(tr("Choose a file with certificates"))
        browse.clicked.connect(self._on_browse_clicked)
        self._fields: dict[QWidget, _Field] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE * 2)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        rows: tuple[tuple[str, QWidget, tuple[QWidget, ...]], ...] = (
            (tr("&Name"), self.name, ()),
            (tr("&Endpoint"), self.endpoint, ()),
            (tr("&Region"), self.region, ()),
            (tr("&Access key"), self.access_key, ()),
            (tr("&Secret key"), self.secret_key, ()),
            (tr("A&ddressing"), self.addressing, ()),
            (tr("&Bucket"), self.bucket, ()),
            (tr("&Certificates"), self.ca_bundle, (browse,)),
        )
        for row, (words, widget, extra) in enumerate(rows):
            label = QLabel(words)
            label.setBuddy(widget)
            widget.setMinimumWidth(300)
            field = _Field(widget, *extra)
            self._fields[widget] = field
            label.setFixedHeight(widget.sizeHint().height())
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(field, row, 1)
        keeping = QVBoxLayout()
        keeping.setSpacing(3)
        keeping.addWidget(self.keep)
        keeping.addWidget(self._keep_note)
        grid.addLayout(keeping, len(rows), 1)

    def _watch(self) -> None:
        for field in (
            self.name,
            self.endpoint,
            self.region,
            self.access_key,
            self.secret_key,
            self.ca_bundle,
            self.bucket,
        ):
            field.textEdited.connect(self._on_edited)
        self.endpoint.editingFinished.connect(self._show_endpoint)
        self.keep.toggled.connect(self._show_keep)
        self._show_endpoint()

    # Reading ------------------------------------------------------------------------------------

    def problems(self) -> dict[QWidget, str]:
        """What is wrong, by field; also shown under the fields. Empty: all is well."""
        found: dict[QWidget, str] = {}
        if self._endpoint() is None:
            found[self.endpoint] = tr("Type an address like https://s3.example.com")
        region = self.region.text().strip()
        if not region or not region.isascii() or any(char.isspace() for char in region):
            found[self.region] = tr("Type the region, like us-east-1; the provider names it.")
        found |= self._key_problems()
        bundle = self.ca_bundle.text().strip()
        if bundle and not Path(bundle).is_file():
            found[self.ca_bundle] = tr("There is no such file.")
        for widget, field in self._fields.items():
            field.say(found.get(widget, ""), Tone.BAD)
        if self.endpoint not in found:
            self._show_endpoint()
        return found

    def _key_problems(self) -> dict[QWidget, str]:
        access, secret = self.access_key.text().strip(), self.secret_key.text()
        if self._old and not access and not secret:
            return {}
        found: dict[QWidget, str] = {}
        if not access:
            found[self.access_key] = tr("Type the access key.")
        if not secret:
            found[self.secret_key] = tr("Type the secret key.")
        return found

    def profile(self) -> Profile:
        """What was typed; only after ``problems()`` was empty."""
        endpoint = self._endpoint() or ""
        addressing: Addressing = self.addressing.currentData()
        profile = Profile(
            id=self._id,
            name=self.name.text().strip(),
            endpoint=endpoint,
            region=self.region.text().strip(),
            addressing=addressing,
            ca_bundle=self.ca_bundle.text().strip(),
            proxy=self._old.proxy if self._old else "",
            list_version=self._old.list_version if self._old else 0,
            default_bucket=self.bucket.text().strip(),
        )
        return profile if profile.name else replace(profile, name=profile.host)

    def credentials(self) -> Credentials | None:
        """The keys that were typed; ``None`` leaves the saved ones as they are."""
        access, secret = self.access_key.text().strip(), self.secret_key.text().strip()
        return Credentials(access, secret) if access and secret else None

    def forget_secret(self) -> None:
        """Clears the secret key out of the field."""
        self.secret_key.clear()

    def _endpoint(self) -> str | None:
        try:
            return check_endpoint(self.endpoint.text())
        except ValueError:
            return None

    # Showing ------------------------------------------------------------------------------------

    def _show_endpoint(self) -> None:
        """Warns of an open line; says nothing of an address that is not whole yet."""
        endpoint = self._endpoint() if self.endpoint.text().strip() else None
        field = self._fields[self.endpoint]
        if endpoint is None:
            if self.endpoint.text().strip():
                field.say(tr("Type an address like https://s3.example.com"), Tone.BAD)
            return
        trial = Profile("", "", endpoint)
        if not self.name.text():
            self.name.setPlaceholderText(visible(trial.host))
        if trial.is_secure or trial.is_loopback:
            field.say("")
        else:
            field.say(
                tr("Not encrypted: everybody on the way can read what you send and receive."),
                Tone.WARN,
            )

    def _show_keep(self) -> None:
        if self._keyring_problem:
            reason = visible(self._keyring_problem)
            text = tr("{reason} The keys are held in memory until you quit.").format(reason=reason)
        elif self.keep.isChecked():
            text = ""
        else:
            text = tr("The keys are held in memory until you quit.")
        self._keep_note.setText(text)
        self._keep_note.setVisible(bool(text))

    def _on_edited(self) -> None:
        sender = self.sender()
        if isinstance(sender, QWidget) and sender in self._fields:
            self._fields[sender].say("")
        self.edited.emit()

    def _on_eye_toggled(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.secret_key.setEchoMode(mode)
        self._eye.setIcon(icon("eye-off" if shown else "eye"))
        self._eye.setText(tr("Hide the secret key") if shown else tr("Show the secret key"))

    def _on_browse_clicked(self) -> None:
        dialog = QFileDialog(self, tr("Choose a file with certificates"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters([tr("Certificates (*.pem *.crt *.cer)"), tr("All files (*)")])
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.ca_bundle.setText)
        dialog.open()
