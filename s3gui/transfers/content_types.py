"""Content-Type by file name, the same on every machine."""

import mimetypes
from collections.abc import Sequence
from fnmatch import fnmatchcase

#: What Python's own table lacks, or has otherwise from version to version.
_ADDED = {
    ".7z": "application/x-7z-compressed",
    ".apk": "application/vnd.android.package-archive",
    ".avif": "image/avif",
    ".csv": "text/csv",
    ".deb": "application/vnd.debian.binary-package",
    ".dmg": "application/x-apple-diskimage",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".flac": "audio/flac",
    ".gz": "application/gzip",
    ".heic": "image/heic",
    ".iso": "application/x-iso9660-image",
    ".jar": "application/java-archive",
    ".js": "text/javascript",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".m4a": "audio/mp4",
    ".m4v": "video/x-m4v",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".mkv": "video/x-matroska",
    ".odp": "application/vnd.oasis.opendocument.presentation",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ogg": "audio/ogg",
    ".ogv": "video/ogg",
    ".opus": "audio/opus",
    ".otf": "font/otf",
    ".parquet": "application/vnd.apache.parquet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".rar": "application/vnd.rar",
    ".sqlite": "application/vnd.sqlite3",
    ".svg": "image/svg+xml",
    ".toml": "application/toml",
    ".ttf": "font/ttf",
    ".wasm": "application/wasm",
    ".webm": "video/webm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xz": "application/x-xz",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".zip": "application/zip",
    ".zst": "application/zstd",
}
#: A packed file is what it was packed with: ``a.tar.gz`` is gzip, or a browser would unpack it.
_PACKED = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "compress": "application/x-compress",
    "br": "application/x-brotli",
}
_UNKNOWN = "application/octet-stream"


def _table() -> mimetypes.MimeTypes:
    # Built from Python's tables only: mimetypes.guess_type() also asks the system's files or the
    # registry, so the same file would get another type on the next machine.
    table = mimetypes.MimeTypes()
    for extension, kind in _ADDED.items():
        table.add_type(kind, extension)
    return table


_TYPES = _table()


def parse_rules(text: str) -> list[tuple[str, str]]:
    """Masks and types out of lines like ``*.log=text/plain``; a line that is none is left out."""
    pairs = [line.partition("=") for line in text.splitlines()]
    return [
        (mask.strip(), kind.strip()) for mask, _, kind in pairs if mask.strip() and kind.strip()
    ]


def type_by_rules(rules: Sequence[tuple[str, str]], key: str) -> str:
    """The type of the first mask that fits, "" for none; small and capital letters are the same.

    A mask with a slash is held against the whole key, any other against the name in it.
    """
    for mask, kind in rules:
        name = key if "/" in mask else key.rpartition("/")[2]
        if fnmatchcase(name.lower(), mask.lower()):
            return kind
    return ""


def content_type_of(name: str) -> str:
    """The type for a file of this name; ``application/octet-stream`` when it is not known."""
    # As a path behind a slash: "data:x,y.txt" would be read as a URL.
    kind, packing = _TYPES.guess_type("/" + name.rpartition("/")[2])
    if packing:
        return _PACKED.get(packing, _UNKNOWN)
    return kind or _UNKNOWN
