"""What a transfer's row and a part's bar say in words."""

from collections import Counter
from collections.abc import Mapping

from s3gui.domain.origin import Priority
from s3gui.domain.text import noop, tr, trn, visible
from s3gui.domain.transfer import (
    ENDED,
    Direction,
    PartProgress,
    PartState,
    State,
    Transfer,
    Waiting,
)
from s3gui.domain.words import remarks_text, state_word, waiting_word
from s3gui.ui.format import NOTHING, count_text, exact_size_text, percent_text, size_text
from s3gui.ui.theme import Tone

_WAITING_HINTS: Mapping[Waiting, str] = {
    Waiting.NETWORK: noop("There is no connection to the server. It goes on by itself."),
    Waiting.THROTTLED: noop("Fewer parts are sent at once for a while. It goes on by itself."),
    Waiting.CREDENTIALS: noop("The keys are not accepted any more. Enter new ones, then resume."),
    Waiting.SOURCE_CHANGED: noop("It is not the file that the upload began with."),
    Waiting.CONFLICT: noop("Decide whether to overwrite it."),
    Waiting.OUTCOME_UNKNOWN: noop(
        "The answer to the last request was lost; nothing is sent twice."
    ),
    Waiting.DISK_FULL: noop("Make room on the disk: it goes on by itself."),
    Waiting.DISK_SILENT: noop(
        "The disk or the network drive of the file does not answer. It goes on by itself when it "
        "does; transfers of other disks are not held up."
    ),
}
_HINTS_OF_OBJECTS: Mapping[Waiting, str] = {
    Waiting.SOURCE_CHANGED: noop("It is not the object that the transfer began with."),
}
PRIORITIES: Mapping[Priority, str] = {
    Priority.HIGH: noop("High"),
    Priority.NORMAL: noop("Normal"),
    Priority.LOW: noop("Low"),
}
_QUEUED: Mapping[Priority, str] = {
    Priority.HIGH: noop("Queued, high priority"),
    Priority.LOW: noop("Queued, low priority"),
}
_LOOKS: Mapping[State, tuple[str, Tone]] = {
    State.QUEUED: ("clock", Tone.MUTED),
    State.RUNNING: ("", Tone.PLAIN),
    State.FINISHING: ("hourglass", Tone.PLAIN),
    State.COMPLETED: ("circle-check", Tone.OK),
    State.PAUSED: ("player-pause", Tone.MUTED),
    State.FAILED: ("alert-circle", Tone.BAD),
    State.CANCELLED: ("circle-x", Tone.MUTED),
    State.SKIPPED: ("circle-x", Tone.MUTED),
}
_WAITING_ICONS: Mapping[Waiting, str] = {
    Waiting.NETWORK: "wifi-off",
    Waiting.THROTTLED: "hourglass",
    Waiting.CREDENTIALS: "key-off",
    Waiting.SOURCE_CHANGED: "alert-triangle",
    Waiting.CONFLICT: "alert-triangle",
    Waiting.OUTCOME_UNKNOWN: "hourglass",
    Waiting.DISK_FULL: "alert-triangle",
    Waiting.DISK_SILENT: "hourglass",
}
_PARTS: Mapping[PartState, str] = {
    PartState.WAITING: noop("Waiting"),
    PartState.HASHING: noop("Reading"),
    PartState.SENDING: noop("Sending"),
    PartState.SENT: noop("Sent, not confirmed"),
    PartState.DONE: noop("Stored"),
    PartState.FAILED: noop("Failed"),
}
_PARTS_DOWN: Mapping[PartState, str] = {
    PartState.SENDING: noop("Receiving"),
    PartState.SENT: noop("Writing"),
    PartState.DONE: noop("Received"),
}


def state_text(transfer: Transfer) -> str:
    """The state in words: why it waits before what it is, and for the end how it was verified."""
    if transfer.state is State.FAILED and transfer.error is not None and transfer.error.title:
        return visible(transfer.error.title)
    silent = {State.COMPLETED, State.CANCELLED, State.SKIPPED}
    if transfer.waiting is not None and transfer.state not in silent:
        return _waiting_text(transfer, transfer.waiting)
    if transfer.state is State.CANCELLED and transfer.upload_id:
        return tr("Cancelled, parts kept")
    if transfer.state is State.QUEUED and transfer.priority in _QUEUED:
        return tr(_QUEUED[transfer.priority])
    return state_word(transfer)


def state_sentence(transfer: Transfer) -> str:
    """The state, and where the person has to do something what that is."""
    text, note = state_text(transfer), transfer.error
    if note is None or not note.hint or transfer.state not in {State.FAILED, State.PAUSED}:
        return text
    return f"{text.rstrip('.')}. {visible(note.hint)}"


def state_look(transfer: Transfer) -> tuple[str, Tone]:
    """The icon beside the state, and how it is meant; "" for none."""
    if transfer.state is State.COMPLETED and transfer.verified is None:
        return "circle-check", Tone.WARN
    if transfer.waiting is not None and transfer.state not in ENDED:
        return _WAITING_ICONS[transfer.waiting], Tone.WARN
    return _LOOKS[transfer.state]


def state_details(transfer: Transfer) -> str:
    """What the tooltip of the state adds: cause, advice, and the words to quote; "" for nothing."""
    note = transfer.error
    if note is not None:
        lines = [note.title, note.detail, note.hint]
        if note.code:
            lines.append(tr("Code: {code}").format(code=note.code))
        if note.request_id:
            lines.append(tr("Request id: {request_id}").format(request_id=note.request_id))
        return "\n".join(visible(line) for line in lines if line)
    if transfer.waiting is not None and transfer.state not in ENDED:
        word = _waiting_text(transfer, transfer.waiting)
        hints = {**_WAITING_HINTS, **_HINTS_OF_OBJECTS} if _reads(transfer) else _WAITING_HINTS
        return f"{word}\n{tr(hints[transfer.waiting])}"
    return remarks_text(transfer)


def _reads(transfer: Transfer) -> bool:
    """Whether it reads an object rather than a file."""
    return transfer.direction is not Direction.UPLOAD


def _waiting_text(transfer: Transfer, waiting: Waiting) -> str:
    if waiting is Waiting.CONFLICT and transfer.direction is Direction.DOWNLOAD:
        return tr("A file of that name is there")
    if waiting is Waiting.SOURCE_CHANGED and _reads(transfer):
        return tr("The object changed")
    return waiting_word(waiting, transfer.places)


def fraction_of(transfer: Transfer) -> float:
    """How much of it is there, from 0 to 1; never 1 before it is completed."""
    if transfer.state is State.COMPLETED:
        return 1.0
    return min(transfer.moved / transfer.size, 1.0) if transfer.size > 0 else 0.0


def parts_text(transfer: Transfer) -> str:
    """Parts that are done, of all; a dash before there is a plan."""
    total = transfer.parts_total
    if not total:
        return NOTHING
    return f"{count_text(transfer.parts_done)}/{count_text(total)}"


def parts_sentence(transfer: Transfer) -> str:
    """The part map for who cannot see it."""
    total = transfer.parts_total
    if not total:
        return tr("Not cut into parts yet")
    flying = len(transfer.parts_flying)
    if transfer.direction is Direction.DOWNLOAD:
        words = trn("{done} of {total} part received", "{done} of {total} parts received", total)
    else:
        words = trn("{done} of {total} part stored", "{done} of {total} parts stored", total)
    text = words.format(done=transfer.parts_done, total=total)
    if flying:
        text += ", " + tr("{count} on the way").format(count=flying)
    return text


def part_state_text(part: PartProgress, direction: Direction = Direction.UPLOAD) -> str:
    """A part's state in words, with the reason where the last attempt failed."""
    down = direction is Direction.DOWNLOAD
    word = tr((_PARTS_DOWN if down and part.state in _PARTS_DOWN else _PARTS)[part.state])
    if part.problem and part.state in {PartState.FAILED, PartState.WAITING}:
        return tr("{state}: {problem}").format(state=word, problem=visible(part.problem))
    return word


def legend_word(state: PartState, direction: Direction) -> str:
    """One word for the state of a part."""
    if state is PartState.SENT and direction is not Direction.DOWNLOAD:
        return tr("Sent")
    down = direction is Direction.DOWNLOAD
    return tr((_PARTS_DOWN if down and state in _PARTS_DOWN else _PARTS)[state])


def part_fraction(part: PartProgress) -> float:
    """How much of a part is out, from 0 to 1."""
    if part.state is PartState.DONE:
        return 1.0
    return part.moved / part.part.length if part.part.length else 0.0


def part_percent(part: PartProgress) -> str:
    """How much of a part is out, as a percentage."""
    return percent_text(part_fraction(part))


def part_details(part: PartProgress, transfer: Transfer) -> str:
    """All there is to know of a part, a line a thing: what the tooltip shows."""
    first, last = part.part.offset, part.part.offset + part.part.length - 1
    lines = [
        tr("Part {number} of {total}").format(
            number=count_text(part.part.number), total=count_text(len(transfer.parts))
        ),
        tr("{state}, {percent}").format(
            state=part_state_text(part, transfer.direction), percent=part_percent(part)
        ),
        tr("Size: {size}").format(size=exact_size_text(part.part.length)),
    ]
    if part.part.length:
        lines.append(
            tr("Bytes: {first} to {last}").format(first=count_text(first), last=count_text(last))
        )
    if part.attempt:
        lines.append(tr("Attempt: {attempt}").format(attempt=part.attempt))
    if part.took_ms:
        lines.append(tr("Took: {duration} ms").format(duration=count_text(part.took_ms)))
    if part.etag:
        lines.append(tr("ETag: {etag}").format(etag=visible(part.etag)))
    return "\n".join(lines)


def span_details(transfer: Transfer, span: range) -> str:
    """What a pixel says that stands for several parts."""
    parts = transfer.parts[span.start : span.stop]
    counts = Counter(part.state for part in parts)
    lines = [
        tr("Parts {first} to {last} of {total}").format(
            first=count_text(span.start + 1),
            last=count_text(span.stop),
            total=count_text(len(transfer.parts)),
        )
    ]
    for state, words in _PARTS.items():
        if counts[state]:
            lines.append(
                tr("{state}: {count}").format(state=tr(words), count=count_text(counts[state]))
            )
    lines.append(tr("Size: {size}").format(size=size_text(sum(one.part.length for one in parts))))
    return "\n".join(lines)


def map_details(transfer: Transfer, span: range) -> str:
    """What a place in the part map says: of one part all, of several their states, else the sum."""
    if len(span) == 1:
        return part_details(transfer.parts[span.start], transfer)
    return span_details(transfer, span) if span else parts_sentence(transfer)
