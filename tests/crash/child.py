"""The program, which kills itself at one moment, or whose engine has another clock.

``python child.py '{"kill": "s3gui.transfers.journal:Journal.created", "when": "after"}' upload …``

What it runs is the program as it is; only this launcher knows of the moment. ``before`` is when the
method is called; ``after`` when what it returned is done, before anybody else hears of it.
"""

import asyncio
import functools
import inspect
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from s3gui.__main__ import main
from s3gui.transfers.clock import SystemClock


def die(*_: object) -> None:
    """kill -9, by its own hand."""
    os.kill(os.getpid(), signal.SIGKILL)


def kill_at(target: str, when: str, nth: int) -> None:
    """Has the nth call of ``module:Class.method``, or ``module:function``, end the process."""
    module, _, path = target.partition(":")
    of, _, name = path.rpartition(".")
    owner: Any = import_module(module)
    if of:
        owner = getattr(owner, of)
    method: Callable[..., Any] = getattr(owner, name)
    calls = 0

    def is_it() -> bool:
        nonlocal calls
        calls += 1
        return calls == nth

    @functools.wraps(method)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        now = is_it()
        if now and when == "before":
            die()
        result = method(*args, **kwargs)
        if not now:
            return result
        if inspect.iscoroutine(result):
            return _die_behind(result)
        if isinstance(result, asyncio.Future):
            result.add_done_callback(die)
            return result
        die()
        return result

    setattr(owner, name, wrapped)


async def _die_behind(work: Any) -> Any:
    await work
    die()


def other_clock(haste: float, ahead_s: float) -> None:
    """Waits take a part of their time, and the day of the engine is ahead."""

    async def sleep(_: SystemClock, seconds: float) -> None:
        await asyncio.sleep(seconds / haste)

    SystemClock.monotonic = lambda _: time.monotonic() * haste  # type: ignore[method-assign]
    SystemClock.now = (  # type: ignore[method-assign]
        lambda _: datetime.now(UTC) + timedelta(seconds=ahead_s)
    )
    SystemClock.sleep = sleep  # type: ignore[method-assign]


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    if "kill" in told:
        kill_at(told["kill"], told.get("when", "after"), told.get("nth", 1))
    if "haste" in told or "ahead_s" in told:
        other_clock(told.get("haste", 1), told.get("ahead_s", 0))
    sys.exit(main(sys.argv[2:]))
