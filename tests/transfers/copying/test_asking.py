"""What is asked for and what comes of it: keys, circles, prefixes, and what is refused."""

from collections.abc import AsyncIterator

import pytest
from fakes import MemoryListing, profile
from hypothesis import assume, given
from hypothesis import strategies as st
from transfers.copying.kit import Copies, other_profile

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import DELIMITER, Location
from s3gui.domain.origin import IfExists
from s3gui.domain.queueing import Wanted
from s3gui.domain.transfer import Direction, State
from s3gui.transfers.copying.gather import Asked, is_object, target_key

KEYS = ("d/", "d/a", "d/sub/b", "d//c", "d/./e", "dd", "f")
SEGMENT = st.text(st.sampled_from("ab.é "), max_size=3)
PREFIXES = st.lists(SEGMENT, max_size=3).map(lambda parts: "".join(f"{p}/" for p in parts))


def fill(house: Copies) -> None:
    for key in KEYS:
        house.stored(key, b"" if key.endswith("/") else key.encode())


async def all_done(house: Copies) -> None:
    for transfer in house.queue.transfers:
        await house.done(transfer)


@pytest.mark.parametrize(
    ("key", "to", "exactly", "made"),
    [
        ("d/", "t/", False, ["t/d/", "t/d/./e", "t/d//c", "t/d/a", "t/d/sub/b"]),
        ("d/", "t/", True, ["t/", "t/./e", "t//c", "t/a", "t/sub/b"]),
        ("d/sub/", "", False, ["sub/b"]),
        ("f", "t/", False, ["t/f"]),
        ("f", "t", True, ["t"]),
        ("d/a", "", False, ["a"]),
    ],
)
async def test_keys_follow_the_place(
    house: Copies, key: str, to: str, exactly: bool, made: list[str]
) -> None:
    fill(house)
    result = await house.ask(key, to=to, exactly=exactly)
    await all_done(house)
    assert not result.skipped
    assert sorted({*house.server.keys()} - {*KEYS}) == sorted(made)


async def test_a_whole_bucket_goes_below_its_name_or_into_another(house: Copies) -> None:
    fill(house)
    await house.ask("", to="t/", over="q")
    await house.ask("", to="", over="q", exactly=True)
    await all_done(house)
    wanted = [*KEYS, *(f"t/b/{key}" for key in KEYS)]
    assert house.other.keys() == sorted(wanted)


async def test_rows_say_what_they_read_and_what_they_make(house: Copies) -> None:
    house.stored("a", b"123")
    result = await house.ask("a", to="t/", over="q", move=True)
    (row,) = house.queue.transfers
    assert row.origin is not None
    assert (row.direction, row.is_move, row.size) == (Direction.COPY, True, 3)
    assert (row.profile_id, row.location) == ("q", Location("b", "t/a"))
    assert (row.origin.profile_id, row.origin.location) == ("p", Location("b", "a"))
    assert (result.queued, result.queued_bytes) == (1, 3)
    await all_done(house)


async def test_a_folder_moves_up_into_its_own_parent(house: Copies) -> None:
    fill(house)
    await house.ask("d/sub/", to="d/", exactly=True, move=True)
    await all_done(house)
    assert house.server.keys() == sorted({*KEYS, "d/b"} - {"d/sub/b"})


async def test_nothing_goes_over_what_is_on_its_way_elsewhere(house: Copies) -> None:
    """Which of the two is first would decide what is lost."""
    house.stored("a/x", b"outer")
    house.stored("a/a/x", b"inner")
    how = {"exactly": True, "move": True, "if_exists": IfExists.OVERWRITE}
    result = await house.ask("a/", to="", **how)
    assert [item.location for item in result.skipped] == [Location("b", "a/a/x")]
    await all_done(house)
    assert (house.server.data("x"), house.server.data("a/a/x")) == (b"outer", b"inner")
    await house.ask("a/", to="", **how)
    await all_done(house)
    assert (house.server.data("x"), house.server.data("a/x")) == (b"outer", b"inner")


@pytest.mark.parametrize(
    ("key", "to", "how", "code"),
    [
        ("d/", "d/sub/", {}, "IntoItself"),
        ("d/", "d/", {}, "IntoItself"),
        ("d/", "d/x/", {"exactly": True, "move": True}, "IntoItself"),
        ("", "t/", {}, "IntoItself"),
        ("d/", "", {}, "SamePlace"),
        ("d/", "d/", {"exactly": True}, "SamePlace"),
        ("d/a", "d/", {}, "SamePlace"),
        ("d/a", "d/a", {"exactly": True, "move": True}, "SamePlace"),
    ],
)
async def test_circles_are_refused_whole(
    house: Copies, key: str, to: str, how: dict[str, bool], code: str
) -> None:
    fill(house)
    with pytest.raises(S3guiError) as refused:
        await house.ask("f", key, to=to, **how) if not how.get("exactly") else await house.ask(
            key, to=to, **how
        )
    assert refused.value.code == code
    assert not house.queue.transfers


async def test_the_same_storage_by_another_connection_is_no_other_place(house: Copies) -> None:
    same = Asked("p", [Wanted(Location("b", "d/"))], Location("b", "d/"), exactly=True)
    with pytest.raises(S3guiError, match="there already"):
        same.check_circles(profile(), profile("q"))
    same.check_circles(profile(), other_profile())


@pytest.mark.parametrize(
    ("keys", "to", "exactly"),
    [
        (("f",), "t", False),
        (("f", "d/a"), "t", True),
        (("d/",), "t", True),
        (("f",), "t/", True),
    ],
)
async def test_what_nobody_can_have_meant_is_refused(
    house: Copies, keys: tuple[str, ...], to: str, exactly: bool
) -> None:
    with pytest.raises(ValueError, match=r"s3://"):
        await house.ask(*keys, to=to, exactly=exactly)


async def test_what_is_not_there_and_keys_that_are_too_long_are_said(house: Copies) -> None:
    house.stored("d/" + "x" * 1000)
    house.stored("d/ok")
    result = await house.ask("d/", "none", "none/", to="y" * 30 + "/")
    await all_done(house)
    assert result.queued == 1
    why = {str(item.location): item.why for item in result.skipped}
    assert "1,024" in why.pop("s3://b/d/" + "x" * 1000).replace("1024", "1,024")
    assert set(why) == {"s3://b/none", "s3://b/none/"}


async def test_the_marker_of_a_folder_that_is_dissolved_stays(house: Copies) -> None:
    fill(house)
    result = await house.ask("d/", to="", over="q", exactly=True, move=True)
    await all_done(house)
    assert [item.location for item in result.skipped] == [Location("b", "d/")]
    assert house.server.keys() == ["d/", "dd", "f"]
    assert house.other.keys() == ["./e", "/c", "a", "sub/b"]


async def test_two_for_one_key_are_one_row_and_a_word(house: Copies) -> None:
    fill(house)
    gate = house.server.hold("copy")
    result = await house.ask("d/a", "d/a", to="t/")
    again = await house.ask("d/a", to="t/")
    assert (result.queued, again.queued) == (1, 0)
    assert [item.location for item in again.skipped] == [Location("b", "d/a")]
    gate.open()
    await all_done(house)


async def test_an_incomplete_list_queues_nothing(
    house: Copies, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pages(_self: MemoryListing, where: Location, **_how: object) -> AsyncIterator[Page]:
        yield Page(where, (ObjectEntry("d/a", 1, None),), incomplete=True)

    monkeypatch.setattr(MemoryListing, "pages", pages)
    with pytest.raises(S3guiError) as refused:
        await house.ask("d/", to="t/")
    assert refused.value.code == "IncompleteList"
    assert not house.queue.transfers


async def test_a_thousand_objects_are_counted(house: Copies) -> None:
    for number in range(1100):
        house.stored(f"d/{number:04}", b"12")
    told: list[tuple[int, int]] = []
    result = await house.ask("d/", "d/0001", to="t/", counted=lambda *numbers: told.append(numbers))
    assert (result.queued, told[-1]) == (1101, (1101, 2202))
    assert told == sorted(told)
    house.queue.pause([row.id for row in house.queue.transfers])
    await house.watcher.until(
        lambda: not any(row.state in {State.RUNNING, State.QUEUED} for row in house.queue.transfers)
    )


async def test_what_is_there_already_is_left_out(house: Copies) -> None:
    fill(house)
    etag = house.server.latest(Location("b", "d/a")).etag
    result = await house.ask("d/", to="t/", have={Location("b", "d/a"): etag})
    await all_done(house)
    assert (result.had, result.queued) == (1, 4)


@given(
    prefix=PREFIXES,
    target=PREFIXES,
    exactly=st.booleans(),
    rests=st.lists(st.text(st.sampled_from("ab./é"), min_size=1, max_size=6), unique=True),
)
def test_different_objects_get_different_keys_inside_the_target(
    prefix: str, target: str, exactly: bool, rests: list[str]
) -> None:
    wanted = Wanted(Location("b", prefix))
    asked = Asked("p", [wanted], Location("c", target), exactly=exactly)
    asked.check()
    keys = [target_key(asked, wanted, prefix + rest) for rest in rests]
    assert len(set(keys)) == len(keys)
    place = asked.place_of(wanted).key
    assert all(key == place + rest for key, rest in zip(keys, rests, strict=True))
    assert place.startswith(target)
    assert place == target if exactly else place.removeprefix(target).count(DELIMITER) == 1


@given(prefix=PREFIXES, target=PREFIXES, rest=SEGMENT, exactly=st.booleans())
def test_nothing_that_passes_the_check_goes_to_where_it_is_read(
    prefix: str, target: str, rest: str, exactly: bool
) -> None:
    wanted = Wanted(Location("b", prefix))
    asked = Asked("p", [wanted], Location("b", target), exactly=exactly, move=True)
    try:
        asked.check_circles(profile(), profile())
    except S3guiError:
        assume(False)
    key = prefix + rest
    assert not is_object(wanted)
    assert target_key(asked, wanted, key) != key
