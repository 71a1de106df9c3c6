"""A limit on the wire: what the server counts, what is no stall, and what ends a wait."""

import asyncio
import time

import pytest
from s3.http_kit import QUICK, Held, Zeros, client_on, patient, put
from servers.lies import Answer, CountOn
from servers.lying import LyingServer

from s3gui.domain.pace import Pace
from s3gui.domain.parts import KIB, MIB, Meter
from s3gui.s3.http import Terms, wire_terms

PATIENT = patient(idle_s=50, answer_s=50, continue_s=50, connect_s=50)
#: Much slower than any machine, and much faster than a test's patience.
RATE = 400_000.0


async def test_uploads_together_keep_to_one_limit(lying: LyingServer, ca_bundle: str) -> None:
    """Bytes at the server's side, looked at again and again; never twice what is allowed."""
    lying.on(CountOn(pause_s=0))
    pace = Pace()
    pace.set_rate(RATE)
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        began = time.monotonic()
        tasks = [
            asyncio.ensure_future(put(client, Zeros(), 1 << 40, Meter(pace))) for _ in range(3)
        ]
        for goal in (200_000, 400_000, 600_000):
            await asyncio.to_thread(lying.wait, lambda goal=goal: _arrived(lying) >= goal)
            assert _arrived(lying) <= 2 * RATE * (time.monotonic() - began) + 64 * KIB
        assert len([one for one in lying.log if one.body_bytes]) == 3
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _arrived(server: LyingServer) -> int:
    return sum(one.body_bytes for one in list(server.log))


async def test_a_download_keeps_to_the_limit(lying: LyingServer, ca_bundle: str) -> None:
    lying.on(Answer(body=bytes(300_000)))
    pace, sink = Pace(), Held()
    pace.set_rate(RATE)
    meter = Meter(pace)
    began = time.monotonic()
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        with wire_terms(Terms(sink=sink, meter=meter)):
            await client.get_object(Bucket="bucket", Key="key")
    assert len(sink.data) == meter.moved == 300_000
    assert 2 * RATE * (time.monotonic() - began) >= 300_000


async def test_what_we_wait_for_ourselves_is_neither_a_stall_nor_a_drip(
    lying: LyingServer, ca_bundle: str
) -> None:
    """Far below the least rate of a line, and blocks further apart than one may be silent."""
    timeouts = patient(QUICK, idle_s=0.2, answer_s=5, rate_window_s=0.2, least_rate=1 * MIB)
    pace = Pace()
    pace.set_rate(2_000.0)
    async with client_on(lying, verify=ca_bundle, timeouts=timeouts) as client:
        stored = await put(client, Zeros(), 3 * KIB, Meter(pace))
    assert stored["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert lying.log[-1].body_bytes == 3 * KIB


@pytest.mark.parametrize("how", ["cancel", "stop", "close"])
async def test_what_waits_for_its_share_ends_at_once(
    lying: LyingServer, ca_bundle: str, how: str
) -> None:
    pace = Pace()
    pace.set_rate(0.01)
    meter = Meter(pace)
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        task = asyncio.ensure_future(put(client, Zeros(), 1 << 40, meter))
        await asyncio.to_thread(lying.wait, lambda: bool(lying.log))
        if how == "cancel":
            task.cancel()
        elif how == "stop":
            meter.stop()
        else:
            await client.close()
        with pytest.raises(asyncio.CancelledError):
            async with asyncio.timeout(10):
                await task
        await asyncio.to_thread(lying.wait, lambda: lying.open_connections == 0)
    assert meter.stopped
    assert lying.log[0].body_bytes == 0


async def test_a_limit_that_is_set_or_lifted_reaches_a_part_in_flight(
    lying: LyingServer, ca_bundle: str
) -> None:
    pace = Pace()
    pace.set_rate(0.01)
    async with client_on(lying, verify=ca_bundle, timeouts=PATIENT) as client:
        lying.on(CountOn(pause_s=0))
        meter = Meter(pace)
        task = asyncio.ensure_future(put(client, Zeros(), 1 << 40, meter))
        await asyncio.to_thread(lying.wait, lambda: bool(lying.log))
        pace.set_rate(None)
        await asyncio.to_thread(lying.wait, lambda: lying.log[0].body_bytes > 4 * MIB)
        pace.set_rate(1.0)
        # What is out already arrives, and then nothing does.
        await _comes_to_rest(meter)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def _comes_to_rest(meter: Meter) -> None:
    async with asyncio.timeout(10):
        seen = -1
        while seen != meter.moved:
            seen = meter.moved
            await asyncio.sleep(0.2)
