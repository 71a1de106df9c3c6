"""For a person: results on standard output, progress and errors on standard error."""

from collections.abc import Callable
from typing import TextIO

from s3gui.cli import words
from s3gui.cli.output import Summary, Unfinished, put
from s3gui.domain.entries import Bucket, ObjectEntry, ObjectVersion, UploadRef
from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import VERIFIED_TEXT
from s3gui.domain.limits import Rates
from s3gui.domain.queueing import Rate, Reading, Unread
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Direction, ErrorNote, State, Transfer
from s3gui.domain.unread_words import unread_words
from s3gui.domain.verification import Finding, Subject, Verdict

#: Back to the line's start, and away with what is on it.
_CLEAR_LINE = "\r\x1b[K"


class TextOutput:
    """Lines for a person; a line that is drawn over itself where there is a terminal."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._live = err.isatty()
        self._drawn = False

    def bucket(self, bucket: Bucket) -> None:
        """Date and name."""
        self._print(f"{words.time_text(bucket.created):<16}  {visible(bucket.name)}")

    def prefix(self, bucket: str, prefix: str) -> None:
        """The word for a prefix, and the key."""
        word = tr("PREFIX")
        self._print(f"{'':<16}  {word:>10}  {visible(prefix)}")

    def entry(self, bucket: str, entry: ObjectEntry) -> None:
        """Date, size and key."""
        self._print(
            f"{words.time_text(entry.modified):<16}  {words.size_text(entry.size):>10}"
            f"  {visible(entry.key)}"
        )

    def version(self, bucket: str, version: ObjectVersion) -> None:
        """Date, size, key and version id; an asterisk marks the latest."""
        size = tr("DELETED") if version.is_delete_marker else words.size_text(version.size)
        self._print(
            f"{words.time_text(version.modified):<16}  {size:>10}"
            f" {'*' if version.is_latest else ' '}{visible(version.key)}"
            f"  {visible(version.version_id)}"
        )

    def transfer(self, transfer: Transfer) -> None:
        """Id, how far, state, file and destination; under it the error of one that failed."""
        share = f"{_percent(transfer.moved, transfer.size)} %"
        self._print(
            f"{transfer.id:>6}  {share:>5}  {words.size_text(transfer.size):>9}"
            f"  {words.state_text(transfer)}  {_arrow(transfer)}"
        )
        if transfer.error is not None:
            self._print(f"{'':>8}{_one_line(transfer.error)}")

    def state(self, transfer: Transfer) -> None:
        """A line where something ended or waits; what merely goes on shows in the progress."""
        if transfer.state in {State.COMPLETED, State.CANCELLED, State.SKIPPED}:
            self._print(f"{words.ended_text(transfer)}  {_arrow(transfer)}")
        elif transfer.state is State.FAILED:
            note = transfer.error or ErrorNote(words.state_text(transfer))
            word = tr("Failed")
            self._complain(f"{word}  {_arrow(transfer)}", *_lines(note))
        elif transfer.waiting is not None or transfer.state is State.PAUSED:
            self._complain(f"{words.state_text(transfer)}  {_arrow(transfer)}")

    def progress(self, transfers: list[Transfer], rate_of: Callable[[Transfer], Rate]) -> None:
        """One line for all of them, on a terminal only."""
        if not self._live or not transfers:
            return
        moved = sum(transfer.moved for transfer in transfers)
        size = sum(transfer.size for transfer in transfers)
        speed = sum(rate_of(transfer).bytes_per_s or 0.0 for transfer in transfers)
        fields = [
            f"{_percent(moved, size):>3} %",
            tr("{moved} of {size}").format(
                moved=words.size_text(moved), size=words.size_text(size)
            ),
            tr("{size}/s").format(size=words.size_text(speed)),
        ]
        if speed > 0:
            fields.append(words.duration_text((size - moved) / speed))
        first = visible(transfers[0].location.name, 40)
        more = len(transfers) - 1
        fields.append(
            first
            if not more
            else trn("{name} and {count} more", "{name} and {count} more", more).format(
                name=first, count=more
            )
        )
        print(_CLEAR_LINE + "  ".join(fields), end="", file=self._err, flush=True)
        self._drawn = True

    def unread(self, unread: Unread) -> None:
        """A line: of the list on standard output, of what goes on beside it."""
        said = self._print if unread.reading is Reading.HELD else self._complain
        said(unread_words(unread))

    def limits(self, rates: Rates) -> None:
        """A line, also when the hour for it ends."""
        said = words.limits_text(rates)
        self._complain(tr("Speed: {limits}").format(limits=said) if said else tr("Speed: no limit"))

    def receipt(self, receipt: Receipt) -> None:
        """Id, when, size, how sure, where from and to."""
        level = tr(VERIFIED_TEXT[receipt.level]) if receipt.level else tr("Stored, not verified")
        self._print(
            f"{receipt.id:>6}  {words.time_text(receipt.finished):<16}"
            f"  {words.size_text(receipt.size):>9}  {level}"
            f"  {visible(receipt.from_text)} → {visible(receipt.to_text)}"
        )

    def verdict(self, subject: Subject, verdict: Verdict) -> None:
        """The finding, both sides, and under them why."""
        near, far = visible(subject.near_text), visible(str(subject.location))
        sign = "=" if verdict.finding is Finding.SAME else "≠"
        self._print(f"{verdict.title}  {near} {sign} {far}")
        for note in verdict.notes:
            self._print(f"{'':>8}{visible(note)}")

    def reading(self, moved: int, size: int) -> None:
        """One line, on a terminal only."""
        if not self._live or not size:
            return
        text = tr("{moved} of {size}").format(
            moved=words.size_text(moved), size=words.size_text(size)
        )
        said = f"{_percent(moved, size):>3} %  {text}"
        print(_CLEAR_LINE + said, end="", file=self._err, flush=True)
        self._drawn = moved < size

    def error(self, error: S3guiError) -> None:
        """All of it on standard error."""
        self._complain(*_lines(ErrorNote.of(error)))

    def summary(self, summary: Summary) -> None:
        """How many, and what is to be done about the rest."""
        stored = trn("{count} file stored", "{count} files stored", summary.completed)
        said = [f"{stored.format(count=summary.completed)} ({words.size_text(summary.bytes)})"]
        others = [
            (summary.failed, tr("{count} failed")),
            (summary.there, tr("{count} there already")),
            (summary.skipped, trn("{count} left out", "{count} left out", summary.skipped)),
            (summary.cancelled, trn("{count} cancelled", "{count} cancelled", summary.cancelled)),
            (
                summary.unfinished,
                trn("{count} unfinished", "{count} unfinished", summary.unfinished),
            ),
            (
                summary.unread,
                trn(
                    "{count} folder or list not read to its end",
                    "{count} folders or lists not read to their end",
                    summary.unread,
                ),
            ),
        ]
        said += [text.format(count=count) for count, text in others if count]
        self._complain(", ".join(said))
        if summary.unfinished or summary.unread:
            self._complain(
                tr("What was sent is kept. The same command, or s3gui transfers resume, goes on.")
            )

    def unfinished(self, row: Unfinished) -> None:
        """Date, parts and size where they were counted, key and upload id, and whose it is."""
        upload = row.upload
        fields = [f"{words.time_text(upload.initiated):<16}"]
        if row.parts is not None:
            parts = trn("{count} part", "{count} parts", row.parts).format(count=row.parts)
            fields += [f"{parts:>10}", f"{words.size_text(row.bytes or 0):>10}"]
        fields += [visible(upload.ref.location.key), visible(upload.ref.upload_id)]
        if row.transfer is not None:
            fields.append(tr("(transfer {id})").format(id=row.transfer))
        elif row.is_given_up:
            fields.append(tr("(given up, to be aborted)"))
        self._print("  ".join(fields))

    def aborted(self, ref: UploadRef) -> None:
        """The word, key and upload id."""
        key, upload_id = visible(ref.location.key), visible(ref.upload_id)
        self._print(tr("Aborted  {key}  {id}").format(key=key, id=upload_id))

    def listed(self, objects: int, prefixes: int, n_bytes: int) -> None:
        """Nothing: the lines say it."""

    def _print(self, line: str) -> None:
        self._wipe()
        put(line, self._out)

    def _complain(self, *lines: str) -> None:
        self._wipe()
        for line in lines:
            print(line, file=self._err, flush=True)

    def _wipe(self) -> None:
        if self._drawn:
            print(_CLEAR_LINE, end="", file=self._err, flush=True)
            self._drawn = False


def _percent(moved: int, size: int) -> int:
    return moved * 100 // size if size else 100


def _arrow(transfer: Transfer) -> str:
    if transfer.direction is Direction.UPLOAD or transfer.origin is None:
        return f"{visible(str(transfer.path))} → {visible(str(transfer.location))}"
    down = transfer.direction is Direction.DOWNLOAD
    target = transfer.path if down else transfer.location
    return f"{visible(str(transfer.origin.location))} → {visible(str(target))}"


def _one_line(note: ErrorNote) -> str:
    return ". ".join(visible(part).rstrip(".") for part in (note.title, note.detail) if part)


def _lines(note: ErrorNote) -> list[str]:
    lines = [visible(text) for text in (note.title, note.detail, note.hint) if text]
    labels = tr("Code"), tr("Request id")
    code = f"{labels[0]}: {visible(note.code)}" if note.code else ""
    if note.request_id:
        code += f"  {labels[1]}: {visible(note.request_id)}"
    return [*lines, code] if code else lines
