"""kill -9 while a folder is walked, or a list queued: all of it arrives, nothing of it twice."""

import os
import signal
import sys
import threading
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from acceptance.twin import of_summary
from crash.conftest import OpenProgram
from crash.program import Program
from gui.files import write_file
from gui.storage import Storage
from servers.server import Server
from servers.talk import Action, Talk

LONG = bool(os.environ.get("CI") or os.environ.get("S3GUI_LONG_TESTS"))
COUNT = 1_050
#: Small files on the wire at once with these options.
IN_FLIGHT = 4 * 3
OPTIONS = ("--part-size", "5M", "--parts", "3", "--files", "3")
_ADD = "s3gui.transfers.journal:Journal.add"
_ASKED = "s3gui.transfers.drops:Drops._begin"
#: Where each start but the last one dies: a method, before or after it, the nth time.
DEATHS: dict[str, list[tuple[str, str, int]]] = {
    "asked for, nothing walked": [(_ASKED, "after", 1)],
    "found, not queued": [(_ADD, "before", 1)],
    "a third queued, twice": [(_ADD, "after", 3), (_ADD, "after", 2)],
    "the next ones found, four times": [(_ADD, "before", 2)] * 4,
}
SHORT = ("asked for, nothing walked", "a third queued, twice")


def die(program: Program, death: tuple[str, str, int], *words: str | Path) -> None:
    """Starts a command that has to be dead when this returns."""
    target, when, nth = death
    run = program.start(*words, told={"kill": target, "when": when, "nth": nth})
    run.process.wait(60)
    assert run.process.returncode == -9, (run.process.returncode, run.events[-3:], run.complaints)


def resumed(program: Program, deaths: Sequence[tuple[str, str, int]], words: Sequence[Any]) -> int:
    """Dies as it is told, then gets to its end; how many rows it went on with."""
    before = 0
    for number, death in enumerate(deaths):
        die(program, death, *(words if number == 0 else ("transfers", "resume", *OPTIONS)))
        rows, (unread,) = program.rows(), program.unread()
        assert unread["reading"] == "held"
        assert len({row["location"] for row in rows}) == len(rows) == unread["queued"]
        assert len(rows) >= before
        before = len(rows)
    assert before < COUNT
    done = Counter(row["state"] for row in program.rows())["completed"]
    events = program.run("transfers", "resume", *OPTIONS)
    assert of_summary(events) == {"completed": COUNT - done}
    assert [event["reading"] for event in events if event["event"] == "unread"] == ["on"]
    assert program.unread() == []
    return before


def everything_once(program: Program, storage: Storage, bucket: str, keys: set[str]) -> None:
    rows = program.rows()
    assert Counter(row["state"] for row in rows) == {"completed": COUNT}
    assert {row["location"] for row in rows} == {f"s3://{bucket}/{key}" for key in keys}


@pytest.mark.parametrize("name", DEATHS if LONG else SHORT)
def test_every_file_of_a_folder_arrives(
    demo: Server, open_program: OpenProgram, tmp_path: Path, name: str
) -> None:
    program, storage, bucket = open_program(demo)
    folder = tmp_path / "many"
    sizes = {f"{n % 7}/{n:04}": 100 + n for n in range(COUNT)}
    for path, size in sizes.items():
        write_file(folder / path, size, size)
    keys = {f"many/{path}" for path in sizes}
    deaths = DEATHS[name]
    resumed(program, deaths, ("upload", folder, f"s3://{bucket}/", *OPTIONS))
    everything_once(program, storage, bucket, keys)
    pages = storage.client.get_paginator("list_object_versions").paginate(Bucket=bucket)
    versions = [row for page in pages for row in page["Versions"]]
    assert {row["Key"]: row["Size"] for row in versions} == {
        f"many/{path}": size for path, size in sizes.items()
    }
    # What was on the wire at a kill is sent again, and nothing else is.
    assert len(versions) - COUNT <= len(deaths) * IN_FLIGHT


def test_the_same_command_walks_on(demo: Server, open_program: OpenProgram, tmp_path: Path) -> None:
    program, storage, bucket = open_program(demo)
    folder = tmp_path / "many"
    for number in range(COUNT):
        write_file(folder / f"{number:04}", 10, number)
    words = ("upload", folder, f"s3://{bucket}/", *OPTIONS)
    die(program, (_ADD, "after", 2), *words)
    done = Counter(row["state"] for row in program.rows())["completed"]
    assert of_summary(program.run(*words)) == {"completed": COUNT - done}
    everything_once(program, storage, bucket, {f"many/{number:04}" for number in range(COUNT)})


def test_every_object_under_a_prefix_arrives(
    demo: Server, open_program: OpenProgram, tmp_path: Path
) -> None:
    program, storage, bucket = open_program(demo)
    for number in range(COUNT):
        storage.client.put_object(Bucket=bucket, Key=f"from/{number:04}", Body=b"%d" % number)
    target = tmp_path / "to"
    target.mkdir()
    words = ("download", f"s3://{bucket}/from/", target, *OPTIONS)
    resumed(program, [(_ADD, "after", 1), (_ADD, "before", 1)], words)
    found = {path.name: path.read_bytes() for path in (target / "from").iterdir()}
    assert found == {f"{number:04}": b"%d" % number for number in range(COUNT)}
    rows = program.rows()
    assert Counter(row["state"] for row in rows) == {"completed": COUNT}
    assert len({row["path"] for row in rows}) == COUNT


class Held(Action):
    """A request that is never answered."""

    def __init__(self) -> None:
        self.reached = threading.Event()

    def __call__(self, talk: Talk) -> None:
        self.reached.set()
        talk.hang()


@pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM is a POSIX matter")
def test_a_list_that_was_interrupted_is_kept_and_counted(
    demo: Server, open_program: OpenProgram, tmp_path: Path
) -> None:
    program, storage, bucket = open_program(demo)
    for name in ("a", "b"):
        storage.client.put_object(Bucket=bucket, Key=f"from/{name}", Body=name.encode())
    held = Held()
    program.front.on(held, method="GET", query="prefix=from")
    target = tmp_path / "to"
    target.mkdir()
    words = ("download", f"s3://{bucket}/from/", target, *OPTIONS)
    run = program.start(*words)
    assert held.reached.wait(60)
    run.process.send_signal(signal.SIGTERM)
    assert run.end(130)[-1]["unread"] == 1
    program.front.forget()
    (unread,) = program.unread()
    assert (unread["what"], unread["queued"]) == ([f"s3://{bucket}/from/"], 0)
    assert of_summary(program.run(*words)) == {"completed": 2}
    assert {path.name for path in (target / "from").iterdir()} == {"a", "b"}
    assert program.unread() == []
