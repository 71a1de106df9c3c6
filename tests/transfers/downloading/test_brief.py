"""Small objects of one request each: more of them at once than files, and never past the first."""

from fake_server import MemoryServer
from transfers.downloading.kit import PART, Downloads, pattern

from s3gui.domain.origin import Priority
from s3gui.domain.parts import MIB
from s3gui.domain.transfer import State
from s3gui.transfers.order import BRIEF_A_PLACE


def running(house: Downloads) -> list[str]:
    rows = house.queue.transfers
    return [row.location.key for row in rows if row.state is State.RUNNING]


async def test_small_objects_run_for_the_places_on_the_wire_and_not_for_the_files(
    house: Downloads, server: MemoryServer
) -> None:
    settings = house.queue._kit.settings
    most = settings.parts_in_flight * BRIEF_A_PLACE
    for number in range(most + 3):
        house.stored(f"d/{number:03}", pattern(1000, seed=number))
    gate = server.hold("fetch", times=99)
    await house.ask("d/")
    await gate.reached.wait()
    assert most > settings.files_in_flight
    assert running(house) == [f"d/{number:03}" for number in range(most)]
    server.clear_rules()
    for row in house.queue.transfers:
        await house.done(row)
    assert len(house.there()) == most + 3
    assert all(row.is_single for row in house.queue.transfers)


async def test_larger_ones_keep_to_the_files_and_are_not_overtaken(
    house: Downloads, server: MemoryServer
) -> None:
    files = house.queue._kit.settings.files_in_flight
    for number in range(files + 1):
        house.stored(f"d/{number}", pattern(PART + MIB))
    house.stored("d/small", pattern(1000))
    gate = server.hold("fetch", times=99)
    await house.ask("d/")
    await gate.reached.wait()
    assert running(house) == [f"d/{number}" for number in range(files)]
    small = house.queue.transfers[-1]
    house.queue.prioritise([small.id], Priority.HIGH)
    await house.until(small, State.RUNNING)
    assert running(house) == [*(f"d/{number}" for number in range(files)), "d/small"]
    server.clear_rules()
    for row in house.queue.transfers:
        await house.done(row)
