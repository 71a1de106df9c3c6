import asyncio
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keyring.errors
import pytest
from accounts.kit import KEYS, PROFILE, FakeBackend

from s3gui.accounts import KeyringAccounts, KeyringProblem
from s3gui.accounts.errors import KeyringLocked, KeyringRefused, KeyringSilent
from s3gui.accounts.vault import service_of
from s3gui.domain.errors import LocalFileError, NeedsCredentials, S3guiError
from s3gui.domain.profile import Addressing, Credentials

Start = Callable[..., KeyringAccounts]


def disk(folder: Path) -> str:
    return "".join(path.read_text() for path in folder.rglob("*") if path.is_file())


async def test_kept_keys_survive_a_restart_and_are_in_no_file(
    start: Start, backend: FakeBackend, tmp_path: Path
) -> None:
    await start().save(PROFILE, KEYS, keep=True)

    after = start()
    assert await after.profiles() == [PROFILE]
    assert await after.credentials(PROFILE.id) == KEYS
    assert KEYS.secret_key not in disk(tmp_path)
    assert KEYS.access_key not in disk(tmp_path)
    assert [service for service, _ in backend.entries] == ["s3gui/f00d"]


async def test_the_keyring_is_called_from_one_thread_only(
    start: Start, backend: FakeBackend
) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    await accounts.credentials(PROFILE.id)
    await accounts.remove(PROFILE.id)
    assert backend.threads == {"s3gui-keyring"}


async def test_keys_not_kept_never_reach_the_keyring(
    start: Start, backend: FakeBackend, tmp_path: Path
) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=False)
    assert await accounts.credentials(PROFILE.id) == KEYS
    assert backend.calls == []
    assert KEYS.secret_key not in disk(tmp_path)

    after = start()
    with pytest.raises(NeedsCredentials) as caught:
        await after.credentials(PROFILE.id)
    assert "memory" in caught.value.detail
    assert backend.calls == []


async def test_keys_kept_no_more_leave_the_keyring(start: Start, backend: FakeBackend) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    await accounts.save(PROFILE, KEYS, keep=False)
    assert backend.entries == {}
    assert await accounts.credentials(PROFILE.id) == KEYS


async def test_a_session_token_stays_in_memory_and_replaces_what_was_kept(
    start: Start, backend: FakeBackend, tmp_path: Path
) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    temporary = Credentials("ASIA", "short-lived", "the-token")
    await accounts.save(PROFILE, temporary, keep=True)
    assert backend.entries == {}
    assert await accounts.credentials(PROFILE.id) == temporary
    assert "the-token" not in disk(tmp_path)


async def test_removing_a_connection_removes_its_entry(start: Start, backend: FakeBackend) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    await accounts.remove(PROFILE.id)
    assert backend.entries == {}
    assert await accounts.profiles() == []
    await accounts.remove(PROFILE.id)  # twice is once


async def test_a_rename_keeps_one_entry_and_its_keys(start: Start, backend: FakeBackend) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    renamed = replace(PROFILE, name="Архив", addressing=Addressing.PATH)
    await accounts.save(renamed, None, keep=True)
    assert len(backend.entries) == 1
    after = start()
    assert await after.profiles() == [renamed]
    assert await after.credentials(PROFILE.id) == KEYS


@pytest.mark.parametrize("keep", [True, False])
async def test_keys_are_not_given_to_another_endpoint(start: Start, keep: bool) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=keep)
    await accounts.save(replace(PROFILE, endpoint="https://evil.example.com"), None, keep=keep)
    with pytest.raises(NeedsCredentials):
        await accounts.credentials(PROFILE.id)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (keyring.errors.KeyringLocked("Failed to unlock"), KeyringLocked),
        (keyring.errors.InitError("Prompt dismissed.."), KeyringLocked),
        (keyring.errors.PasswordSetError("denied"), KeyringRefused),
        (OSError(1783, "The stub received bad data"), KeyringRefused),
    ],
)
async def test_a_keyring_that_refuses_is_named_and_memory_serves(
    start: Start, backend: FakeBackend, tmp_path: Path, error: Exception, kind: type[Exception]
) -> None:
    backend.refuses["set"] = error
    accounts = start()
    with pytest.raises(kind) as caught:
        await accounts.save(PROFILE, KEYS, keep=True)
    assert KEYS.secret_key not in repr(caught.value)
    assert await accounts.profiles() == [PROFILE]
    assert await accounts.credentials(PROFILE.id) == KEYS
    assert KEYS.secret_key not in disk(tmp_path)
    with pytest.raises(NeedsCredentials):
        await start().credentials(PROFILE.id)


async def test_an_error_that_quotes_the_secret_is_not_repeated(
    start: Start, backend: FakeBackend
) -> None:
    backend.refuses["set"] = ValueError(f"cannot store {KEYS.secret_key}")
    with pytest.raises(KeyringRefused) as caught:
        await start().save(PROFILE, KEYS, keep=True)
    assert KEYS.secret_key not in caught.value.as_text()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_a_keyring_that_drops_what_it_took_is_caught(
    start: Start, backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "set_password", lambda *_: None)
    with pytest.raises(KeyringRefused):
        await start().save(PROFILE, KEYS, keep=True)


async def test_a_silent_keyring_ends_in_words_and_its_late_success_is_taken_back(
    start: Start, backend: FakeBackend
) -> None:
    backend.answered.clear()
    accounts = start(limit_s=0.05)
    with pytest.raises(KeyringSilent):
        await accounts.save(PROFILE, KEYS, keep=True)
    assert await accounts.credentials(PROFILE.id) == KEYS
    # While it still waits for its prompt, nobody waits behind it.
    assert "does not answer" in await accounts.keyring_problem()

    backend.answered.set()
    patient = start(limit_s=10)
    await patient.save(replace(PROFILE, id="beef"), KEYS, keep=True)
    await asyncio.to_thread(backend.removed.wait, 10)  # the worker takes the late write back
    assert [service for service, _ in backend.entries] == [service_of("beef")]


async def test_a_locked_keyring_at_reading_asks_for_the_keys_and_says_why(
    start: Start, backend: FakeBackend
) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    backend.refuses["get"] = keyring.errors.KeyringLocked("no")
    with pytest.raises(NeedsCredentials) as caught:
        await accounts.credentials(PROFILE.id)
    assert "locked" in caught.value.detail
    assert caught.value.code == "KeyringLocked"


async def test_an_entry_that_could_not_be_removed_is_removed_later(
    start: Start, backend: FakeBackend, tmp_path: Path
) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    backend.refuses["delete"] = keyring.errors.PasswordDeleteError("Cancelled by user")
    with pytest.raises(KeyringProblem):
        await accounts.remove(PROFILE.id)
    assert await accounts.profiles() == []
    assert json.loads((tmp_path / "profiles.json").read_text())["leftovers"] == [PROFILE.id]

    backend.refuses.clear()
    other = replace(PROFILE, id="beef")
    await start().save(other, KEYS, keep=True)
    assert [service for service, _ in backend.entries] == [service_of("beef")]
    assert json.loads((tmp_path / "profiles.json").read_text())["leftovers"] == []


async def test_old_keys_that_could_not_be_removed_are_not_used_again(
    start: Start, backend: FakeBackend
) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    backend.refuses["delete"] = keyring.errors.PasswordDeleteError("Cancelled by user")
    newer = Credentials("NEW", "newer")
    with pytest.raises(KeyringProblem):
        await accounts.save(PROFILE, newer, keep=False)
    assert await accounts.credentials(PROFILE.id) == newer
    with pytest.raises(NeedsCredentials):
        await start().credentials(PROFILE.id)


async def test_a_temporary_connection_touches_neither_disk_nor_keyring(
    start: Start, backend: FakeBackend, tmp_path: Path
) -> None:
    accounts = start()
    accounts.add_temporary(PROFILE, KEYS)
    assert await accounts.profiles() == [PROFILE]
    assert await accounts.credentials(PROFILE.id) == KEYS
    assert disk(tmp_path) == ""
    await accounts.remove(PROFILE.id)
    assert await accounts.profiles() == []
    assert backend.calls == []


async def test_a_damaged_entry_asks_for_the_keys(start: Start, backend: FakeBackend) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=True)
    for key in backend.entries:
        backend.entries[key] = "{"
    with pytest.raises(NeedsCredentials):
        await accounts.credentials(PROFILE.id)


async def test_an_unknown_connection_needs_credentials(start: Start) -> None:
    with pytest.raises(NeedsCredentials):
        await start().credentials("nobody")


@pytest.mark.parametrize(
    "change", [{"endpoint": "storage"}, {"endpoint": "ftp://x"}, {"name": ""}, {"id": ""}]
)
async def test_an_incomplete_connection_is_refused(start: Start, change: dict[str, str]) -> None:
    with pytest.raises(S3guiError):
        await start().save(replace(PROFILE, **change), KEYS, keep=True)


async def test_a_list_that_cannot_be_read_is_not_taken_for_empty(
    start: Start, tmp_path: Path
) -> None:
    (tmp_path / "profiles.json").mkdir()
    with pytest.raises(LocalFileError):
        await start().profiles()


async def test_keys_left_in_memory_are_forgotten_at_close(start: Start) -> None:
    accounts = start()
    await accounts.save(PROFILE, KEYS, keep=False)
    accounts.close()
    with pytest.raises(NeedsCredentials):
        await accounts.credentials(PROFILE.id)


def test_credentials_show_nothing_and_are_not_pickled() -> None:
    assert KEYS.secret_key not in f"{KEYS!r} {KEYS}"
    with pytest.raises(TypeError):
        pickle.dumps(KEYS)
