"""Lists and documents that cannot be believed (rows 40 to 43)."""

from time import monotonic
from typing import Any

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, THREE, Seen, part
from servers.front import Forward, Front
from servers.lies import Answer, EndlessTokens, error_body
from servers.lying import Action, Talk, head_of

from s3gui.domain.entries import Page
from s3gui.domain.errors import BadAnswer, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.parts import KIB, MIB
from s3gui.s3.http import Limits
from s3gui.s3.listing import MOST_PAGES

LIST = {"method": "GET", "query": "list-type=2"}


async def pages(session: Any, bucket: str, key: str = "", **how: Any) -> list[Page]:
    return [page async for page in session.listing.pages(Location(bucket, key), **how)]


def names(found: list[Page]) -> list[str]:
    return [entry.key for page in found for entry in page.objects]


def fill(front: Front, bucket: str, *keys: str) -> None:
    client = Seen(front, bucket).client
    for key in keys:
        client.put_object(Bucket=bucket, Key=key, Body=b"x")


# Row 40


NO_TOKEN = (r"<NextContinuationToken>.*?</NextContinuationToken>", "")


@pytest.mark.fault(40)
async def test_more_without_a_token_is_an_incomplete_list(
    front: Front, session: Any, bucket: str
) -> None:
    fill(front, bucket, "a", "b", "c")
    front.on(Forward(say=(NO_TOKEN,)), **LIST)
    found = await pages(session, bucket, page_size=2)
    assert names(found) == ["a", "b"]
    assert (found[-1].last, found[-1].incomplete) == (True, True)
    assert len(front.log) == 1


@pytest.mark.fault(40)
async def test_the_same_token_again_is_an_incomplete_list(
    front: Front, session: Any, bucket: str
) -> None:
    fill(front, bucket, *"abcdefgh")
    same = (r"(<NextContinuationToken>).*?(</)", r"\1again\2")
    front.on(Forward(say=(same,)), **LIST, attempt=1)
    first_page = ("&continuation-token=again|continuation-token=again&", "")
    front.on(Forward(ask=(first_page,), say=(same,)), **LIST)
    found = await pages(session, bucket, page_size=2)
    assert found[-1].incomplete
    assert len(front.log) == 2


def document(root: str, inner: str) -> bytes:
    return f'<?xml version="1.0" encoding="UTF-8"?><{root}>{inner}</{root}>'.encode()


@pytest.mark.fault(40)
async def test_new_tokens_for_ever_end_at_the_most_pages(
    front: Front, session: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_PAGES == 20_000
    monkeypatch.setattr(session.listing, "_most_pages", 30)
    front.on(EndlessTokens(), **LIST)
    found = await pages(session, bucket)
    assert len(front.log) == len(found) == 30
    assert [page.incomplete for page in found] == [False] * 29 + [True]


# Row 41


class Flood(Action):
    """An answer without an end; counts what it could get rid of."""

    def __init__(self, head: bytes, piece: bytes) -> None:
        self._head = head
        self._piece = piece
        self.sent = 0

    def __call__(self, talk: Talk) -> None:
        talk.proceed()
        talk.read_body()
        talk.send(self._head)
        while True:
            talk.send(self._piece)
            self.sent += len(self._piece)
            talk.server.pause(0)


def floods() -> dict[str, Flood]:
    row = b"<Contents><Key>k</Key></Contents>" * 1000
    chunk = b"%x\r\n%b\r\n" % (len(row), row)
    return {
        "to the end": Flood(head_of(200, {}), row),
        "chunks": Flood(head_of(200, {"Transfer-Encoding": "chunked"}), chunk),
        "a length": Flood(head_of(200, {"Content-Length": str(1 << 40)}), row),
        "an error": Flood(head_of(400, {}), row),
    }


@pytest.mark.fault(41)
@pytest.mark.parametrize("how", floods())
async def test_a_list_without_end_is_cut_at_the_cap_at_once(
    front: Front, session: Any, bucket: str, how: str
) -> None:
    flood = floods()[how]
    front.on(flood, **LIST)
    began = monotonic()
    with pytest.raises(BadAnswer):
        await pages(session, bucket)
    assert monotonic() - began < 2 * 3, "2 s on an idle machine"
    assert flood.sent < 40 * MIB
    assert len(front.log) == 1
    assert Limits().control_bytes == 32 * MIB


@pytest.mark.fault(41)
@pytest.mark.parametrize("how", floods())
async def test_an_answer_without_end_to_a_part_fails_the_file_and_keeps_the_others(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, how: str
) -> None:
    flood = floods()[how]
    front.on(flood, query=part(2))
    small = Limits(control_bytes=256 * KIB)
    async with engine(front, limits=small) as program:
        transfer = await program.upload(make_file(THREE), bucket)
        assert await program.failed(transfer) == "BadAnswer"
        seen = Seen(front, bucket)
        assert seen.sends()[2] == 2
        # What is in the buffers of two sockets is gone with it.
        assert flood.sent < 2 * 12 * MIB
        front.forget()
        program.queue.retry([transfer.id])
        await program.watcher.until(lambda: transfer.error is None)
        await program.done(transfer)
    assert not seen.unfinished()


# Row 42


BOMB = b'<!DOCTYPE l [<!ENTITY a "' + b"x" * 100 + b'">' + b"&a;" * 10 + b"]>"
ODD = {
    "dtd": b'<?xml version="1.0"?><!DOCTYPE x><{root}/>',
    "bomb": b'<?xml version="1.0"?>' + BOMB + b"<{root}>&a;</{root}>",
    "behind a comment": b"<!-- c --><!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><{root}/>",
    "utf-16": "<!DOCTYPE x><{root}/>".encode("utf-16"),
    "html": b"<html><body>hello</body></html>",
    "another root": b'<?xml version="1.0"?><Welcome/>',
    "no xml": b"{}",
    "not well-formed": b"<Wel<come",
}


def odd(name: str, root: str) -> Answer:
    body = ODD[name].replace(b"{root}", root.encode())
    return Answer(200, body, {"Content-Type": "application/xml"})


@pytest.mark.fault(42)
@pytest.mark.parametrize("name", ODD)
async def test_a_document_that_is_none_of_s3_is_one_clean_error_after_one_request(
    front: Front, session: Any, bucket: str, name: str
) -> None:
    front.on(odd(name, "ListBucketResult"), **LIST)
    with pytest.raises(BadAnswer) as caught:
        await pages(session, bucket)
    assert len(front.log) == 1
    text = caught.value.as_text().lower()
    assert not [word for word in ("expat", "token", "column", "parse", "traceback") if word in text]


@pytest.mark.fault(42)
@pytest.mark.parametrize("name", ODD)
async def test_an_upload_that_is_begun_with_such_a_document_fails_after_two_requests(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, name: str
) -> None:
    front.on(odd(name, "InitiateMultipartUploadResult"), method="POST", query="^uploads")
    async with engine(front) as program:
        transfer = await program.upload(make_file(2 * PART), bucket)
        assert await program.failed(transfer) == "BadAnswer"
    assert len(front.log) <= 2


@pytest.mark.fault(42)
@pytest.mark.parametrize("name", ["dtd", "html", "another root"])
async def test_a_complete_answered_with_such_a_document_is_looked_into(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile, name: str
) -> None:
    lie = Forward(instead=odd(name, "CompleteMultipartUploadResult"))
    front.on(lie, method="POST", query="uploadId=")
    path = make_file(2 * PART)
    async with engine(front) as program:
        await program.done(await program.upload(path, bucket))
    seen = Seen(front, bucket)
    assert seen.calls()["Complete"] == 1
    assert seen.content() == path.read_bytes()


# Row 43


def row(key: str, size: object = 1, modified: str = "2026-01-02T03:04:05.000Z") -> str:
    return (
        f"<Contents><Key>{key}</Key><Size>{size}</Size><LastModified>{modified}</LastModified>"
        "</Contents>"
    )


@pytest.mark.fault(43)
async def test_rows_that_cannot_be_are_dropped_and_counted_among_true_ones(
    front: Front, session: Any, bucket: str
) -> None:
    fill(front, bucket, "dir/a", "dir/b")
    bad = row("elsewhere") + row("dir/negative", -1) + row("dir/a") + row("dir/" + "k" * 10_000_000)
    prefix = "<CommonPrefixes><Prefix>../</Prefix></CommonPrefixes>"
    odd_dates = row("dir/c", 2, "the day before yesterday")
    end = "</ListBucketResult>"
    front.on(Forward(say=((end, bad + prefix + odd_dates + end),)), **LIST)
    (page,) = await pages(session, bucket, "dir/")
    assert names([page]) == ["dir/a", "dir/b", "dir/c"]
    assert page.objects[2].modified is None
    assert page.prefixes == ()
    assert page.invalid == 5


@pytest.mark.fault(43)
async def test_keys_of_fifty_megabytes_are_no_list_and_no_load(
    front: Front, session: Any, bucket: str
) -> None:
    body = document("ListBucketResult", row("k" * 50_000_000))
    front.on(Answer(200, body), **LIST)
    with pytest.raises(BadAnswer):
        await pages(session, bucket)
    assert len(front.log) == 1


@pytest.mark.fault(43)
@pytest.mark.parametrize("size", ["many", "", "9" * 400, "1e9", str(2**63)])
async def test_a_size_that_cannot_be_is_an_error_of_the_server_or_no_row(
    front: Front, session: Any, bucket: str, size: str
) -> None:
    front.on(Answer(200, document("ListBucketResult", row("a") + row("b", size))), **LIST)
    try:
        found = await pages(session, bucket)
    except BadAnswer:
        return
    assert names(found) == ["a"]


@pytest.mark.fault(42)
async def test_an_error_whose_document_is_none_of_s3_is_told_by_its_status(
    front: Front, session: Any, bucket: str
) -> None:
    bomb = ODD["bomb"].replace(b"{root}", b"Error")
    front.on(Answer(403, bomb, {"Content-Type": "application/xml"}), **LIST, attempt=1)
    front.on(Answer(403, error_body("AccessDenied", "&lt;b&gt;")), **LIST)
    for _ in range(2):
        with pytest.raises(S3guiError):
            await pages(session, bucket)
    assert len(front.log) == 2
