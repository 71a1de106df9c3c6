"""What a command has to say, whatever form it takes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TextIO

from s3gui.domain.entries import (
    Bucket,
    ObjectEntry,
    ObjectVersion,
    UnfinishedUpload,
    UploadRef,
)
from s3gui.domain.errors import S3guiError
from s3gui.domain.limits import Rates
from s3gui.domain.queueing import Rate, Unread
from s3gui.domain.receipt import Receipt
from s3gui.domain.transfer import State, Transfer
from s3gui.domain.verification import Subject, Verdict


class OutputFailed(Exception):
    """Standard output takes no more: a full disk, most likely. The text is the system's word."""


def put(line: str, out: TextIO) -> None:
    """Writes a line of results, at once.

    Raises:
        OutputFailed: it could not be written.
        BrokenPipeError: whoever read it has left.
    """
    try:
        print(line, file=out, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(error.strerror or type(error).__name__) from error


@dataclass(slots=True)
class Summary:
    """What a command did, in the end."""

    completed: int = 0
    failed: int = 0
    #: Kept for a later start: paused, or still in the queue when it was interrupted.
    unfinished: int = 0
    cancelled: int = 0
    #: Left as it is, because something was at the destination and that was to be kept.
    there: int = 0
    #: Files that were not even queued.
    skipped: int = 0
    #: Bytes of what was completed.
    bytes: int = 0
    #: Folders, or what is under prefixes, that are not read to their end; kept for a later start.
    unread: int = 0
    interrupted: bool = False
    #: Ids of the transfers that failed.
    failures: list[int] = field(default_factory=list)

    def count(self, transfer: Transfer) -> None:
        """Adds a transfer by the state that it is in."""
        match transfer.state:
            case State.COMPLETED:
                self.completed += 1
                self.bytes += transfer.size
            case State.FAILED:
                self.failed += 1
                self.failures.append(transfer.id)
            case State.CANCELLED:
                self.cancelled += 1
            case State.SKIPPED:
                self.there += 1
            case _:
                self.unfinished += 1


@dataclass(slots=True)
class Unfinished:
    """A row of ``s3gui unfinished``."""

    upload: UnfinishedUpload
    #: The transfer that works on it, or may go on with it.
    transfer: int | None = None
    #: Of a transfer that gave it up; it is aborted when its connection is open.
    is_given_up: bool = False
    #: The list of transfers could be asked.
    is_known: bool = False
    #: Counted only where that was asked for.
    parts: int | None = None
    bytes: int | None = None


class Output(Protocol):
    """One of the two forms."""

    def bucket(self, bucket: Bucket) -> None:
        """A bucket of a listing."""

    def prefix(self, bucket: str, prefix: str) -> None:
        """A common prefix of a listing."""

    def entry(self, bucket: str, entry: ObjectEntry) -> None:
        """An object of a listing."""

    def version(self, bucket: str, version: ObjectVersion) -> None:
        """A version or a delete marker of a listing."""

    def transfer(self, transfer: Transfer) -> None:
        """A row of the list of transfers."""

    def state(self, transfer: Transfer) -> None:
        """A transfer is in another state, or waits for something else."""

    def progress(self, transfers: list[Transfer], rate_of: Callable[[Transfer], Rate]) -> None:
        """How far those that run are."""

    def unread(self, unread: Unread) -> None:
        """What an earlier run did not read to its end, and what becomes of it."""

    def limits(self, rates: Rates) -> None:
        """Other limits are in force from now on."""

    def receipt(self, receipt: Receipt) -> None:
        """A row of the history."""

    def verdict(self, subject: Subject, verdict: Verdict) -> None:
        """What came of reading both sides again."""

    def reading(self, moved: int, size: int) -> None:
        """How far that is, in bytes."""

    def error(self, error: S3guiError) -> None:
        """What belongs to no transfer, or ends the command."""

    def summary(self, summary: Summary) -> None:
        """The last word of an upload."""

    def unfinished(self, row: Unfinished) -> None:
        """An upload that never ended."""

    def aborted(self, ref: UploadRef) -> None:
        """An upload that is gone now."""

    def listed(self, objects: int, prefixes: int, n_bytes: int) -> None:
        """The last word of a listing."""
