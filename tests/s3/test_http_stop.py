"""Stopping: within a block, whatever the thread waits for, and nothing is left behind."""

import asyncio
import socket
import threading
from collections.abc import Iterator

import psutil
import pytest
from s3.http_kit import QUICK, Held, Zeros, client_on, patient, put
from servers.lies import Answer, CountOn, ReadSlowly, Silence, StopReading
from servers.lying import LyingServer

from s3gui.domain.parts import MIB, Meter
from s3gui.s3.http import Limits, Terms, wire_terms

#: Nothing here may end by a timeout.
PATIENT = patient(idle_s=50, answer_s=50, continue_s=50, connect_s=50)


@pytest.fixture(autouse=True)
def no_descriptor_left() -> Iterator[None]:
    before = _connected()
    yield
    assert not _connected() - before


def _connected() -> set[tuple[object, ...]]:
    """This process's connections; tests of other rooms may have left some that are theirs."""
    connections = psutil.Process().net_connections("tcp")
    return {(one.fd, one.laddr, one.raddr) for one in connections if one.status == "ESTABLISHED"}


async def _until(server: LyingServer, body_bytes: int) -> None:
    def arrived() -> bool:
        return bool(server.log) and server.log[0].body_bytes >= body_bytes

    await asyncio.to_thread(server.wait, arrived)


async def _gone(server: LyingServer) -> None:
    await asyncio.to_thread(server.wait, lambda: server.open_connections == 0)


async def test_a_cancelled_upload_leaves_the_wire_within_a_block(
    lying: LyingServer, ca_bundle: str
) -> None:
    """Counted at the server: what stood in the buffer of this side is taken back, too."""
    lying.on(CountOn(pause_s=0.005))
    meter = Meter()
    limits = Limits(block_bytes=64 << 10)
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT, limits=limits) as client:
        task = asyncio.ensure_future(put(client, Zeros(), 1 << 40, meter))
        await _until(lying, MIB)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        moved, arrived = meter.moved, lying.log[0].body_bytes
        assert moved - arrived > MIB
        await _gone(lying)
        assert meter.moved == moved
    # A block, and what the server's own buffer held.
    assert lying.log[0].body_bytes - arrived < (moved - arrived) // 2
    assert len(lying.log) == 1


async def test_a_meter_stops_an_upload_that_waits_on_a_full_line(
    lying: LyingServer, ca_bundle: str
) -> None:
    lying.on(StopReading(after=10_000), method="PUT")
    meter = Meter()
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        task = asyncio.ensure_future(put(client, Zeros(), 1 << 40, meter))
        await _until(lying, 10_000)
        meter.stop()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The session goes on.
        await client.head_bucket(Bucket="bucket")


async def test_send_returns_only_when_the_thread_has_left_the_wire_and_the_file(
    lying: LyingServer, ca_bundle: str
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    class Slow(Zeros):
        def read_into(self, offset: int, buffer: memoryview) -> int:
            inside.set()
            go_on.wait(10)
            return len(buffer)

    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        task = asyncio.ensure_future(put(client, Slow(), MIB))
        await asyncio.to_thread(inside.wait, 10)
        for _ in range(2):
            task.cancel()
            await asyncio.wait([task], timeout=0.05)
            assert not task.done()
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert lying.log[0].body_bytes == 0


async def test_a_meter_that_was_stopped_before_sends_nothing(lying_http: LyingServer) -> None:
    meter = Meter()
    meter.stop()
    async with client_on(lying_http) as client:
        with pytest.raises(asyncio.CancelledError):
            await put(client, Zeros(), 1000, meter)
    assert not lying_http.log


@pytest.mark.parametrize("lie", [Silence(), Silence(proceeds=False)])
async def test_cancelling_ends_the_wait_for_an_answer(
    lying: LyingServer, ca_bundle: str, lie: Silence
) -> None:
    lying.on(lie)
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        task = asyncio.ensure_future(put(client, Zeros(), 100_000))
        await asyncio.to_thread(lying.wait, lambda: bool(lying.log))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await _gone(lying)


async def test_cancelling_ends_a_download(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Answer(200, b"x" * 100_000, length=1 << 40, then="hang"))
    sink, meter = Held(), Meter()
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        with wire_terms(Terms(sink=sink, meter=meter)):
            task = asyncio.ensure_future(client.get_object(Bucket="bucket", Key="key"))
            await asyncio.to_thread(lying.wait, lambda: bool(lying.log))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        written = len(sink.data)
        await _gone(lying)
    assert len(sink.data) == written


async def test_cancelling_does_not_wait_for_a_connection_that_is_being_made() -> None:
    """Nothing was sent, and a DNS query or a silent host cannot be hurried."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"https://127.0.0.1:{silent.getsockname()[1]}"
        async with client_on(endpoint, timeouts=PATIENT) as client:
            task = asyncio.ensure_future(client.head_bucket(Bucket="bucket"))
            accepted, _ = await asyncio.to_thread(silent.accept)
            with accepted:
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task


async def test_cancelling_one_that_waits_for_a_thread(lying_http: LyingServer) -> None:
    lying_http.on(Silence(), attempt=1)
    async with client_on(lying_http, connections=1, timeouts=PATIENT) as client:
        first = asyncio.ensure_future(client.head_bucket(Bucket="one"))
        await asyncio.to_thread(lying_http.wait, lambda: bool(lying_http.log))
        second = asyncio.ensure_future(client.head_bucket(Bucket="two"))
        third = asyncio.ensure_future(client.head_bucket(Bucket="three"))
        await asyncio.sleep(0.05)
        second.cancel()
        first.cancel()
        await asyncio.wait([first, second])
        await third
    assert [request.path for request in lying_http.log] == ["/one", "/three"]


async def test_the_same_bytes_can_be_sent_again_after_a_stop(
    lying: LyingServer, ca_bundle: str
) -> None:
    lying.on(ReadSlowly(pause_s=0.005), attempt=1)
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        task = asyncio.ensure_future(put(client, Zeros(), 50 * MIB))
        await _until(lying, 100_000)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        meter = Meter()
        await put(client, Zeros(), 3 * MIB, meter)
    assert (lying.log[1].whole, meter.moved) == (True, 3 * MIB)


async def test_closing_the_client_ends_what_runs_and_all_its_threads(
    lying: LyingServer, ca_bundle: str
) -> None:
    lying.on(Silence())
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        tasks = [asyncio.ensure_future(client.head_bucket(Bucket="b")) for _ in range(3)]
        await asyncio.to_thread(lying.wait, lambda: len(lying.log) == 3)
        assert sum(thread.name.startswith("s3-sender") for thread in threading.enumerate()) == 3
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
    await _gone(lying)


async def test_a_client_opened_and_closed_many_times_keeps_nothing(
    lying: LyingServer, ca_bundle: str
) -> None:
    for _ in range(5):
        async with client_on(lying, verify=ca_bundle, timeouts=QUICK) as client:
            await asyncio.gather(*(client.head_bucket(Bucket="b") for _ in range(4)))
    await _gone(lying)
