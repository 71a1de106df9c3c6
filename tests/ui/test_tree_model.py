"""The tree of connections, buckets and prefixes."""

from typing import Any

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QApplication
from ui.kit import PROFILE, SECOND

from s3gui.domain.entries import Bucket
from s3gui.domain.location import Location
from s3gui.ui.models.tree import Load, Node, NodeKind, TreeModel, TreeRole


@pytest.fixture
def model(qapp: QApplication) -> TreeModel:
    made = TreeModel()
    made.set_profiles([PROFILE, SECOND])
    return made


def connection(model: TreeModel) -> Node:
    node = model.connection(PROFILE.id)
    assert node is not None
    return node


def bucket(model: TreeModel, name: str = "a") -> Node:
    model.set_buckets(connection(model), [Bucket("a"), Bucket("b")])
    node = model.find(PROFILE.id, Location(name))
    assert node is not None
    return node


def labels(node: Node) -> list[str]:
    return [child.label for child in node.children]


def test_it_is_a_good_model_through_every_change(qapp: QApplication, qtmodeltester: Any) -> None:
    model = TreeModel()
    qtmodeltester.check(model, force_py=False)
    model.set_profiles([PROFILE, SECOND])
    node = bucket(model)
    model.set_loading(node)
    model.add_prefixes(node, ["x/", "y/"])
    model.add_prefixes(node, ["y/", "z/"])
    model.end_prefixes(node, seen={"x/", "z/"})
    model.set_failed(node, "Broken", "why")
    model.set_buckets(connection(model), [Bucket("b"), Bucket("c")])
    model.set_open(PROFILE.id, is_open=True)
    model.set_open(PROFILE.id, is_open=False)
    model.set_profiles([SECOND])
    qtmodeltester.check(model, force_py=False)


def test_every_place_is_offered_to_open_until_it_is_known_empty(model: TreeModel) -> None:
    node = bucket(model)
    index = model.index_of(node)
    assert model.hasChildren(index)
    model.end_prefixes(node, seen=set())
    assert not model.hasChildren(index)


def test_a_region_stands_beside_its_bucket(model: TreeModel) -> None:
    node = bucket(model)
    model.set_region(PROFILE.id, "a", "eu-west-1")
    assert model.data(model.index_of(node), TreeRole.ASIDE) == "eu-west-1"


def test_buckets_that_stay_keep_what_is_under_them(model: TreeModel) -> None:
    node = bucket(model)
    model.add_prefixes(node, ["x/"])
    model.set_buckets(connection(model), [Bucket("0"), Bucket("a")])
    assert labels(connection(model)) == ["0", "a"]
    assert labels(node) == ["x"]


def test_an_account_without_buckets_says_so(model: TreeModel) -> None:
    model.set_buckets(connection(model), [])
    assert [child.kind for child in connection(model).children] == [NodeKind.NOTICE]


def test_an_error_is_a_line_that_goes_when_it_is_tried_again(model: TreeModel) -> None:
    node = connection(model)
    model.set_failed(node, "No <b>answer</b>\u202e", "tip")
    assert labels(node) == ["No <b>answer</b>‹U+202E›"]
    assert node.load is Load.FAILED
    model.set_loading(node)
    assert labels(node) == []


def test_prefixes_are_the_last_part_of_their_path(model: TreeModel) -> None:
    node = bucket(model)
    model.add_prefixes(node, ["x/", "/", "y/"])
    assert labels(node) == ["x", "/", "y"]
    deep = node.children[0]
    model.add_prefixes(deep, ["x/inner/"])
    assert labels(deep) == ["inner"]
    assert model.find(PROFILE.id, Location("a", "x/inner/")) is deep.children[0]


def test_the_nearest_known_node_is_found(model: TreeModel) -> None:
    node = bucket(model)
    assert model.find(PROFILE.id, Location("a", "not/loaded/")) is node
    assert model.find(PROFILE.id, Location("other")) is None


def test_folders_that_are_gone_go(model: TreeModel) -> None:
    node = bucket(model)
    model.add_prefixes(node, ["x/", "y/"])
    model.end_prefixes(node, seen={"y/"})
    assert labels(node) == ["y"]


def test_a_listing_that_was_cut_says_so_and_removes_nothing(model: TreeModel) -> None:
    node = bucket(model)
    model.add_prefixes(node, ["x/", "y/"])
    model.end_prefixes(node, seen=None, is_cut=True)
    assert labels(node)[:2] == ["x", "y"]
    assert node.children[-1].kind is NodeKind.NOTICE


def test_a_closed_connection_forgets_its_buckets(model: TreeModel) -> None:
    bucket(model)
    model.set_open(PROFILE.id, is_open=True)
    model.set_open(PROFILE.id, is_open=False)
    assert connection(model).children == []
    assert connection(model).load is Load.UNKNOWN


def test_an_index_that_outlives_its_node_finds_nothing(model: TreeModel) -> None:
    node = bucket(model)
    index = QModelIndex(model.index_of(node))
    kept = QPersistentModelIndex(index)
    model.clear(connection(model))
    assert not kept.isValid()
    assert model.node(index) is None
    assert model.data(index) is None
    assert not model.parent(index).isValid()


def test_only_places_take_files(model: TreeModel) -> None:
    node = bucket(model)
    takes = Qt.ItemFlag.ItemIsDropEnabled
    assert model.flags(model.index_of(node)) & takes
    assert not model.flags(model.index_of(connection(model))) & takes
