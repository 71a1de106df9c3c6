"""Keyrings that misbehave on command, and connections to store."""

import threading

from s3gui.domain.profile import Credentials, Profile


class FakeBackend:
    """A keyring in a dict. Not a ``KeyringBackend``: subclasses register themselves."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.threads: set[str] = set()
        #: Raised by the next calls with these names.
        self.refuses: dict[str, Exception] = {}
        #: Each call waits for it: a keyring that shows its prompt.
        self.answered = threading.Event()
        self.answered.set()
        #: An entry was removed.
        self.removed = threading.Event()

    def _begin(self, name: str) -> None:
        self.calls.append(name)
        self.threads.add(threading.current_thread().name)
        self.answered.wait(10)
        if name in self.refuses:
            raise self.refuses[name]

    def get_password(self, service: str, username: str) -> str | None:
        self._begin("get")
        return self.entries.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._begin("set")
        self.entries[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        self._begin("delete")
        del self.entries[service, username]
        self.removed.set()


PROFILE = Profile("f00d", "Backups", "https://storage.example.com", region="ru-1")
KEYS = Credentials("AKIA-ACCESS", "very-secret-words")
