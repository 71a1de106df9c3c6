"""A disk that answers with an error: where bytes are read, and where the journal is written."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from acceptance.twin import errors, of_summary
from crash.program import OPTIONS, Program
from disks.conftest import words
from gui.files import sha256
from gui.storage import Storage

_STRACE = ("strace", "--follow-forks", "--seccomp-bpf", "--quiet=all", "--output=/dev/null")


def missing() -> str:
    """Why no call of a program can be made to fail here; "" when it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = [*_STRACE, "-e", "inject=getppid:error=EIO", sys.executable, "-c", ""]
    done = subprocess.run(tried, capture_output=True, text=True, check=False)
    return done.stderr.strip()[:200] if done.returncode else ""


pytestmark = pytest.mark.skipif(bool(why := missing()), reason=why or "it can")


def failing(program: Program, calls: str, since: int, path: Path | None = None) -> None:
    """From the nth of these system calls on (to this file) the kernel says EIO."""
    names = calls.replace("inject=", "")
    only = ("--trace-path", str(path)) if path else ()
    fault = f"inject={names}:error=EIO:when={since}+"
    program.before = (*_STRACE, *only, "-e", f"trace={names}", "-e", fault)


def test_a_file_that_cannot_be_read_says_where_and_the_others_go_up(
    place: tuple[Program, Storage, str], large: Path
) -> None:
    program, storage, bucket = place
    (large.parent / "other.txt").write_text("other")
    failing(program, "pread64,preadv,preadv2,read", 4, large)
    events = program.run(*words(large.parent, bucket), code=1)
    assert of_summary(events) == {"completed": 1, "failed": 1}
    (error,) = errors(events)
    assert "large.img" in error["title"] + error["detail"]
    assert "Input/output error" in error["detail"]
    assert storage.keys(bucket) == {"files/other.txt"}
    program.before = ()
    assert of_summary(program.run("transfers", "retry", *OPTIONS)) == {"completed": 1}
    assert storage.read_back(bucket, "files/large.img")[1] == sha256(large)
    assert not storage.unfinished(bucket)


@pytest.mark.parametrize("since", [2, 6, 9])
def test_a_journal_that_cannot_be_written_stops_all_and_loses_nothing(
    place: tuple[Program, Storage, str], large: Path, since: int
) -> None:
    program, storage, bucket = place
    failing(program, "fsync,fdatasync", since)
    events = program.run(*words(large, bucket), code=1)
    told = [error for error in errors(events) if "list of transfers" in error["title"]]
    assert told, events
    assert all("disk" in error["detail"] + error["hint"] for error in told)
    assert storage.keys(bucket) == set()
    program.before = ()
    assert of_summary(program.run(*words(large, bucket))) == {"completed": 1}
    assert storage.read_back(bucket, "large.img")[1] == sha256(large)
    assert len(storage.client.list_object_versions(Bucket=bucket)["Versions"]) == 1
