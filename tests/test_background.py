"""A thread that steps back does so alone."""

import os
import sys
import threading

import pytest

from s3gui.background import step_back

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="threads have no nice value here")


def test_only_the_thread_that_asked_is_lowered() -> None:
    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    seen: list[int] = []

    def work() -> None:
        step_back(7)
        seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [7]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
