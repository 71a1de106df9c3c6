"""Receipts, the history and verifying again, as a person at a terminal has them."""

import csv
import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli.kit import Program, Server, StartServer

Install = Callable[[Server], Program]
Client = Callable[[Server], Any]


@pytest.fixture
def stored(serve: StartServer, program: Install, tmp_path: Path) -> tuple[Server, Program]:
    """Two files that were uploaded; the second one was taken off the list."""
    server = serve()
    installed = program(server)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "large.bin").write_bytes(bytes(range(256)) * 4 * 5 * 1024 * 3)
    (folder / "small.txt").write_bytes(b"content")
    installed.json("upload", folder, "s3://bucket/", "--part-size", "5M")
    return server, installed


def unlist(program: Program, id_: int) -> None:
    """What *Clear finished* in the window does."""
    with sqlite3.connect(program.state_dir / "transfers.sqlite3") as database:
        database.execute(
            "INSERT INTO past SELECT finished_at, id, kind, bucket || '/' || CAST(key AS TEXT)"
            " FROM transfer WHERE id = ?",
            (id_,),
        )
        database.execute("UPDATE transfer SET unlisted_at = 1.0 WHERE id = ?", (id_,))
    database.close()


def by_key(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["destination"].rpartition("/")[2]: row for row in rows}


def test_what_was_stored_has_receipts_that_others_can_check(
    stored: tuple[Server, Program], tmp_path: Path
) -> None:
    _, program = stored
    to = tmp_path / "receipt.json"
    assert program.run("transfers", "receipt", "-o", to, connect=False).returncode == 0
    rows = by_key(json.loads(to.read_bytes())["transfers"])
    assert rows["small.txt"]["md5"] == hashlib.md5(b"content").hexdigest()
    assert rows["large.bin"]["parts"] == 3
    assert rows["large.bin"]["level"] in {"full", "etag"}
    batch = rows["large.bin"]["batch"]
    done = program.run("transfers", "receipt", "--format", "csv", "--batch", batch, connect=False)
    assert done.returncode == 0, (done.returncode, done.stderr)
    table = csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff")))
    assert {row["destination"] for row in table} == {row["destination"] for row in rows.values()}
    if sums := shutil.which("sha256sum"):
        to = tmp_path / "in" / "SHA256SUMS"
        options = ("--format", "sha256", "-o", to)
        assert program.run("transfers", "receipt", *options, connect=False).returncode == 0
        words = [sums, "--strict", "-c", "SHA256SUMS"]
        subprocess.run(words, cwd=to.parent, check=True, capture_output=True)
    small = str(rows["small.txt"]["id"])
    (tmp_path / "in" / "small.txt").write_bytes(b"changed since")
    done = program.run("transfers", "receipt", small, "--format", "sha256", connect=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "changed after the transfer" in done.stderr
    assert program.run("transfers", "receipt", "99", connect=False).returncode == 2


def test_the_history_is_searched(stored: tuple[Server, Program]) -> None:
    _, program = stored
    rows = [row for row in program.json("transfers", connect=False) if row["kind"] == "transfer"]
    assert program.json("transfers", "history", connect=False) == []
    for row in rows:
        unlist(program, row["id"])
    assert program.json("transfers", connect=False) == []
    found = program.json("transfers", "history", "--search", "small", connect=False)
    assert [(row["kind"], row["destination"]) for row in found] == [
        ("history", "s3://bucket/in/small.txt")
    ]
    assert "large.bin" in program.run("transfers", "history", connect=False).stdout


def test_both_sides_are_read_again(
    stored: tuple[Server, Program], client: Client, tmp_path: Path
) -> None:
    server, program = stored
    rows = {row["path"].rpartition("/")[2]: row["id"] for row in program.json("transfers")}
    ids = [str(rows["small.txt"]), str(rows["large.bin"])]

    def findings(*targets: str | Path, code: int) -> dict[str, str]:
        said = program.json("verify", *targets, code=code)
        return {
            row["location"].rpartition("/")[2]: row["finding"]
            for row in said
            if row["event"] == "verdict"
        }

    assert findings(*ids, code=0) == {"small.txt": "same", "large.bin": "same"}
    s3 = client(server)
    s3.put_object(Bucket="bucket", Key="in/small.txt", Body=b"another")
    s3.delete_object(Bucket="bucket", Key="in/large.bin")
    assert findings(*ids, code=1) == {"small.txt": "replaced", "large.bin": "gone"}
    small = tmp_path / "in" / "small.txt"
    assert findings("s3://bucket/in/small.txt", small, code=1) == {"small.txt": "different"}
    small.write_bytes(b"another")
    assert findings("s3://bucket/in/small.txt", small, code=0) == {"small.txt": "same"}
    said = program.run("verify", "s3://bucket/in/small.txt", small).stdout
    assert said.startswith("The same, both sides read again")
    assert program.run("verify", "s3://bucket/", small).returncode == 2
    assert program.run("verify", "7777").returncode == 2
