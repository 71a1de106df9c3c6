"""AbortMultipartUpload: journaled before it is sent, sent until the server says it is gone."""

import logging
from collections.abc import Awaitable

from s3gui.domain.entries import UploadRef
from s3gui.domain.errors import NoSuchUpload, S3guiError
from s3gui.domain.ports import Session
from s3gui.domain.text import tr
from s3gui.transfers.clock import Clock
from s3gui.transfers.journal import durable
from s3gui.transfers.kit import Kit
from s3gui.transfers.left_store import AbortTodo
from s3gui.transfers.outcome import can_degrade
from s3gui.transfers.row import Row

_log = logging.getLogger(__name__)
_ABORT_TRIES = 3


async def give_up_upload(row: Row, session: Session, kit: Kit) -> None:
    """Removes what was sent of a row from the server; the row starts from its first byte."""
    todo = AbortTodo(row.transfer.profile_id, row.ref)
    await durable(kit.journal.give_up_upload(row.id, kit.clock.now()), row.start_over)
    await carry_out_abort(session, todo, kit)


async def or_take_back(keeping: Awaitable[None], session: Session, ref: UploadRef) -> None:
    """Waits until an upload id is kept; an upload whose id cannot be is aborted, without a part.

    Raises:
        JournalError: it could not be kept.
    """
    try:
        await keeping
    except S3guiError:
        try:
            await session.uploads.abort(ref)
        except S3guiError as error:
            _log.warning("an empty upload stays on the server: %s", error.code)
        raise


async def take_back(profile_id: str, ref: UploadRef, session: Session, kit: Kit) -> None:
    """Aborts an upload that was just created, is empty, and is not to be the row's."""
    todo = AbortTodo(profile_id, ref)
    await kit.journal.taken_back(todo, kit.clock.now())
    await carry_out_abort(session, todo, kit)


async def note_left(profile_id: str, session: Session, kit: Kit) -> None:
    """Journals what the session itself began in vain and could not abort; it is aborted later.

    Raises:
        JournalError: it could not be written, and is tried again with the next Create.
    """
    left = session.uploads.left
    while left:
        todo = AbortTodo(profile_id, left[-1])
        left.pop()
        try:
            await kit.journal.taken_back(todo, kit.clock.now())
        except BaseException:
            left.append(todo.ref)
            raise


async def carry_out_abort(session: Session, todo: AbortTodo, kit: Kit) -> None:
    """Aborts until the server says that the upload is gone; what fails stays in ``abort_todo``.

    Parts that were under way when the first Abort arrived can be stored after it, so the upload is
    asked for again (AbortMultipartUpload, *Amazon S3 API Reference*).
    """
    try:
        await abort_until_gone(session, todo.ref, kit.clock)
    except S3guiError as error:
        _log.warning("an upload could not be aborted: %s", error.code)
        await kit.journal.abort_failed(todo)
        kit.tell(error)
    else:
        await kit.journal.aborted(todo)


async def abort_until_gone(session: Session, ref: UploadRef, clock: Clock) -> None:
    """AbortMultipartUpload until the server says that the upload is gone, three times at most.

    Raises:
        S3guiError: it is, or may be, still there.
    """
    problem: S3guiError | None = None
    for again in range(_ABORT_TRIES):
        await clock.sleep(again)
        try:
            await session.uploads.abort(ref)
        except S3guiError as error:
            if _is_gone(error):
                return
            problem = error
            continue
        try:
            async for _ in session.uploads.parts(ref):
                break
            problem = None
        except S3guiError as error:
            # The abort was taken; that one may not look does not make it undone.
            if _is_gone(error) or can_degrade(error):
                return
            problem = error
    raise problem or S3guiError(tr("The server still has an upload that was aborted"))


def _is_gone(error: S3guiError) -> bool:
    """Whether the server says that it has no such upload, or not even its bucket any more."""
    return isinstance(error, NoSuchUpload) or error.code == "NoSuchBucket"
