"""Which keyring: only those of the operating systems, whatever the environment says.

``keyring.get_keyring()`` is never called: it imports what ``PYTHON_KEYRING_BACKEND`` or
``keyringrc.cfg`` name, adds folders to the import path for them, and chains every backend it finds,
plain text files among them. Here the trusted classes are named, and the best that answers is taken.
"""

import os
from typing import Protocol

from s3gui.accounts.errors import KeyringMissing, KeyringSwitchedOff

#: Shown by the wallets of KDE and GNOME as the program that asks.
APP_ID = "s3gui"


class Backend(Protocol):
    """What we need of ``keyring.backend.KeyringBackend``."""

    def get_password(self, service: str, username: str) -> str | None:
        """The secret, ``None`` for no entry."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Adds or replaces an entry."""

    def delete_password(self, service: str, username: str) -> None:
        """Removes an entry; an error if there is none."""


def _trusted() -> list[type[Backend]]:
    from keyring.backends import SecretService, Windows, kwallet, libsecret, macOS

    return [
        SecretService.Keyring,
        libsecret.Keyring,
        kwallet.DBusKeyring,
        kwallet.DBusKeyringKWallet4,
        macOS.Keyring,
        Windows.WinVaultKeyring,
    ]


def _name(backend: type[object]) -> str:
    return f"{backend.__module__}.{backend.__qualname__}"


def choose_backend() -> Backend:
    """The best trusted keyring that answers. Blocks; asks D-Bus, so call it in the worker.

    ``PYTHON_KEYRING_BACKEND`` may narrow the choice to one of the trusted ones. Any other value
    means that keys are not to be stored by us; what it names is not imported.

    Raises:
        KeyringSwitchedOff: the variable names something else.
        KeyringMissing: none of them is there.
    """
    wanted = os.environ.get("PYTHON_KEYRING_BACKEND", "").strip()
    candidates = _trusted()
    if wanted:
        candidates = [backend for backend in candidates if _name(backend) == wanted]
        if not candidates:
            raise KeyringSwitchedOff(wanted)
    ranked: list[tuple[float, type[Backend]]] = []
    for backend in candidates:
        try:
            ranked.append((_priority(backend), backend))
        except Exception:  # noqa: BLE001, S112  each says "not here" in its own way
            continue
    if not ranked:
        raise KeyringMissing
    best = max(ranked, key=lambda pair: pair[0])[1]()
    if hasattr(best, "appid"):
        best.appid = APP_ID
    return best


def _priority(backend: type[Backend]) -> float:
    """The priority that a backend gives itself; raises where it cannot work."""
    priority: float = backend.priority  # type: ignore[attr-defined]
    return priority
