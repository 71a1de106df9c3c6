"""``profiles.json``: the saved connections. No secret is in it, and nobody else can read it (0600).

What cannot be read is moved aside under a dated name, never deleted; a row that cannot be read is
left out, and the file it stood in is kept aside as well.
"""

import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from s3gui.domain.errors import LocalFileError
from s3gui.domain.profile import Addressing, Profile, check_endpoint
from s3gui.domain.text import tr, visible
from s3gui.settings import write_private

FILE_NAME = "profiles.json"


@dataclass(frozen=True, slots=True)
class Row:
    """A saved connection, and whether its keys are in the keyring (else there is nothing there)."""

    profile: Profile
    keys_kept: bool = False


@dataclass(frozen=True, slots=True)
class Book:
    """All of the file."""

    rows: tuple[Row, ...] = ()
    #: Ids whose keyring entry should be gone but could not be removed; tried again.
    leftovers: tuple[str, ...] = ()

    def row(self, profile_id: str) -> Row | None:
        """The row of a connection."""
        return next((row for row in self.rows if row.profile.id == profile_id), None)

    def with_row(self, row: Row) -> "Book":
        """With ``row`` in the place of the one with its id, or at the end."""
        if self.row(row.profile.id) is None:
            return Book((*self.rows, row), self.leftovers)
        rows = (row if old.profile.id == row.profile.id else old for old in self.rows)
        return Book(tuple(rows), self.leftovers)

    def without(self, profile_id: str) -> "Book":
        """Without the row of a connection."""
        rows = (row for row in self.rows if row.profile.id != profile_id)
        return Book(tuple(rows), self.leftovers)

    def owing(self, profile_id: str, *, owes: bool) -> "Book":
        """With or without an id among the leftovers."""
        others = tuple(other for other in self.leftovers if other != profile_id)
        return Book(self.rows, (*others, profile_id) if owes else others)


def load(state_dir: Path) -> Book:
    """What is saved; empty where there is no file.

    Raises:
        LocalFileError: the file is there and may not be read. (Taking it for empty would lose it
            with the next save.)
    """
    path = state_dir / FILE_NAME
    try:
        text = path.read_text(encoding="utf-8")
        book, whole = _parse(text)
    except FileNotFoundError:
        return Book()
    except OSError as error:
        raise _unusable(path, error) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        _move_aside(path)
        return Book()
    if not whole:
        write_private(_aside(path), text)
        save(state_dir, book)
    return book


def _parse(text: str) -> tuple[Book, bool]:
    """The file's content, and whether every row of it could be used."""
    raw = json.loads(text)
    listed: list[Any] = [*raw["connections"]]
    rows = [row for row in map(_read_row, listed) if row is not None]
    first: dict[str, Row] = {}
    for row in rows:
        first.setdefault(row.profile.id, row)
    leftovers = tuple(item for item in raw.get("leftovers", ()) if isinstance(item, str))
    return Book(tuple(first.values()), leftovers), len(rows) == len(listed)


def save(state_dir: Path, book: Book) -> None:
    """Replaces the file in one step.

    Raises:
        LocalFileError: it cannot be written.
    """
    rows = [
        {
            **asdict(row.profile),
            "addressing": row.profile.addressing.value,
            "keys_kept": row.keys_kept,
        }
        for row in book.rows
    ]
    text = json.dumps(
        {"connections": rows, "leftovers": list(book.leftovers)}, ensure_ascii=False, indent=2
    )
    try:
        write_private(state_dir / FILE_NAME, text + "\n")
    except OSError as error:
        raise _unusable(state_dir / FILE_NAME, error) from error


def _read_row(raw: Any) -> Row | None:
    """A row out of JSON: unknown fields ignored, missing ones at their default; nonsense: none."""
    if not isinstance(raw, dict):
        return None
    values = {
        item.name: raw[item.name]
        for item in fields(Profile)
        if item.type is str and isinstance(raw.get(item.name), str)
    }
    if raw.get("addressing") in [choice.value for choice in Addressing]:
        values["addressing"] = Addressing(raw["addressing"])
    if type(raw.get("list_version")) is int and raw["list_version"] in {1, 2}:
        values["list_version"] = raw["list_version"]
    try:
        values["endpoint"] = check_endpoint(values["endpoint"])
        row = Row(Profile(**values), keys_kept=raw.get("keys_kept") is True)
    except (KeyError, ValueError, TypeError):
        return None
    return row if row.profile.id and row.profile.name else None


def _aside(path: Path) -> Path:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return path.with_name(f"{path.name}.corrupt-{stamp}")


def _move_aside(path: Path) -> None:
    try:
        path.replace(_aside(path))
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> LocalFileError:
    return LocalFileError(
        tr("The list of saved connections cannot be used"),
        f"{visible(str(path))}: {error.strerror or type(error).__name__}",
        tr("Check the permissions of this file and its folder."),
    )
