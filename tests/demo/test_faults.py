"""What the server does when it is itself at fault: an answer, a word about it, no crash."""

import asyncio
import http.client
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from demo.running import ACCESS_KEY, MIB, SECRET_KEY, signed_headers

from s3gui.demo.server import Server
from s3gui.demo.storage import Storage, open_storage
from s3gui.domain.profile import Credentials


class Inside:
    """A server in this process, whose parts a test can break."""

    def __init__(self, storage: Storage, endpoint: str, log: io.StringIO) -> None:
        self.storage = storage
        self.endpoint = endpoint
        self.log = log

    async def ask(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        return await asyncio.to_thread(self._ask, method, path, body)

    def _ask(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        host = urlsplit(self.endpoint).netloc
        connection = http.client.HTTPConnection(host, timeout=10)
        try:
            connection.request(method, path, body, signed_headers(method, path, "", host, body))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def last(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.log.getvalue().splitlines()[-1])
        return found


@pytest_asyncio.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    storage = open_storage(tmp_path / "data", Credentials(ACCESS_KEY, SECRET_KEY))
    log = io.StringIO()
    server = Server(storage, log)
    endpoint = await server.listen(0)
    yield Inside(storage, endpoint, log)
    await server.close()
    storage.close()


async def test_a_bug_is_an_internal_error_and_the_next_request_is_served(
    inside: Inside, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(inside.storage.buckets, "all", broken)
        status, body = await inside.ask("GET", "/")
    assert status == 500
    assert b"<Code>InternalError</Code>" in body
    assert b"a bug" not in body
    assert "RuntimeError: a bug" in capsys.readouterr().err
    assert inside.last()["code"] == "InternalError"
    assert (await inside.ask("GET", "/"))[0] == 200


async def test_a_lost_blob_cuts_the_answer_short_and_is_never_taken_for_the_whole(
    inside: Inside, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await inside.ask("PUT", "/lost")
    await inside.ask("PUT", "/lost/k", bytes(MIB))
    for blob in (tmp_path / "data" / "blobs").iterdir():
        blob.unlink()
    with pytest.raises((http.client.IncompleteRead, ConnectionError, http.client.BadStatusLine)):
        await inside.ask("GET", "/lost/k")
    assert inside.last()["aborted"] is True
    assert "FileNotFoundError" in caplog.text


async def test_a_disk_that_is_full_keeps_nothing_of_the_body(
    inside: Inside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await inside.ask("PUT", "/full")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("s3gui.demo.body._Sink.feed", full)
        assert (await inside.ask("PUT", "/full/k", b"x"))[0] == 500
    with monkeypatch.context() as patch:
        # after the rename, before the commit
        patch.setattr(inside.storage.objects, "put", full)
        assert (await inside.ask("PUT", "/full/k", b"x"))[0] == 500
    await asyncio.to_thread(inside.storage.pool.submit(int).result)
    inside.storage.pool.shutdown(wait=True)  # deletions are in the threads' queue
    assert list((tmp_path / "data" / "incoming").iterdir()) == []
    assert list((tmp_path / "data" / "blobs").iterdir()) == []
    assert (await inside.ask("HEAD", "/full/k"))[0] == 404
