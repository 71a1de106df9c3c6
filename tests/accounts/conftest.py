from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from accounts.kit import FakeBackend

from s3gui.accounts import KeyringAccounts
from s3gui.accounts.vault import Vault


@pytest.fixture
def backend() -> Iterator[FakeBackend]:
    fake = FakeBackend()
    yield fake
    fake.answered.set()


@pytest.fixture
def start(tmp_path: Path, backend: FakeBackend) -> Iterator[Callable[..., KeyringAccounts]]:
    """Each call is a new start of the program on the same disk and the same keyring."""
    started: list[KeyringAccounts] = []

    def begin(limit_s: float = 10) -> KeyringAccounts:
        accounts = KeyringAccounts(tmp_path, Vault(lambda: backend, limit_s))
        started.append(accounts)
        return accounts

    yield begin
    for accounts in started:
        accounts.close()
