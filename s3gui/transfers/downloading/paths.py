"""Keys to paths: one mapper, never outside the chosen folder, every change reported.

A key is cut at its delimiters and each segment becomes one name. What cannot be a name is written
with other characters, as rclone writes them (*Overview of cloud storage systems*, "Encoding"):
control characters as pictures (``␊``), ``.`` and ``..`` as full-width dots, and where Windows'
rules hold its forbidden characters as full-width ones. ``‛`` stands in front of what means itself,
so ``original`` gives back every name that was not cut for its length; an empty segment is ``‛``.
"""

import hashlib
import re
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache

from s3gui.domain.location import DELIMITER
from s3gui.domain.text import tr

_QUOTE = "‛"
#: Linux: bytes; Windows: UTF-16 units.
_MOST_NAME = 255
#: Linux: PATH_MAX without the byte that ends it; what is longer only a few programs can open.
MOST_PATH_BYTES = 4095
_LONGEST_SUFFIX = 20
_PICTURES = {chr(code): chr(0x2400 + code) for code in range(32)} | {"\x7f": "␡"}
_WINDOWS = {char: chr(ord(char) + 0xFEE0) for char in '<>:"|?*\\'}
_DOT, _SPACE = "．", "␠"
_DEVICES = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³])[ ]*(?:\..*)?", re.IGNORECASE
)


def same(name: str) -> str:
    """For a file system that tells all names apart."""
    return name


def folded(name: str) -> str:
    """For one that takes names for the same whose case or composition alone differs."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


@dataclass(frozen=True, slots=True)
class Rules:
    """What a name may be, and which names are one, where the files go."""

    windows: bool = sys.platform == "win32"
    fold: Callable[[str], str] = folded if sys.platform in {"win32", "darwin"} else same


@dataclass(frozen=True, slots=True)
class Place:
    """Where one key goes, below the chosen folder."""

    names: tuple[str, ...]
    #: A marker: there is nothing but the folder.
    is_folder: bool = False
    #: Why it is not the key's own name, in words; "" if it is.
    why: str = ""


@lru_cache(maxsize=4096)
def name_of(segment: str, *, windows: bool = False) -> str:
    """One segment of a key as a name; not yet cut to the length that a name may have."""
    table = _PICTURES | _WINDOWS if windows else _PICTURES
    quoted = {_QUOTE, *table.values()}
    if segment in {"", ".", ".."}:
        return segment.replace(".", _DOT) or _QUOTE
    if not segment.strip(_DOT) and len(segment) <= 2:
        return "".join(_QUOTE + char for char in segment)
    name = "".join(_QUOTE + char if char in quoted else table.get(char, char) for char in segment)
    return _for_windows(name) if windows else name


def _for_windows(name: str) -> str:
    ends = {".": _DOT, " ": _SPACE}
    if name[-1] in ends:
        name = name[:-1] + ends[name[-1]]
    elif name[-1] in ends.values():
        name = name[:-1] + _QUOTE + name[-1]
    return _QUOTE + name if _DEVICES.fullmatch(name) else name


def original(name: str, *, windows: bool = False) -> str:
    """The segment of which ``name_of`` made this name."""
    if name == _QUOTE:
        return ""
    if name in {_DOT, _DOT * 2}:
        return name.replace(_DOT, ".")
    table = _PICTURES | _WINDOWS if windows else _PICTURES
    back = {after: before for before, after in table.items()}
    found: list[str] = []
    rest, means_itself = iter(name), False
    for char in rest:
        means_itself = char == _QUOTE
        found.append(next(rest, "") if means_itself else back.get(char, char))
    ends = {_DOT: ".", _SPACE: " "}
    if windows and not means_itself:
        found[-1] = ends.get(found[-1], found[-1])
    return "".join(found)


def fitted(name: str, *, mark: str = "", at_end: bool = False, windows: bool = False) -> str:
    """``name`` with ``mark`` before its suffix, or at its end, cut to what a name may have.

    What is cut leaves a hash of the whole name, so that two long ones do not become one.
    """
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix) > _LONGEST_SUFFIX or at_end:
        stem, dot, suffix = name, "", ""
    whole = stem + mark + dot + suffix
    if _length(whole, windows=windows) <= _MOST_NAME:
        return whole
    sum_ = hashlib.blake2s(name.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    tail = f"~{sum_}{mark}{dot}{suffix}"
    while _length(stem + tail, windows=windows) > _MOST_NAME:
        stem = stem[:-1]
    return stem.rstrip(". ") + tail


def _length(name: str, *, windows: bool) -> int:
    encoded = name.encode("utf-16-le" if windows else "utf-8", "surrogatepass")
    return len(encoded) // 2 if windows else len(encoded)


@dataclass(slots=True)
class _Entry:
    names: tuple[str, ...]
    is_folder: bool
    #: An object whose key ends in the delimiter, and which has content.
    is_odd: bool
    why: str
    place: Place | None = None


def lay_out(keys: Iterable[tuple[str, int]], rules: Rules, *, first: str = "") -> list[Place]:
    """Places for keys of one download, in their order, no two files in one.

    A key that is a folder to another one is saved beside it as ``name (object)``; of names that
    are one to the file system the second becomes ``name (2)``.

    Args:
        keys: each as it follows the place that was asked for, and its size in bytes; one that ends
            in the delimiter is a folder's marker if it is empty.
        rules: of where the files go.
        first: stands in place of the first segment, as it is: a name that a person chose.
    """
    entries = [_entry(key, size, rules, first) for key, size in keys]
    folders = {folder for entry in entries for folder in _folders_of(entry, rules)}
    asked = {_one(entry.names, rules) for entry in entries if not entry.is_folder}
    taken: set[str] = set()
    for entry in entries:
        entry.place = _place(entry, rules, folders, asked, taken)
    return [entry.place for entry in entries if entry.place is not None]


def has_twins(places: Iterable[Place]) -> bool:
    """Whether some of these are one where case or composition do not count."""
    files = [DELIMITER.join(place.names) for place in places if not place.is_folder]
    return len({folded(path) for path in files}) < len(files)


def _entry(key: str, size: int, rules: Rules, first: str) -> _Entry:
    is_marker = key.endswith(DELIMITER)
    segments = key.removesuffix(DELIMITER).split(DELIMITER)
    names = [name_of(segment, windows=rules.windows) for segment in segments]
    fits = [fitted(name, windows=rules.windows) for name in names]
    why = ""
    if fits != names:
        why = tr("the name is too long for a file")
    if names != segments:
        why = tr("it cannot be the name of a file")
    if first:
        fits[0] = first
    return _Entry(tuple(fits), is_marker and not size, is_marker and size > 0, why)


def _folders_of(entry: _Entry, rules: Rules) -> list[str]:
    last = len(entry.names) + entry.is_folder
    return [_one(entry.names[:count], rules) for count in range(1, last)]


def _one(names: tuple[str, ...], rules: Rules) -> str:
    return rules.fold(DELIMITER.join(names))


def _place(
    entry: _Entry, rules: Rules, folders: set[str], asked: set[str], taken: set[str]
) -> Place:
    if entry.is_folder:
        return Place(entry.names, is_folder=True, why=entry.why)
    names, why, here = entry.names, entry.why, _one(entry.names, rules)
    last = names[-1]
    if entry.is_odd or here in folders:
        why = tr("there is a folder of that name, too")
        last = fitted(last, mark=" (object)", at_end=True, windows=rules.windows)
        names = (*names[:-1], last)
    elif here in taken:
        why = tr("another name is the same here")
    here, count = _one(names, rules), 1
    while here in taken or here in folders or (names != entry.names and here in asked):
        count += 1
        names = (*names[:-1], fitted(last, mark=f" ({count})", windows=rules.windows))
        here = _one(names, rules)
    taken.add(here)
    return Place(names, why=why)
