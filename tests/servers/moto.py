"""moto as a server, in a child process: it shows the shape of the API, not integrity or auth."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from servers.server import Difference, Server

from s3gui.domain.profile import Credentials, Profile

_READY = re.compile(r"Running on (http://127\.0\.0\.1:\d+)")

MOTO_DIFFERENCES = frozenset(
    {
        Difference.ANY_SECRET,
        Difference.ONE_USER,
        Difference.ANY_MD5,
        Difference.PART_PAGES_LOSE,
        Difference.UPLOADS_UNSORTED,
        Difference.UNKNOWN_UPLOAD_500,
        Difference.MARKERS_APART,
        Difference.ONE_PUBLIC_GRANT,
        Difference.LONG_KEYS,
        Difference.ANY_PART_ORDER,
        Difference.CHECKSUM_UNTOLD,
        Difference.COMPLETE_IGNORES_MATCH,
        Difference.COPY_IGNORES_CONDITIONS,
        Difference.SOURCE_CONDITION_IGNORED,
        Difference.DELETE_MANY_IGNORES_CONDITIONS,
        Difference.LONG_RANGES,
        Difference.LOST_SOURCE_IS_A_PAGE,
        Difference.IGNORES_KEYS,
        Difference.NO_EMPTY_TAGS,
        Difference.ONE_GRANT,
    }
)


@contextmanager
def moto_server() -> Iterator[Server]:
    """A fresh, empty moto on a free port of loopback; ends with the block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore", "PYTHONUNBUFFERED": "1"},
    )
    reader = _Reader(process)
    try:
        yield Server(
            "moto",
            Profile(id="moto", name="moto", endpoint=reader.endpoint()),
            Credentials("AKIDEXAMPLE", "moto-secret"),
            differences=MOTO_DIFFERENCES,
        )
    finally:
        process.terminate()
        process.wait(10)
        reader.join(10)


class _Reader(threading.Thread):
    """Reads what moto says: first its address, then a line a request, so that the pipe is empty."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        super().__init__(name="moto-log", daemon=True)
        self._process = process
        self._ready = threading.Event()
        self._endpoint = ""
        self.start()

    def run(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as lines:
            for line in lines:
                if not self._endpoint and (found := _READY.search(line)):
                    self._endpoint = found[1]
                    self._ready.set()
        self._ready.set()

    def endpoint(self) -> str:
        if not self._ready.wait(20) or not self._endpoint:
            raise RuntimeError("moto did not start")
        return self._endpoint
