"""Finds the files that are not code: icons, translations, sample data.

In the source tree they lie in ``resources/`` beside the package, in the wheel inside it. Plain
paths: wheels and one-folder builds are unpacked, and ``importlib.resources`` alone takes 20 ms of
the window's start.
"""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PACKAGED = _PACKAGE / "resources"
_ROOT = _PACKAGED if _PACKAGED.is_dir() else _PACKAGE.parent / "resources"


def asset(*names: str) -> Path:
    """The resource at ``resources/names[0]/names[1]/…``; whether it exists is not asked."""
    return _ROOT.joinpath(*names)
