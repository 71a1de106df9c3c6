"""Buckets that are not there, or somebody else's."""

from pathlib import Path

import pytest
from acceptance.storage import storage_of
from acceptance.twin import PARTED, Twin, errors, of_summary
from gui.files import sha256
from gui.storage import Storage
from servers.ceph.cluster import Cluster

SMALL = 1000


@pytest.fixture
def both(tmp_path: Path, large: Path) -> list[Path]:
    """A file in one piece, and one in parts."""
    small = tmp_path / "small"
    small.write_bytes(b"s" * SMALL)
    return [small, large]


def test_a_bucket_that_is_not_there_fails_each_file_and_can_be_retried(
    twin: Twin, storage: Storage, bucket: str, both: list[Path]
) -> None:
    later = f"{bucket}-later"
    events = twin.run("upload", *both, f"s3://{later}/", *PARTED, code=1)
    assert of_summary(events) == {"failed": 2}
    for error in errors(events):
        assert error["code"] == "NoSuchBucket"
        assert later in error["title"] + error["detail"]
        assert error["hint"]
        assert error["request_id"].startswith("tx")
    storage.client.create_bucket(Bucket=later)
    assert not storage.unfinished(later)
    assert of_summary(twin.run("transfers", "retry", *PARTED)) == {"completed": 2}
    for file in both:
        assert storage.read_back(later, file.name)[1] == sha256(file)
    assert not storage.unfinished(later)


def test_somebody_elses_bucket_is_denied_and_nothing_is_left_in_it(
    twin: Twin, ceph: Cluster, bucket: str, both: list[Path]
) -> None:
    bobs = f"{bucket}-bob"
    with storage_of(ceph, ceph.bob) as look:
        look.client.create_bucket(Bucket=bobs)
        events = twin.run("upload", *both, f"s3://{bobs}/", *PARTED, code=1)
        assert of_summary(events) == {"failed": 2}
        for error in errors(events):
            assert error["code"] == "AccessDenied"
            assert error["hint"]
            assert error["request_id"].startswith("tx")
        (denied,) = errors(twin.run("ls", f"s3://{bobs}/", code=1))
        assert denied["code"] == "AccessDenied"
        assert look.keys(bobs) == set()
        assert not look.unfinished(bobs)
