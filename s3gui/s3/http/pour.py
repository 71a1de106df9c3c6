"""Gathering what arrives into blocks for a sink."""

import time
from collections.abc import Generator

from s3gui.domain.errors import LocalFileError
from s3gui.s3.http import faults
from s3gui.s3.http.answer import Ended
from s3gui.s3.http.terms import Terms
from s3gui.s3.http.wire import Wire


class Pour:
    """From the wire to the sink of some terms, a block at a time; TLS gives 16 KiB at once."""

    def __init__(self, terms: Terms, buffer: memoryview) -> None:
        self._terms = terms
        self._buffer = buffer
        self._filled = 0
        self._offset = 0
        self._flushed_at = time.monotonic()

    def fill(self, wire: Wire, left: int, *, gives_way: bool) -> Generator[None, None, None]:
        """Takes ``left`` bytes from the wire.

        Args:
            wire: where they come from.
            left: how many.
            gives_way: whenever none of them is there yet, to who has others to look after.

        Raises:
            Ended: there are fewer.
            Silence, Drip, OSError, Halted: from the wire.
            LocalFileError: from the sink.
        """
        while left:
            if gives_way and not wire.speaks():
                yield
            got = wire.pull(self._room(left), self._terms.meter)
            if not got:
                raise Ended
            left -= got
            self._took(got)

    def _room(self, left: int) -> memoryview:
        """Where to put up to ``left`` more bytes."""
        return self._buffer[self._filled : min(len(self._buffer), self._filled + left)]

    def _took(self, count: int) -> None:
        """``count`` bytes were put there."""
        self._filled += count
        now = time.monotonic()
        if self._filled == len(self._buffer) or now - self._flushed_at > 0.2:
            self.flush()
            self._flushed_at = now

    def flush(self) -> None:
        """Writes what is gathered.

        Raises:
            LocalFileError: from the sink.
        """
        filled, self._filled = self._filled, 0
        sink = self._terms.sink
        if not filled or sink is None:
            return
        try:
            sink.write_from(self._offset, self._buffer[:filled])
        except LocalFileError:
            raise
        except OSError as error:
            raise faults.sink_failed(error) from error
        self._offset += filled
        if self._terms.meter is not None:
            self._terms.meter.moved += filled
