"""Who follows a queue cannot hold it up."""

import asyncio
from typing import Any

from transfers.kit import House, MakeFile, Watcher

from s3gui.domain.transfer import State, Transfer


class _Faulty(Watcher):
    def transfer_changed(self, transfer: Transfer) -> None:
        raise RuntimeError("Internal C++ object already deleted")


async def test_one_that_fails_is_reported_and_the_queue_goes_on(
    house: House, make_file: MakeFile
) -> None:
    reported: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
    house.queue.watch(_Faulty())
    rows = await house.upload(make_file(1, "a"), make_file(1, "b"))
    for row in rows:
        await house.until(row, State.COMPLETED)
    assert {type(context["exception"]) for context in reported} == {RuntimeError}
