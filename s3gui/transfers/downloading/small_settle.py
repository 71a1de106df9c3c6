"""Small objects that came whole, a batch at a time: to the disk, to the journal, to their names.

The order is that of one large download. The ``.part``; then the journal has what was proved and
which file it is; then the file is made to last, and gets its name; then the journal has that it is
done. Whatever does not go smoothly is a runner's, which begins that row anew.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from s3gui.domain.entries import Stored
from s3gui.domain.errors import JournalError, S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import State
from s3gui.transfers.disks import working_at
from s3gui.transfers.downloading import small_disk as disk
from s3gui.transfers.downloading import small_store as store
from s3gui.transfers.downloading.growing import path_of
from s3gui.transfers.downloading.small_disk import Piece
from s3gui.transfers.downloading.small_errand import Fetching, refused
from s3gui.transfers.downloading.target import discard
from s3gui.transfers.finish import follow_done, proof_of
from s3gui.transfers.journal import durable, unbroken
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Expected
from s3gui.transfers.small_back import A_TURN

_log = logging.getLogger(__name__)
Pair = tuple[Fetching, Piece]


class Settling:
    """One batch, of one disk.

    Args:
        kit: what runners work with.
        on_disk: the name of the disk.
        go_on: gives a row to a runner of its own.
        done: tells that nobody works on a row any more.
    """

    def __init__(
        self,
        kit: Kit,
        on_disk: str,
        go_on: Callable[[Fetching], None],
        done: Callable[[Fetching], None],
    ) -> None:
        self._kit = kit
        self._disk = on_disk
        self._go_on = go_on
        self._done = done

    async def run(self, batch: Sequence[Fetching]) -> None:
        """Brings them to Completed, or to who deals with what is not smooth."""
        pairs: list[Pair] = []
        try:
            with working_at(batch[0].row.transfer.path):
                await self._run(batch, pairs)
        except JournalError as error:
            for errand, _ in pairs:
                if not errand.done():
                    errand.row.tried = refused(error)
        except Exception:  # noqa: BLE001  the last net: the runners meet it row by row
            _log.exception("small objects go on each for itself")
        # Not when this is cancelled, as the program ends: a thread may be at work on them still.
        for _, piece in pairs:
            piece.close()
        for errand in batch:
            if not errand.done():
                (self._done if errand.row.stopping else self._go_on)(errand)

    async def _run(self, batch: Sequence[Fetching], pairs: list[Pair]) -> None:
        for errand in batch:
            row, transfer = errand.row, errand.row.transfer
            if row.stopping or errand.done():
                continue
            errand.piece = Piece(
                *(path_of(row), transfer.path, errand.body.body, errand.mtime_ns),
                replaces=errand.replaces,
            )
            row.may_have_left = True
            pairs.append((errand, errand.piece))
        await self._on_disk(disk.write, pairs)
        made = [pair for pair in pairs if pair[1].is_made]
        gone = [pair for pair in made if pair[0].row.stopping or pair[0].done()]
        whole = [pair for pair in made if not (pair[0].row.stopping or pair[0].done())]
        if gone:
            await self._on_disk(disk.remove, gone)
        if whole:
            await self._name(whole)

    async def _on_disk(
        self, work: Callable[[Sequence[Piece], str], None], pairs: Sequence[Pair]
    ) -> None:
        await self._kit.threads.sync(work, [piece for _, piece in pairs], self._disk)

    async def _name(self, whole: Sequence[Pair]) -> None:
        for errand, piece in whole:
            _intend(errand, piece)
        try:
            await unbroken(store.intended(self._kit.journal, [errand.row for errand, _ in whole]))
        except JournalError:
            await self._on_disk(disk.remove, whole)
            for errand, _ in whole:
                errand.row.start_over()
            raise
        await self._on_disk(disk.name, whole)
        failed = [pair for pair in whole if not pair[1].is_named]
        await self._record([pair for pair in whole if pair[1].is_named])
        for errand, piece in failed:
            await self._take_back(errand, piece)

    async def _take_back(self, errand: Fetching, piece: Piece) -> None:
        """It did not get its name; the row is as new."""
        _log.info("transfer %d: no name: %s", errand.row.id, piece.error)
        try:
            await self._kit.threads.sync(discard, piece.part, piece.identity)
        except S3guiError as error:
            _log.info("transfer %d: the file stays: %s", errand.row.id, error)
            errand.row.may_have_left = True
        await durable(self._kit.journal.forget_upload(errand.row.id), errand.row.start_over)

    async def _record(self, pairs: Sequence[Pair]) -> None:
        at, journal = self._kit.clock.now(), self._kit.journal
        # What was stopped has its name all the same: the next run of it finds that.
        going = [pair for pair in pairs if not pair[0].row.stopping]
        items = [(errand, *_finishing(errand, piece)) for errand, piece in going]
        if not items:
            return
        await unbroken(
            store.named(journal, [(one.row, stored, level) for one, stored, level in items], at)
        )
        for number, (errand, stored, level) in enumerate(items, start=1):
            row = errand.row
            row.proof, row.transfer.identity, row.part_path = {}, None, None
            follow_done(row, stored, level, at)
            self._done(errand)
            if not number % A_TURN:
                await asyncio.sleep(0)


def _intend(errand: Fetching, piece: Piece) -> None:
    """As ``Growing.make``, ``Reading.pin`` and ``Ending`` leave a row."""
    row, details, check = errand.row, errand.details, errand.check
    transfer, origin = row.transfer, errand.origin
    row.part_path, row.part_seen, transfer.identity = piece.part, True, piece.identity
    version_id = details.version_id or origin.version_id
    transfer.origin = replace(
        origin, version_id=version_id, etag=details.etag, modified=details.modified
    )
    text = check.proof_text if check is not None else ""
    proof = check.proof if check is not None else None
    row.proof = {proof: text} if proof is not None and text else {}
    row.expected = Expected()
    if errand.level is Verified.FULL_CHECKSUM and proof is not None:
        row.expected = Expected(crc32=text if proof is Proof.CRC32 else f"{proof}:{text}")
    elif errand.level is Verified.ETAG:
        row.expected = Expected(etag=text)
    row.completing, row.may_have_left = True, False
    errand.has_come = False  # from here on nothing stops it


def _finishing(errand: Fetching, piece: Piece) -> tuple[Stored, Verified]:
    row, transfer, origin = errand.row, errand.row.transfer, errand.origin
    transfer.identity = piece.identity
    transfer.parts[0].took_ms = round(errand.took_s * 1000)
    transfer.part_done(1, "")
    # Until the journal has it, which is soon.
    transfer.move_to(State.FINISHING, tells=False)
    row.expected = Expected()
    stored, level = Stored(origin.etag, origin.version_id), errand.level or Verified.SIZE
    row.proof = proof_of(row, stored, level, looked=True)
    return stored, level
