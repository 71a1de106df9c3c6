"""A disk that is full on command."""

import os
import resource
import subprocess
from pathlib import Path
from typing import Self

from acceptance.twin import Run, Twin
from processes import Processes

_SIZE = "4m"
_MOUNT = f'mount -t tmpfs -o size={_SIZE},mode=700 s3gui "$0" && echo mounted && exec cat'
#: Where there can be no disk of our own: what a file may have while the disk "is full".
_FULL_FILE_BYTES = 4096


class SmallDisk:
    """A disk of 4 MB in a mount namespace that only this has, as a context manager.

    Where nothing may be mounted (most containers), files are kept from growing instead: writing
    fails with EFBIG then, not with ENOSPC, at the same places.
    """

    def __init__(self, folder: Path, twin: Twin) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._twin = twin
        self._processes = Processes(folder)
        self._inside = folder / "disk"
        #: The disk, for those outside.
        self._outside: Path | None = None

    def __enter__(self) -> Self:
        self._inside.mkdir()
        as_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        holder = self._processes.start(
            ["unshare", *as_root, "--mount", "sh", "-c", _MOUNT, self._inside],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert holder.stdin is not None
        assert holder.stdout is not None
        self._pipes = (holder.stdin, holder.stdout)
        if holder.stdout.readline() == b"mounted\n":
            self._outside = Path(f"/proc/{holder.pid}/root{self._inside}")
            enter = ["nsenter", "--target", str(holder.pid), "--mount"]
            self._twin.before = [*enter, *(["--user", "--preserve-credentials"] if as_root else [])]
        self._twin.state_dir = self._inside / "state"
        return self

    def __exit__(self, *_: object) -> None:
        for pipe in self._pipes:
            pipe.close()
        self._processes.close()

    @property
    def is_real(self) -> bool:
        """Whether it is a disk."""
        return self._outside is not None

    def fill(self, run: Run | None = None) -> None:
        """Not a byte more, for a program that runs or for the next."""
        if self._outside is not None:
            with (self._outside / "filler").open("wb", buffering=0) as filler:
                try:
                    while filler.write(bytes(4096)):
                        pass
                except OSError:
                    return
        limits = (_FULL_FILE_BYTES, resource.RLIM_INFINITY)
        if run is not None:
            resource.prlimit(run.process.pid, resource.RLIMIT_FSIZE, limits)
        self._twin.before = ["prlimit", f"--fsize={limits[0]}:"]

    def free(self) -> None:
        """There is room again."""
        if self._outside is not None:
            (self._outside / "filler").unlink()
        else:
            self._twin.before = []
