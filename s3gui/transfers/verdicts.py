"""What two sides that were read again come to: one finding, and sentences that say why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from s3gui.domain import crc
from s3gui.domain.entries import ObjectDetails
from s3gui.domain.errors import S3guiError
from s3gui.domain.integrity import clean_etag, composite_etag
from s3gui.domain.parts import Part, PartPlan
from s3gui.domain.text import tr, trn, visible
from s3gui.domain.verification import Finding, Subject, Verdict
from s3gui.transfers.sides import PartSums
from s3gui.transfers.source import amount

#: So many differing parts are named.
_MOST_NAMED = 5


@dataclass(slots=True)
class Facts:
    """What was seen."""

    unreadable: S3guiError | None = None
    gone: S3guiError | None = None
    details: ObjectDetails | None = None
    #: What has the name now, where a version was compared; without an ETag: nothing.
    latest: ObjectDetails | None = None
    near_size: int | None = None
    near_missing: S3guiError | None = None
    near_changed: str = ""
    #: Both sides were read, part by part.
    compared: bool = False
    proves_etag: bool = False
    #: The CRCs that were computed.
    crcs: Sequence[str] = (crc.CRC32,)
    replaced_meanwhile: bool = False
    changed_meanwhile: bool = False
    plan: PartPlan | None = None
    #: Of the object.
    by_number: dict[int, PartSums] = field(default_factory=dict)
    differing: list[Part] = field(default_factory=list)

    def crc(self, name: str) -> str:
        """Of the whole object as it came, base64; "" where not all of it did."""
        if self.plan is None or self.details is None or name not in self.crcs:
            return ""
        plan = self.plan if self.details.size else ()
        pairs = ((self.by_number[part.number].crc(name), part.length) for part in plan)
        return crc.text(crc.combined(name, pairs))

    @property
    def etag(self) -> str:
        """What the bytes that came make of the ETag; "" where that proves nothing."""
        if not self.proves_etag or self.plan is None or self.details is None:
            return ""
        if not self.details.size:
            return ""
        md5s = [self.by_number[part.number].md5 for part in self.plan]
        is_whole = "-" not in clean_etag(self.details.etag)
        return md5s[0].hex() if is_whole else composite_etag(md5s)


def judge(subject: Subject, facts: Facts, at: datetime) -> Verdict:
    """The verdict."""
    details = facts.details
    if facts.unreadable is not None or (facts.gone is None and details is None):
        return _unreadable(facts.unreadable, at)
    if facts.gone is not None or details is None:
        return Verdict(Finding.GONE, at, (_gone_note(subject),), error=facts.gone)
    finding, notes = _compared(subject, facts, details)
    return Verdict(
        finding,
        at,
        tuple(note for note in (*notes, *_version_notes(facts, details)) if note),
        tuple(sorted(facts.differing, key=lambda part: part.number)),
        details.size,
        clean_etag(details.etag),
        details.version_id,
        facts.crc(crc.CRC32),
        facts.near_missing,
    )


def _unreadable(error: S3guiError | None, at: datetime) -> Verdict:
    return Verdict(Finding.UNREADABLE, at, (str(error),) if error else (), error=error)


def _gone_note(subject: Subject) -> str:
    if subject.version_id:
        return tr("The version that was stored is not on the server any more.")
    return tr("Nothing has this name on the server.")


def _compared(subject: Subject, facts: Facts, details: ObjectDetails) -> tuple[Finding, list[str]]:
    lies = _lies(subject, facts, details)
    if facts.replaced_meanwhile:
        return Finding.REPLACED, [tr("That happened while it was being read.")]
    if _is_replaced(subject, facts, details):
        return Finding.REPLACED, [_content_note(facts, details), lies]
    if facts.differing or _sizes_differ(facts, details):
        changed = bool(facts.near_changed)
        finding = Finding.FILE_CHANGED if changed else Finding.DIFFERENT
        return finding, [_change_note(facts), _content_note(facts, details), lies]
    if lies:
        return Finding.DIFFERENT, [lies]
    if facts.changed_meanwhile:
        return Finding.FILE_CHANGED, [_change_note(facts), tr("Verify again when it is at rest.")]
    if facts.near_missing is not None:
        return Finding.FILE_GONE, [str(facts.near_missing), _as_stored(subject, facts)]
    if facts.near_changed:
        return Finding.SAME, [tr("The file was touched since, its content is the same.")]
    return Finding.SAME, []


def _sizes_differ(facts: Facts, details: ObjectDetails) -> bool:
    return facts.near_size is not None and facts.near_size != details.size


def _is_replaced(subject: Subject, facts: Facts, details: ObjectDetails) -> bool:
    receipt = subject.receipt
    known = clean_etag(receipt.etag) if receipt is not None else ""
    if known and clean_etag(details.etag) != known:
        return True
    latest = facts.latest
    return latest is not None and bool(latest.etag) and latest.version_id != subject.version_id


def _change_note(facts: Facts) -> str:
    what = facts.near_changed
    return tr("How the file changed: {what}.").format(what=what.rstrip(".")) if what else ""


def _content_note(facts: Facts, details: ObjectDetails) -> str:
    if facts.near_size is not None and facts.near_size != details.size:
        return tr("The object has {remote}, the local side {local}.").format(
            remote=amount(details.size), local=amount(facts.near_size)
        )
    if facts.differing:
        return _parts_note(facts.differing)
    if facts.compared:
        return tr("Its bytes are those of the local side all the same.")
    return ""


def _parts_note(differing: list[Part]) -> str:
    parts = sorted(differing, key=lambda part: part.number)
    named = ", ".join(
        tr("{number} (bytes {first} to {last})").format(
            number=part.number, first=part.offset, last=part.offset + part.length - 1
        )
        for part in parts[:_MOST_NAMED]
    )
    if len(parts) > _MOST_NAMED:
        named += ", …"
    words = trn("{count} part differs: {parts}.", "{count} parts differ: {parts}.", len(parts))
    return words.format(count=len(parts), parts=named)


def _lies(subject: Subject, facts: Facts, details: ObjectDetails) -> str:
    """Why the bytes that came cannot be those that were stored, "" if nothing says so."""
    if facts.plan is None:
        return ""
    computed = {name: facts.crc(name) for name in facts.crcs}
    stored = details.whole_checksums
    if any(stored.get(name, found) != found for name, found in computed.items()):
        return tr("The bytes that came do not fit the checksum that the server has.")
    if facts.etag and facts.etag != clean_etag(details.etag).lower():
        return tr("The bytes that came do not fit the ETag that the server has.")
    receipt = subject.receipt
    if receipt is None or clean_etag(receipt.etag) != clean_etag(details.etag):
        return ""
    if any(known != computed.get(name, known) for name, known in receipt.crcs.items()):
        return tr("The bytes that came do not fit the checksum in the receipt.")
    return ""


def _as_stored(subject: Subject, facts: Facts) -> str:
    """What the object alone proves."""
    receipt = subject.receipt
    if receipt is None or facts.plan is None:
        return ""
    if facts.etag or receipt.crcs:
        return tr("The object was read: it has the bytes that were stored.")
    return tr("The object was read to its end; its ETag is the one that was stored.")


def _version_notes(facts: Facts, details: ObjectDetails) -> list[str]:
    latest = facts.latest
    if latest is None:
        return []
    if not latest.etag:
        return [tr("It was deleted since; the version that was stored is still there.")]
    if latest.version_id != details.version_id:
        name = visible(latest.version_id or "", 80)
        return [tr("A newer version has its name now: {version}.").format(version=name)]
    return []
