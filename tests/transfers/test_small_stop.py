"""Small files in threads: a disk that hangs keeps nobody from pausing, and nothing leaves then."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest

from s3gui.domain.entries import ObjectOptions, Stored
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter
from s3gui.domain.quick import QuickAnswer
from s3gui.domain.transfer import Direction, Transfer
from s3gui.transfers.row import Row
from s3gui.transfers.small_work import Errand
from s3gui.transfers.source import LocalSource


class Way:
    """Takes whatever comes."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.descriptor = -1

    def begin(self, key: str, body: bytes, *, md5: bytes, meter: Meter) -> "Way":
        self.sent.append(key)
        return self

    def go_on(self) -> QuickAnswer:
        return QuickAnswer(Stored("e"))


async def test_who_waits_for_a_disk_ends_at_once_and_sends_nothing_when_that_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1")
    hangs, answers = threading.Event(), threading.Event()
    opened = LocalSource.open

    def slowly(where: Path) -> LocalSource:
        hangs.set()
        assert answers.wait(10)
        return opened(where)

    monkeypatch.setattr(LocalSource, "open", slowly)
    errand, way, ended = an_errand(path)
    thread = threading.Thread(target=errand.run)
    thread.start()
    await asyncio.to_thread(hangs.wait, 10)
    errand.meter.stop()
    assert errand.cancel()
    assert ended == [errand]
    assert errand.was_stopped
    assert not errand.is_good
    answers.set()
    await asyncio.to_thread(thread.join, 10)
    assert way.sent == []
    assert ended == [errand], "told once"


async def test_what_was_sent_is_not_given_up_before_its_answer(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"1")
    errand, way, ended = an_errand(path)
    go_on = way.go_on

    def pressed() -> QuickAnswer:
        errand.cancel()
        assert ended == []
        return go_on()

    way.go_on = pressed  # type: ignore[method-assign]
    errand.run()
    assert (way.sent, ended, errand.is_good) == (["key"], [errand], True)


def an_errand(path: Path) -> tuple[Errand, Way, list[Errand]]:
    transfer = Transfer(1, "p", Direction.UPLOAD, Location("b", "key"), path, 1, 1)
    ended: list[Errand] = []
    way: Any = Way()
    session: Any = None
    row = Row(transfer, ObjectOptions())
    return Errand(row, session, way, Meter(), ended.append), way, ended
