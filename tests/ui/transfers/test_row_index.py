"""Where rows stand while others leave and come."""

import random

from s3gui.ui.models.row_index import RowIndex


def test_it_says_what_a_list_would() -> None:
    chance = random.Random(1)
    rows = list(range(500))
    index = RowIndex(rows)
    number = 500
    for _ in range(200):
        gone = set(chance.sample(rows, min(len(rows), chance.randrange(6))))
        assert index.remove(gone)
        rows = [one for one in rows if one not in gone]
        came = list(range(number, number + chance.randrange(5)))
        number += len(came)
        index.append(came)
        rows += came
        assert [index.get(one) for one in rows] == list(range(len(rows)))
        assert all(index.get(one) is None and one not in index for one in gone)


def test_it_is_made_anew_when_too_many_have_left() -> None:
    index = RowIndex(range(50_000))
    assert index.remove(range(10_000))
    assert not index.remove(range(10_000, 40_000))
