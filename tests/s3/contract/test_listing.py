"""Listings: pages, folders, and keys to the character, in both versions of the call."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from s3.memory import put
from servers.server import Difference, Server

from s3gui.domain.entries import Page
from s3gui.domain.location import Location
from s3gui.s3.session import S3Gateway, S3Session

#: Legal in S3, each, and each somebody's trap.
ODD_KEYS = [
    "plain.txt",
    "with space.txt",
    " leading and trailing ",
    "100%.txt",
    "percent%20encoded.txt",
    "a+b.txt",
    "a&b=c?d#e.txt",
    "кириллица/файл.txt",
    "emoji 🦉🏳️‍🌈.txt",
    "double//slash.txt",
    "/leading.txt",
    "dots/../up.txt",
    "./here.txt",
    "quote'\"<>&.txt",
    "back\\slash.txt",
    "tilde~()!*.txt",
    "e\u0301 and \u00e9",
    "x" * 1024,
]


async def every(session: S3Session, where: Location, **how: Any) -> list[Page]:
    return [page async for page in session.listing.pages(where, **how)]


def keys_of(pages: list[Page]) -> list[str]:
    return [entry.key for page in pages for entry in page.objects]


@pytest.fixture(params=[1, 2], ids=["V1", "V2"])
def list_version(request: pytest.FixtureRequest) -> int:
    version: int = request.param
    return version


@pytest_asyncio.fixture
async def session(server: Server, list_version: int) -> AsyncIterator[S3Session]:
    profile = replace(server.profile, list_version=list_version)
    async with S3Gateway().session(profile, server.credentials) as opened:
        yield opened


class TestListing:
    async def test_an_empty_bucket_is_one_last_page(self, session: S3Session, bucket: str) -> None:
        (page,) = await every(session, Location(bucket))
        assert (page.objects, page.prefixes) == ((), ())
        assert page.last
        assert not page.incomplete
        assert page.location == Location(bucket)

    @pytest.mark.parametrize("key", ODD_KEYS, ids=lambda key: ascii(key)[:30])
    async def test_a_key_comes_back_to_the_character(
        self, session: S3Session, independent: Any, bucket: str, key: str
    ) -> None:
        await put(session, Location(bucket, key), b"odd")

        pages = await every(session, Location(bucket), recursive=True)

        assert keys_of(pages) == [key]
        assert independent.get_object(Bucket=bucket, Key=key)["Body"].read() == b"odd"
        assert (await session.objects.head(Location(bucket, key))).size == 3

    async def test_what_another_program_stored_is_listed_with_its_facts(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        etag = independent.put_object(Bucket=bucket, Key="a.bin", Body=b"12345")["ETag"].strip('"')

        (page,) = await every(session, Location(bucket))

        (entry,) = page.objects
        assert (entry.key, entry.size, entry.etag) == ("a.bin", 5, etag)
        assert entry.modified is not None
        assert entry.modified.tzinfo is not None
        assert entry.storage_class == "STANDARD"

    async def test_a_prefix_shows_its_own_level_only(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        for key in ("top.txt", "a/1.txt", "a/b/2.txt", "a/b/c/3.txt", "a b/4.txt", "ab.txt"):
            independent.put_object(Bucket=bucket, Key=key, Body=b"")

        (root,) = await every(session, Location(bucket))
        (inner,) = await every(session, Location(bucket, "a/"))
        deep = await every(session, Location(bucket, "a/"), recursive=True)

        assert (keys_of([root]), root.prefixes) == (["ab.txt", "top.txt"], ("a b/", "a/"))
        assert (keys_of([inner]), inner.prefixes) == (["a/1.txt"], ("a/b/",))
        assert keys_of(deep) == ["a/1.txt", "a/b/2.txt", "a/b/c/3.txt"]

    async def test_the_marker_of_a_folder_is_not_in_the_folder(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        for key in ("folder/", "folder/in.txt"):
            independent.put_object(Bucket=bucket, Key=key, Body=b"")

        (page,) = await every(session, Location(bucket, "folder/"))
        everything = await every(session, Location(bucket, "folder/"), recursive=True)

        assert keys_of([page]) == ["folder/in.txt"]
        assert page.invalid == 0
        assert keys_of(everything) == ["folder/", "folder/in.txt"]

    async def test_double_slashes_are_folders_of_their_own(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        for key in ("a//x.txt", "a/y.txt", "/z.txt"):
            independent.put_object(Bucket=bucket, Key=key, Body=b"")

        (root,) = await every(session, Location(bucket))
        (a,) = await every(session, Location(bucket, "a/"))
        (nameless,) = await every(session, Location(bucket, "a//"))

        assert root.prefixes == ("/", "a/")
        assert (keys_of([a]), a.prefixes) == (["a/y.txt"], ("a//",))
        assert keys_of([nameless]) == ["a//x.txt"]

    async def test_pages_join_without_a_gap_or_a_double(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        keys = sorted(f"k {n:02}+ё.txt" for n in range(11))
        for key in keys:
            independent.put_object(Bucket=bucket, Key=key, Body=b"")

        pages = await every(session, Location(bucket), page_size=3)

        assert [len(page.objects) for page in pages] == [3, 3, 3, 2]
        assert keys_of(pages) == keys
        assert [page.last for page in pages] == [False, False, False, True]
        assert not any(page.incomplete or page.invalid for page in pages)

    async def test_more_than_a_thousand_keys_are_all_listed(
        self, session: S3Session, bucket: str
    ) -> None:
        keys = [f"много/{n:05} +.txt" for n in range(1_003)]
        waiting = iter(keys)

        async def sender() -> None:
            for key in waiting:
                await put(session, Location(bucket, key), b"")

        await asyncio.gather(*(sender() for _ in range(8)))

        pages = await every(session, Location(bucket, "много/"))

        assert [len(page.objects) for page in pages] == [1_000, 3]
        assert keys_of(pages) == keys

    async def test_how_the_server_writes_keys_and_markers(
        self, server: Server, independent: Any, bucket: str
    ) -> None:
        """The tests around hold on every server; this says where they are no matter of course."""
        key = "a +ё"
        for name in (key, "b"):
            independent.put_object(Bucket=bucket, Key=name, Body=b"")
        independent.create_multipart_upload(Bucket=bucket, Key=key)

        page = independent.list_objects(Bucket=bucket, Delimiter="/", MaxKeys=1, EncodingType="url")
        uploads = independent.list_multipart_uploads(Bucket=bucket, EncodingType="url")

        assert page["Contents"][0]["Key"] != key
        assert (page["NextMarker"] == key) == server.has(Difference.RAW_MARKERS)
        untold = uploads["Uploads"][0]["Key"] != key and "EncodingType" not in uploads
        assert untold == server.has(Difference.ENCODES_UNTOLD)

    async def test_pages_of_folders_join_too(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        for n in range(7):
            for name in ("1", "2"):
                independent.put_object(Bucket=bucket, Key=f"dir {n}/{name}", Body=b"")
        independent.put_object(Bucket=bucket, Key="zz", Body=b"")

        pages = await every(session, Location(bucket), page_size=2)

        prefixes = [prefix for page in pages for prefix in page.prefixes]
        assert prefixes == [f"dir {n}/" for n in range(7)]
        assert keys_of(pages) == ["zz"]

    async def test_a_reader_may_stop_early(
        self, session: S3Session, independent: Any, bucket: str
    ) -> None:
        for n in range(4):
            independent.put_object(Bucket=bucket, Key=str(n), Body=b"")

        pages = session.listing.pages(Location(bucket), page_size=1)
        first = await anext(pages)
        await pages.aclose()  # type: ignore[attr-defined]  # an async generator

        assert keys_of([first]) == ["0"]
        assert not first.last


async def test_it_begins_behind_a_key_of_the_prefix(session: S3Session, bucket: str) -> None:
    for key in ["o", "p/", "p/a b", "p/b+c", "p/c%25", "p/c/d", "p/é", "q"]:
        await put(session, Location(bucket, key), b"1")
    where = Location(bucket, "p/")
    for after, first in [
        ("p/a ", 1),
        ("p/a b", 2),
        ("p/b+", 2),
        ("p/c%25", 4),
        ("p/c", 3),
        ("p", 0),
    ]:
        pages = await every(session, where, recursive=True, page_size=2, after=after)
        expected = ["p/", "p/a b", "p/b+c", "p/c%25", "p/c/d", "p/é"][first:]
        assert keys_of(pages) == expected, after
        assert pages[-1].last
        assert not pages[-1].incomplete
