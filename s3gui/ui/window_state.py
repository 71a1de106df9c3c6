"""What the window remembers between starts: size, docks, columns, and where the person was."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from s3gui.domain.location import Location
from s3gui.ui.browsing import Place

_FILE = "window.ini"
#: Raised when docks or columns change so that an old layout would not fit.
LAYOUT_VERSION = 1


class WindowState:
    """An INI file beside the journal, readable by its owner alone; holds no secret."""

    def __init__(self, state_dir: Path) -> None:
        self._path = state_dir / _FILE
        state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        self._settings = QSettings(str(self._path), QSettings.Format.IniFormat)

    @property
    def settings(self) -> QSettings:
        """The file itself, for a pane that keeps its own layout."""
        return self._settings

    def save(self) -> None:
        """Writes what was set. A full disk costs the layout, nothing else."""
        self._settings.sync()
        try:
            self._path.chmod(0o600)
        except OSError:
            # Somebody removed the folder under us: there is nothing left to protect.
            return

    def blob(self, name: str) -> QByteArray:
        """What ``set_blob`` kept; empty where there is nothing, or where it is of old layout."""
        value = self._settings.value(f"v{LAYOUT_VERSION}/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_blob(self, name: str, value: QByteArray) -> None:
        """Keeps a geometry or a state as Qt gave it."""
        self._settings.setValue(f"v{LAYOUT_VERSION}/{name}", value)

    def place(self) -> Place | None:
        """Where the person was last."""
        profile_id = self._settings.value("place/profile")
        bucket = self._settings.value("place/bucket")
        key = self._settings.value("place/key")
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
        self._settings.setValue("place/profile", place.profile_id if place else "")
        self._settings.setValue("place/bucket", where.bucket if where else "")
        self._settings.setValue("place/key", where.key if where else "")
