"""Picks the person's language and installs its catalogue, once, before anything is shown."""

import gettext
import locale
import os
import sys
from collections.abc import Iterable

from s3gui.assets import asset
from s3gui.domain import text

#: The language of the source needs no catalogue.
SOURCE = "en"
#: What ``Settings.language`` may be, beside "system".
LANGUAGES = (SOURCE, "ru")

_installed = SOURCE


def install(setting: str = "system") -> str:
    """Installs the catalogue that the setting, or else the system, asks for.

    Args:
        setting: "system", or one of ``LANGUAGES``.

    Returns:
        The code of the language that texts are now in.
    """
    wanted = system_languages() if setting == "system" else [setting]
    global _installed  # noqa: PLW0603  one language a process
    _installed = choose(wanted)
    text.install(_catalogue(_installed))
    return _installed


def current() -> str:
    """The code of the language that texts are in."""
    return _installed


def choose(wanted: Iterable[str]) -> str:
    """The first of the wanted locales that we speak: ``ru_RU.UTF-8`` is ``ru``, else English."""
    for name in wanted:
        code = name.partition(".")[0].partition("@")[0].replace("-", "_").partition("_")[0].lower()
        if code in {"c", "posix"}:
            return SOURCE
        if code in LANGUAGES:
            return code
    return SOURCE


def system_languages() -> list[str]:
    """The locales that the system asks for, best first, as gettext looks for them."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return [one for one in value.split(":") if one]
    return [_windows_language()] if sys.platform == "win32" else []


def _windows_language() -> str:
    # Python gives Windows' own names ("Russian_Russia") where it knows no POSIX name.
    name = locale.getlocale()[0] or ""
    return "ru" if name.lower().startswith("russian") else name


def _catalogue(code: str) -> gettext.NullTranslations:
    if code == SOURCE:
        return gettext.NullTranslations()
    with asset("translations", f"{code}.mo").open("rb") as file:
        return gettext.GNUTranslations(file)
