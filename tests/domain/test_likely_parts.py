"""The size of parts that a count of them suggests."""

import pytest

from s3gui.domain.parts import MIB, PartPlan, likely_part_bytes, plan_parts

OWN = 16 * MIB
TIB = 1024 * 1024 * MIB


@pytest.mark.parametrize(
    ("size", "part_mib"),
    [
        (6 * 1024 * MIB + 12345, 16),
        (100 * MIB, 8),
        (20 * MIB + 1, 5),
        (33 * MIB, 16),
        (151 * MIB, 15),
        (1024 * MIB, 50),
        (5000 * MIB + 3, 7),  # nobody's habit, and the only one that fits so many
    ],
)
def test_what_was_cut_as_usual_is_known_by_its_count(size: int, part_mib: int) -> None:
    count = PartPlan(size, part_mib * MIB).count
    assert likely_part_bytes(size, count, OWN) == part_mib * MIB


@pytest.mark.parametrize("size", [200 * 1024 * MIB + 7, TIB, 40 * TIB + 1])
def test_what_was_cut_into_as_many_as_allowed_is_known(size: int) -> None:
    plan = plan_parts(size, OWN)
    assert likely_part_bytes(size, plan.count, OWN) == plan.part_bytes


def test_what_this_program_would_do_comes_first() -> None:
    assert likely_part_bytes(20 * MIB, 2, 16 * MIB) == 16 * MIB
    assert likely_part_bytes(20 * MIB, 2, 11 * MIB + 1) == 11 * MIB + 1
    assert likely_part_bytes(20 * MIB, 2, 9 * MIB) == 16 * MIB


def test_one_part_is_all_of_it() -> None:
    assert likely_part_bytes(7, 1, OWN) == 7


@pytest.mark.parametrize(("size", "count"), [(0, 1), (10, 0), (2, 3), (13 * MIB + 1, 13), (9, 4)])
def test_nothing_is_suggested_where_nothing_fits(size: int, count: int) -> None:
    assert likely_part_bytes(size, count, OWN) == 0


@pytest.mark.parametrize("size", range(1, 400 * MIB, 7 * MIB + 11))
@pytest.mark.parametrize("count", [1, 2, 3, 10, 77])
def test_whatever_is_suggested_gives_the_count(size: int, count: int) -> None:
    part_bytes = likely_part_bytes(size, count, OWN)
    assert not part_bytes or PartPlan(size, part_bytes).count == count
