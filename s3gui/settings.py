"""What a person can set, frozen and typed, and how it is loaded and saved. No secret is in here."""

import contextlib
import json
import os
import tempfile
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from s3gui.domain.limits import Hours, Rates
from s3gui.domain.parts import GIB, MIB

FILE_NAME = "settings.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting with its default. Sizes in bytes."""

    #: A file up to this size is one PutObject, a larger one a multipart upload.
    single_put_bytes: int = 16 * MIB
    part_bytes: int = 16 * MIB
    files_in_flight: int = 3
    parts_per_file: int = 4
    parts_in_flight: int = 8
    #: Whether a connection may go beyond both, up to 32, while that makes it faster.
    parts_grow: bool = True
    #: Bytes a second of all transfers together; 0: no limit.
    limit_up_bytes_s: int = 0
    limit_down_bytes_s: int = 0
    #: Whether the limits of ``limit_hours`` hold at their hours, and these two at all others.
    limit_by_hours: bool = False
    limit_hours: tuple[Hours, ...] = ()
    #: Types by mask, a line each: ``*.log=text/plain``. The first one that fits counts.
    content_types: str = ""
    #: Whether the sheet with the options comes before an upload: "always", "conflicts" (only if
    #: something exists already) or "never".
    ask_before_upload: str = "conflicts"
    #: Whether the sheet comes before a download: "always", or "never" (the folder is asked for).
    ask_before_download: str = "always"
    #: Where the last download went; "": the folder that the desktop has for that.
    download_folder: str = ""
    #: A value of ``IfExists``: what became of files that existed, last time.
    download_if_exists: str = "ask"
    #: The same, of objects that were copied or moved.
    copy_if_exists: str = "ask"
    #: What a double click on an object does: "details", "download" or "nothing".
    open_object: str = "details"
    #: A move whose copy the server shows nothing of but its size: an object up to so many bytes is
    #: read on both sides and compared before the original goes; a larger original stays until a
    #: person says Retry. The default is some minutes of a thin line, and cents where traffic costs.
    compare_bytes: int = GIB
    #: Finished transfers that are remembered after they left the list; the oldest are forgotten.
    history_rows: int = 100_000
    #: "system", "light" or "dark".
    theme: str = "system"
    #: "system", "en" or "ru".
    language: str = "system"
    #: What a closed window with work in flight does: "ask", "background", "pause" or "abort".
    on_close: str = "ask"

    def __post_init__(self) -> None:
        """Brings numbers from a hand-edited file into what the engine can do."""
        clamp = {
            "history_rows": (0, 10_000_000),
            "compare_bytes": (0, 50_000 * GIB),
            "single_put_bytes": (0, 5 * 1024 * MIB),
            "part_bytes": (5 * MIB, 5 * 1024 * MIB),
            "files_in_flight": (1, 64),
            "parts_per_file": (1, 64),
            "parts_in_flight": (1, 64),
        }
        for name, (least, most) in clamp.items():
            object.__setattr__(self, name, min(max(getattr(self, name), least), most))

    @property
    def limits(self) -> Rates:
        """At the hours that have none of their own."""
        return Rates(self.limit_up_bytes_s, self.limit_down_bytes_s)


def load(state_dir: Path) -> Settings:
    """The saved settings; defaults for what is missing, unknown or of the wrong type.

    A file that is no JSON is moved aside (``settings.json.corrupt``), never deleted.
    """
    path = state_dir / FILE_NAME
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError):
        _move_aside(path)
        return Settings()
    return from_mapping(raw if isinstance(raw, dict) else {})


def from_mapping(raw: dict[str, Any]) -> Settings:
    """Settings out of a mapping, every field that fits taken and the rest left at its default."""
    default = Settings()
    kept = {
        item.name: raw[item.name]
        for item in fields(Settings)
        if type(raw.get(item.name)) is type(getattr(default, item.name))
    }
    return replace(default, **kept, limit_hours=_hours(raw.get("limit_hours")))


def _hours(raw: object) -> tuple[Hours, ...]:
    kept = []
    for one in raw if isinstance(raw, list) else []:
        # What cannot be read is left out: a limit that nobody set would be worse than none.
        with contextlib.suppress(ValueError):
            kept.append(Hours.from_mapping(one))
    return tuple(kept)


def save(state_dir: Path, settings: Settings) -> None:
    """Writes the settings so that a crash leaves the old file or the new one, mode 0600."""
    # One by one: asdict would take the hours apart.
    raw: dict[str, Any] = {item.name: getattr(settings, item.name) for item in fields(Settings)}
    raw["limit_hours"] = [one.as_mapping() for one in settings.limit_hours]
    write_private(state_dir / FILE_NAME, json.dumps(raw, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replaces a small text file in one step; nobody else can read it (0600, folder 0700)."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _move_aside(path: Path) -> None:
    try:
        path.replace(path.with_name(f"{path.name}.corrupt"))
    except OSError:
        # Unreadable and unmovable: the defaults serve, and the file is left for its owner to see.
        return
