"""The open sessions, one a connection, shared by the engine, the window and the command line."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from s3gui.domain.errors import NeedsCredentials
from s3gui.domain.ports import Accounts, Gateway, Session
from s3gui.domain.profile import Credentials, Profile
from s3gui.domain.text import tr


@dataclass(slots=True)
class _Open:
    session: Session
    context: AbstractAsyncContextManager[Session]
    credentials: Credentials


class Connections:
    """Opens a session when it is first needed and keeps it until it is closed.

    Opening asks the server nothing, so a session that is open says nothing about the network.
    """

    def __init__(self, gateway: Gateway, accounts: Accounts) -> None:
        self._gateway = gateway
        self._accounts = accounts
        self._open: dict[str, _Open] = {}
        self._lock = asyncio.Lock()
        self._watchers: list[Callable[[str, bool], None]] = []
        self._guards: list[Callable[[str], Awaitable[None]]] = []

    def watch(self, watcher: Callable[[str, bool], None]) -> None:
        """``watcher(profile_id, is_open)`` is called after a session was opened or closed."""
        self._watchers.append(watcher)

    def guard(self, guard: Callable[[str], Awaitable[None]]) -> None:
        """``guard(profile_id)`` is waited for before a session is closed: who uses it leaves it."""
        self._guards.append(guard)

    def get(self, profile_id: str) -> Session | None:
        """The session, if it is open."""
        held = self._open.get(profile_id)
        return held.session if held else None

    async def open(self, profile_id: str) -> Session:
        """The session of a saved connection, opened with its saved keys if it is not open yet.

        Raises:
            NeedsCredentials: no such connection, or its keys are not to be had.
        """
        if held := self.get(profile_id):
            return held
        async with self._lock:
            # Three files that start together open it once.
            if held := self.get(profile_id):
                return held
            for profile in await self._accounts.profiles():
                if profile.id == profile_id:
                    credentials = await self._accounts.credentials(profile_id)
                    return await self._adopt(profile, credentials)
        raise NeedsCredentials(
            tr("The connection of this transfer is not saved any more"),
            hint=tr("Add the connection again, or remove the transfer."),
        )

    async def adopt(self, profile: Profile, credentials: Credentials) -> Session:
        """Opens a session with these keys; one that is open under the same id is closed first."""
        async with self._lock:
            return await self._adopt(profile, credentials)

    async def refresh(self, profile_id: str) -> bool:
        """Opens a session anew whose keys were refused, if others are saved by now.

        Another program may have replaced them in the keyring. Returns whether it did: the same
        keys are not offered twice.

        Raises:
            NeedsCredentials: there are none any more.
        """
        async with self._lock:
            held = self._open.get(profile_id)
            profiles = await self._accounts.profiles()
            profile = next((one for one in profiles if one.id == profile_id), None)
            if held is None or profile is None:
                return False
            credentials = await self._accounts.credentials(profile_id)
            if credentials == held.credentials:
                return False
            await self._adopt(profile, credentials)
            return True

    async def _adopt(self, profile: Profile, credentials: Credentials) -> Session:
        was_open = profile.id in self._open
        try:
            await self._leave(profile.id)
            context = self._gateway.session(profile, credentials)
            session = await context.__aenter__()
        except BaseException:
            if was_open:
                self._tell(profile.id, is_open=False)
            raise
        self._open[profile.id] = _Open(session, context, credentials)
        self._tell(profile.id, is_open=True)
        return session

    async def close(self, profile_id: str) -> None:
        """Closes a session; nothing happens if it is not open."""
        async with self._lock:
            if profile_id not in self._open:
                return
            try:
                await self._leave(profile_id)
            finally:
                self._tell(profile_id, is_open=False)

    async def close_all(self) -> None:
        """Closes every session."""
        for profile_id in list(self._open):
            await self.close(profile_id)

    async def _leave(self, profile_id: str) -> None:
        held = self._open.pop(profile_id, None)
        if held is None:
            return
        try:
            for guard in self._guards:
                await guard(profile_id)
        finally:
            await held.context.__aexit__(None, None, None)

    def _tell(self, profile_id: str, *, is_open: bool) -> None:
        for watcher in list(self._watchers):
            watcher(profile_id, is_open)
