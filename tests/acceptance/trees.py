"""What people have on their disks: the sources of a big program, and names that break programs."""

import os
import random
import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

#: S3's longest key.
MOST_KEY_BYTES = 1024
_LARGEST = 4 << 20
#: Everything here is a name on Linux and a key in S3, and has to arrive to the byte.
ODD_NAMES = (
    "Отчёт за ноябрь №5.txt",
    "видео 🎥.mkv",
    "👨\u200d👩\u200d👧\u200d👦 family",
    "日本語",
    "عربي",
    "𝕊𝟛",
    # The same to the eye, composed and decomposed: two files.
    "caf\u00e9",
    "cafe\u0301",
    "й-composed \u0439",
    "й-decomposed \u0438\u0306",
    " space before",
    "space after ",
    "two  spaces",
    ".hidden",
    "..dots",
    "...",
    "dot after.",
    "-rf",
    "--state-dir",
    "#hash",
    "what?",
    "100%",
    "%2F",
    "%00",
    "%25",
    "a+b",
    "a&b=c;d",
    "a,b@c:d!e",
    "quote'",
    'quote"',
    "back\\slash",
    "*?[]{}()~^|<b>$HOME`id`",
    "tab\there",
    "new\nline",
    "carriage\rreturn",
    "bell\x07 escape\x1b[31m delete\x7f",
    "\x01",
    "\u202egnp.exe",
    "\u200bzero width",
    "\ufeffmark",
    "line\u2028separator",
    "\ufffd",
    "\uffff",
    "CON",
    "a.tar.gz",
    "／fullwidth",
    "x" * 255,
    "ы" * 127,
)


def copy_of_stdlib(folder: Path, count: int) -> int:
    """Copies the sources of the running interpreter's library, ``count`` files at most.

    Made files fill it up, for some distributions leave the library's tests out. Returns how many
    files were copied.
    """
    library = Path(sysconfig.get_path("stdlib"))
    copied = 0
    for path in _sources(library):
        if copied < count:
            there = folder / "stdlib" / path.relative_to(library)
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, there)
            copied += 1
    chance = random.Random(count)
    for number in range(copied, count):
        there = folder / "made" / f"{number // 250:02}" / f"{number:05}.dat"
        there.parent.mkdir(parents=True, exist_ok=True)
        there.write_bytes(chance.randbytes(chance.randrange(4096)))
    return copied


def _sources(library: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(library):
        # What is installed is none of it, and the interpreter writes its cache at any time.
        folders[:] = sorted({*folders} - {"site-packages", "dist-packages", "__pycache__"})
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not path.is_symlink() and path.stat().st_size <= _LARGEST:
                yield path


def odd_names(folder: Path) -> None:
    """A file of each name, and a folder of each name with a file in it."""
    chance = random.Random(64)
    (folder / "in").mkdir(parents=True)
    for name in ODD_NAMES:
        (folder / name).write_bytes(chance.randbytes(chance.randrange(1, 200)))
        (folder / "in" / name).mkdir()
        (folder / "in" / name / name).write_bytes(chance.randbytes(chance.randrange(200)))


def deep_file(folder: Path, prefix: str, key_bytes: int) -> Path:
    """A file below ``folder`` whose key under ``prefix`` has exactly so many bytes."""
    left = key_bytes - len(f"{prefix}{folder.name}/".encode())
    path = folder
    while left > 255:
        path /= "d" * 200
        left -= 201
    path.mkdir(parents=True, exist_ok=True)
    path /= "f" * left
    path.write_bytes(b"deep")
    return path


def files_below(folder: Path) -> dict[str, Path]:
    """All regular files, by their path under ``folder``."""
    return {
        path.relative_to(folder).as_posix(): path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }
