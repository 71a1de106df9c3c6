"""The program as a person at a terminal has it: child processes, and the demo storage as server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ACCESS, SECRET = "DEMOACCESSKEY", "demo-secret-key-of-this-test"
WAIT_S = 40


@dataclass
class Server:
    """A demo storage, empty but for the bucket ``bucket``, that writes down every request."""

    endpoint: str
    log: Path

    def requests(self) -> list[dict[str, Any]]:
        """Everything that was asked of it and answered, in order."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def parts(self) -> list[int]:
        """Numbers of the parts that it took, in order; one that is sent twice is there twice."""
        return [
            int(row["query"]["partNumber"])
            for row in self.requests()
            if row["method"] == "PUT" and row["status"] == 200 and "partNumber" in row["query"]
        ]


@dataclass
class Program:
    """``s3gui`` with a state folder of its own, signed in to a server by the environment."""

    state_dir: Path
    endpoint: str
    env: dict[str, str] = field(default_factory=dict)
    children: "list[subprocess.Popen[str]]" = field(default_factory=list)

    def command(self, *arguments: str | Path, connect: bool = True) -> list[str]:
        words = [sys.executable, "-m", "s3gui", *map(str, arguments)]
        words += ["--state-dir", str(self.state_dir)]
        return words + (["--endpoint", self.endpoint, "--keys-from-env"] if connect else [])

    def start(self, *arguments: str | Path, connect: bool = True) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            self.command(*arguments, connect=connect),
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        self.children.append(child)
        return child

    def close(self) -> None:
        """Ends what a failed test left running."""
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
            for pipe in (child.stdout, child.stderr):
                if pipe is not None:
                    pipe.close()

    def run(
        self, *arguments: str | Path, connect: bool = True
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*arguments, connect=connect),
            env=self.env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=WAIT_S,
            check=False,
        )

    def json(
        self, *arguments: str | Path, connect: bool = True, code: int = 0
    ) -> list[dict[str, Any]]:
        """The events of a command that has to end with ``code``."""
        done = self.run(*arguments, "--json", connect=connect)
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


StartServer = Callable[..., Server]


def environment(home: Path) -> dict[str, str]:
    """Nobody's home, no keyring, English."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("XDG_", "DBUS_", "S3GUI_", "LC_", "LANG", "COV_"))
    }
    return kept | {
        "HOME": str(home),
        "LANGUAGE": "en",
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "AWS_ACCESS_KEY_ID": ACCESS,
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }


def independent(endpoint: str) -> Any:
    """An S3 client that is not ours."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        config=Config(s3={"addressing_style": "path"}),
    )


def make_bucket(endpoint: str, name: str) -> None:
    client = independent(endpoint)
    client.create_bucket(Bucket=name)
    client.close()
