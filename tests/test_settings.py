"""Settings survive a crash, a hand edit and a damaged file."""

import json
import stat
from pathlib import Path

from s3gui import settings
from s3gui.domain.limits import Hours, Rates
from s3gui.domain.parts import MIB


def test_what_is_saved_is_loaded(tmp_path: Path) -> None:
    kept = settings.Settings(part_bytes=32 * MIB, theme="dark")
    settings.save(tmp_path, kept)
    assert settings.load(tmp_path) == kept
    mode = (tmp_path / settings.FILE_NAME).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_defaults_stand_in_for_what_is_missing_unknown_or_of_the_wrong_type(tmp_path: Path) -> None:
    raw = {"part_bytes": "big", "theme": "dark", "from_the_future": 1, "files_in_flight": True}
    (tmp_path / settings.FILE_NAME).write_text(json.dumps(raw))
    assert settings.load(tmp_path) == settings.Settings(theme="dark")


def test_numbers_are_brought_into_what_the_engine_can_do() -> None:
    made = settings.Settings(part_bytes=1, files_in_flight=0, parts_in_flight=10_000)
    assert (made.part_bytes, made.files_in_flight, made.parts_in_flight) == (5 * MIB, 1, 64)


def test_a_damaged_file_is_moved_aside_not_deleted(tmp_path: Path) -> None:
    path = tmp_path / settings.FILE_NAME
    path.write_text("{no json")
    assert settings.load(tmp_path) == settings.Settings()
    assert path.with_name("settings.json.corrupt").read_text() == "{no json"
    assert not path.exists()


def test_no_file_is_no_trouble(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "none") == settings.Settings()


def test_the_hours_of_a_limit_are_kept_and_those_that_cannot_be_read_are_left_out(
    tmp_path: Path,
) -> None:
    hours = Hours(480, 1080, Rates(100_000, 0), frozenset({0, 4}))
    kept = settings.Settings(limit_by_hours=True, limit_hours=(hours,), limit_down_bytes_s=7000)
    settings.save(tmp_path, kept)
    assert settings.load(tmp_path) == kept
    path = tmp_path / settings.FILE_NAME
    raw = json.loads(path.read_text())
    assert raw["limit_hours"] == [
        {"from": "08:00", "to": "18:00", "days": ["mon", "fri"], "up": 100_000, "down": 0}
    ]
    raw["limit_hours"] += [{"from": "late"}, "never", None]
    path.write_text(json.dumps(raw))
    assert settings.load(tmp_path) == kept
    path.write_text(json.dumps(raw | {"limit_hours": "always"}))
    assert settings.load(tmp_path).limit_hours == ()


def test_a_limit_that_would_stop_everything_is_none() -> None:
    made = settings.Settings(limit_up_bytes_s=-5, limit_down_bytes_s=3)
    assert made.limits == Rates(0, 1024)
