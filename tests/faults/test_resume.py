"""What ListParts says at the next start, true or not (rows 39, 40 and 43)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import CALLS, LINE, PART, THREE, Engine, Seen
from servers.front import Forward, Front
from servers.lies import Silence

from s3gui.domain.transfer import Transfer

LIST_PARTS = {"method": "GET", "query": "uploadId="}
#: The storage gives two parts a page, whatever it was asked for.
SHORT_PAGES = Forward(ask=(("max-parts=1000", "max-parts=2"),))


@asynccontextmanager
async def next_start(
    front: Front, engine: MakeEngine, bucket: str, path: Path, parts: int
) -> AsyncIterator[tuple[Engine, Transfer]]:
    """The program was killed when all parts but the last were confirmed; the next one, at work."""
    front.on(Silence(), query=rf"\bpartNumber={parts}(&|$)", attempt=1)
    patient = replace(CALLS, data_read_s=60)
    async with engine(front, calls=patient, line=replace(LINE, idle_s=60)) as program:
        transfer = await program.upload(path, bucket)
        async with asyncio.timeout(20):
            while transfer.parts_done < parts - 1:  # noqa: ASYNC110  nobody tells of a part
                await asyncio.sleep(0)
        again = program.next_start()
    front.log.clear()
    front.forget()
    yield again, transfer


@pytest.mark.fault(39)
async def test_all_pages_of_the_parts_are_read_and_none_is_sent_twice(
    either: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    path = make_file(7 * PART)
    async with next_start(either, engine, bucket, path, 7) as (program, _):
        either.on(SHORT_PAGES, **LIST_PARTS)
        async with program:
            (row,) = program.queue.transfers
            await program.done(row)
    seen = Seen(either, bucket)
    assert seen.calls()["ListParts"] == 3
    assert seen.sends() == {7: 1}
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(39)
async def test_only_parts_with_the_number_size_and_etag_of_the_journal_count(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """Two parts were overwritten by others, and one came that is not of this file."""
    path = make_file(6 * PART)
    seen = Seen(plain, bucket)
    async with next_start(plain, engine, bucket, path, 6) as (program, _):
        (upload_id,) = seen.unfinished()
        for number, body in [(2, b"\0" * PART), (3, b"short"), (6, b"\1" * PART)]:
            seen.client.upload_part(
                Bucket=bucket, Key="file.bin", UploadId=upload_id, PartNumber=number, Body=body
            )
        plain.on(SHORT_PAGES, **LIST_PARTS)
        async with program:
            (row,) = program.queue.transfers
            await program.done(row)
    assert seen.sends() == {2: 1, 3: 1, 6: 1}
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(39)
async def test_a_part_that_the_server_leaves_out_is_sent_again(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    path = make_file(4 * PART)
    gone = (r"<Part><PartNumber>2</PartNumber>.*?</Part>", "")
    async with next_start(plain, engine, bucket, path, 4) as (program, _):
        plain.on(Forward(say=(gone,)), **LIST_PARTS)
        async with program:
            (row,) = program.queue.transfers
            await program.done(row)
    seen = Seen(plain, bucket)
    assert seen.sends() == {2: 1, 4: 1}
    assert seen.content() == path.read_bytes()


ENDLESS = {
    "no marker": (r"<NextPartNumberMarker>\d+</NextPartNumberMarker>", ""),
    "the same marker": (r"(<NextPartNumberMarker>)\d+", r"\g<1>0"),
}


@pytest.mark.fault(40)
@pytest.mark.parametrize("lie", ENDLESS)
async def test_half_a_list_of_parts_is_no_list_and_nothing_is_done_on_the_strength_of_it(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, lie: str
) -> None:
    path = make_file(5 * PART)
    asked = SHORT_PAGES.ask
    async with next_start(plain, engine, bucket, path, 5) as (program, _):
        more = (r"<IsTruncated>false", "<IsTruncated>true")
        plain.on(Forward(ask=asked, say=(more, ENDLESS[lie])), **LIST_PARTS)
        async with program:
            (row,) = program.queue.transfers
            assert await program.failed(row) == "BadAnswer"
            seen = Seen(plain, bucket)
            assert set(seen.calls()) == {"ListParts"}
            assert seen.calls()["ListParts"] <= 2
            assert seen.parts() == [1, 2, 3, 4]
            plain.forget()
            program.queue.retry([row.id])
            await program.watcher.until(lambda: row.error is None)
            await program.done(row)
    assert seen.sends() == {5: 1}
    assert seen.content() == path.read_bytes()


@pytest.mark.fault(43)
@pytest.mark.parametrize(
    "garbage",
    [
        "<Part><PartNumber>-1</PartNumber><Size>-5</Size><ETag>x</ETag></Part>",
        "<Part/>",
        "<Part><PartNumber>99999999999</PartNumber><Size>1</Size></Part>",
        "<Part><PartNumber>2</PartNumber><Size>-1</Size><ETag>x</ETag></Part>",
    ],
    ids=["negative", "empty", "far", "twice"],
)
async def test_rows_of_parts_that_cannot_be_hurt_nothing(
    plain: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, garbage: str
) -> None:
    path = make_file(THREE)
    async with next_start(plain, engine, bucket, path, 3) as (program, _):
        plain.on(
            Forward(say=(("</ListPartsResult>", f"{garbage}</ListPartsResult>"),)), **LIST_PARTS
        )
        async with program:
            (row,) = program.queue.transfers
            await program.done(row)
    assert Seen(plain, bucket).content() == path.read_bytes()
