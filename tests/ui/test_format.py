"""Figures in English and in Russian."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QLocale

from s3gui.ui import format as figures

NB = "\u00a0"


@pytest.fixture
def russian() -> Iterator[None]:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.Russian, QLocale.Country.Russia))
    yield
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.2 kB"),
        (99_949, "99.9 kB"),
        (99_951, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (16_777_216, "16.8 MB"),
        (84_011_223_344, "84 GB"),
        (3_400_000_000_000, "3.4 TB"),
        (5 * 10**18, "5 000 PB"),
    ],
)
def test_sizes_have_three_figures(english: None, n_bytes: int, text: str) -> None:
    shown = text.replace("5 000", f"5{figures.GROUP}000").replace(" ", NB)
    assert figures.size_text(n_bytes) == shown


def test_russian_has_its_own_separator(russian: None) -> None:
    assert figures.size_text(1_250_000) == f"1,2{NB}MB"
    assert figures.decimal_text(0.5) == "0,5"


def test_thousands_are_set_apart_without_breaking_the_line(english: None) -> None:
    assert figures.count_text(1_204) == f"1{figures.GROUP}204"
    assert figures.count_text(12) == "12"


def test_an_exact_size_names_the_bytes(english: None) -> None:
    g = figures.GROUP
    assert figures.exact_size_text(1) == f"1{NB}byte"
    assert figures.exact_size_text(1_500) == f"1.5{NB}kB (1{g}500{NB}bytes)"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "—"),
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (241, "4 min"),
        (3_599, "60 min"),
        (7_512, "2 h 5 min"),
        (100_000, "1 d 3 h"),
    ],
)
def test_durations(english: None, seconds: float | None, text: str) -> None:
    assert figures.duration_text(seconds) == text.replace(" ", NB)


def test_speeds(english: None) -> None:
    assert figures.speed_text(96_000_000) == f"96{NB}MB/s"
    assert figures.speed_text(None) == "—"
    assert figures.speed_text(-5) == f"0{NB}B/s"


@pytest.mark.parametrize(
    ("fraction", "text"),
    [(0, "0 %"), (0.719, "71 %"), (0.9999, "99 %"), (1, "100 %"), (2, "100 %")],
)
def test_a_hundred_per_cent_means_all(english: None, fraction: float, text: str) -> None:
    assert figures.percent_text(fraction) == text.replace(" ", NB)


def test_seven_tenths_are_not_sixty_nine_per_cent(english: None) -> None:
    assert figures.percent_text(0.07 * 10) == f"70{NB}%"


def test_times_are_shown_by_this_machines_clock(
    english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = datetime(2026, 11, 22, 10, 10, tzinfo=UTC)
    local = moment.astimezone()
    assert figures.date_text(moment) == f"22 Nov 2026 {local:%H:%M}"
    assert figures.exact_date_text(moment).startswith(f"22 Nov 2026 {local:%H:%M}:00")
    assert figures.date_text(None) == ""


def test_months_are_in_the_language(russian: None) -> None:
    assert "нояб" in figures.date_text(datetime(2026, 11, 22, 10, 10, tzinfo=UTC))
