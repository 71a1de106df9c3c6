"""What the details pane says of a bucket, a folder, an object, or a selection of many."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from s3gui.domain.entries import (
    AccessList,
    Bucket,
    Grant,
    GranteeKind,
    ObjectDetails,
    ObjectVersion,
)
from s3gui.domain.location import Location
from s3gui.domain.text import noop, tr, trn, visible
from s3gui.ui.format import (
    NOTHING,
    count_text,
    date_text,
    exact_date_text,
    exact_size_text,
    size_text,
)
from s3gui.ui.models.labels import place_label
from s3gui.ui.models.selecting import Totals


class Subject(Enum):
    """What the details are about."""

    NOTHING = "nothing"
    BUCKET = "bucket"
    FOLDER = "folder"
    OBJECT = "object"
    MANY = "many"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing to show details of."""

    subject: Subject = Subject.NOTHING
    profile_id: str = ""
    location: Location | None = None
    totals: Totals = field(default_factory=Totals)


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the overview; both are safe to show."""

    name: str
    value: str


#: A row of a table: its cells, safe to show.
Row = tuple[str, ...]

METADATA_HEADER = (noop("Name"), noop("Value"))
ACCESS_HEADER = (noop("Who"), noop("May"))
VERSIONS_HEADER = (noop("Written"), noop("Size"), noop("Version id"))

_PERMISSIONS = {
    "READ": noop("Read"),
    "WRITE": noop("Write"),
    "READ_ACP": noop("Read the access list"),
    "WRITE_ACP": noop("Change the access list"),
    "FULL_CONTROL": noop("Everything"),
}
_GROUPS = {
    "/global/AllUsers": noop("Everybody"),
    "/global/AuthenticatedUsers": noop("Everybody with an account"),
    "/s3/LogDelivery": noop("Delivery of logs"),
}
_STATUS = {"Enabled": noop("On"), "Suspended": noop("Suspended"), "": noop("Never switched on")}


def many_facts(totals: Totals) -> list[Fact]:
    """Of several rows: how many and how large."""
    facts = []
    if totals.objects:
        facts.append(Fact(tr("Objects"), count_text(totals.objects)))
        facts.append(Fact(tr("Size"), exact_size_text(totals.size)))
    if totals.folders:
        facts.append(Fact(tr("Folders"), count_text(totals.folders)))
    return facts


def folder_facts(where: Location) -> list[Fact]:
    """Of a folder: only what its name tells, for a prefix is nothing but a name."""
    return [
        Fact(tr("Name"), visible(place_label(where))),
        Fact(tr("Type"), tr("Folder (prefix)")),
        Fact(tr("Address"), visible(str(where), 4096)),
        Fact(tr("Bucket"), visible(where.bucket)),
    ]


def bucket_facts(bucket: Bucket, status: str | None) -> list[Fact]:
    """Of a bucket; ``status`` of its versioning, ``None`` where nobody tells."""
    versioning = tr(_STATUS[status]) if status in _STATUS else visible(status or NOTHING)
    return [
        Fact(tr("Name"), visible(bucket.name)),
        Fact(tr("Type"), tr("Bucket")),
        Fact(tr("Address"), visible(str(Location(bucket.name)))),
        Fact(tr("Region"), visible(bucket.region or NOTHING)),
        Fact(tr("Created"), exact_date_text(bucket.created)),
        Fact(tr("Versioning"), versioning),
    ]


def object_facts(details: ObjectDetails) -> list[Fact]:
    """Of an object: what HeadObject said, less its metadata."""
    facts = [
        Fact(tr("Name"), visible(place_label(details.location))),
        Fact(tr("Size"), exact_size_text(details.size)),
        Fact(tr("Modified"), exact_date_text(details.modified)),
        Fact(tr("Content type"), visible(details.content_type or NOTHING)),
        Fact(tr("Storage class"), visible(details.storage_class or NOTHING)),
        Fact(tr("ETag"), visible(details.etag or NOTHING)),
        Fact(tr("Version id"), visible(details.version_id or NOTHING)),
        Fact(tr("Encryption"), visible(details.encryption or NOTHING)),
        Fact(tr("Address"), visible(str(details.location), 4096)),
    ]
    facts += [Fact(visible(name), visible(value)) for name, value in details.checksums.items()]
    return facts


def metadata_rows(details: ObjectDetails) -> list[Row]:
    """Headers as they were sent, then the person's own metadata."""
    headers: list[Row] = [
        (visible(name), visible(value, 8192)) for name, value in details.headers.items()
    ]
    own: list[Row] = [
        (f"x-amz-meta-{visible(name)}", visible(value, 8192))
        for name, value in details.metadata.items()
    ]
    return headers + own


def access_rows(access: AccessList) -> list[Row]:
    """A row a grant, the owner's first."""
    grants = sorted(access.grants, key=lambda grant: grant.grantee != access.owner_id)
    return [(grantee_text(grant, access.owner_id), permission_text(grant)) for grant in grants]


def permission_text(grant: Grant) -> str:
    """What a grant allows, in words."""
    known = _PERMISSIONS.get(grant.permission)
    return tr(known) if known else visible(grant.permission)


def grantee_text(grant: Grant, owner_id: str) -> str:
    """Who a grant is for, in words."""
    if grant.kind is GranteeKind.GROUP:
        known = next((text for end, text in _GROUPS.items() if grant.grantee.endswith(end)), None)
        return tr(known) if known else visible(grant.grantee)
    name = visible(grant.display_name or grant.grantee)
    return tr("{name} (owner)").format(name=name) if grant.grantee == owner_id else name


def version_rows(versions: Iterable[ObjectVersion], *, exact: bool = False) -> list[Row]:
    """A row a version or delete marker, newest first as the server lists them.

    ``exact`` gives the time to the second and the size to the byte, as for a tooltip.
    """
    to_date, to_size = (exact_date_text, exact_size_text) if exact else (date_text, size_text)
    rows: list[Row] = []
    for version in versions:
        size = tr("Deleted") if version.is_delete_marker else to_size(version.size)
        when = to_date(version.modified)
        if version.is_latest:
            when = tr("{date} (latest)").format(date=when)
        rows.append((when, size, visible(version.version_id)))
    return rows


def selection_title(target: Target) -> str:
    """What the details are about, in a line."""
    if target.subject is Subject.MANY:
        count = target.totals.count
        return trn("{count} item selected", "{count} items selected", count).format(
            count=count_text(count)
        )
    return visible(place_label(target.location)) if target.location else ""
