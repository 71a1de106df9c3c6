"""``s3gui unfinished``: what a bucket holds of uploads that never ended, and whose they are."""

import argparse
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from s3gui.cli.asking import ReadLine, can_ask, read_terminal
from s3gui.cli.output import Output, Unfinished
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED
from s3gui.domain.entries import UnfinishedUpload, UploadRef
from s3gui.domain.errors import Conflict, JournalError, NoSuchUpload, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.ports import Session
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.transfer import Transfer
from s3gui.transfers.aborts import abort_until_gone
from s3gui.transfers.clock import SystemClock
from s3gui.transfers.journal import Journal
from s3gui.transfers.left_store import AbortTodo

#: What tells an upload from all others of a storage.
_Name = tuple[Location, str]


class _Ours:
    """What the journal knows of uploads."""

    def __init__(self, rows: Sequence[Transfer], todos: Sequence[AbortTodo]) -> None:
        self.rows: Mapping[_Name, Transfer] = {
            (row.location, row.upload_id): row for row in rows if row.upload_id
        }
        self.todos: Mapping[_Name, AbortTodo] = {
            (todo.ref.location, todo.ref.upload_id): todo for todo in todos
        }


async def unfinished(args: argparse.Namespace, session: Session, output: Output) -> int:
    """Lists them, and aborts those that are named, or old and of no transfer; the exit code.

    Raises:
        JournalError: what is ours cannot be known, and something is to be aborted.
    """
    aborts = bool(args.abort or args.abort_older)
    journal = Journal(args.state_dir)
    try:
        await journal.open()
    except JournalError as error:
        if aborts:
            raise
        output.error(_unknown(error))
        return await _list(args, session, output, None)
    # Held while something is aborted, so that no row begins to work on it meanwhile.
    try:
        rows = [row.transfer for row in await journal.load()]
        if journal.damage is not None:
            output.error(journal.damage)
        ours = _Ours(rows, await journal.aborts())
        if not aborts:
            return await _list(args, session, output, ours)
        return await _abort(args, session, output, ours, journal)
    finally:
        await journal.close()


async def _list(
    args: argparse.Namespace, session: Session, output: Output, ours: _Ours | None
) -> int:
    count = n_bytes = 0
    async for item in session.uploads.unfinished(args.where):
        row = await _looked_at(item, ours, session, sizes=args.sizes)
        if row is not None:
            output.unfinished(row)
            count += 1
            n_bytes += row.bytes or 0
    output.listed(count, 0, n_bytes)
    return EXIT_DONE


async def _looked_at(
    item: UnfinishedUpload, ours: _Ours | None, session: Session, *, sizes: bool
) -> Unfinished | None:
    """``None``: it ended meanwhile."""
    name = (item.ref.location, item.ref.upload_id)
    row = Unfinished(item)
    if ours is not None:
        transfer = ours.rows.get(name)
        row.transfer = None if transfer is None else transfer.id
        row.is_given_up = name in ours.todos
        row.is_known = True
    if sizes:
        try:
            lengths = [part.size async for part in session.uploads.parts(item.ref)]
        except NoSuchUpload:
            return None
        row.parts, row.bytes = len(lengths), sum(lengths)
    return row


async def _abort(
    args: argparse.Namespace,
    session: Session,
    output: Output,
    ours: _Ours,
    journal: Journal,
    read_line: ReadLine = read_terminal,
) -> int:
    chosen, code = await _chosen(args, session, output, ours)
    for row in chosen:
        output.unfinished(row)
    if not chosen:
        return code
    if not await _agreed(args, len(chosen), read_line, output):
        return EXIT_FAILED
    for row in chosen:
        code = max(code, await _abort_one(row.upload.ref, session, output, ours, journal))
    return code


async def _chosen(
    args: argparse.Namespace, session: Session, output: Output, ours: _Ours
) -> tuple[list[Unfinished], int]:
    """What is to be aborted; and the exit code, after it was said what cannot be."""
    code, chosen = EXIT_DONE, []
    named = set(args.abort)
    before = None if args.abort_older is None else datetime.now(UTC) - args.abort_older
    async for item in session.uploads.unfinished(args.where):
        is_named = item.ref.upload_id in named
        named.discard(item.ref.upload_id)
        is_old = before is not None and item.initiated is not None and item.initiated < before
        if not (is_named or is_old):
            continue
        row = await _looked_at(item, ours, session, sizes=args.sizes)
        if row is not None and row.transfer is None:
            chosen.append(row)
        elif row is not None and row.transfer is not None and is_named:
            output.error(_is_worked_on(row.transfer))
            code = EXIT_FAILED
    for upload_id in sorted(named):
        output.error(_not_there(upload_id, args.where))
        code = EXIT_FAILED
    return chosen, code


async def _agreed(
    args: argparse.Namespace, count: int, read_line: ReadLine, output: Output
) -> bool:
    if args.yes:
        return True
    question = trn(
        "Abort this unfinished upload? What was sent of it is lost.",
        "Abort these {count} unfinished uploads? What was sent of them is lost.",
        count,
    ).format(count=count)
    if not can_ask(is_json=args.json):
        output.error(
            S3guiError(
                question, hint=tr("Say so with --yes: nobody can be asked."), code="NotAsked"
            )
        )
        return False
    answer = await read_line(f"{question} [y/N] ")
    return answer.strip().lower() in {"y", "yes", tr("y"), tr("yes")}


async def _abort_one(
    ref: UploadRef, session: Session, output: Output, ours: _Ours, journal: Journal
) -> int:
    try:
        await abort_until_gone(session, ref, SystemClock())
    except S3guiError as error:
        output.error(error)
        return EXIT_FAILED
    output.aborted(ref)
    if todo := ours.todos.get((ref.location, ref.upload_id)):
        await journal.aborted(todo)
    return EXIT_DONE


def _unknown(why: JournalError) -> JournalError:
    return JournalError(
        tr("Which uploads are of s3gui cannot be told"),
        why.title,
        why.hint,
        code=why.code,
    )


def _is_worked_on(id_: int) -> Conflict:
    return Conflict(
        tr("Transfer {id} works on this upload").format(id=id_),
        hint=tr("To give it up: s3gui transfers abort {id}").format(id=id_),
        code="InUse",
    )


def _not_there(upload_id: str, where: Location) -> NoSuchUpload:
    return NoSuchUpload(
        tr("There is no unfinished upload {id} in {place}").format(
            id=visible(upload_id, 100), place=visible(str(where))
        ),
        hint=tr("s3gui unfinished shows what is there."),
    )
