import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli.kit import (
    ACCESS,
    SECRET,
    Program,
    Server,
    StartServer,
    environment,
    independent,
    make_bucket,
)


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[StartServer]:
    """``serve("--slow", "1e6")``: a server of its own for this test; ended with it."""
    started: list[subprocess.Popen[str]] = []

    def begin(*options: str) -> Server:
        folder = tmp_path / f"server{len(started)}"
        log = folder.with_suffix(".log")
        env = environment(tmp_path) | {
            "S3GUI_DEMO_ACCESS_KEY": ACCESS,
            "S3GUI_DEMO_SECRET_KEY": SECRET,
        }
        words = [sys.executable, "-m", "s3gui.demo", "--dir", str(folder), "--empty"]
        child = subprocess.Popen(
            [*words, "--log", str(log), *options], env=env, stdout=subprocess.PIPE, text=True
        )
        started.append(child)
        assert child.stdout is not None
        endpoint = json.loads(child.stdout.readline())["endpoint"]
        server = Server(endpoint, log)
        make_bucket(endpoint, "bucket")
        return server

    yield begin
    for child in started:
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        assert child.stdout is not None
        child.stdout.close()


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[[Server], Program]]:
    """``program(server)``: each call is the same installation, started anew."""
    installed: list[Program] = []

    def install(server: Server) -> Program:
        installed.append(Program(tmp_path / "state", server.endpoint, environment(tmp_path)))
        return installed[-1]

    yield install
    for one in installed:
        one.close()


@pytest.fixture
def client() -> Iterator[Callable[[Server], Any]]:
    """``client(server)``: boto3, to look at what is really there."""
    made: list[Any] = []

    def connect(server: Server) -> Any:
        made.append(independent(server.endpoint))
        return made[-1]

    yield connect
    for one in made:
        one.close()
