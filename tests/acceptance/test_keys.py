"""Keys that are wrong, and keys that stop working while a file is on its way."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from acceptance.storage import storage_of
from acceptance.twin import PARTED, Twin, errors, of_summary
from gui.files import MIB, sha256
from gui.storage import Storage
from processes import until
from servers.ceph.cluster import Cluster
from servers.line import Line
from servers.server import User

from s3gui.domain.profile import Credentials


def wrong_secret(keys: Credentials) -> Credentials:
    return replace(keys, secret_key="not-the-secret-of-this-key")


def unknown_key(keys: Credentials) -> Credentials:
    return replace(keys, access_key="NOBODYSKEY0123456789")


@pytest.mark.parametrize(
    ("spoil", "code"),
    [(wrong_secret, "SignatureDoesNotMatch"), (unknown_key, "InvalidAccessKeyId")],
)
def test_wrong_keys_are_said_and_the_right_ones_go_on(
    twin: Twin,
    storage: Storage,
    bucket: str,
    large: Path,
    spoil: Callable[[Credentials], Credentials],
    code: str,
) -> None:
    right = twin.keys
    twin.keys = spoil(right)
    for words in (["upload", large, f"s3://{bucket}/"], ["ls"], ["ls", f"s3://{bucket}/"]):
        (error,) = errors(twin.run(*words, code=3))
        assert error["code"] == code
        assert error["title"]
        assert error["hint"]
        assert error["request_id"].startswith("tx")
        assert twin.keys.secret_key not in str(error)
    assert twin.run("transfers") == []
    twin.keys = right
    assert of_summary(twin.run("upload", large, f"s3://{bucket}/")) == {"completed": 1}
    assert storage.read_back(bucket, large.name)[1] == sha256(large)
    assert not storage.unfinished(bucket)


class Rotated:
    """A user of her own, whose keys can be replaced."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.user = cluster.user(f"carol-{secrets.token_hex(4)}", "Carol")

    def withdraw(self) -> None:
        """Her keys are no more."""
        self._cluster._run(
            ["radosgw-admin", "key", "rm", f"--access-key={self.user.credentials.access_key}"]
        )

    def give(self, keys: Credentials) -> None:
        """She gets other ones."""
        words = ["radosgw-admin", "key", "create", f"--uid={self.user.id}", "--key-type=s3"]
        words += [f"--access-key={keys.access_key}", f"--secret-key={keys.secret_key}"]
        self._cluster._run(words)
        self.user = User(self.user.id, self.user.name, keys)


@pytest.mark.parametrize("same_key", [True, False], ids=["new secret", "new key"])
def test_keys_that_are_withdrawn_on_the_way_lose_nothing(
    twin: Twin, ceph: Cluster, line: Line, large: Path, same_key: bool
) -> None:
    carol = Rotated(ceph)
    old = carol.user.credentials
    bucket = f"carols-{secrets.token_hex(4)}"
    with storage_of(ceph, carol.user) as look:
        look.client.create_bucket(Bucket=bucket)
    words = ["upload", large, f"s3://{bucket}/", *PARTED]
    twin.keys = old
    line.pace(16 * MIB)
    run = twin.start(*words)
    run.wait(lambda event: event.get("parts_done", 0) >= 1, "a part stored")
    line.pace(MIB)
    carol.withdraw()
    line.pace(0)
    events = run.end(3)
    (error,) = errors(events)
    assert error["title"] == "The keys are not accepted any more"
    assert error["hint"]
    assert error["request_id"].startswith("tx")
    assert of_summary(events) == {"unfinished": 1}

    new = secrets.token_urlsafe(30)
    access_key = old.access_key if same_key else secrets.token_hex(10).upper()
    carol.give(Credentials(access_key, new))
    twin.keys = carol.user.credentials
    with storage_of(ceph, carol.user) as look:
        (upload,) = until(lambda: look.unfinished(bucket), "the new keys to be known")
        stored = look.parts(bucket, upload["Key"], upload["UploadId"])
        assert stored
        until(lambda: line.is_idle, "the line to be given up")
        sent = line.sent
        assert of_summary(twin.run(*words)) == {"completed": 1}
        # What was stored under the old keys is not sent again.
        left = large.stat().st_size - sum(part["Size"] for part in stored)
        assert line.sent - sent <= left * 1.02 + (64 << 10)
        assert look.read_back(bucket, large.name)[1] == sha256(large)
        assert not look.unfinished(bucket)
    assert len(twin.run("transfers")) == 1
