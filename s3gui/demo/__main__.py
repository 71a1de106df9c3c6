"""``python -m s3gui.demo --dir DIR``: the demo storage as a process of its own.

Prints one JSON line when it listens: endpoint, access_key, secret_key, region. Keys come from
``S3GUI_DEMO_ACCESS_KEY`` and ``S3GUI_DEMO_SECRET_KEY``, or from the options (which other users of
the machine can see), or are made anew.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sqlite3
import string
import sys
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

# aiohttp's client reads the system's certificates when it is imported (80 ms); none is asked here.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull

from s3gui.demo.body import Line
from s3gui.demo.database import PATIENCE_S, DirectoryBusyError
from s3gui.demo.objects import DEFAULT_REGION
from s3gui.demo.server import Server
from s3gui.demo.storage import Storage, open_storage
from s3gui.domain.profile import Credentials

ACCESS_KEY_VARIABLE = "S3GUI_DEMO_ACCESS_KEY"
SECRET_KEY_VARIABLE = "S3GUI_DEMO_SECRET_KEY"  # noqa: S105  a name, not a secret
#: Exit codes beside 0.
BUSY, BROKEN = 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the server until it is told to stop; returns the exit code."""
    options = _parser().parse_args(arguments)
    keys = Credentials(
        options.access_key or os.environ.pop(ACCESS_KEY_VARIABLE, "") or _random_key(),
        options.secret_key or os.environ.pop(SECRET_KEY_VARIABLE, "") or secrets.token_urlsafe(30),
    )
    line = Line(options.slow, options.latency / 1000)
    try:
        storage = open_storage(options.dir.resolve(), keys, line, options.patience)
    except DirectoryBusyError:
        print(f"another process has {options.dir} open", file=sys.stderr)  # noqa: T201
        return BUSY
    except (OSError, sqlite3.Error) as error:
        print(f"cannot open {options.dir}: {error}", file=sys.stderr)  # noqa: T201
        return BROKEN
    with ExitStack() as stack:
        stack.callback(storage.close)
        if not options.empty:
            from s3gui.demo.samples import add_samples

            add_samples(storage)
        log = stack.enter_context(options.log.open("a", encoding="utf-8")) if options.log else None
        try:
            asyncio.run(_serve(options, storage, log))
        except OSError as error:
            print(f"cannot listen: {error}", file=sys.stderr)  # noqa: T201
            return BROKEN
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m s3gui.demo", description="An S3 server for demos.")
    parser.add_argument("--dir", type=Path, required=True, help="where the data is kept")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 for a free one")
    parser.add_argument("--access-key", default="")
    parser.add_argument(
        "--secret-key", default="", help=f"better: the {SECRET_KEY_VARIABLE} variable"
    )
    parser.add_argument("--empty", action="store_true", help="without the sample buckets")
    parser.add_argument("--log", type=Path, help="a JSON line is added for each request")
    parser.add_argument("--tls-cert", type=Path, help="PEM; serves https, with --tls-key")
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--slow", type=float, metavar="BYTES_PER_S", help="over all connections")
    parser.add_argument("--latency", type=float, default=0, metavar="MS", help="before an answer")
    parser.add_argument(
        "--patience", type=float, default=PATIENCE_S, metavar="S", help="for another server to end"
    )
    parser.add_argument(
        "--with-parent", action="store_true", help="end when standard input is at its end"
    )
    return parser


async def _serve(options: argparse.Namespace, storage: Storage, log: TextIO | None) -> None:
    stop = asyncio.Event()
    _stop_on_signals(stop, ignore_interrupt=options.with_parent)
    if options.with_parent:
        _stop_with_parent(stop)
    server = Server(storage, log)
    tls = (options.tls_cert, options.tls_key) if options.tls_cert else None
    endpoint = await server.listen(options.port, tls)
    ready = {
        "endpoint": endpoint,
        "access_key": storage.keys.access_key,
        "secret_key": storage.keys.secret_key,
        "region": DEFAULT_REGION,
    }
    print(json.dumps(ready), flush=True)  # noqa: T201  the one line that the parent reads
    try:
        await stop.wait()
    finally:
        await server.close()


def _stop_on_signals(stop: asyncio.Event, *, ignore_interrupt: bool) -> None:
    """SIGTERM ends the server. Ctrl-C goes to the parent too, which still needs us to finish."""
    loop = asyncio.get_running_loop()
    names = [signal.SIGTERM]
    if ignore_interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    else:
        names.append(signal.SIGINT)
    for name in names:
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(name, lambda *_: loop.call_soon_threadsafe(stop.set))


def _stop_with_parent(stop: asyncio.Event) -> None:
    """The kernel closes the other end of standard input however the parent ends, kill -9 too."""
    loop = asyncio.get_running_loop()

    def watch() -> None:
        while os.read(0, 64):
            pass
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def _random_key() -> str:
    letters = string.ascii_uppercase + "234567"
    return "DEMO" + "".join(secrets.choice(letters) for _ in range(16))


if __name__ == "__main__":
    sys.exit(main())
