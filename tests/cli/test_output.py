import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from s3gui.cli import words
from s3gui.cli.json_lines import JsonOutput
from s3gui.cli.output import Summary
from s3gui.cli.terminal import TextOutput
from s3gui.domain.entries import Bucket, ObjectEntry
from s3gui.domain.errors import AccessDenied
from s3gui.domain.integrity import Verified
from s3gui.domain.limits import NO_LIMIT, Rates
from s3gui.domain.location import Location
from s3gui.domain.queueing import Rate
from s3gui.domain.transfer import Direction, ErrorNote, State, Transfer, Waiting


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def transfer(
    state: State = State.RUNNING, size: int = 2_000_000, name: str = "a.bin", number: int = 1
) -> Transfer:
    return Transfer(
        id=number,
        profile_id="p",
        direction=Direction.UPLOAD,
        location=Location("b", f"to/{name}"),
        path=Path("/home/me") / name,
        size=size,
        position=number,
        state=state,
        created=datetime(2026, 11, 22, 13, 10, tzinfo=UTC),
    )


def rate(bytes_per_s: float | None) -> Callable[[Transfer], Rate]:
    return lambda _: Rate(bytes_per_s, 4.0)


def events(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_terminal_has_one_line_of_progress_that_makes_room_for_news() -> None:
    out, err = io.StringIO(), Terminal()
    output = TextOutput(out, err)
    output.progress([transfer(), transfer(number=2), transfer(number=3)], rate(500_000))
    line = err.getvalue()
    assert line.startswith("\r\x1b[K")
    assert "\n" not in line
    assert line.endswith("  0 %  0 B of 6 MB  1.5 MB/s  4 s  a.bin and 2 more")
    done = transfer(State.COMPLETED)
    done.verified = Verified.ETAG
    output.state(done)
    assert err.getvalue() == line + "\r\x1b[K"  # wiped once, then the news on the other stream
    assert out.getvalue() == "Verified: ETag of all parts  /home/me/a.bin → s3://b/to/a.bin\n"


def test_a_file_gets_no_progress() -> None:
    out, err = io.StringIO(), io.StringIO()
    TextOutput(out, err).progress([transfer()], rate(1.0))
    assert out.getvalue() + err.getvalue() == ""


def test_a_failure_is_told_whole_and_a_name_cannot_move_the_cursor() -> None:
    out, err = io.StringIO(), io.StringIO()
    failed = transfer(State.FAILED, name="x\x1b[2Jy")
    failed.error = ErrorNote("No", "Because\nof it", "Do that", "AccessDenied", "R1")
    TextOutput(out, err).state(failed)
    assert out.getvalue() == ""
    assert err.getvalue().splitlines() == [
        "Failed  /home/me/x␛[2Jy → s3://b/to/x␛[2Jy",
        "No",
        "Because␊of it",
        "Do that",
        "Code: AccessDenied  Request id: R1",
    ]


def test_what_waits_is_said_and_what_goes_on_is_not() -> None:
    out, err = io.StringIO(), io.StringIO()
    output = TextOutput(out, err)
    waiting = transfer()
    output.state(waiting)
    assert err.getvalue() == ""
    waiting.waiting = Waiting.NETWORK
    output.state(waiting)
    assert err.getvalue().startswith("Waiting for the network  ")


def test_the_list_shows_how_far_and_why_not_further() -> None:
    out = io.StringIO()
    output = TextOutput(out, io.StringIO())
    failed = transfer(State.FAILED)
    failed.error = ErrorNote("Access denied", "These keys may not do this.")
    output.transfer(failed)
    output.transfer(transfer(State.QUEUED, size=0, number=12))
    assert out.getvalue().splitlines() == [
        "     1    0 %       2 MB  Failed  /home/me/a.bin → s3://b/to/a.bin",
        "        Access denied. These keys may not do this",
        "    12  100 %        0 B  Queued  /home/me/a.bin → s3://b/to/a.bin",
    ]


def test_the_summary_counts_and_says_how_to_go_on() -> None:
    err = io.StringIO()
    summary = Summary(skipped=1)
    for state in (State.COMPLETED, State.COMPLETED, State.FAILED, State.PAUSED, State.CANCELLED):
        summary.count(transfer(state))
    TextOutput(io.StringIO(), err).summary(summary)
    first, second = err.getvalue().splitlines()
    assert first == "2 files stored (4 MB), 1 failed, 1 left out, 1 cancelled, 1 unfinished"
    assert "s3gui transfers resume" in second


def test_json_has_integers_utc_times_and_survives_any_name() -> None:
    out = io.StringIO()
    output = JsonOutput(out)
    odd = transfer(name="\udcff\u2028é")
    output.state(odd)
    output.progress([odd], rate(1.5))
    output.entry("b", ObjectEntry("k", 5, datetime(2026, 1, 2, tzinfo=UTC), "e"))
    output.prefix("b", "p/")
    output.bucket(Bucket("b"))
    output.error(AccessDenied("t", "d", "h", request_id="R"))
    assert out.getvalue().isascii()
    state, progress, entry, prefix, bucket, error = events(out)
    assert state["path"] == "/home/me/\udcff\u2028é"
    assert state["created"] == "2026-11-22T13:10:00.000Z"
    assert (progress["bytes_per_s"], progress["left_s"], progress["moved"]) == (2, 4, 0)
    assert (entry["kind"], entry["modified"]) == ("object", "2026-01-02T00:00:00.000Z")
    assert (prefix["kind"], prefix["key"]) == ("prefix", "p/")
    assert (bucket["kind"], bucket["created"]) == ("bucket", None)
    assert {key: error[key] for key in ("code", "title", "detail", "hint", "request_id")} == {
        "code": "AccessDenied",
        "title": "t",
        "detail": "d",
        "hint": "h",
        "request_id": "R",
    }


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (999_400, "999 kB"),
        (999_951, "1 MB"),
        (16_777_216, "16.8 MB"),
        (84_011_223_344, "84 GB"),
        (10**18, "1000 PB"),
    ],
)
def test_sizes_have_three_figures_and_decimal_units(n_bytes: int, text: str) -> None:
    assert words.size_text(n_bytes) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (60, "1 min"), (7500, "2 h 5 min"), (273_600, "3 d 4 h")],
)
def test_durations_have_two_units(seconds: float, text: str) -> None:
    assert words.duration_text(seconds) == text


def test_every_state_and_reason_has_a_word() -> None:
    for state in State:
        assert words.state_text(transfer(state))
    for reason in Waiting:
        waiting = transfer()
        waiting.waiting = reason
        assert words.state_text(waiting)


def test_a_server_that_asks_to_slow_down_is_said_with_how_many_are_in_flight() -> None:
    slow = transfer()
    slow.wait_for(Waiting.THROTTLED, places=4)
    err, lines = io.StringIO(), io.StringIO()
    TextOutput(io.StringIO(), err).state(slow)
    assert err.getvalue().startswith("Server asks to slow down, 4 in flight  ")
    JsonOutput(lines).state(slow)
    slow.wait_for(None)
    JsonOutput(lines).state(slow)
    first, then = events(lines)
    assert (first["waiting"], first["parts_in_flight"]) == ("throttled", 4)
    assert (then["waiting"], then["parts_in_flight"]) == (None, None)


@pytest.mark.parametrize(
    ("rates", "words_"),
    [
        (Rates(500_000, 2_000_000), "Speed: at most 500 kB/s up, 2 MB/s down"),
        (Rates(500_000, 0), "Speed: at most 500 kB/s up"),
        (Rates(0, 1_500_000), "Speed: at most 1.5 MB/s down"),
        (NO_LIMIT, "Speed: no limit"),
    ],
)
def test_a_limit_is_said_in_both_forms(rates: Rates, words_: str) -> None:
    err, lines = io.StringIO(), io.StringIO()
    TextOutput(io.StringIO(), err).limits(rates)
    assert err.getvalue() == words_ + "\n"
    JsonOutput(lines).limits(rates)
    (event,) = events(lines)
    assert event["event"] == "limits"
    assert event["up_bytes_per_s"] == (rates.up or None)
    assert event["down_bytes_per_s"] == (rates.down or None)
