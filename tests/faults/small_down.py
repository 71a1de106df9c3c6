"""What the tests of small downloads share."""

import hashlib
import re
from collections import Counter

from faults.down import Down

from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import ENDED, State, Transfer


def content(number: int, size: int = 4096) -> bytes:
    return (hashlib.sha256(b"%d" % number).digest() * (size // 32 + 1))[:size]


def fill(down: Down, count: int, sizes: tuple[int, ...] = (4096,)) -> dict[str, bytes]:
    """Objects below ``dir/``; what is in them by the names of their files."""
    objects = {}
    for number in range(count):
        name = f"dir/{number % 3}/{number:04}"
        objects[name] = content(number, sizes[number % len(sizes)])
        down.put(name, objects[name])
    return objects


async def asked(down: Down, if_exists: IfExists = IfExists.ASK) -> list[Transfer]:
    """All of them, with the connection open as it is when somebody asks for them."""
    await down.engine.connections.open(down.engine.profile.id)
    before = len(down.engine.queue.transfers)
    await down.ask("dir/", if_exists)
    return list(down.engine.queue.transfers[before:])


async def ended(down: Down, rows: list[Transfer]) -> Counter[State]:
    await down.engine.watcher.until(lambda: all(row.state in ENDED for row in rows))
    return Counter(row.state for row in rows)


def gets(down: Down) -> Counter[str]:
    """How often each object was asked for, by its number."""
    return Counter(
        request.path[-4:]
        for request in down.front.log
        if request.method == "GET" and re.search(r"/dir/\d/\d{4}$", request.path)
    )


def number_of(row: Transfer) -> int:
    return int(row.path.name)


def one(rows: list[Transfer], number: int) -> Transfer:
    (row,) = [row for row in rows if number_of(row) == number]
    return row


def all_there(down: Down, objects: dict[str, bytes]) -> None:
    assert down.names() == sorted(objects)
    for name, data in objects.items():
        assert (down.folder / name).read_bytes() == data
