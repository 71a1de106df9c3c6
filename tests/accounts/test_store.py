import json
import stat
import sys
from pathlib import Path

import pytest
from accounts.kit import PROFILE

from s3gui.accounts import store
from s3gui.accounts.store import Book, Row

GOOD = {"id": "a", "name": "A", "endpoint": "https://a.example"}


def write(folder: Path, value: object) -> None:
    (folder / store.FILE_NAME).write_text(
        value if isinstance(value, str) else json.dumps(value), encoding="utf-8"
    )


def aside(folder: Path) -> list[Path]:
    return list(folder.glob("profiles.json.corrupt-*"))


def test_nothing_saved_is_an_empty_book(tmp_path: Path) -> None:
    assert store.load(tmp_path) == Book()
    assert list(tmp_path.iterdir()) == []


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    book = Book((Row(PROFILE, keys_kept=True),), ("gone",))
    store.save(tmp_path / "new", book)
    assert store.load(tmp_path / "new") == book


@pytest.mark.skipif(sys.platform == "win32", reason="modes are a POSIX matter")
def test_nobody_else_reads_the_list(tmp_path: Path) -> None:
    store.save(tmp_path / "state", Book((Row(PROFILE),)))
    assert stat.S_IMODE((tmp_path / "state").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "state" / store.FILE_NAME).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '{"connections": 7}',
        '{"connections": null}',
        "{}",
        "[" * 100_000,
    ],
)
def test_a_damaged_list_is_moved_aside_whole(tmp_path: Path, damage: str) -> None:
    write(tmp_path, damage)
    assert store.load(tmp_path) == Book()
    [kept] = aside(tmp_path)
    assert kept.read_text() == damage
    assert not (tmp_path / store.FILE_NAME).exists()


def test_bytes_that_are_no_text_are_moved_aside(tmp_path: Path) -> None:
    (tmp_path / store.FILE_NAME).write_bytes(b"\xff\xfe\x00")
    assert store.load(tmp_path) == Book()
    assert len(aside(tmp_path)) == 1


@pytest.mark.parametrize(
    "row",
    [
        7,
        None,
        {},
        {**GOOD, "id": ""},
        {**GOOD, "name": 5},
        {**GOOD, "endpoint": "ftp://a"},
        {**GOOD, "endpoint": ["https://a.example"]},
    ],
)
def test_a_row_that_is_nonsense_is_left_out_and_its_file_kept(tmp_path: Path, row: object) -> None:
    write(tmp_path, {"connections": [row, {**GOOD, "id": "b"}]})
    assert [row.profile.id for row in store.load(tmp_path).rows] == ["b"]
    assert len(aside(tmp_path)) == 1
    store.load(tmp_path)
    assert len(aside(tmp_path)) == 1  # once is enough


def test_unknown_fields_are_ignored_and_odd_values_fall_to_their_default(tmp_path: Path) -> None:
    row = {**GOOD, "colour": "red", "addressing": "odd", "list_version": "2", "region": None}
    write(tmp_path, {"connections": [row], "later": 1})
    [loaded] = store.load(tmp_path).rows
    assert (loaded.profile.region, loaded.profile.list_version) == ("us-east-1", 0)
    assert aside(tmp_path) == []


def test_of_two_rows_with_one_id_the_first_counts(tmp_path: Path) -> None:
    write(tmp_path, {"connections": [GOOD, {**GOOD, "name": "B"}]})
    assert [row.profile.name for row in store.load(tmp_path).rows] == ["A"]


def test_a_replaced_row_keeps_its_place() -> None:
    rows = tuple(
        Row(type(PROFILE)(name, name, "https://a.example")) for name in ("one", "two", "three")
    )
    book = Book(rows).with_row(Row(type(PROFILE)("two", "zwei", "https://a.example")))
    assert [row.profile.name for row in book.rows] == ["one", "zwei", "three"]
    assert [row.profile.id for row in book.without("one").rows] == ["two", "three"]
