"""Keys in answers: most servers write them percent-encoded when asked to, not all do so everywhere.

A key may hold characters that XML has no way to write, so every list is asked for with
``encoding-type=url``. What comes back is told by the answer, or found out here.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import unquote_plus

Decode = Callable[[str], str | None]
#: What stands in no encoded text: a space, a letter outside ASCII, a lone per cent sign.
_PLAIN = re.compile(r"[^!-~]|%(?![0-9A-Fa-f]{2})")


def decoder(answer: dict[str, Any]) -> Decode:
    """How keys of this answer are read: the server says whether it did encode them.

    A key that is no UTF-8 gives ``None``: no request could name it.
    """
    if answer.get("EncodingType") != "url":
        return lambda text: text

    def decode(text: str) -> str | None:
        try:
            return unquote_plus(text, errors="strict")
        except UnicodeDecodeError:
            return None

    return decode


def last_of(answer: dict[str, Any], *lists: tuple[str, str], decode: Decode) -> str:
    """The last key or common prefix of a page, "" for none; ``lists`` and their elements."""
    rows = (row.get(name) for rows, name in lists for row in answer.get(rows, ()))
    return max((decode(row) or "" for row in rows if row), key=str.encode, default="")


def next_marker(told: Any, last: str, decode: Decode) -> str:
    """Where the next page begins, "" where that was not told.

    Amazon encodes the marker as it does the keys, Ceph (16.2) leaves it as it is: read wrongly, a
    key with a plus sign is listed for ever. A marker names the ``last`` row, so the reading that
    does is the right one.
    """
    text = str(told or "")
    if text == last or _PLAIN.search(text):
        return text
    return decode(text) or ""


def has_escapes(texts: Iterable[Any]) -> bool:
    """Whether any of them would be another if it were decoded."""
    return any(sign in str(text) for text in texts for sign in "%+")
