"""The threads that carry small files: one with many of them in the air, and several with one each.

A sender that waits for its answer gives the interpreter away and has to get it back, for each
system call, against all others: of a request of 4 KiB, eight threads make three times the work of
one. So one thread sends what is tiny over the connections there are, and reads whatever answer
comes first. What fills a line, so that ``send`` itself waits, and what needs a new connection, goes
through threads of their own.
"""

import os
import queue
import select
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from s3gui.background import SENDING_NICE, step_back
from s3gui.domain.parts import KIB
from s3gui.transfers.small_carried import Carried

#: What a line takes at once.
TINY_BYTES = 64 * KIB
#: So many carriers to begin with, and more where even the quickest answer takes its time.
FEW_CARRIERS = 4
_CARRIERS_A_MS = 2.0
#: An answer that takes longer than this, in seconds, is waited for in a thread of its own: nothing
#: that it may do then holds the others up.
_SLOW_S = 1.0
#: How often the line is looked at while answers are waited for, in seconds.
_LOOK_S = 0.01
#: A thread without work ends after this, in seconds.
_IDLE_S = 2.0


class Carriers:
    """Threads with one errand each, started as work comes in, ended when there is none."""

    def __init__(self) -> None:
        self._line: queue.SimpleQueue[Carried | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        #: Errands that are in the line, or under way.
        self.busy = 0

    def put(self, errand: Carried, most: int) -> None:
        """From any thread; ``most`` threads may work at once."""
        with self._lock:
            self.busy += 1
        self._line.put(errand)
        self._start(most)

    def close(self) -> None:
        """The threads end when they have left what they do."""
        for _ in range(self._threads):
            self._line.put(None)

    def _start(self, most: int) -> None:
        with self._lock:
            if self._threads >= min(most, self.busy):
                return
            self._threads += 1
        start(self._serve)

    def _serve(self) -> None:
        while True:
            try:
                errand = self._line.get(timeout=_IDLE_S)
            except queue.Empty:
                if self._leave():
                    return
                continue
            if errand is None:
                return
            errand.run()
            # Without this the thread would hold the last file and its answer.
            del errand
            with self._lock:
                self.busy -= 1

    def _leave(self) -> bool:
        with self._lock:
            # What was put there meanwhile counted on this thread.
            if self._line.empty():
                self._threads -= 1
                return True
        return False


class Pilot:
    """One thread with many tiny errands under way.

    Args:
        carriers: take what cannot be in the air.
    """

    def __init__(self, carriers: Carriers) -> None:
        self._carriers = carriers
        self._line: queue.SimpleQueue[Carried | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._is_there = False
        self._most = 1
        self._few = 1

    def put(self, errand: Carried, most: int, few: int) -> None:
        """From the loop.

        Args:
            errand: a tiny one.
            most: errands that may be under way, with those of the carriers.
            few: threads that the carriers may have for what needs a new connection.
        """
        self._most, self._few = most, few
        self._line.put(errand)
        with self._lock:
            if self._is_there:
                return
            self._is_there = True
        start(self._serve)

    def close(self) -> None:
        """The thread ends when it has left what it does."""
        self._line.put(None)

    def _serve(self) -> None:
        air = _Air()
        is_open = True
        while is_open or air.flying:
            is_open = is_open and self._take_off(air)
            for errand in air.landing(_LOOK_S if is_open else _SLOW_S):
                if not errand.go_on():
                    air.add(errand)
            for errand in air.slow():
                start(partial(_see_through, errand))

    def _take_off(self, air: "_Air") -> bool:
        """Sends what may be sent. False when it is time to end."""
        while len(air.flying) + self._carriers.busy < self._most:
            try:
                errand = self._line.get(block=not air.flying, timeout=_IDLE_S)
            except queue.Empty:
                if air.flying:
                    return True
                with self._lock:
                    if self._line.empty():
                        self._is_there = False
                        return False
                continue
            if errand is None:
                return False
            if not errand.has_line():
                self._carriers.put(errand, self._few)
            elif errand.depart():
                air.add(errand)
        return True


class Fleet:
    """The threads of one connection's small files that go one way. Used on the loop."""

    def __init__(self) -> None:
        self._carriers = Carriers()
        self._pilot = Pilot(self._carriers)
        #: Carriers that would help.
        self._wanted = FEW_CARRIERS
        self._quickest_s: float | None = None

    def send(self, errand: Carried, most: int) -> None:
        """Gives it to the threads; ``most`` may be under way at once."""
        few = min(most, self._wanted)
        if errand.row.transfer.size <= TINY_BYTES:
            self._pilot.put(errand, most, few)
        else:
            # What takes the time of these is to hash them, and that takes all the cores there are.
            self._carriers.put(errand, min(most, max(few, os.cpu_count() or 1)))

    def note(self, done: Sequence[Carried]) -> None:
        """Learns from the quickest answer how many carriers would help."""
        quickest = min(errand.took_s for errand in done)
        known = self._quickest_s
        self._quickest_s = quickest if known is None else known * 0.7 + quickest * 0.3
        self._wanted = FEW_CARRIERS + round(self._quickest_s * 1000 * _CARRIERS_A_MS)

    def close(self) -> None:
        """The threads end when they have left what they do."""
        self._pilot.close()
        self._carriers.close()


class _Air:
    """The errands under way, by their sockets."""

    def __init__(self) -> None:
        self.flying: dict[int, Carried] = {}
        self._poller = select.poll() if hasattr(select, "poll") else None  # Windows has none

    def add(self, errand: Carried) -> None:
        """An errand whose answer is waited for."""
        descriptor = errand.descriptor
        if descriptor < 0:
            _see_through(errand)  # it was stopped meanwhile
            return
        self.flying[descriptor] = errand
        if self._poller is not None:
            self._poller.register(descriptor, select.POLLIN)

    def landing(self, within_s: float) -> list[Carried]:
        """Takes out those whose answer, or end, is there; waits for the first one."""
        if not self.flying:
            return []
        if self._poller is not None:
            ready = [descriptor for descriptor, _ in self._poller.poll(within_s * 1000)]
        else:
            ready = select.select(list(self.flying), [], [], within_s)[0]
        return [self._remove(descriptor) for descriptor in ready]

    def slow(self) -> list[Carried]:
        """Takes out those that have been waited for too long."""
        since = time.perf_counter() - _SLOW_S
        late = [number for number, errand in self.flying.items() if errand.began < since]
        return [self._remove(descriptor) for descriptor in late]

    def _remove(self, descriptor: int) -> Carried:
        if self._poller is not None:
            self._poller.unregister(descriptor)
        return self.flying.pop(descriptor)


def _see_through(errand: Carried) -> None:
    while not errand.go_on():
        pass


def start(work: Callable[[], None]) -> None:
    """Runs ``work`` in a thread that the interpreter does not wait for at its end.

    It may hang in the look-up of a name, which nothing interrupts.
    """

    def run() -> None:
        step_back(SENDING_NICE)
        work()

    threading.Thread(target=run, name="s3gui-small", daemon=True).start()
