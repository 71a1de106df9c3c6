"""What a call asks of the wire that botocore has no words for, and the body of an upload."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from s3gui.domain.parts import ByteSink, FileSlice, Meter


class Rehearsal:
    """Answers a call in the server's place, and keeps the request: nothing is sent.

    Args:
        status: of the answer.
        headers: of it.
        body: of it.
        error: the wire fails so instead.
        once: only the first attempt is answered; what follows from it is sent.
    """

    def __init__(
        self,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        *,
        error: Exception | None = None,
        once: bool = False,
    ) -> None:
        self.status = status
        self.headers = dict(headers or {})
        self.body = body
        self._error = error
        self._once = once
        self._request: Any = None

    @property
    def request(self) -> Any:
        """As botocore prepared and signed it; ``None`` before there was one."""
        return self._request

    @request.setter
    def request(self, request: Any) -> None:
        self._request = request
        if self._error is not None:
            raise self._error

    @property
    def is_over(self) -> bool:
        """Whether it has answered all it was to answer."""
        return self._once and self._request is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Holds for the calls made inside ``with wire_terms(Terms(...)):`` on the same task."""

    #: Counts and stops a download. An upload's meter is in its ``SliceBody``.
    meter: Meter | None = None
    #: Takes the body of a 2xx answer, offsets counted from its first byte. Only for operations
    #: with a streaming answer (GetObject); the ``Body`` of the response is not to be read then.
    sink: ByteSink | None = None
    #: With ``length``: a Range from here was asked for.
    first: int = 0
    #: Bytes of the Range that was asked for; then only a 206 with exactly that Content-Range will
    #: do. ``None`` if the whole object was asked for; then only a 200 will do.
    length: int | None = None
    #: Size of the whole object where it is known; compared with what the answer says.
    total: int | None = None
    #: Seconds to wait for the answer to begin; ``None`` for those of the session.
    answer_s: float | None = None
    #: Answers instead of the server.
    rehearsal: Rehearsal | None = None


NO_TERMS = Terms()
_current: ContextVar[Terms] = ContextVar("s3gui_wire_terms", default=NO_TERMS)


@contextmanager
def wire_terms(terms: Terms) -> Iterator[None]:
    """Sets the terms for the calls inside, on this task only."""
    token = _current.set(terms)
    try:
        yield
    finally:
        _current.reset(token)


def current_terms() -> Terms:
    """The terms that hold where this is called."""
    terms = _current.get()
    if terms.rehearsal is not None and terms.rehearsal.is_over:
        return replace(terms, rehearsal=None)
    return terms


class SliceBody:
    """A ``FileSlice`` that botocore takes as ``Body``; its bytes are read by the sender thread.

    botocore wants ``read`` to be there, but nothing may call it: a hash of the payload computed on
    the loop would freeze the window and count as bytes sent.
    """

    def __init__(self, part: FileSlice, meter: Meter) -> None:
        self.part = part
        self.meter = meter

    def __len__(self) -> int:
        return self.part.length

    def tell(self) -> int:
        """Always at the start: the sender thread keeps its own place."""
        return 0

    def seek(self, offset: int, whence: int = 0) -> int:
        """Only to the start, which botocore does before it signs or sends again."""
        if (offset, whence) != (0, 0):
            raise OSError("a slice is sent from its start")
        return 0

    def read(self, size: int = -1) -> bytes:
        """Never to be called.

        Raises:
            RuntimeError: always; something wants to hash the payload on the loop.
        """
        raise RuntimeError(
            f"botocore asked for {size} bytes of the payload: it has to stay unsigned, with its "
            "checksum given as a header"
        )
