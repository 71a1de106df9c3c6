"""Threads that do bulk work stand behind the window: where cores are few, it is drawn first."""

import os
import sys
import threading

#: Hashing: seconds of computing at a stretch.
HASHING_NICE = 10
#: Sockets and files: mostly waiting, a little copying.
SENDING_NICE = 5


def step_back(nice: int) -> None:
    """Lowers the priority of the calling thread, for good.

    Linux only, where a thread has a nice value of its own; elsewhere it would be the process's.
    """
    if sys.platform != "linux":
        return
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), nice)
    except OSError:
        # Forbidden by a sandbox: the work is done all the same.
        return
