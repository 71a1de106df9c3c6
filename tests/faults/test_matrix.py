"""The rows of the fault matrix and their tests do not drift apart."""

from collections.abc import Callable
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
from faults.matrix import TESTS, Row, as_text, collected, rows
from faults.mutations import Mutation, mutations

#: What the acceptance of the fault tests asks for.
ASKED = {*range(1, 7), *range(10, 15), 17, *range(19, 24), 25, 26, 28, 33, 36, *range(39, 46)}
ASKED |= {7, 8, 9, 15, 16, 18, 24, 27, 29, 30, 31, 32, 34, 35, 37, 38, *range(66, 76), 82, 88}


@pytest.fixture(scope="module")
def found() -> dict[int, list[str]]:
    return collected()


def test_every_row_has_a_test_and_every_mark_a_row(
    found: dict[int, list[str]], record_property: Callable[[str, object], None]
) -> None:
    record_property("fault matrix", as_text(found))
    assert {row.number for row in rows()} == ASKED
    assert set(found) == ASKED


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row.number))
def test_what_handles_a_row_is_where_the_table_says(row: Row) -> None:
    module, _, name = row.at.partition(":")
    assert callable(reduce(getattr, name.split("."), import_module(module)))


def test_every_row_has_a_mutation() -> None:
    assert {mutation.row for mutation in mutations()} == ASKED


@pytest.mark.parametrize("mutation", mutations(), ids=lambda one: f"{one.row}: {one.what}")
def test_what_a_mutation_replaces_stands_in_its_file_once(mutation: Mutation) -> None:
    """Else it tries nothing: take the new text over into ``removals.toml``."""
    for edit in mutation.edits:
        source = Path(TESTS.parent / edit.file).read_text(encoding="utf-8")
        assert source.count(edit.old) == 1, edit
        assert edit.old != edit.new
