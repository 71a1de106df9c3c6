"""Downloads at the machine: objects that change, a folder that others write in, and the rules."""

import random
from collections.abc import Collection, Sequence
from pathlib import Path

from fake_held import md5_of
from machine.starts import Starts

from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import composite_etag
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import ENDED, Direction, State, Transfer
from s3gui.transfers.downloading.growing import path_of

#: Objects by their names, and what becomes of a file that is there already. The second and the
#: last one come in one answer, and an empty one costs none.
OBJECTS = {
    "x": (4 * MIB + 1, IfExists.RENAME),
    "y": (MIB // 2, IfExists.ASK),
    "z": (3 * MIB + 7, IfExists.OVERWRITE),
    "v": (0, IfExists.SKIP),
    "w": (MIB - 1, IfExists.RENAME),
}
#: How the storage names contents: ``parts`` are of 5 MiB or a single one, ``none`` tells nothing.
ETAGS = ("md5", "parts", "none")


class Fetching(Starts):
    """Starts whose queue downloads, too: what is there is looked at after every step."""

    def __init__(self, *, checksums: bool, seed: int, etags: str = "md5") -> None:
        self.etags = etags
        #: All that was ever stored under a name.
        self.stored: dict[str, list[bytes]] = {}
        #: Files that somebody else made, and what is in them.
        self.strangers: dict[Path, bytes] = {}
        super().__init__(checksums=checksums, seed=seed)
        self.target = self.folder / "to"
        self.target.mkdir()
        for name in OBJECTS:
            self.replace(name)

    # What happens

    def replace(self, name: str) -> None:
        """Somebody stores something else of the same size."""
        known = self.stored.setdefault(name, [])
        size, _ = OBJECTS[name]
        data = random.Random(f"{name} {len(known)}").randbytes(size)
        known.append(data)
        held = self.server.put_directly(Location("b", f"{name}/file"), data)
        if self.etags == "parts":
            held.etag, held.part_sizes = composite_etag([md5_of(data)]), (size,)
        if self.etags == "none":
            held.etag = ""

    def replace_at(self, part: int) -> None:
        """The same right before this range of any object is sent."""
        self.server.before_fetch[part] = lambda key: self.replace(key.partition("/")[0])

    def download(self, name: str) -> None:
        """Queues one; that cannot be done without keys, or while the disk is broken."""
        _, policy = OBJECTS[name]
        wanted = [Wanted(Location("b", f"{name}/"))]
        asked = self.start.queue.download("p", wanted, self.target, if_exists=policy)
        try:
            self.run(asked)
        except S3guiError:
            assert self.server.refuses or self.start.writer.is_broken

    def meddle(self, name: str) -> None:
        """Somebody else makes a file where one is to go, if there is none."""
        path = self.target / name / "file"
        path.parent.mkdir(exist_ok=True)
        if not path.exists():
            self.strangers[path] = f"somebody else's {len(self.strangers)}".encode()
            path.write_bytes(self.strangers[path])

    # What has to be true

    def look(self, completed: Transfer) -> None:
        """At the moment when a row says that it is done."""
        (name, *_) = completed.path.relative_to(self.target).parts
        data = completed.path.read_bytes()
        assert data in self.stored[name], f"row {completed.id}: a false Done"

    def check_downloads(self) -> None:
        """At any moment."""
        rows = [row for row in self.rows if row.direction is Direction.DOWNLOAD]
        live = [row.path for row in rows if row.state not in ENDED]
        assert len(set(live)) == len(live), f"two rows to one file: {live}"
        for path in self._files():
            name = path.parent.name
            assert path.parent.parent == self.target, f"outside: {path}"
            if path.name.endswith(".s3gui-part"):
                continue
            data = path.read_bytes()
            if path in self.strangers and OBJECTS[name][1] is not IfExists.OVERWRITE:
                assert data == self.strangers[path], f"{path} was overwritten"
            elif path not in self.strangers or data != self.strangers[path]:
                assert data in self.stored[name], f"{path} is of no object"
        gone = {path for path in self.strangers if not path.exists()}
        assert not gone, f"files of somebody else's that are gone: {gone}"
        self._check_parts({State.COMPLETED, State.SKIPPED})

    def check_settled(self) -> None:
        """When nothing moves: what was given up has left nothing."""
        inside = self.start.queue._rows.values()
        given_up = {row.id for row in inside if row.part_path is None}
        self._check_parts({State.COMPLETED, State.SKIPPED}, given_up)
        descriptors = self._open_files()
        assert not descriptors, f"still open: {descriptors}"

    def _check_parts(self, over: Collection[State], given_up: Collection[int] = ()) -> None:
        """Each ``.part`` is of a row that can go on with it."""
        inside = self.start.queue._rows.values()
        theirs = {
            path_of(row)
            for row in inside
            if row.transfer.state not in over and row.id not in given_up
        }
        stray = [
            path
            for path in self._files()
            if path.name.endswith(".s3gui-part") and path not in theirs
        ]
        assert not stray, f"nobody's: {stray}"

    def _files(self) -> Sequence[Path]:
        return [path for path in self.target.rglob("*") if not path.is_dir()]

    def _open_files(self) -> list[str]:
        found = []
        for entry in Path("/proc/self/fd").iterdir():
            try:
                name = entry.readlink()
            except FileNotFoundError:
                continue
            if self.target in name.parents:
                found.append(str(name))
        return found
