"""What is loaded behind the first frame is not loaded before it."""

import json
import subprocess
import sys
from importlib.util import find_spec

from s3gui.ui import later

_ASK = """
import json, sys
import s3gui.app
print(json.dumps(sorted(sys.modules)))
"""


def test_what_comes_later_is_not_there_at_the_start() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _ASK], capture_output=True, check=True, timeout=60, text=True
    )
    early = set(json.loads(done.stdout))
    assert "s3gui.ui.main_window" in early
    assert not early & set(later._MODULES)
    # Ten milliseconds of the window's start, for one line of XML.
    assert not early & {"http.client", "urllib.request", "xml.sax", "uuid", "csv"}


async def test_it_is_there_soon_after() -> None:
    assert all(find_spec(name) for name in later._MODULES)
    await later.load()
    assert set(later._MODULES) <= set(sys.modules)
