"""``packaging/dev.py run --ceph``: the window on a fresh S3 gateway of Ceph, over HTTPS.

Ends with the window; nothing of the storage is left.
"""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import boto3
from processes import ProgramError
from servers.ceph.cluster import Cluster
from servers.ceph.conf import REGION

#: What is in the storage when the window opens.
BUCKETS = ("archive", "inbox")


def main(arguments: Sequence[str]) -> int:
    """Runs both; returns the exit code of the window."""
    with tempfile.TemporaryDirectory(prefix="s3gui-ceph-") as folder:
        sys.stdout.write("Starting Ceph\n")
        sys.stdout.flush()
        try:
            with Cluster(Path(folder) / "cluster") as cluster:
                make_buckets(cluster)
                return _window([*options(cluster), *arguments], keys(cluster))
        except ProgramError as problem:
            sys.stderr.write(f"{problem}\n")
            return 1


def _window(arguments: Sequence[str], env: dict[str, str]) -> int:
    words = [sys.executable, "-m", "s3gui", *arguments]
    with subprocess.Popen(words, env=os.environ | env) as window:
        # Whoever ends this ends the window first, which puts itself away.
        signal.signal(signal.SIGTERM, lambda *_: window.terminate())
        while window.poll() is None:
            with contextlib.suppress(KeyboardInterrupt):  # the window got it, too
                window.wait()
        return window.returncode


def options(cluster: Cluster) -> list[str]:
    """What s3gui is told to reach it."""
    return [
        *("--endpoint", cluster.endpoint_tls, "--ca-bundle", cluster.ca_bundle),
        *("--region", REGION, "--addressing", "path", "--keys-from-env"),
    ]


def keys(cluster: Cluster) -> dict[str, str]:
    """Alice's keys, for the environment."""
    own = cluster.alice.credentials
    return {"AWS_ACCESS_KEY_ID": own.access_key, "AWS_SECRET_ACCESS_KEY": own.secret_key}


def make_buckets(cluster: Cluster) -> None:
    """An empty storage shows nothing."""
    own = cluster.alice.credentials
    client = boto3.client(
        "s3",
        endpoint_url=cluster.endpoint,
        region_name=REGION,
        aws_access_key_id=own.access_key,
        aws_secret_access_key=own.secret_key,
    )
    for name in BUCKETS:
        client.create_bucket(Bucket=name)
    client.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
