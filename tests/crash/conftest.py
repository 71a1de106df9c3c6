"""Storages, each with a front that is watched, and the program over a folder of its own."""

import faulthandler
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from crash.program import Program
from gui.storage import Storage
from servers.ceph.cluster import Cluster
from servers.ceph.servers import over_http
from servers.demo import demo_server
from servers.front import Front
from servers.server import Server

OpenProgram = Callable[[Server], tuple[Program, Storage, str]]


@pytest.fixture(autouse=True)
def takes_a_while() -> None:
    """Some of these tests do, and each has a limit of its own."""
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(scope="session")
def demo() -> Iterator[Server]:
    """The demo storage, for all tests."""
    with demo_server() as server:
        yield server


@pytest.fixture(scope="session")
def gateway(ceph: Cluster) -> Iterator[Server]:
    """Ceph's gateway."""
    with over_http(ceph) as server:
        yield server


@pytest.fixture
def open_program(tmp_path: Path) -> Iterator[OpenProgram]:
    """Puts the program before a storage, with a look at what is stored and a bucket of its own."""
    fronts: list[Front] = []
    programs: list[Program] = []
    looks: list[Storage] = []

    def opened(server: Server) -> tuple[Program, Storage, str]:
        front = Front(server)
        fronts.append(front.__enter__())
        programs.append(Program(tmp_path / "person", front))
        keys = server.credentials
        look = Storage(server.profile.endpoint, keys.access_key, keys.secret_key)
        looks.append(look)
        bucket = f"crash-{uuid.uuid4().hex[:8]}"
        look.client.create_bucket(Bucket=bucket)
        look.client.put_bucket_versioning(
            Bucket=bucket, VersioningConfiguration={"Status": "Enabled"}
        )
        return programs[-1], look, bucket

    yield opened
    for program in programs:
        program.close()
    for front in fronts:
        front.__exit__(None, None, None)
    for look in looks:
        look.client.close()
