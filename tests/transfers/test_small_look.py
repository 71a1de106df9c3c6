"""One listing for many small files: it tells only what it can be trusted to tell."""

from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.location import Location
from s3gui.transfers.small_look import see

KEYS = [f"x/{number:03}" for number in range(100)]


class Lists:
    """Tells pages, and remembers what it was asked and how many it told."""

    def __init__(self, *pages: tuple[Sequence[str], dict[str, Any]]) -> None:
        self._pages = pages
        self.prefix = self.after = ""
        self.told = 0

    @property
    def session(self) -> Any:
        return SimpleNamespace(listing=self)

    async def pages(
        self,
        where: Location,
        *,
        recursive: bool = False,
        page_size: int = 1000,
        after: str = "",
    ) -> AsyncIterator[Page]:
        assert recursive, "a key may lie deeper than the prefix they share"
        self.prefix, self.after = where.key, after
        for keys, facts in self._pages:
            self.told += 1
            yield Page(where, tuple(ObjectEntry(key, 7, None, "e") for key in keys), **facts)


async def test_what_is_not_listed_is_free_and_what_is_comes_with_its_facts() -> None:
    lists = Lists((["x/003", "x/0030", "x/050"], {"last": True}))
    seen = await see(lists.session, "b", KEYS)
    assert seen.free == set(KEYS) - {"x/003", "x/050"}
    assert {key: (one.size, one.etag) for key, one in seen.taken.items()} == {
        "x/003": (7, "e"),
        "x/050": (7, "e"),
    }
    assert (lists.prefix, lists.after) == ("x/0", "x/00")


@pytest.mark.parametrize("facts", [{"incomplete": True, "last": True}, {"invalid": 1}])
async def test_a_list_that_is_not_whole_tells_of_nothing_free(facts: dict[str, Any]) -> None:
    lists = Lists((["x/003"], {"last": False}), (["x/050"], facts), ([], {"last": True}))
    assert (await see(lists.session, "b", KEYS)).free == set()


async def test_it_is_read_no_further_than_to_the_last_key() -> None:
    lists = Lists((["x/003"], {}), (["x/0990"], {}), (["x/1"], {"last": True}))
    assert len((await see(lists.session, "b", KEYS)).free) == 99
    assert lists.told == 2


async def test_of_a_crowded_place_it_tells_as_far_as_it_came() -> None:
    crowd = [([f"x/00{page}{number:02}" for number in range(9)], {}) for page in range(9)]
    lists = Lists(*crowd)
    seen = await see(lists.session, "b", KEYS)
    assert lists.told < 9
    assert seen.free == {key for key in KEYS if key <= "x/00708"}


async def test_a_list_out_of_order_tells_what_is_free_only_at_its_end() -> None:
    crowd = [([f"x/0{9 - page}0"], {}) for page in range(9)]
    assert (await see(Lists(*crowd).session, "b", KEYS)).free == set()
    whole = Lists((["x/098", "x/003"], {}), (["x/050"], {"last": True}))
    assert (await see(whole.session, "b", KEYS)).free == set(KEYS) - {"x/098", "x/003", "x/050"}
