"""The rows of the object table."""

from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QApplication
from ui.kit import NOON

from s3gui.domain.entries import ObjectEntry, Page
from s3gui.domain.location import Location
from s3gui.ui.models.object_columns import Cell, Column, icon_name, type_text
from s3gui.ui.models.objects import ObjectsModel
from s3gui.ui.models.selecting import rows_of, sources_of, totals
from s3gui.ui.tooltips import tooltip

HERE = Location("bucket", "photos/")
DESCENDING = Qt.SortOrder.DescendingOrder


def entry(name: str, size: int = 1) -> ObjectEntry:
    return ObjectEntry(f"photos/{name}", size, NOON, "e" * 32)


def page(*names: str, folders: tuple[str, ...] = (), **more: Any) -> Page:
    objects = tuple(entry(name, n + 1) for n, name in enumerate(names))
    return Page(HERE, objects, tuple(f"photos/{name}/" for name in folders), **more)


def names(model: ObjectsModel) -> list[str]:
    return [model.data(model.index(row, 0)) for row in range(model.rowCount())]


def settle(model: ObjectsModel) -> None:
    while model.is_arranging:
        QCoreApplication.processEvents()


@pytest.fixture
def model(qapp: QApplication) -> ObjectsModel:
    made = ObjectsModel()
    made.show(HERE)
    return made


def test_it_is_a_good_model_through_every_change(
    qapp: QApplication, qtmodeltester: Any, english: None
) -> None:
    model = ObjectsModel()
    qtmodeltester.check(model, force_py=False)
    model.show(HERE)
    model.append(page("a.txt", "b.txt", folders=("x",)))
    model.append(page("c.txt", folders=("y",), last=True))
    model.finish()
    model.upsert([entry("aa.txt"), entry("z/deep.txt")])
    model.set_filter("a")
    settle(model)
    model.sort(Column.SIZE, DESCENDING)
    settle(model)
    model.upsert([entry("ab.txt"), entry("a-folder/x")])
    settle(model)
    model.set_filter("")
    settle(model)
    model.show(None)
    model.show(HERE)
    qtmodeltester.check(model, force_py=False)


def test_folders_come_first_though_pages_mix_them(model: ObjectsModel) -> None:
    model.append(page("a.txt", folders=("m",)))
    model.append(page("z.txt", folders=("q",)))
    assert names(model) == ["m", "q", "a.txt", "z.txt"]
    assert model.location_at(1) == Location("bucket", "photos/q/")


def test_a_page_of_another_place_is_dropped(model: ObjectsModel) -> None:
    other = Page(Location("bucket", "music/"), (ObjectEntry("music/x", 1, NOON),))
    assert model.append(other) is False
    assert model.rowCount() == 0


def test_the_object_that_stands_for_the_folder_is_no_row(model: ObjectsModel) -> None:
    marker = ObjectEntry("photos/", 0, NOON)
    model.append(Page(HERE, (marker, entry("a")), ("photos/",)))
    assert names(model) == ["a"]


def test_totals_grow_with_the_pages(model: ObjectsModel) -> None:
    told: list[int] = []
    model.counted.connect(lambda: told.append(model.object_count))
    model.append(page("a", "b"))
    model.append(page("c"))
    assert told == [2, 3]
    assert model.total_bytes == 4


def test_a_filter_looks_at_names_whatever_their_case(model: ObjectsModel) -> None:
    model.append(page("Report.PDF", "photo.jpg", folders=("Reports",)))
    model.set_filter("rEPORT")
    settle(model)
    assert names(model) == ["Reports", "Report.PDF"]
    assert model.object_count == 2


def test_a_filter_looks_at_the_name_here_and_not_at_the_path(model: ObjectsModel) -> None:
    model.append(page("a.txt"))
    model.set_filter("photos")
    settle(model)
    assert names(model) == []


def test_pages_that_come_later_are_filtered_too(model: ObjectsModel) -> None:
    model.set_filter("keep")
    settle(model)
    model.append(page("keep-1", "drop-1", folders=("keep-f", "drop-f")))
    assert names(model) == ["keep-f", "keep-1"]


def test_rows_that_come_while_a_filter_is_worked_out_are_not_lost(model: ObjectsModel) -> None:
    model.append(page(*(f"drop-{n:06}" for n in range(60_000))))
    model.set_filter("keep")
    assert model.is_arranging
    model.append(page("keep-late", "other-late"))
    settle(model)
    assert names(model) == ["keep-late"]


def test_sorting_by_size_leaves_folders_first(model: ObjectsModel) -> None:
    model.append(page("a", "b", "c", folders=("f", "g")))
    model.sort(Column.SIZE, DESCENDING)
    settle(model)
    assert names(model) == ["f", "g", "c", "b", "a"]


def test_names_downwards_turn_folders_round_too(model: ObjectsModel) -> None:
    model.append(page("a", "b", folders=("f", "g")))
    model.sort(Column.NAME, DESCENDING)
    settle(model)
    assert names(model) == ["g", "f", "b", "a"]
    model.sort(Column.NAME)
    settle(model)
    assert names(model) == ["f", "g", "a", "b"]


def test_equal_rows_keep_the_order_of_the_listing(model: ObjectsModel) -> None:
    rows = tuple(entry(f"{n:05}", n % 3) for n in range(30_000))
    model.append(Page(HERE, rows))
    model.sort(Column.SIZE)
    settle(model)
    shown = [model.entry_at(row) for row in range(model.rowCount())]
    assert [row.key for row in shown if row] == [
        row.key for row in sorted(rows, key=lambda row: row.size)
    ]


def test_a_sorted_view_takes_a_new_page_in(model: ObjectsModel) -> None:
    model.sort(Column.SIZE, DESCENDING)
    model.append(page("a", "b"))
    model.append(Page(HERE, (entry("big", 99),), last=True))
    model.finish()
    settle(model)
    assert names(model) == ["big", "b", "a"]


def test_an_upload_that_ended_appears_in_its_place(model: ObjectsModel) -> None:
    model.append(page("a", "c", folders=("x",), last=True))
    model.finish()
    model.upsert([entry("b", 7), entry("new/deep/file", 5), entry("x/known", 5)])
    assert names(model) == ["new", "x", "a", "b", "c"]
    assert model.total_bytes == 1 + 2 + 7


def test_an_object_written_again_is_one_row(model: ObjectsModel) -> None:
    model.append(page("a", "b", last=True))
    model.finish()
    model.set_cell(0, "photos/a", Column.ACL, Cell("Private"))
    model.upsert([entry("a", 100)])
    assert names(model) == ["a", "b"]
    assert model.total_bytes == 102
    assert model.cell("photos/a", Column.ACL) is None


def test_what_arrives_while_pages_come_is_not_listed_twice(model: ObjectsModel) -> None:
    model.append(page("a"))
    model.upsert([entry("b"), entry("zz")])
    model.append(Page(HERE, (entry("b"),), last=True))
    model.finish()
    assert names(model) == ["a", "b", "zz"]


def test_an_arrival_is_found_in_a_listing_without_order(model: ObjectsModel) -> None:
    model.append(page("c", "a", "b", last=True))
    model.finish()
    model.upsert([entry("a", 50), entry("d")])
    assert sorted(names(model)) == ["a", "b", "c", "d"]


def test_an_arrival_elsewhere_is_no_row_here(model: ObjectsModel) -> None:
    model.append(page("a", last=True))
    model.finish()
    model.upsert([ObjectEntry("music/b", 1, NOON), ObjectEntry("photos/", 0, NOON)])
    assert names(model) == ["a"]


def test_an_arrival_joins_a_filtered_and_sorted_view(model: ObjectsModel) -> None:
    model.append(page("a1", "b", "a2", last=True))
    model.finish()
    model.set_filter("a")
    model.sort(Column.SIZE, DESCENDING)
    settle(model)
    model.upsert([entry("a15", 1000), entry("other", 1000)])
    settle(model)
    assert names(model) == ["a15", "a2", "a1"]


def test_names_are_made_safe_to_show_and_stay_true_beneath(model: ObjectsModel) -> None:
    model.append(page("evil-\u202egpj.exe", "a\nb", "<img src=x>"))
    assert names(model) == ["evil-‹U+202E›gpj.exe", "a␊b", "<img src=x>"]
    assert model.location_at(0).key == "photos/evil-\u202egpj.exe"


def test_a_cell_that_is_known_later_fills_in_where_its_row_still_is(model: ObjectsModel) -> None:
    changed: list[int] = []
    model.append(page("a", "b"))
    model.dataChanged.connect(lambda index, *_: changed.append(index.row()))
    model.set_cell(1, "photos/b", Column.ACL, Cell("Public read", "Everybody: READ"))
    model.set_cell(0, "photos/b", Column.ACL, Cell("Public read"))
    assert changed == [1]
    assert model.data(model.index(1, Column.ACL)) == "Public read"
    assert model.data(model.index(0, Column.ACL)) == ""


def test_a_column_that_the_storage_lacks_says_so_in_every_row(model: ObjectsModel) -> None:
    model.append(page("a", "b"))
    model.set_common(Column.ACL, Cell("—", "No access lists."))
    index = model.index(1, Column.ACL)
    assert model.data(index) == "—"
    assert model.data(index, Qt.ItemDataRole.ToolTipRole) == tooltip("No access lists.")


def test_another_listing_forgets_the_cells(model: ObjectsModel) -> None:
    model.set_common(Column.ACL, Cell("—"))
    model.set_cell(0, "photos/a", Column.METADATA, Cell("x=1"))
    model.show(HERE)
    assert model.cell("photos/a", Column.ACL) is None
    assert model.cell("photos/a", Column.METADATA) is None


def test_a_selection_is_found_again_after_sorting(model: ObjectsModel) -> None:
    model.append(page("a", "b", "c", "d", folders=("f",)))
    kept = sources_of(model, [(0, 1), (3, 3)])
    model.sort(Column.SIZE, DESCENDING)
    settle(model)
    ranges = rows_of(model, kept)
    chosen = [model.name_at(row) for first, last in ranges for row in range(first, last + 1)]
    assert sorted(chosen) == ["a", "c", "f/"]


def test_a_selection_is_summed_up(model: ObjectsModel) -> None:
    model.append(page("a", "b", "c", folders=("f", "g")))
    part = totals(model, [(1, 2), (4, 4)])
    assert (part.folders, part.objects, part.size) == (1, 2, 4)
    everything = totals(model, [(0, 4)])
    assert (everything.count, everything.size) == (5, 6)


@pytest.mark.parametrize(
    ("name", "drawing"),
    [
        ("a.jpg", "photo"),
        ("a.mp4", "movie"),
        ("a.mp3", "file-music"),
        ("dump.sql.zst", "file-zip"),
        ("a.tar.gz", "file-zip"),
        ("a.json", "file-code"),
        ("a.txt", "file-text"),
        ("no-suffix", "file"),
        ("weird.qqqqq", "file"),
    ],
)
def test_a_file_is_drawn_by_its_name(qapp: QApplication, name: str, drawing: str) -> None:
    assert icon_name(name) == drawing


def test_the_type_is_in_words(qapp: QApplication) -> None:
    assert type_text("a.pdf") == "PDF document"
    assert type_text("README") == "File"
