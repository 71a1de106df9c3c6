"""The last step of a download: the whole file gets its name, and the journal has it.

Before the name is given the journal has what was proved and which file it is (inode), so that a
program that ends between the two finds its own file in the place, and no stranger's.
"""

import asyncio

from s3gui.domain.entries import ObjectDetails, Stored
from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import Verified
from s3gui.domain.receipt import Proof
from s3gui.domain.transfer import FileIdentity, State
from s3gui.transfers.conflicts import Verdict, already_there
from s3gui.transfers.downloading.checks import Check
from s3gui.transfers.downloading.folders import opened
from s3gui.transfers.downloading.growing import discard_part
from s3gui.transfers.downloading.part_files import is_same
from s3gui.transfers.downloading.place import Place
from s3gui.transfers.downloading.target import PartFile
from s3gui.transfers.downloading.times import mtime_ns
from s3gui.transfers.finish import record_done
from s3gui.transfers.journal import durable, unbroken, written
from s3gui.transfers.kit import Kit
from s3gui.transfers.row import Expected, Row

#: So often may something else take the name in the last moment.
_MOST_TRIES = 20


class Ending:
    """For one file whose bytes are all there and proved."""

    def __init__(self, row: Row, place: Place, kit: Kit) -> None:
        self._row = row
        self._transfer = row.transfer
        self._place = place
        self._kit = kit

    async def run(
        self, file: PartFile, details: ObjectDetails, check: Check, level: Verified
    ) -> None:
        """Returns when the row is Completed, or has come to rest because the name is taken.

        Args:
            file: the whole file.
            details: of the object.
            check: what was compared.
            level: what came of that.

        Raises:
            S3guiError: it cannot be done.
        """
        await self._intend(check, level)
        identity = await self._name(file, details)
        if identity is None:
            return
        self._transfer.identity = identity
        written(self._kit.journal.compared(self._row.id, identity, ()), self._kit.tell)
        self._transfer.move_to(State.FINISHING)
        await _record(self._row, level, self._kit)

    async def _intend(self, check: Check, level: Verified) -> None:
        row, transfer, journal = self._row, self._transfer, self._kit.journal
        whole = check.proof_text if level is check.level else ""
        row.proof = {check.proof: whole} if check.proof is not None and whole else {}
        expected = Expected()
        if level is Verified.FULL_CHECKSUM and check.proof is not None:
            is_crc32 = check.proof is Proof.CRC32
            # The journal has one place for a checksum; another one goes there with its name.
            expected = Expected(crc32=whole if is_crc32 else f"{check.proof}:{whole}")
        elif level is Verified.ETAG:
            expected = Expected(etag=whole)
        if transfer.identity is None:
            raise AssertionError("a file that was made is known")
        reads = journal.reads(row)
        same = journal.compared(row.id, transfer.identity, ())

        def follow() -> None:
            row.completing, row.expected = True, expected
            row.may_have_left = False

        completing = journal.completing(row.id, expected)
        await durable(asyncio.gather(reads, same, completing), follow)

    async def _name(self, file: PartFile, details: ObjectDetails) -> FileIdentity | None:
        """What the file is under its name; ``None``: the row is at rest without one."""
        time, replaces = mtime_ns(details), self._place.replaces
        for _ in range(_MOST_TRIES):
            giving = self._kit.threads.disk(
                file.finish, self._transfer.path, time, details.size, replace=replaces
            )
            try:
                return await unbroken(giving)
            except FileExistsError:
                # There before, or since: what the policy says of it counts at this moment.
                if not await self._decided(details):
                    return None
                replaces = self._place.agreed
            except S3guiError:
                await self._not_completed()
                raise
        raise already_there(str(self._transfer.path), None)

    async def _decided(self, details: ObjectDetails) -> bool:
        """Whether to go on; if not, the row is at rest."""
        await self._not_completed()
        verdict = await self._place.settle(details)
        if verdict is not Verdict.PROCEED:
            return False
        self._row.completing = True
        await self._kit.journal.completing(self._row.id, self._row.expected)
        return True

    async def _not_completed(self) -> None:
        def follow() -> None:
            self._row.completing = False

        await durable(self._kit.journal.not_completed(self._row.id), follow)


async def finished_before(row: Row, kit: Kit) -> bool:
    """Whether the last run had given the file its name when it ended; then the row is Completed.

    Raises:
        LocalFileError: the folder cannot be looked into.
    """
    if await kit.threads.disk(_has_name, row):
        expected = row.expected
        level = Verified.FULL_CHECKSUM if expected.crc32 else Verified.SIZE
        if expected.etag:
            level = Verified.ETAG
        name, _, whole = expected.crc32.rpartition(":")
        names = {Proof(name or Proof.CRC32): whole}
        if expected.etag:
            names[Proof.COMPOSITE_ETAG if "-" in expected.etag else Proof.MD5] = expected.etag
        # Where the name was given by a link, the program may have ended between the two.
        await discard_part(row, kit)
        row.proof = {name: value for name, value in names.items() if value}
        row.transfer.move_to(State.FINISHING)
        await _record(row, level, kit)
        return True

    def follow() -> None:
        row.completing = False

    await durable(kit.journal.not_completed(row.id), follow)
    return False


def _has_name(row: Row) -> bool:
    known, path = row.transfer.identity, row.transfer.path
    if known is None:
        return False
    with opened(path.parent) as folder:
        facts = folder.lstat(path.name)
    return facts is not None and is_same(facts, known)


async def _record(row: Row, level: Verified, kit: Kit) -> None:
    origin = row.transfer.origin
    if origin is None:
        raise AssertionError("a download reads something")
    row.expected = Expected()
    await record_done(row, Stored(origin.etag, origin.version_id), level, kit, looked=True)
    row.part_path = None
