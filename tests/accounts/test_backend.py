import sys
from pathlib import Path

import keyring.backend
import pytest

from s3gui.accounts import KeyringAccounts
from s3gui.accounts import backend as backends
from s3gui.accounts.backend import choose_backend
from s3gui.accounts.errors import KeyringMissing, KeyringSwitchedOff

VARIABLE = "PYTHON_KEYRING_BACKEND"


class Absent:
    priority = 0.0

    def __init__(self) -> None:
        raise AssertionError("chosen")


def working(rank: float) -> type:
    return type("Working", (), {"priority": rank, "appid": "argv0"})


class _NoBus(type):
    @property
    def priority(cls) -> float:
        raise RuntimeError("no bus")


class Broken(metaclass=_NoBus):
    pass


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.null.Keyring",
        "keyring.backends.fail.Keyring",
        "keyring.backends.chainer.ChainerBackend",
        "keyrings.alt.file.PlaintextKeyring",
        "trap.Keyring",
    ],
)
def test_a_backend_that_is_not_trusted_is_refused_and_not_imported(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "trap.py").write_text("raise AssertionError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv(VARIABLE, name)
    with pytest.raises(KeyringSwitchedOff) as caught:
        choose_backend()
    assert name in caught.value.detail
    assert "trap" not in sys.modules
    assert "keyrings.alt" not in sys.modules


def test_keyringrc_is_not_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "python_keyring").mkdir()
    (tmp_path / "python_keyring" / "keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=trap.Keyring\nkeyring-path={tmp_path}\n"
    )
    (tmp_path / "trap.py").write_text("raise AssertionError('imported')")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(backends, "_trusted", lambda: [working(1)])
    assert type(choose_backend()).__name__ == "Working"
    assert str(tmp_path) not in sys.path
    assert "trap" not in sys.modules


def test_the_best_of_those_that_answer_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    best = working(5.1)
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(backends, "_trusted", lambda: [Absent, Broken, best, working(4.9)])
    chosen = choose_backend()
    assert type(chosen) is best
    assert chosen.appid == "s3gui"


def test_no_keyring_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.setattr(backends, "_trusted", lambda: [Broken])
    with pytest.raises(KeyringMissing):
        choose_backend()


def test_the_trusted_ones_are_those_of_the_operating_systems() -> None:
    names = {f"{backend.__module__}.{backend.__qualname__}" for backend in backends._trusted()}
    assert names == {
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
        "keyring.backends.kwallet.DBusKeyringKWallet4",
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
    }
    assert not [name for name in names if ".alt." in name or "null" in name or "fail" in name]


def test_nothing_of_ours_registers_as_a_keyring() -> None:
    ours = [
        backend
        for backend in keyring.backend.KeyringBackend._classes
        if backend.__module__.startswith("s3gui")
    ]
    assert ours == []


async def test_the_problem_is_told_in_words(tmp_path: Path) -> None:
    accounts = KeyringAccounts(tmp_path)
    problem = await accounts.keyring_problem()  # conftest switches the keyring off
    assert problem.startswith("The keyring is switched off")
    accounts.close()
