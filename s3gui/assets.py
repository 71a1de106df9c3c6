"""Finds the files that are not code: icons, translations, sample data.

In the source tree they lie in ``resources/`` beside the package, in the wheel inside it.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

_PACKAGED = files("s3gui") / "resources"
_SOURCE = Path(__file__).resolve().parent.parent / "resources"


def asset(*names: str) -> Traversable:
    """The resource at ``resources/names[0]/names[1]/…``; whether it exists is not asked."""
    root: Traversable = _PACKAGED if _PACKAGED.is_dir() else _SOURCE
    return root.joinpath(*names)
