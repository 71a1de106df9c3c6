from collections.abc import Iterator

import pytest

from s3gui import languages
from s3gui.domain import text

VARIABLES = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture(autouse=True)
def english_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    yield
    languages.install("en")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ([], "en"),
        (["ru"], "ru"),
        (["ru_RU.UTF-8"], "ru"),
        (["ru-RU"], "ru"),
        (["RU_ru@euro"], "ru"),
        (["de_DE.UTF-8"], "en"),
        (["de", "ru"], "ru"),
        (["en_GB", "ru"], "en"),
        (["C", "ru"], "en"),
        (["C.UTF-8"], "en"),
        (["rus"], "en"),
        ([""], "en"),
    ],
)
def test_the_first_language_that_we_speak_is_taken(wanted: list[str], code: str) -> None:
    assert languages.choose(wanted) == code


@pytest.mark.parametrize(
    ("environment", "code"),
    [
        ({"LANG": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LC_MESSAGES": "en_US.UTF-8", "LC_ALL": "ru_RU.UTF-8"}, "ru"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:ru:en"}, "ru"),
        ({"LANG": "ru_RU.UTF-8", "LC_ALL": ""}, "ru"),
    ],
)
def test_the_system_is_asked_as_gettext_asks_it(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], code: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert languages.install() == code


def test_a_setting_beats_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert languages.install("en") == "en"
    assert text.tr("Code") == "Code"
    assert languages.install("ru") == "ru"


def test_windows_names_of_russian_are_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages.sys, "platform", "win32")
    monkeypatch.setattr(languages.locale, "getlocale", lambda: ("Russian_Russia", "1251"))
    assert languages.install() == "ru"
    monkeypatch.setattr(languages.locale, "getlocale", lambda: (None, None))
    assert languages.install() == "en"
