"""The storage of these tests, as far as it has to be trusted."""

import pytest
from gui.desktop import Desktop
from gui.server import BUCKET, DemoServer


@pytest.mark.timeout(60)
def test_it_ends_frozen_or_not_and_twice(desktop: Desktop) -> None:
    server = DemoServer(desktop)
    assert server.storage.keys(BUCKET) == set()
    server.freeze()
    server.close()
    server.close()
