"""The program's own demo storage, as the program starts it: in a child process, with real keys."""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from servers.server import Difference, Server

from s3gui.demo.launch import DemoServer

DEMO_DIFFERENCES = frozenset({Difference.ONE_USER})


@contextmanager
def demo_server() -> Iterator[Server]:
    """An empty demo storage in a directory of its own; ends with the block."""
    with tempfile.TemporaryDirectory(prefix="s3gui-demo-") as directory:
        server = DemoServer(Path(directory), options=["--empty"])
        # The child is a plain process: it does not mind that each end has a loop of its own.
        asyncio.run(server.__aenter__())
        try:
            yield Server("demo", server.profile, server.credentials, differences=DEMO_DIFFERENCES)
        finally:
            asyncio.run(server.__aexit__(None, None, None))
