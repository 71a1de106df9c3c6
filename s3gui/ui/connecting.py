"""What a person does with connections: add, open, close, edit, remove."""

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from s3gui.domain.errors import S3guiError
from s3gui.domain.profile import Profile
from s3gui.domain.text import tr, visible
from s3gui.ui.dialogs import ask, confirm
from s3gui.ui.services import Services


class Connecting(QObject):
    """Keeps the list of saved connections; its slots may be called from any menu."""

    #: The list of saved connections is another one.
    profiles_changed = Signal()
    #: ``str`` (profile id) and ``bool``
    opened_or_closed = Signal(str, bool)
    #: ``str`` (profile id): a person just connected, show it.
    connected = Signal(str)
    #: ``str`` (profile id): it is no more.
    removed = Signal(str)
    #: ``S3guiError``
    failed = Signal(object)

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services = services
        self._window = window
        self._profiles: dict[str, Profile] = {}
        self._unsaved: set[str] = set()
        self._asking = False
        services.connections.watch(self._on_watched)

    @property
    def profiles(self) -> list[Profile]:
        """The saved connections, in the person's order."""
        return list(self._profiles.values())

    def profile(self, profile_id: str) -> Profile | None:
        """One of them."""
        return self._profiles.get(profile_id)

    def is_open(self, profile_id: str) -> bool:
        """Whether its session is open."""
        return self._services.connections.get(profile_id) is not None

    def has_unsaved_keys(self, profile_id: str) -> bool:
        """Its keys are in memory only, and gone after quitting."""
        return profile_id in self._unsaved

    def note_unsaved_keys(self, profile_id: str) -> None:
        """Told by who saved keys for this session only."""
        self._unsaved.add(profile_id)

    async def reload(self) -> None:
        """Reads the list again."""
        profiles = await self._services.accounts.profiles()
        self._profiles = {profile.id: profile for profile in profiles}
        self.profiles_changed.emit()

    # What a person does -------------------------------------------------------------------------

    def add(self) -> None:
        """Asks for a new connection and opens it."""
        self._start(self._edit(None), "connect")

    def edit(self, profile_id: str) -> None:
        """Asks for other settings of a saved one."""
        self._start(self._edit(self._profiles.get(profile_id)), "edit connection")

    def remove(self, profile_id: str) -> None:
        """Asks, then forgets a connection and its keys."""
        if profile := self._profiles.get(profile_id):
            self._start(self._remove(profile), "remove connection")

    def close(self, profile_id: str) -> None:
        """Closes a session; transfers that need it open it again."""
        self._services.tasks.start(
            self._services.connections.close(profile_id), name="close connection"
        )

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._services.tasks.start(work, name=name)

    async def _edit(self, profile: Profile | None) -> None:
        if self._asking:
            return
        self._asking = True
        try:
            await self._ask(profile)
        finally:
            self._asking = False

    async def _ask(self, profile: Profile | None) -> None:
        from s3gui.ui.dialogs.connect import ConnectDialog

        accounts = self._services.accounts
        dialog = ConnectDialog(
            self._services.gateway,
            accounts.credentials,
            self._services.tasks,
            profile=profile,
            keyring_problem=await accounts.keyring_problem(),
            parent=self._window,
        )
        if await ask(dialog) != QDialog.DialogCode.Accepted:
            return
        wanted, keys, keep = (
            dialog.form.profile(),
            dialog.form.credentials(),
            dialog.form.keep.isChecked(),
        )
        dialog.form.forget_secret()
        try:
            await accounts.save(wanted, keys, keep=keep)
        except S3guiError as error:
            # The profile is saved and the keys are held in memory: go on, but say so.
            keep = False
            self.failed.emit(error)
        if keys is not None:
            self._unsaved.discard(wanted.id) if keep else self._unsaved.add(wanted.id)
        await self.reload()
        try:
            held = keys or await accounts.credentials(wanted.id)
            await self._services.connections.adopt(wanted, held)
        except S3guiError as error:
            self.failed.emit(error)
            return
        self.connected.emit(wanted.id)

    async def _remove(self, profile: Profile) -> None:
        yes = await confirm(
            self._window,
            tr("Remove the connection"),
            tr("Remove the connection {name}?").format(name=visible(profile.name)),
            hint=tr(
                "Its keys are forgotten, in the system keyring too. Nothing in the storage changes."
            ),
            action=tr("Remove"),
            risky=True,
        )
        if not yes:
            return
        await self._services.connections.close(profile.id)
        try:
            await self._services.accounts.remove(profile.id)
        except S3guiError as error:
            self.failed.emit(error)
        self._unsaved.discard(profile.id)
        await self.reload()
        self.removed.emit(profile.id)

    def _on_watched(self, profile_id: str, is_open: bool) -> None:
        if profile_id not in self._profiles and is_open:
            self._services.tasks.start(self._reload_and_tell(profile_id), name="connections")
        else:
            self.opened_or_closed.emit(profile_id, is_open)

    async def _reload_and_tell(self, profile_id: str) -> None:
        await self.reload()
        self.opened_or_closed.emit(profile_id, self.is_open(profile_id))
