"""The saved connections and their keys, as ``domain.ports.Accounts`` asks for them."""

import asyncio
import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from s3gui.accounts import store
from s3gui.accounts.errors import KeyringProblem
from s3gui.accounts.store import Book, Row
from s3gui.accounts.vault import Vault
from s3gui.diagnostics import redaction
from s3gui.domain.errors import NeedsCredentials, S3guiError
from s3gui.domain.profile import Credentials, Profile, check_endpoint
from s3gui.domain.text import tr, visible


@dataclass(frozen=True, slots=True)
class _Held:
    """Keys in memory, and the endpoint that they were given for."""

    endpoint: str
    credentials: Credentials


class KeyringAccounts:
    """Connections in ``profiles.json``, keys in the OS keyring or, until quit, in memory.

    Keys with a session token stay in memory whatever is asked: they end by themselves, and are too
    long for the Windows vault. Keys answer only for the endpoint they were given for: a connection
    whose endpoint was changed needs its keys again.
    """

    def __init__(self, state_dir: Path, vault: Vault | None = None) -> None:
        self._state_dir = state_dir
        self._vault = vault or Vault()
        self._held: dict[str, _Held] = {}
        self._temporary: dict[str, Profile] = {}
        #: One change at a time: what one has written, another must not clear away.
        self._turn = asyncio.Lock()
        self._file = asyncio.Lock()

    async def profiles(self) -> list[Profile]:
        """The connections of this session, then the saved ones in the person's order."""
        book = await self._book()
        saved = [row.profile for row in book.rows if row.profile.id not in self._temporary]
        return [*self._temporary.values(), *saved]

    def add_temporary(self, profile: Profile, credentials: Credentials) -> None:
        """A connection that lives in memory only: the demo, the options of a command."""
        _hide(credentials)
        self._temporary[profile.id] = profile
        self._held[profile.id] = _Held(profile.endpoint, credentials)

    async def save(self, profile: Profile, credentials: Credentials | None, *, keep: bool) -> None:
        """Adds or replaces a connection; ``credentials`` of ``None`` leaves its keys as they are.

        Raises:
            KeyringProblem: the keyring refused. The connection is saved, and new keys are held in
                memory.
            LocalFileError: the list of connections cannot be written; nothing was changed.
        """
        _check(profile)
        if credentials is not None:
            _hide(credentials)
        async with self._turn:
            if credentials is None:
                await self._change(
                    lambda book: book.with_row(Row(profile, _keys_kept(book, profile.id)))
                )
                self._temporary.pop(profile.id, None)
            else:
                await self._save_with_keys(
                    profile, credentials, keep=keep and not credentials.session_token
                )

    async def _save_with_keys(
        self, profile: Profile, credentials: Credentials, *, keep: bool
    ) -> None:
        before = await self._book()
        stale = _keys_kept(before, profile.id) or profile.id in before.leftovers
        # The entry is owed until it is known to be gone or overwritten, so that a crash in between
        # leaves neither an old key in force nor an entry that nobody knows of.
        await self._change(
            lambda book: book.with_row(Row(profile)).owing(profile.id, owes=stale or keep)
        )
        self._temporary.pop(profile.id, None)
        self._held[profile.id] = _Held(profile.endpoint, credentials)
        if keep:
            await self._vault.write(profile.id, profile.endpoint, credentials)
            await self._change(
                lambda book: book.with_row(Row(profile, keys_kept=True)).owing(
                    profile.id, owes=False
                )
            )
            del self._held[profile.id]
        elif stale:
            await self._clear_entry(profile)
        if keep or stale:
            await self._clear_leftovers()

    async def remove(self, profile_id: str) -> None:
        """Forgets a connection and its keys, in the keyring too.

        Raises:
            KeyringProblem: the connection is gone, its keyring entry is not; it is tried again.
        """
        async with self._turn:
            self._held.pop(profile_id, None)
            self._temporary.pop(profile_id, None)
            book = await self._book()
            row = book.row(profile_id)
            if row is None:
                return
            owes = row.keys_kept or profile_id in book.leftovers
            await self._change(lambda book: book.without(profile_id).owing(profile_id, owes=owes))
            if owes:
                await self._clear_entry(row.profile)
                await self._clear_leftovers()

    async def credentials(self, profile_id: str) -> Credentials:
        """The keys of a connection.

        Raises:
            NeedsCredentials: none are to be had; the detail says why.
        """
        profile, kept = await self._find(profile_id)
        held = self._held.get(profile_id)
        if held is not None:
            if held.endpoint == profile.endpoint:
                return held.credentials
            raise _needs(profile, tr("The address was changed since the keys were entered."))
        if not kept:
            raise _needs(profile, tr("They were held in memory only, until s3gui was closed."))
        try:
            found = await self._vault.read(profile_id, profile.endpoint)
        except KeyringProblem as problem:
            raise _needs(profile, str(problem), problem.hint, problem.code) from problem
        if found is None:
            raise _needs(profile, tr("The keyring has no keys for this connection and address."))
        _hide(found)
        return found

    async def keyring_problem(self) -> str:
        """Why keys cannot be kept on this machine; "" when they can. Asks for no password."""
        try:
            await self._vault.probe()
        except KeyringProblem as problem:
            return str(problem)
        return ""

    def close(self) -> None:
        """Forgets what is in memory and lets the keyring's thread end."""
        self._held.clear()
        self._temporary.clear()
        self._vault.close()

    async def _find(self, profile_id: str) -> tuple[Profile, bool]:
        temporary = self._temporary.get(profile_id)
        if temporary is not None:
            return temporary, False
        row = (await self._book()).row(profile_id)
        if row is None:
            raise NeedsCredentials(
                tr("There is no such connection"),
                hint=tr("Add the connection again."),
            )
        return row.profile, row.keys_kept

    async def _clear_entry(self, profile: Profile) -> None:
        try:
            await self._vault.delete(profile.id)
        except KeyringProblem as problem:
            raise KeyringProblem(
                tr("The old keys of {name} are still in the keyring").format(
                    name=visible(profile.name)
                ),
                str(problem),
                tr("They are not used any more; s3gui removes them when the keyring lets it."),
                code=problem.code,
            ) from problem
        await self._change(lambda book: book.owing(profile.id, owes=False))

    async def _clear_leftovers(self) -> None:
        """The keyring has just answered: a good time for what it refused before."""
        for profile_id in (await self._book()).leftovers:
            try:
                await self._vault.delete(profile_id)
            except KeyringProblem:
                # It was told when it happened, and stays on the list.
                return
            await self._change(functools.partial(Book.owing, profile_id=profile_id, owes=False))

    async def _book(self) -> Book:
        async with self._file:
            return await asyncio.to_thread(store.load, self._state_dir)

    async def _change(self, change: Callable[[Book], Book]) -> None:
        """Reads, changes and writes the file as one step; another window's rows are kept."""

        def carry_out() -> None:
            store.save(self._state_dir, change(store.load(self._state_dir)))

        async with self._file:
            await asyncio.to_thread(carry_out)


def _hide(credentials: Credentials) -> None:
    """From now on no line of the log can show them (security check 12)."""
    redaction.hide(credentials.secret_key, credentials.session_token)


def _keys_kept(book: Book, profile_id: str) -> bool:
    row = book.row(profile_id)
    return row is not None and row.keys_kept


def _check(profile: Profile) -> None:
    try:
        complete = check_endpoint(profile.endpoint) == profile.endpoint
    except ValueError:
        complete = False
    if complete and profile.id and profile.name:
        return
    raise S3guiError(
        tr("This connection cannot be saved"),
        tr("Its name or its address is not complete."),
        tr("Give it a name and an address such as https://storage.example.com."),
    )


def _needs(profile: Profile, why: str, hint: str = "", code: str = "") -> NeedsCredentials:
    return NeedsCredentials(
        tr("The keys of {name} are needed").format(name=visible(profile.name)),
        why,
        hint or tr("Enter the access key and the secret key of this connection."),
        code=code,
    )
