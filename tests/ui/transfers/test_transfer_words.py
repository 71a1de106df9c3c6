"""What a row says: in words for every state, and nothing that a name could smuggle in."""

import itertools

import pytest
from ui.transfers.fake_queue import MIB, finish, fly, make

from s3gui.domain.integrity import VERIFIED_TEXT, Verified
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction, ErrorNote, PartState, State, Waiting
from s3gui.ui.format import NOTHING
from s3gui.ui.models.transfer_columns import destination_of, name_of, source_of, target_of
from s3gui.ui.models.transfer_words import (
    fraction_of,
    map_details,
    part_details,
    part_state_text,
    parts_sentence,
    parts_text,
    state_details,
    state_look,
    state_sentence,
    state_text,
)
from s3gui.ui.theme import Tone
from s3gui.ui.tooltips import tooltip

WAITING_WORDS = {
    Waiting.NETWORK: "Waiting for the network",
    Waiting.THROTTLED: "Server asks to slow down",
    Waiting.CREDENTIALS: "Sign in again",
    Waiting.SOURCE_CHANGED: "The file changed",
    Waiting.CONFLICT: "An object of that name is there",
    Waiting.OUTCOME_UNKNOWN: "Asking the server whether it is stored",
    Waiting.DISK_FULL: "The disk is full",
    Waiting.DISK_SILENT: "Waiting for the disk",
}
STATE_WORDS = {
    State.QUEUED: "Queued",
    State.RUNNING: "Uploading",
    State.FINISHING: "Finishing",
    State.COMPLETED: "Stored, not verified",
    State.PAUSED: "Paused",
    State.FAILED: "Failed",
    State.CANCELLED: "Cancelled",
    State.SKIPPED: "Skipped, it is there already",
}


@pytest.mark.parametrize(("state", "waiting"), list(itertools.product(State, [None, *Waiting])))
def test_every_state_says_what_it_is_or_what_it_waits_for(
    state: State, waiting: Waiting | None
) -> None:
    transfer = make(state=state, waiting=waiting)
    ended_well_or_not_wanted = state in {State.COMPLETED, State.CANCELLED, State.SKIPPED}
    expected = (
        STATE_WORDS[state]
        if waiting is None or ended_well_or_not_wanted
        else WAITING_WORDS[waiting]
    )
    assert state_text(transfer) == expected
    icon, tone = state_look(transfer)
    assert tone in Tone
    assert icon or state is State.RUNNING


@pytest.mark.parametrize("level", Verified)
def test_completed_says_how_it_was_verified(level: Verified) -> None:
    transfer = make(state=State.COMPLETED, verified=level)
    assert state_text(transfer) == VERIFIED_TEXT[level]
    assert state_look(transfer)[1] is Tone.OK


def test_completed_without_a_proof_is_no_plain_success() -> None:
    assert state_look(make(state=State.COMPLETED))[1] is Tone.WARN


def test_failed_says_the_title_in_red_and_all_of_it_in_the_tooltip() -> None:
    note = ErrorNote(
        "Access denied", "The keys may not write.", "Ask for it.", "AccessDenied", "R1"
    )
    transfer = make(state=State.FAILED, error=note)
    assert state_text(transfer) == "Access denied"
    assert state_look(transfer)[1] is Tone.BAD
    assert state_details(transfer).splitlines() == [
        "Access denied",
        "The keys may not write.",
        "Ask for it.",
        "Code: AccessDenied",
        "Request id: R1",
    ]


def test_cancelled_says_that_parts_are_kept() -> None:
    assert state_text(make(state=State.CANCELLED, upload_id="u")) == "Cancelled, parts kept"


@pytest.mark.parametrize(
    ("direction", "words"),
    [
        (Direction.UPLOAD, "Uploading"),
        (Direction.DOWNLOAD, "Downloading"),
        (Direction.COPY, "Copying"),
    ],
)
def test_running_says_which_way(direction: Direction, words: str) -> None:
    assert state_text(make(state=State.RUNNING, direction=direction)) == words


def test_a_reason_to_wait_is_explained_under_the_pointer() -> None:
    for waiting in Waiting:
        transfer = make(state=State.RUNNING, waiting=waiting)
        lines = state_details(transfer).splitlines()
        assert lines[0] == WAITING_WORDS[waiting]
        assert len(lines) == 2


def test_one_hundred_percent_is_shown_only_when_it_is_done() -> None:
    running = make(parts=1000, size=1000, state=State.RUNNING)
    finish(running, range(1, 1000))
    assert fraction_of(running) < 1
    assert fraction_of(make(size=0, state=State.RUNNING)) == 0
    assert fraction_of(make(size=0, state=State.COMPLETED)) == 1


def test_parts_are_counted_and_told() -> None:
    transfer = make(parts=4, state=State.RUNNING)
    finish(transfer, [1])
    fly(transfer, 2, 0.5)
    assert parts_text(transfer) == "1/4"
    assert parts_sentence(transfer) == "1 of 4 parts stored, 1 on the way"
    assert parts_text(make()) == NOTHING
    assert parts_sentence(make()) == "Not cut into parts yet"


def test_the_destination_shows_the_name_only_where_it_is_another() -> None:
    same = make(name="a.bin")
    other = make(name="a.bin")
    other.location = Location("bucket", "backups/b.bin")
    assert destination_of(same) == "s3://bucket/backups/"
    assert destination_of(other) == "s3://bucket/backups/b.bin"


def test_a_download_has_its_object_as_name_and_its_folder_as_destination() -> None:
    down = make(name="a.bin", direction=Direction.DOWNLOAD)
    assert (name_of(down), destination_of(down)) == ("a.bin", "/home/me")
    assert (source_of(down), target_of(down)) == ("s3://bucket/backups/a.bin", "/home/me/a.bin")


def test_names_are_shown_plain_and_their_tricks_visible() -> None:
    evil = make(name="\u202egpj.exe\n<b>x<b>")
    assert name_of(evil) == "‹U+202E›gpj.exe␊<b>x<b>"


def test_a_tooltip_never_takes_a_name_for_markup() -> None:
    shown = tooltip("<img src=x> & co\nsecond line")
    assert shown.startswith("<p ")
    assert "&lt;img src=x&gt; &amp; co\nsecond line" in shown
    assert tooltip("") == ""


def test_a_part_tells_all_that_is_known_of_it() -> None:
    transfer = make(parts=3, size=3 * MIB, state=State.RUNNING)
    finish(transfer, [2])
    row = transfer.parts[1]
    row.attempt, row.took_ms, row.etag = 2, 1234, "abc\u202e"
    assert part_details(row, transfer).splitlines() == [
        "Part 2 of 3",
        "Stored, 100\u00a0%",
        "Size: 1\u00a0MB (1\u202f048\u202f576\u00a0bytes)",
        "Bytes: 1\u202f048\u202f576 to 2\u202f097\u202f151",
        "Attempt: 2",
        "Took: 1\u202f234 ms",
        "ETag: abc‹U+202E›",
    ]


def test_an_empty_part_has_no_range() -> None:
    transfer = make(parts=1, size=0)
    assert "Bytes" not in part_details(transfer.parts[0], transfer)


def test_a_failed_part_says_why() -> None:
    transfer = make(parts=2, state=State.RUNNING)
    fly(transfer, 1, 0.5)
    transfer.part_back(1, PartState.FAILED, "reset\nby peer")
    assert part_state_text(transfer.parts[0]) == "Failed: reset␊by peer"


def test_a_place_in_the_map_tells_of_one_part_of_several_or_of_all() -> None:
    transfer = make(parts=10, size=10 * MIB, state=State.RUNNING)
    finish(transfer, range(1, 5))
    fly(transfer, 5, 0.5)
    assert map_details(transfer, range(4, 5)).startswith("Part 5 of 10")
    assert map_details(transfer, range(2, 6)).splitlines() == [
        "Parts 3 to 6 of 10",
        "Waiting: 1",
        "Sending: 1",
        "Stored: 2",
        "Size: 4.2\u00a0MB",
    ]
    assert map_details(transfer, range(0)) == "4 of 10 parts stored, 1 on the way"


@pytest.mark.parametrize(
    ("state", "waiting", "said"),
    [
        (State.FAILED, None, "The folder is gone. Make it again."),
        (State.PAUSED, Waiting.DISK_FULL, "The disk is full. Make it again."),
        (State.RUNNING, Waiting.NETWORK, "Waiting for the network"),
    ],
)
def test_a_row_that_needs_a_person_says_what_to_do(
    state: State, waiting: Waiting | None, said: str
) -> None:
    transfer = make(1, state=state, direction=Direction.DOWNLOAD)
    transfer.waiting = waiting
    transfer.error = ErrorNote("The folder is gone", "/a/folder", "Make it again.")
    assert state_sentence(transfer) == said
    # What is looked for and sorted by is the state alone.
    assert said.startswith(state_text(transfer))
    transfer.error = None
    assert state_sentence(transfer) == state_text(transfer)
