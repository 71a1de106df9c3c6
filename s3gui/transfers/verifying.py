"""Verify again: reads both sides of a transfer, now, and says whether they are the same.

Nothing is written anywhere, and no place in the queue is taken: its transfers go on beside it, and
the limit for downloads holds for both together.
"""

import asyncio
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import (
    AccessDenied,
    LocalFileError,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3guiError,
    SourceChanged,
)
from s3gui.domain.integrity import clean_etag, is_composite, is_md5
from s3gui.domain.location import Location
from s3gui.domain.parts import MIB, Meter, Part, PartPlan
from s3gui.domain.ports import Session
from s3gui.domain.receipt import CRC_PROOFS
from s3gui.domain.text import tr
from s3gui.domain.verification import Check, Subject, Verdict
from s3gui.transfers.clock import Clock, SystemClock
from s3gui.transfers.connections import Connections
from s3gui.transfers.lanes import first_of
from s3gui.transfers.rereading import changed_since, open_source
from s3gui.transfers.sides import FileSide, ObjectSide, Side, both
from s3gui.transfers.source import LocalSource
from s3gui.transfers.threads import Threads
from s3gui.transfers.verdicts import Facts, judge

#: Comparisons at once; others wait.
AT_ONCE = 2
#: Parts of one of them that are read at once.
_LANES = 4
_PART_BYTES = 16 * MIB


@dataclass(slots=True)
class _Near:
    """The side that is not the object."""

    side: Side | None = None
    source: LocalSource | None = None
    size: int | None = None
    #: Why there is nothing to read.
    missing: S3guiError | None = None
    #: How the file changed since the transfer, in words.
    changed: str = ""


class Verifier:
    """Carries out comparisons, ``AT_ONCE`` at a time. ``close`` when there are no more.

    Args:
        connections: the sessions.
        meter: makes one for a download, with the limit that is in force.
        clock: for the waits after failures, and the time of the verdict.
        jitter: a random number from 0 to 1.
    """

    def __init__(
        self,
        connections: Connections,
        meter: Callable[[], Meter] = Meter,
        clock: Clock | None = None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._connections = connections
        self._meter = meter
        self._clock = clock or SystemClock()
        self._jitter = jitter
        # Not the queue's: what it sends must not wait for what is read here.
        self._threads = Threads()
        self._places = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """Lets its threads end."""
        self._threads.close()

    async def verify(self, check: Check) -> Verdict:
        """Compares; the verdict is in ``check`` too. Never raises for what it finds.

        Raises:
            asyncio.CancelledError: nothing is read any more when it is.
        """
        async with self._places:
            check.is_running = True
            try:
                facts = await self._facts(check)
            except S3guiError as error:
                facts = Facts(unreadable=error)
            finally:
                check.is_running = False
            check.verdict = judge(check.subject, facts, self._clock.now())
            return check.verdict

    async def _facts(self, check: Check) -> Facts:
        subject = check.subject
        session = await self._connections.open(subject.profile_id)
        try:
            details = await _head(session, subject.location, subject.version_id)
        except NotFound as error:
            return Facts(gone=error)
        facts = Facts(details=details, latest=await _latest(session, subject))
        near = await self._near(subject)
        facts.near_size, facts.near_missing, facts.near_changed = (
            near.size,
            near.missing,
            near.changed,
        )
        try:
            await self._read(check, session, facts, near)
            if near.source is not None:
                await self._threads.disk(near.source.check_path)
        except PreconditionFailed:
            facts.replaced_meanwhile = True
        except SourceChanged as error:
            facts.near_changed = error.detail or error.title
            facts.changed_meanwhile = True
        except LocalFileError as error:
            facts.near_missing = error
        finally:
            if near.source is not None:
                near.source.close()
        return facts

    async def _near(self, subject: Subject) -> _Near:
        """The side beside the object, as far as there is one to read."""
        if subject.path is not None:
            return await self._near_file(subject)
        if subject.source is None:
            return _Near(missing=LocalFileError(tr("There is no local file to compare with")))
        try:
            session = await self._connections.open(subject.source_profile_id or subject.profile_id)
            details = await _head(session, subject.source, None)
        except S3guiError as error:
            return _Near(missing=error)
        side = ObjectSide(session, details, None, self._clock, self._jitter)
        return _Near(side, size=details.size)

    async def _near_file(self, subject: Subject) -> _Near:
        if subject.path is None:
            raise ValueError(subject)
        try:
            source = await open_source(subject.path, self._threads)
        except LocalFileError as error:
            return _Near(missing=error)
        receipt = subject.receipt
        changed = changed_since(receipt, source.identity) if receipt is not None else ""
        side = FileSide(source, self._threads)
        return _Near(side, source, source.identity.size, changed=changed)

    async def _read(self, check: Check, session: Session, facts: Facts, near: _Near) -> None:
        details = facts.details
        if details is None:
            return
        plan = await _plan(session, check.subject, details)
        facts.proves_etag = _counts(details, plan)
        facts.crcs = _crcs(check.subject, details)
        far = ObjectSide(
            session,
            details,
            check.subject.version_id,
            self._clock,
            self._jitter,
            md5=facts.proves_etag,
            others=facts.crcs[1:],
        )
        # Of another length it is not the same, whatever its bytes are.
        side = near.side if near.size == details.size else None
        check.total_bytes = details.size * (2 if side is not None else 1)
        parts = iter(plan if details.size else ())
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(_LANES):
                    group.create_task(self._lane(check, parts, side, far, facts))
        except BaseExceptionGroup as failed:
            raise first_of(failed) from None
        facts.compared = side is not None
        facts.plan = plan

    async def _lane(
        self,
        check: Check,
        parts: Iterable[Part],
        near: Side | None,
        far: ObjectSide,
        facts: Facts,
    ) -> None:
        for part in parts:
            meters = (Meter(), self._meter())
            read = 0
            check.begin(meters)
            try:
                here, there = await both(near, far, part, meters)
                read = part.length * (2 if near is not None else 1)
            finally:
                check.end(meters, read)
            facts.by_number[part.number] = there
            if here is not None and here.sha256 != there.sha256:
                facts.differing.append(part)


async def _head(session: Session, where: Location, version_id: str | None) -> ObjectDetails:
    try:
        return await session.objects.head(where, version_id, checksums=True)
    except (AccessDenied, NotSupported):
        # To be told of checksums can take a right that to look does not.
        return await session.objects.head(where, version_id)


async def _latest(session: Session, subject: Subject) -> ObjectDetails | None:
    """The object that has the name now, where another version is compared."""
    if subject.version_id is None:
        return None
    try:
        return await session.objects.head(subject.location)
    except NotFound:
        # A delete marker hides it.
        return ObjectDetails(subject.location, 0, "")
    except S3guiError:
        return None


async def _plan(session: Session, subject: Subject, details: ObjectDetails) -> PartPlan:
    """In the parts that it was stored in, where they are known: only those prove the ETag."""
    receipt, etag = subject.receipt, clean_etag(details.etag)
    if not is_composite(etag):
        is_one = receipt is not None and receipt.is_single and receipt.size == details.size
        return PartPlan(details.size, max(1, details.size) if is_one else _PART_BYTES)
    count = int(etag.partition("-")[2])
    if receipt is not None and receipt.part_bytes and receipt.part_count == count:
        return PartPlan(details.size, receipt.part_bytes)
    try:
        layout = await session.objects.part_layout(
            subject.location, subject.version_id, if_match=details.etag
        )
    except S3guiError:
        layout = None
    if layout is not None and PartPlan(details.size, layout.first_bytes).count == count:
        return PartPlan(details.size, layout.first_bytes)
    return PartPlan(details.size, _PART_BYTES)


def _crcs(subject: Subject, details: ObjectDetails) -> list[str]:
    """The CRC-32, and those besides that can be compared with something."""
    receipt = subject.receipt
    known = details.whole_checksums.keys() | (receipt.crcs.keys() if receipt is not None else ())
    others = [name for name in CRC_PROOFS if name in known and crc.is_known(name)]
    return [crc.CRC32, *(name for name in others if name != crc.CRC32)]


def _counts(details: ObjectDetails, plan: PartPlan) -> bool:
    """Whether the ETag tells what the bytes are, cut like this."""
    if details.opaque_etag:
        return False
    etag = clean_etag(details.etag)
    if is_composite(etag):
        return int(etag.partition("-")[2]) == plan.count
    return is_md5(etag) and plan.count == 1
