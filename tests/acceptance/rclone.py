"""rclone, which shares nothing with s3gui: it reads every byte back and compares."""

import os
import subprocess
import sys
from pathlib import Path

from servers.ceph.cluster import Cluster
from servers.ceph.conf import REGION
from servers.server import User


def differences(
    cluster: Cluster, folder: Path, bucket: str, prefix: str, user: User | None = None
) -> list[str]:
    """Downloads what is under a prefix; what is missing, too much or other than in the folder.

    Each line is a sign (``+`` lacks there, ``-`` lacks here, ``*`` differs, ``!`` not readable) and
    the path.
    """
    own = (user or cluster.alice).credentials
    report = folder.parent / f"{folder.name}.check"
    told = {
        "TYPE": "s3",
        "PROVIDER": "Ceph",
        "ENDPOINT": cluster.endpoint_tls,
        "REGION": REGION,
        "ACCESS_KEY_ID": own.access_key,
        "SECRET_ACCESS_KEY": own.secret_key,
        # Without it a listing is XML with the raw key in it, which cannot hold control characters.
        "LIST_URL_ENCODE": "true",
        "LIST_VERSION": "2",
    }
    done = subprocess.run(
        [
            *(_program(), "check", "--download", folder, f"ceph:{bucket}/{prefix}"),
            *("--ca-cert", cluster.ca_bundle, "--config", "", "--combined", report),
            *("--no-unicode-normalization", "--skip-links"),
            *("--fast-list", "--checkers", "8", "--retries", "1", "--low-level-retries", "1"),
        ],
        env={"PATH": os.environ["PATH"], "HOME": str(folder.parent), "LC_ALL": "C.UTF-8"}
        | {f"RCLONE_CONFIG_CEPH_{name}": value for name, value in told.items()},
        capture_output=True,
        text=True,
        errors="replace",
        timeout=240,
        check=False,
    )
    lines = report.read_text(encoding="utf-8", errors="surrogateescape").split("\n")
    differ = [line for line in lines if line and not line.startswith("= ")]
    assert done.returncode == bool(differ), done.stderr[-3000:]
    return differ


def same(folder: Path) -> int:
    """How many files the last ``differences`` of a folder found the same."""
    text = (folder.parent / f"{folder.name}.check").read_bytes()
    return (b"\n" + text).count(b"\n= ")


def _program() -> Path:
    return Path(sys.executable).with_name("rclone")
