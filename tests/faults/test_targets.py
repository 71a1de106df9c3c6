"""Where downloads may go: the chosen folder, nowhere else, and in no other file's place."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from faults.conftest import MakeEngine
from faults.down import OTHER, RANGE, WHOLE, Down, OnRange
from servers.front import Forward, Front

from s3gui.domain.errors import S3guiError
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import State, Waiting
from s3gui.transfers.downloading import gather, target
from s3gui.transfers.downloading.paths import Rules, folded, lay_out, same

CANARY = b"not yours"


@pytest_asyncio.fixture
async def down(
    front: Front, engine: MakeEngine, bucket: str, tmp_path: Path
) -> AsyncIterator[Down]:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "canary").write_bytes(CANARY)
    (tmp_path / "down").mkdir()
    async with engine(front) as program:
        yield Down(program, front, bucket, tmp_path / "down")
        names = sorted(path.name for path in (tmp_path / "outside").iterdir())
        assert names == ["canary"]
        assert (tmp_path / "outside" / "canary").read_bytes() == CANARY


async def all_done(down: Down) -> None:
    for transfer in down.engine.queue.transfers:
        await down.engine.done(transfer)


@pytest.mark.fault(66)
async def test_no_key_leaves_the_folder(down: Down) -> None:
    keys = ["../outside/canary", "/outside/canary", "..\\canary", "C:\\x", "\\\\host\\share\\x"]
    keys += ["a/../../outside/canary", "./x", "a//b", "tab\there", "..", "a/.."]
    for key in keys:
        down.put(f"p/{key}", key.encode())
    result = await down.ask("p/")
    await all_done(down)
    assert result.queued == len(keys)
    saved = {path.read_bytes().decode() for path in down.folder.rglob("*") if path.is_file()}
    assert saved == set(keys)
    said = {item.location.key for item in result.mapped}
    assert {f"p/{key}" for key in keys} - said == {
        "p/..\\canary",
        "p/C:\\x",
        "p/\\\\host\\share\\x",
    }


@pytest.mark.fault(67)
async def test_a_link_that_was_planted_is_not_followed(down: Down) -> None:
    down.put("p/in/canary", b"x")
    down.put("p/in/deeper/canary", b"x")
    (down.folder / "p").mkdir()
    (down.folder / "p" / "in").symlink_to(down.folder.parent / "outside")
    result = await down.ask("p/")
    assert (result.queued, len(result.skipped)) == (0, 2)


@pytest.mark.fault(67)
async def test_a_folder_that_becomes_a_link_midway_is_not_followed(down: Down) -> None:
    down.put("p/canary")

    def plant() -> None:
        (down.folder / "p").rename(down.folder / "moved")
        (down.folder / "p").symlink_to(down.folder.parent / "outside")

    down.front.on(OnRange(RANGE, Forward(before=plant)), method="GET", path="/canary$")
    await down.ask("p/")
    await down.engine.failed(down.engine.queue.transfers[0])


@pytest.mark.fault(68)
async def test_twins_on_a_disk_that_does_not_tell_them_apart(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gather, "is_insensitive", lambda _: True)
    down.put("p/a.txt", b"1")
    down.put("p/A.txt", b"2")
    result = await down.ask("p/")
    await all_done(down)
    assert down.names() == ["p/A.txt", "p/a (2).txt"]
    assert [item.location.key for item in result.mapped] == ["p/a.txt"]


@pytest.mark.fault(69)
@pytest.mark.parametrize("windows", [True, False])
async def test_names_that_windows_cannot_have(
    down: Down, monkeypatch: pytest.MonkeyPatch, windows: bool
) -> None:
    rules = Rules(windows=windows, fold=folded if windows else same)
    monkeypatch.setattr(gather, "lay_out", lambda keys, _, first: lay_out(keys, rules, first=first))
    keys = ["CON", "aux.c", "dot.", "space ", "a:b", "<>|*?", "plain"]
    for key in keys:
        down.put(f"p/{key}", key.encode())
    result = await down.ask("p/")
    await all_done(down)
    assert len(result.mapped) == (6 if windows else 0)
    assert ("p/CON" in down.names()) == (not windows)


@pytest.mark.fault(70)
async def test_a_key_that_is_a_folder_too_is_saved_beside_it(down: Down) -> None:
    down.put("p/a", b"1")
    down.put("p/a/b", b"2")
    down.put("p/empty/", b"")
    result = await down.ask("p/")
    await all_done(down)
    assert down.names() == ["p/a (object)", "p/a/b"]
    assert (down.folder / "p" / "empty").is_dir()
    assert [item.location.key for item in result.mapped] == ["p/a"]


@pytest.mark.fault(71)
async def test_a_full_disk_is_known_before_the_first_byte(
    down: Down, monkeypatch: pytest.MonkeyPatch
) -> None:
    down.put("big")
    with monkeypatch.context() as patched:
        patched.setattr(target, "_free_bytes", lambda _: len(WHOLE) - 1)
        transfer = await down.begin()
        await down.engine.until(transfer, State.PAUSED)
    assert transfer.waiting is Waiting.DISK_FULL
    assert down.names() == []
    assert not down.ranges()
    down.engine.queue.resume([transfer.id])
    await down.engine.until(transfer, State.COMPLETED)
    await down.done(transfer)


@pytest.mark.fault(72)
async def test_a_name_of_250_bytes_grows_under_a_short_one(down: Down) -> None:
    name = "n" * 250
    down.put(name)
    seen: list[str] = []
    look = Forward(before=lambda: seen.extend(down.names()))
    down.front.on(OnRange(RANGE, look), method="GET", path="/n+$")
    await down.done(await down.begin(name))
    assert down.names() == [name]
    assert [len(one) <= 60 for one in seen] == [True]


@pytest.mark.fault(73)
@pytest.mark.parametrize(
    ("policy", "state"),
    [
        (IfExists.ASK, State.PAUSED),
        (IfExists.FAIL, State.FAILED),
        (IfExists.SKIP, State.SKIPPED),
        (IfExists.RENAME, State.COMPLETED),
        (IfExists.OVERWRITE, State.COMPLETED),
    ],
)
@pytest.mark.parametrize("when", ["before", "in the last moment"])
async def test_what_is_there_is_left_alone(
    down: Down, policy: IfExists, state: State, when: str
) -> None:
    down.put("big")
    path = down.folder / "big"
    if when == "before":
        path.write_bytes(OTHER)
    else:
        come = Forward(before=lambda: path.write_bytes(OTHER))
        down.front.on(OnRange(RANGE, come), method="GET", path="/big$")
    transfer = await down.begin(if_exists=policy)
    await down.engine.until(transfer, state)
    assert (path.read_bytes() == OTHER) == (policy is not IfExists.OVERWRITE)
    assert (down.folder / "big (1)").exists() == (policy is IfExists.RENAME)


@pytest.mark.fault(74)
async def test_a_folder_that_vanished_is_not_made_again(down: Down) -> None:
    down.put("p/big")
    gone = down.folder / "p"

    def pull() -> None:
        for path in gone.iterdir():
            path.unlink()
        gone.rmdir()

    down.front.on(OnRange(RANGE, Forward(before=pull)), method="GET", path="/big$")
    await down.ask("p/")
    transfer = down.engine.queue.transfers[0]
    assert await down.engine.failed(transfer) == "ENOENT"
    assert not gone.exists()
    assert transfer.error is not None
    assert os.fspath(gone) in transfer.error.detail
    down.folder.rmdir()
    with pytest.raises(S3guiError):
        await down.ask("p/")
    assert not down.folder.exists()
