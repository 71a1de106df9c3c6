"""Copies of small objects cost this machine nothing: many at once, as the server can take them."""

import asyncio

from transfers.copying.kit import Copies

from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State
from s3gui.transfers.order import LIGHT_A_PLACE


async def begun(house: Copies, count: int) -> int:
    """How many of the copies have begun when nothing moves any more."""
    async with asyncio.timeout(20):
        while house.server.counts()["head"] < count:  # noqa: ASYNC110  nobody tells of a call
            await asyncio.sleep(0)
    for _ in range(100):
        await asyncio.sleep(0)
    return house.server.counts()["head"]


async def test_small_ones_are_under_way_at_the_same_time(house: Copies) -> None:
    most = house.queue.settings.parts_in_flight * LIGHT_A_PLACE
    for number in range(2 * most):
        house.stored(f"a/{number:03}")
    gate = house.server.hold("head", times=most)
    await house.ask("a/", to="d/", if_exists=IfExists.OVERWRITE)
    assert await begun(house, most) == most
    gate.open()
    for transfer in house.queue.transfers:
        await house.done(transfer)
    assert len(house.server.keys()) == 4 * most


async def test_fewer_where_the_server_asks_to_slow_down(house: Copies) -> None:
    settings = house.queue.settings
    places = house.queue._kit.slots.of("p")
    places.failed(throttled=True)
    assert places.limit < settings.parts_in_flight
    most = places.limit * LIGHT_A_PLACE
    for number in range(2 * most):
        house.stored(f"a/{number:03}")
    gate = house.server.hold("head", times=most)
    await house.ask("a/", to="d/", if_exists=IfExists.OVERWRITE)
    assert await begun(house, most) == most
    gate.open()
    for transfer in house.queue.transfers:
        await house.done(transfer)


async def test_large_ones_and_those_through_this_machine_are_few(house: Copies) -> None:
    few = house.queue.settings.files_in_flight
    for number in range(6):
        house.stored(f"a/{number}", bytes(17 * MIB))
        house.stored(f"b/{number}")
    gate = house.server.hold("head", times=99)
    await house.ask("a/", to="d/", if_exists=IfExists.OVERWRITE)
    assert await begun(house, few) == few
    await house.ask("b/", to="d/", over="q", if_exists=IfExists.OVERWRITE)
    assert await begun(house, few) == few
    gate.open()
    house.server.clear_rules()
    for transfer in house.queue.transfers:
        await house.until(transfer, State.COMPLETED)
