"""The launcher: a working connection, clear errors, and no child left behind."""

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest
from botocore.config import Config

from s3gui.demo import launch
from s3gui.demo.launch import DemoFailed, DemoServer


def client_of(demo: DemoServer) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=demo.profile.endpoint,
        region_name=demo.profile.region,
        aws_access_key_id=demo.credentials.access_key,
        aws_secret_access_key=demo.credentials.secret_key,
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )


async def test_the_launcher_gives_a_working_connection_and_ends_it(tmp_path: Path) -> None:
    async with DemoServer(tmp_path / "data", options=["--empty"]) as demo:
        assert demo.is_running
        assert (demo.profile.id, demo.profile.is_loopback) == ("demo", True)
        assert demo.credentials.secret_key not in repr(demo.credentials)
        child = psutil.Process(demo.process_id)
        assert demo.credentials.secret_key not in " ".join(child.cmdline())
        client = client_of(demo)
        found = await asyncio.to_thread(client.list_buckets)
        assert found["Buckets"] == []
        client.close()
    assert not demo.is_running
    assert not child.is_running()


def test_it_works_on_the_loop_of_the_window(tmp_path: Path) -> None:
    import qasync
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance() or QApplication([])

    async def run() -> bool:
        async with DemoServer(tmp_path / "data", options=["--empty"]) as demo:
            client = client_of(demo)
            found = await asyncio.to_thread(client.list_buckets)
            client.close()
            return found["Buckets"] == []

    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        assert runner.run(run())


async def test_two_runs_have_different_keys_and_the_same_data(tmp_path: Path) -> None:
    keys = []
    for run in range(2):
        async with DemoServer(tmp_path / "data", options=["--empty"]) as demo:
            keys.append(demo.credentials.access_key)
            client = client_of(demo)
            if run == 0:
                await asyncio.to_thread(client.create_bucket, Bucket="kept")
            else:
                found = await asyncio.to_thread(client.list_buckets)
                assert [row["Name"] for row in found["Buckets"]] == ["kept"]
            client.close()
    assert keys[0] != keys[1]


async def test_a_directory_in_use_is_told_apart(tmp_path: Path) -> None:
    async with DemoServer(tmp_path, options=["--empty"]):
        with pytest.raises(DemoFailed) as caught:
            async with DemoServer(tmp_path, options=["--empty", "--patience", "0.1"]):
                pass
    assert caught.value.code == "DemoBusy"
    assert caught.value.hint


async def test_a_directory_that_cannot_be_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(DemoFailed) as caught:
        async with DemoServer(tmp_path / "file" / "below"):
            pass
    assert caught.value.detail
    assert str(tmp_path) in caught.value.hint


async def test_a_damaged_database_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "storage.db").write_bytes(b"no database " * 1000)
    with pytest.raises(DemoFailed) as caught:
        async with DemoServer(tmp_path):
            pass
    assert "not a database" in caught.value.detail


async def test_a_child_that_says_nothing_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = tmp_path / "silent.py"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(silent))
    monkeypatch.setattr(launch, "START_TIMEOUT_S", 0.2)
    started = DemoServer(tmp_path / "data")
    before = set(psutil.Process().children())
    with pytest.raises(DemoFailed):
        async with started:
            pass
    assert not started.is_running
    assert set(psutil.Process().children()) <= before


async def test_a_start_that_is_cancelled_leaves_no_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started = DemoServer(tmp_path / "data", options=["--empty"])
    before = set(psutil.Process().children())
    async with asyncio.TaskGroup() as group:
        task = group.create_task(started.__aenter__())
        await asyncio.sleep(0)
        assert started.is_running
        task.cancel()
    assert not started.is_running
    assert set(psutil.Process().children()) <= before


def test_the_server_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys, pathlib\n"
        "from s3gui.demo.launch import DemoServer\n"
        "async def main():\n"
        f"    async with DemoServer(pathlib.Path({str(tmp_path / 'data')!r})) as demo:\n"
        "        print(demo.process_id, flush=True)\n"
        "        await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as parent:
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    _, alive = psutil.wait_procs([child], timeout=10)
    assert not alive
