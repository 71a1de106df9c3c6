"""Keys in the OS keyring: one entry a connection, JSON, bound to the connection's endpoint."""

import functools
import json
import sys
from collections.abc import Callable
from typing import TypeVar

from s3gui.accounts.backend import Backend, choose_backend
from s3gui.accounts.errors import (
    KeyringLocked,
    KeyringMissing,
    KeyringProblem,
    KeyringRefused,
    KeyringSilent,
)
from s3gui.accounts.worker import Worker
from s3gui.domain.profile import Credentials
from s3gui.domain.text import tr, visible

_T = TypeVar("_T")

#: How long one call may take; a locked keyring asks for its password meanwhile.
LIMIT_S = 30.0
_USERNAME = "credentials"


def service_of(profile_id: str) -> str:
    """The name of a connection's entry in the keyring."""
    return f"s3gui/{profile_id}"


class Vault:
    """Reads and writes the entries, in one worker thread. ``keyring`` is imported there, late.

    Every method raises a KeyringProblem when the keyring is missing, locked, silent or refuses.
    """

    def __init__(
        self, choose: Callable[[], Backend] = choose_backend, limit_s: float = LIMIT_S
    ) -> None:
        self._choose = choose
        self._worker = Worker("s3gui-keyring", limit_s)
        self._backend: Backend | None = None

    async def probe(self) -> None:
        """Finds the keyring, without touching what is in it (so it asks for no password)."""
        await self._call(lambda: None)

    async def read(self, profile_id: str, endpoint: str) -> Credentials | None:
        """The keys of a connection; ``None`` if there are none for this endpoint."""
        text = await self._call(lambda: self._get(profile_id))
        return None if text is None else _unpack(text, endpoint)

    async def write(self, profile_id: str, endpoint: str, credentials: Credentials) -> None:
        """Stores the keys, and looks whether they are there. A session token is not for here."""
        text = json.dumps(
            {
                "access": credentials.access_key,
                "secret": credentials.secret_key,
                "endpoint": endpoint,
            }
        )
        # A write whose caller was told that it failed must not come true behind his back.
        await self._call(
            functools.partial(self._put, profile_id, text),
            undo=functools.partial(self._drop, profile_id),
            secret=credentials.secret_key,
        )

    async def delete(self, profile_id: str) -> None:
        """Removes the entry; nothing happens if there is none."""
        await self._call(functools.partial(self._drop, profile_id))

    def close(self) -> None:
        """Ends the thread, without waiting for a prompt that is still open."""
        self._worker.close()

    async def _call(
        self,
        work: Callable[[], _T],
        *,
        undo: Callable[[], object] | None = None,
        secret: str = "",
    ) -> _T:
        def begin() -> _T:
            if self._backend is None:
                self._backend = self._choose()
            return work()

        try:
            return await self._worker.run(begin, undo=undo)
        except TimeoutError as error:
            raise KeyringSilent(self._worker.limit_s) from error
        except KeyringProblem:
            raise
        except Exception as error:  # noqa: BLE001  D-Bus, win32, macOS raise what they like
            problem = _problem_of(error, secret)
            # No chain: a backend's traceback holds the secret in its frames.
            raise problem from None

    # These run in the worker.

    def _get(self, profile_id: str) -> str | None:
        assert self._backend is not None  # noqa: S101  _call has chosen it
        return self._backend.get_password(service_of(profile_id), _USERNAME)

    def _put(self, profile_id: str, text: str) -> None:
        assert self._backend is not None  # noqa: S101
        if sys.platform == "win32":
            # WinVaultKeyring keeps the entry that it replaces under a second name.
            self._drop(profile_id)
        self._backend.set_password(service_of(profile_id), _USERNAME, text)
        if self._get(profile_id) != text:
            raise KeyringRefused(tr("It took the keys, but does not give them back."))

    def _drop(self, profile_id: str) -> None:
        assert self._backend is not None  # noqa: S101
        # Backends raise the same error for "no such entry" and for "I will not".
        if self._get(profile_id) is not None:
            self._backend.delete_password(service_of(profile_id), _USERNAME)


def _unpack(text: str, endpoint: str) -> Credentials | None:
    try:
        entry = json.loads(text)
        access, secret, bound_to = entry["access"], entry["secret"], entry["endpoint"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(access, str) or not isinstance(secret, str) or bound_to != endpoint:
        # Another endpoint: keys go only to the host they were given for, so that an edited or
        # imported profile cannot send them elsewhere.
        return None
    return Credentials(access, secret)


def _problem_of(error: Exception, secret: str) -> KeyringProblem:
    from keyring import errors

    said = visible(str(error), 200)
    if secret and secret in str(error):
        said = ""
    detail = f"{type(error).__name__}: {said}" if said else type(error).__name__
    if isinstance(error, errors.NoKeyringError):
        return KeyringMissing(detail)
    if isinstance(error, (errors.KeyringLocked, errors.InitError)):
        return KeyringLocked(detail)
    return KeyringRefused(detail)
