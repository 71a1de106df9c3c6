"""The decision about a destination that is taken, and the names that are tried."""

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from s3gui.domain.existing import Existing, Remark
from s3gui.domain.origin import IfExists
from s3gui.transfers.conflicts import (
    ANY_ETAG,
    Incoming,
    Verdict,
    already_there,
    decide,
    free_names,
    wants_content,
)
from s3gui.transfers.content_types import parse_rules, type_by_rules

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
OLD = NOW - timedelta(days=1)
MINE = Incoming(10, NOW)
THERE = Existing(10, OLD, "e")


@pytest.mark.parametrize("policy", IfExists)
def test_where_nothing_is_everything_goes(policy: IfExists) -> None:
    decision = decide(policy, MINE, None)
    assert (decision.verdict, decision.agreed) == (Verdict.PROCEED, "")


@pytest.mark.parametrize(
    ("policy", "there", "same", "verdict"),
    [
        (IfExists.OVERWRITE, THERE, None, Verdict.PROCEED),
        (IfExists.SKIP, THERE, None, Verdict.SKIP),
        (IfExists.RENAME, THERE, None, Verdict.RENAME),
        (IfExists.ASK, THERE, None, Verdict.ASK),
        (IfExists.FAIL, THERE, None, Verdict.FAIL),
        (IfExists.NEWER, THERE, None, Verdict.PROCEED),
        (IfExists.NEWER, Existing(10, NOW, "e"), None, Verdict.SKIP),
        (IfExists.NEWER, Existing(99, NOW + timedelta(1), "e"), None, Verdict.SKIP),
        (IfExists.NEWER, Existing(10, None, "e"), None, Verdict.SKIP),
        (IfExists.SIZE, THERE, None, Verdict.SKIP),
        (IfExists.SIZE, Existing(11, OLD, "e"), None, Verdict.PROCEED),
        (IfExists.CONTENT, THERE, True, Verdict.SKIP),
        (IfExists.CONTENT, THERE, False, Verdict.PROCEED),
        (IfExists.CONTENT, THERE, None, Verdict.PROCEED),
        (IfExists.CONTENT, Existing(11, OLD, "e"), None, Verdict.PROCEED),
    ],
)
def test_each_policy(
    policy: IfExists, there: Existing, same: bool | None, verdict: Verdict
) -> None:
    decision = decide(policy, MINE, there, same=same)
    assert decision.verdict is verdict
    assert decision.agreed == ("e" if verdict is Verdict.PROCEED else "")
    assert bool(decision.why) == (verdict in {Verdict.SKIP, Verdict.FAIL})


def test_what_could_not_be_compared_is_replaced_and_said() -> None:
    assert decide(IfExists.CONTENT, MINE, THERE).remark is Remark.NOT_COMPARED
    assert decide(IfExists.CONTENT, MINE, THERE, same=False).remark is None


def test_only_equal_sizes_are_worth_a_look_at_the_bytes() -> None:
    assert wants_content(IfExists.CONTENT, MINE, THERE)
    assert not wants_content(IfExists.CONTENT, MINE, Existing(11, OLD, "e"))
    assert not wants_content(IfExists.CONTENT, MINE, None)
    assert not wants_content(IfExists.SIZE, MINE, THERE)


@pytest.mark.parametrize(
    ("policy", "verdict"),
    [
        (IfExists.SKIP, Verdict.SKIP),
        (IfExists.RENAME, Verdict.RENAME),
        (IfExists.NEWER, Verdict.FAIL),
        (IfExists.SIZE, Verdict.FAIL),
        (IfExists.CONTENT, Verdict.FAIL),
    ],
)
def test_what_may_not_be_looked_at_is_compared_with_nothing(
    policy: IfExists, verdict: Verdict
) -> None:
    assert decide(policy, MINE, Existing(None)).verdict is verdict


def test_what_has_no_etag_is_not_taken_for_nothing() -> None:
    assert decide(IfExists.NEWER, MINE, Existing(10, OLD)).agreed == ANY_ETAG


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("a.txt", "a (1).txt"),
        ("a", "a (1)"),
        (".profile", ".profile (1)"),
        ("dump.tar.gz", "dump (1).tar.gz"),
        (".tar.gz", ".tar (1).gz"),
        ("a (1).txt", "a (1) (1).txt"),
        ("..", ".. (1)"),
        ("a.", "a (1)."),
    ],
)
def test_names_beside(name: str, first: str) -> None:
    assert next(free_names(name)) == first


def test_names_go_on() -> None:
    assert list(islice(free_names("a.b"), 3)) == ["a (1).b", "a (2).b", "a (3).b"]


def test_the_words_name_size_and_date_and_nothing_that_steers_a_terminal() -> None:
    note = already_there("s3://b/a\x1b[2J", Existing(1500, NOW, "e"), "Why.")
    assert note.code == "Exists"
    assert "\x1b" not in note.title
    assert note.detail.startswith("Why. It has 1.5 kB. It is of 2026-01-01")


def test_types_by_mask() -> None:
    rules = parse_rules("*.log = text/plain\n\nnothing\n=x\n*=\nwww/*.bin=text/x-bin\n*=image/x")
    assert rules == [("*.log", "text/plain"), ("www/*.bin", "text/x-bin"), ("*", "image/x")]
    assert type_by_rules(rules, "deep/A.LOG") == "text/plain"
    assert type_by_rules(rules, "www/a.bin") == "text/x-bin"
    assert type_by_rules(rules, "other/a.bin") == "image/x"
    assert type_by_rules(rules[:1], "a.txt") == ""
