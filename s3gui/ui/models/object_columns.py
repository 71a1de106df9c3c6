"""The columns of the object table: their titles, and what stands in a cell."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Any

from PySide6.QtCore import QMimeDatabase

from s3gui.domain.entries import ObjectEntry
from s3gui.domain.text import noop, tr, visible
from s3gui.ui.format import date_text, exact_date_text, exact_size_text, size_text


class Column(IntEnum):
    """In the order they are first shown in."""

    NAME = 0
    SIZE = 1
    TYPE = 2
    MODIFIED = 3
    STORAGE_CLASS = 4
    ACL = 5
    VERSIONS = 6
    METADATA = 7
    ETAG = 8


TITLES = {
    Column.NAME: noop("Name"),
    Column.SIZE: noop("Size"),
    Column.TYPE: noop("Type"),
    Column.MODIFIED: noop("Modified"),
    Column.STORAGE_CLASS: noop("Class"),
    Column.ACL: noop("Access"),
    Column.VERSIONS: noop("Versions"),
    Column.METADATA: noop("Metadata"),
    Column.ETAG: noop("ETag"),
}

#: Filled in for the rows in sight, by a request each.
ASKED = (Column.ACL, Column.VERSIONS, Column.METADATA)


@dataclass(frozen=True, slots=True)
class Cell:
    """What an asked-for column says of one object."""

    text: str
    tip: str = ""


@lru_cache(maxsize=1)
def _mime_database() -> QMimeDatabase:
    return QMimeDatabase()


def _suffix(name: str) -> str:
    """The part that a type is told by; ``.tar.gz`` keeps both."""
    return ".".join(name.lower().rsplit(".", 2)[1:])


@lru_cache(maxsize=2048)
def _mime_of(suffix: str) -> tuple[str, str]:
    match = QMimeDatabase.MatchMode.MatchExtension
    mime = _mime_database().mimeTypeForFile(f"x.{suffix}", match)
    if mime.isDefault():
        return "", ""
    return mime.name(), mime.comment()


def type_text(name: str) -> str:
    """What kind of file a name says it is, in words: ``PDF document``; ``File`` where unknown."""
    suffix = _suffix(name)
    comment = _mime_of(suffix)[1] if suffix else ""
    return comment[:1].upper() + comment[1:] if comment else tr("File")


_ICON_BY_TYPE = (
    ("image/", "photo"),
    ("video/", "movie"),
    ("audio/", "file-music"),
    ("application/zip", "file-zip"),
    ("application/x-compressed", "file-zip"),
    ("application/gzip", "file-zip"),
    ("application/zstd", "file-zip"),
    ("application/x-tar", "file-zip"),
    ("application/x-7z", "file-zip"),
    ("application/x-xz", "file-zip"),
    ("application/x-bzip", "file-zip"),
    ("application/json", "file-code"),
    ("application/xml", "file-code"),
    ("text/html", "file-code"),
    ("text/x-", "file-code"),
    ("text/", "file-text"),
    ("application/pdf", "file-text"),
)
_ZIPPED = (".gz", ".zst", ".xz", ".bz2", ".zip", ".7z", ".rar")


def icon_name(name: str) -> str:
    """The drawing for a file of this name."""
    if name.lower().endswith(_ZIPPED):
        return "file-zip"
    suffix = _suffix(name)
    mime = _mime_of(suffix)[0] if suffix else ""
    return next((icon for start, icon in _ICON_BY_TYPE if mime.startswith(start)), "file")


def entry_text(column: Column, entry: ObjectEntry, name: str) -> str:
    """What stands in a column that comes with the listing."""
    if column is Column.NAME:
        return visible(name)
    if column is Column.SIZE:
        return size_text(entry.size)
    if column is Column.TYPE:
        return type_text(name)
    if column is Column.MODIFIED:
        return date_text(entry.modified)
    if column is Column.STORAGE_CLASS:
        return visible(entry.storage_class)
    return visible(entry.etag) if column is Column.ETAG else ""


def entry_tip(column: Column, entry: ObjectEntry, name: str) -> str:
    """More of what a cell says, where it says less than is known."""
    if column is Column.NAME:
        return visible(name)
    if column is Column.SIZE:
        return exact_size_text(entry.size)
    return exact_date_text(entry.modified) if column is Column.MODIFIED else ""


#: What a column is sorted by; names are the model's own matter, other columns cannot be sorted.
SORT_KEY: dict[Column, Callable[[ObjectEntry], Any]] = {
    Column.SIZE: lambda entry: entry.size,
    Column.MODIFIED: lambda entry: entry.modified.timestamp() if entry.modified else 0.0,
    Column.STORAGE_CLASS: lambda entry: entry.storage_class,
    Column.ETAG: lambda entry: entry.etag,
    Column.TYPE: lambda entry: type_text(entry.key),
}
