"""What the window remembers between starts: size, docks, columns, and where the person was."""

import threading
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from s3gui.domain.location import Location
from s3gui.ui.browsing import Place

_FILE = "window.ini"
#: Raised when docks or columns change so that an old layout would not fit.
LAYOUT_VERSION = 2


class WindowState:
    """An INI file beside the journal, readable by its owner alone; holds no secret.

    Held in memory: ``QSettings`` itself would write, and wait for the disk, whenever the event
    loop comes round.
    """

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / _FILE
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        stored = QSettings(str(self._path), QSettings.Format.IniFormat)
        self._values: dict[str, object] = {name: stored.value(name) for name in stored.allKeys()}
        self._changed: dict[str, object] = {}
        self._writing = threading.Lock()

    def save(self) -> None:
        """Writes what was set, and waits for the disk; may be called from any thread.

        A full disk costs the layout, nothing else.
        """
        with self._writing:
            changed, self._changed = self._changed, {}
            if not changed:
                return
            stored = QSettings(str(self._path), QSettings.Format.IniFormat)
            for name, value in changed.items():
                stored.setValue(name, value)
            stored.sync()
            try:
                self._path.chmod(0o600)
            except OSError:
                # Somebody removed the folder under us: there is nothing left to protect.
                return

    def blob(self, name: str) -> QByteArray:
        """What ``set_blob`` kept; empty where there is nothing, or where it is of old layout."""
        value = self._values.get(f"v{LAYOUT_VERSION}/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, name: str, value: QByteArray) -> None:
        """Keeps a geometry or a state as Qt gave it."""
        self._set(f"v{LAYOUT_VERSION}/{name}", value)

    def place(self) -> Place | None:
        """Where the person was last."""
        profile_id, bucket, key = (
            self._values.get(f"place/{name}") for name in ("profile", "bucket", "key")
        )
        if not isinstance(profile_id, str) or not profile_id:
            return None
        where = (
            Location(bucket, key if isinstance(key, str) else "")
            if (isinstance(bucket, str) and bucket)
            else None
        )
        return Place(profile_id, where)

    def set_place(self, place: Place | None) -> None:
        """Keeps where the person is."""
        where = place.location if place else None
        self._set("place/profile", place.profile_id if place else "")
        self._set("place/bucket", where.bucket if where else "")
        self._set("place/key", where.key if where else "")

    def _set(self, name: str, value: object) -> None:
        if self._values.get(name) != value:
            self._values[name] = self._changed[name] = value
