"""One property of one window on X11: what Direct Save (XDS) needs and Qt does not offer.

``libxcb`` is there wherever Qt shows windows on X11; it is called over a connection of its own, so
that Qt's is never touched. Each call is one round trip to the display, as any copy and paste is.
"""

import contextlib
import ctypes
import ctypes.util
from collections.abc import Iterator
from typing import Any

from PySide6.QtGui import QGuiApplication

_STRING_BITS = 8
_REPLACE = 0
_ANY_TYPE = 0
#: Of a property, in units of four bytes: far more than an address takes.
_MOST_WORDS = 8_192


class _Reply(ctypes.Structure):
    _fields_ = (
        ("response_type", ctypes.c_uint8),
        ("format", ctypes.c_uint8),
        ("sequence", ctypes.c_uint16),
        ("length", ctypes.c_uint32),
        # Of InternAtom the atom, of GetSelectionOwner the window, of GetProperty the type.
        ("first", ctypes.c_uint32),
    )


class _Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)


_Answer = ctypes.POINTER(_Reply)
_SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "xcb_connect": (ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_void_p)),
    "xcb_disconnect": (None, (ctypes.c_void_p,)),
    "xcb_connection_has_error": (ctypes.c_int, (ctypes.c_void_p,)),
    "xcb_flush": (ctypes.c_int, (ctypes.c_void_p,)),
    "xcb_intern_atom": (
        _Cookie,
        (ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint16, ctypes.c_char_p),
    ),
    "xcb_intern_atom_reply": (_Answer, (ctypes.c_void_p, _Cookie, ctypes.c_void_p)),
    "xcb_get_selection_owner": (_Cookie, (ctypes.c_void_p, ctypes.c_uint32)),
    "xcb_get_selection_owner_reply": (_Answer, (ctypes.c_void_p, _Cookie, ctypes.c_void_p)),
    "xcb_change_property": (
        _Cookie,
        (
            *(ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32),
            *(ctypes.c_uint8, ctypes.c_uint32, ctypes.c_char_p),
        ),
    ),
    "xcb_get_property": (
        _Cookie,
        (
            *(ctypes.c_void_p, ctypes.c_uint8, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32),
            *(ctypes.c_uint32, ctypes.c_uint32),
        ),
    ),
    "xcb_get_property_reply": (_Answer, (ctypes.c_void_p, _Cookie, ctypes.c_void_p)),
    "xcb_get_property_value": (ctypes.c_void_p, (_Answer,)),
    "xcb_get_property_value_length": (ctypes.c_int, (_Answer,)),
}


class NoDisplayError(Exception):
    """There is no X display, or no way to talk to it."""


def is_x11() -> bool:
    """Whether the windows of this program are on an X display."""
    return QGuiApplication.platformName() == "xcb"


@contextlib.contextmanager
def display() -> "Iterator[Display]":
    """A connection to the display that the program is on.

    Raises:
        NoDisplayError: see there.
    """
    xcb, free = _libraries()
    connection = xcb.xcb_connect(None, None)
    try:
        if not connection or xcb.xcb_connection_has_error(connection):
            raise NoDisplayError
        yield Display(xcb, free, connection)
    finally:
        if connection:
            xcb.xcb_disconnect(connection)


def _libraries() -> tuple[Any, Any]:
    try:
        xcb, libc = ctypes.CDLL("libxcb.so.1"), ctypes.CDLL(None)
        for name, (result, arguments) in _SIGNATURES.items():
            function = getattr(xcb, name)
            function.restype, function.argtypes = result, arguments
    except (OSError, AttributeError) as error:
        raise NoDisplayError from error
    libc.free.restype, libc.free.argtypes = None, (ctypes.c_void_p,)
    return xcb, libc.free


class Display:
    """What is asked of the display; see ``display``."""

    def __init__(self, xcb: Any, free: Any, connection: int) -> None:
        self._xcb = xcb
        self._free = free
        self._connection = connection

    def atom(self, name: str) -> int:
        """The number of a name."""
        raw = name.encode("ascii")
        cookie = self._xcb.xcb_intern_atom(self._connection, 0, len(raw), raw)
        return self._first(self._xcb.xcb_intern_atom_reply(self._connection, cookie, None))

    def owner(self, selection: str) -> int:
        """The window that owns a selection; 0 for none."""
        cookie = self._xcb.xcb_get_selection_owner(self._connection, self.atom(selection))
        return self._first(self._xcb.xcb_get_selection_owner_reply(self._connection, cookie, None))

    def set_text(self, window: int, name: str, text: bytes) -> None:
        """Writes a property of type ``text/plain``."""
        property_, kind = self.atom(name), self.atom("text/plain")
        self._xcb.xcb_change_property(
            *(self._connection, _REPLACE, window, property_, kind),
            *(_STRING_BITS, len(text), text),
        )
        self._xcb.xcb_flush(self._connection)
        # A round trip: when it is back, the property is there for everybody.
        self.owner("PRIMARY")

    def text(self, window: int, name: str) -> bytes:
        """Reads a property; empty where there is none."""
        cookie = self._xcb.xcb_get_property(
            *(self._connection, 0, window, self.atom(name), _ANY_TYPE, 0, _MOST_WORDS)
        )
        reply = self._xcb.xcb_get_property_reply(self._connection, cookie, None)
        if not reply:
            return b""
        try:
            length = self._xcb.xcb_get_property_value_length(reply)
            return ctypes.string_at(self._xcb.xcb_get_property_value(reply), length)
        finally:
            self._free(reply)

    def _first(self, reply: Any) -> int:
        if not reply:
            raise NoDisplayError
        try:
            return int(reply.contents.first)
        finally:
            self._free(reply)
