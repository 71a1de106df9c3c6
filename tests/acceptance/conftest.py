"""What every test from outside starts from."""

import faulthandler
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from acceptance.storage import storage_of
from acceptance.twin import PARTED, Run, Twin
from gui.files import MIB, write_file
from gui.storage import Storage
from servers.ceph.cluster import Cluster
from servers.line import Line


@pytest.fixture(autouse=True)
def takes_minutes() -> None:
    """Some of these tests do, and each has a limit of its own."""
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def twin(tmp_path: Path, ceph: Cluster) -> Iterator[Twin]:
    """The program, which was never started before."""
    one = Twin(tmp_path / "person", ceph)
    yield one
    one.close()


@pytest.fixture
def line(tmp_path: Path, ceph: Cluster, twin: Twin) -> Iterator[Line]:
    """What the program has between itself and the storage."""
    with Line(tmp_path / "line", ceph.endpoint_tls) as one:
        twin.endpoint = one.endpoint
        yield one


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A file of four parts of 8 MiB and a bit; ``PARTED`` makes them."""
    write_file(tmp_path / "large.img", 33 * MIB)
    return tmp_path / "large.img"


@pytest.fixture
def under_way(twin: Twin, bucket: str, line: Line, large: Path) -> Run:
    """An upload of the large file over a slow line, with at least one part stored."""
    line.pace(16 * MIB)
    run = twin.start("upload", large, f"s3://{bucket}/", *PARTED)
    run.wait(lambda event: event.get("parts_done", 0) >= 1, "a part stored")
    return run


@pytest.fixture
def storage(ceph: Cluster) -> Iterator[Storage]:
    """Alice's look at what is stored, with boto3."""
    with storage_of(ceph, ceph.alice) as look:
        yield look


@pytest.fixture
def bucket(storage: Storage) -> str:
    """An empty bucket of Alice's."""
    name = f"acceptance-{uuid.uuid4().hex[:8]}"
    storage.client.create_bucket(Bucket=name)
    return name
