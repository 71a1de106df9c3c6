"""Objects of which another range comes than the one asked for (row 44)."""

import hashlib
from typing import Any

import pytest
from faults.kit import Seen
from s3.http_kit import Held
from servers.front import Front
from servers.lies import Answer
from servers.lying import Action

from s3gui.domain.errors import BadAnswer, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import Meter

WHOLE = b"".join(b"%09d" % n for n in range(30_000))
FIRST, LENGTH = 100_000, 50_000


def partly(
    first: int = FIRST, length: int = LENGTH, of: int = len(WHOLE), sent: int | None = None
) -> Answer:
    span = {"Content-Range": f"bytes {first}-{first + length - 1}/{of}"}
    etag = f'"{hashlib.md5(WHOLE).hexdigest()}"'
    return Answer(206, WHOLE[first : first + (length if sent is None else sent)], span, etag)


WRONG_RANGES: dict[str, Action] = {
    "ignored": Answer(200, WHOLE, etag='"x"'),
    "ignored, same length": Answer(200, WHOLE[:LENGTH], etag='"x"'),
    "moved": partly(first=FIRST + 1),
    "from zero": partly(first=0),
    "longer": partly(length=LENGTH + 1),
    "shorter": partly(length=LENGTH - 1),
    "more than it says": partly(sent=LENGTH + 1),
    "less than it says": partly(sent=LENGTH - 1),
    "fewer bytes": Answer(206, WHOLE[:9], {"Content-Range": f"bytes {FIRST}-{FIRST + 8}/270000"}),
    "no range": Answer(206, WHOLE[FIRST : FIRST + LENGTH]),
    "garbage": Answer(206, WHOLE[:LENGTH], {"Content-Range": "bytes */*"}),
    "past its own end": partly(of=FIRST + 1),
    "no length": Answer(206, WHOLE[FIRST : FIRST + LENGTH], length=None),
}


@pytest.mark.fault(44)
@pytest.mark.parametrize("lie", WRONG_RANGES)
async def test_another_range_than_the_one_asked_for_is_not_written(
    front: Front, session: Any, bucket: str, lie: str
) -> None:
    client = Seen(front, bucket).client
    client.put_object(Bucket=bucket, Key="k", Body=WHOLE)
    front.on(WRONG_RANGES[lie], method="GET", path="/k$", attempt=1)
    held, where = Held(), Location(bucket, "k")
    with pytest.raises(S3guiError) as caught:
        await session.objects.fetch(where, held, meter=Meter(), first=FIRST, length=LENGTH)
    assert isinstance(caught.value, BadAnswer)
    assert not held.data, "not one byte at a wrong offset"
    await session.objects.fetch(where, held, meter=Meter(), first=FIRST, length=LENGTH)
    assert held.data == WHOLE[FIRST : FIRST + LENGTH]
    assert len(front.log) == 2


@pytest.mark.fault(44)
async def test_a_range_that_is_cut_is_an_error_and_what_came_stands_at_its_place(
    front: Front, session: Any, bucket: str
) -> None:
    Seen(front, bucket).client.put_object(Bucket=bucket, Key="k", Body=WHOLE)
    lie = partly(sent=30_000)
    cut = Answer(206, lie.body, {**lie.headers}, '"x"', length=LENGTH)
    front.on(cut, method="GET", path="/k$")
    held = Held()
    with pytest.raises(S3guiError) as caught:
        await session.objects.fetch(
            Location(bucket, "k"), held, meter=Meter(), first=FIRST, length=LENGTH
        )
    assert caught.value.code == "ConnectionBroken"
    assert bytes(held.data) == WHOLE[FIRST : FIRST + len(held.data)]
