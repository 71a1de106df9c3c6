"""The disk with the source is pulled out while it is read."""

import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.twin import errors, of_summary
from crash.points import part
from crash.program import OPTIONS, Program
from disks.conftest import LARGE, words
from gui.files import write_file
from gui.storage import Storage
from processes import Processes
from servers.front import Forward

_MOUNT = 'mount -t tmpfs -o size=40m stick "$0" && echo mounted && exec cat'


class Stick:
    """A disk in a mount namespace of its own; ``enter`` goes before what is to see it."""

    def __init__(self, folder: Path) -> None:
        self.inside = folder / "stick"
        self.inside.mkdir(parents=True)
        self._processes = Processes(folder)
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self._holder = self._processes.start(
            ["unshare", *as_root, "--mount", "sh", "-c", _MOUNT, self.inside],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._holder.stdout is not None
        self.is_real = self._holder.stdout.readline() == b"mounted\n"
        self.outside = Path(f"/proc/{self._holder.pid}/root{self.inside}")
        as_user = ("--user", "--preserve-credentials") if as_root else ()
        self.enter = ("nsenter", "--target", str(self._holder.pid), "--mount", *as_user)

    def close(self) -> None:
        for pipe in (self._holder.stdin, self._holder.stdout):
            if pipe is not None:
                pipe.close()
        self._processes.close()

    def pull_out(self) -> None:
        """Who has a file open keeps it; the path is gone."""
        subprocess.run([*self.enter, "umount", "--lazy", self.inside], check=True)

    def put_in_again(self) -> None:
        """Empty."""
        mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "stick", self.inside]
        subprocess.run([*self.enter, *mount], check=True)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    if shutil.which("unshare") is None or shutil.which("nsenter") is None:
        pytest.skip("no mount namespaces here")
    one = Stick(tmp_path / "slot")
    try:
        if not one.is_real:
            pytest.skip("nothing may be mounted here")
        yield one
    finally:
        one.close()


def test_a_disk_that_is_pulled_out_is_said_and_goes_on_when_it_is_back(
    place: tuple[Program, Storage, str], stick: Stick
) -> None:
    program, storage, bucket = place
    digest = write_file(stick.outside / "film.img", LARGE)
    here, go = threading.Event(), threading.Event()

    def wait() -> None:
        here.set()
        go.wait(30)

    method, query = part(3)
    program.front.on(Forward(before=wait), method=method, query=query)
    program.before = stick.enter
    run = program.start(*words(stick.inside / "film.img", bucket))
    assert here.wait(30)
    stick.pull_out()
    go.set()
    events = run.end(1)
    assert of_summary(events) == {"failed": 1}
    (error,) = errors(events)
    assert "film.img" in error["title"] + error["detail"]
    assert error["hint"]
    assert storage.keys(bucket) == set()
    (upload,) = storage.unfinished(bucket)
    stored = storage.parts(bucket, upload["Key"], upload["UploadId"])
    stick.put_in_again()
    assert write_file(stick.outside / "film.img", LARGE) == digest
    program.front.forget()
    were = len(program.front.log)
    assert of_summary(program.run("transfers", "retry", *OPTIONS)) == {"completed": 1}
    assert storage.read_back(bucket, "film.img") == (LARGE, digest)
    # Another inode, the same bytes: what is stored is hashed again and not sent again.
    sent = [item.part for item in program.front.log[were:] if item.part]
    assert not {row["PartNumber"] for row in stored} & set(sent)
    assert not storage.unfinished(bucket)
