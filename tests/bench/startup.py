"""How soon the window is there: from the start command to the first frame on the screen, warm.

``PYTHONPATH=tests python -m bench.startup [--rounds 10] [--json FILE] [--strict]``
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gui.desktop import Desktop
from gui.program import Program

#: Target of the project, in seconds.
VISIBLE_S = 0.6
_MODES = {"s3gui": (), "s3gui --demo": ("--demo",)}


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser("bench.startup", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 below the target")
    options = parser.parse_args(arguments)
    seconds: dict[str, list[float]] = {name: [] for name in _MODES}
    early: set[str] = set()
    with tempfile.TemporaryDirectory(prefix="s3gui-bench-") as folder:
        # The first round is cold: it compiles, and fills the caches of fonts and disk.
        for number in range(options.rounds + 1):
            for name, words in _MODES.items():
                work = Path(folder) / f"{number}{name}"
                work.mkdir()
                took, modules = _start(work, words)
                early |= {module for module, is_in in modules.items() if is_in}
                if number:
                    seconds[name].append(took)
    result = {
        name: {"median_s": round(statistics.median(all_), 3), "max_s": round(max(all_), 3)}
        for name, all_ in seconds.items()
    }
    text = json.dumps({**result, "loaded_before_the_first_frame": sorted(early)}, indent=1)
    sys.stdout.write(f"{text}\n")
    if options.json:
        options.json.write_text(text, encoding="utf-8")
    reached = not early and all(row["median_s"] <= VISIBLE_S for row in result.values())
    return 1 if options.strict and not reached else 0


def _start(work: Path, words: Sequence[str]) -> tuple[float, dict[str, Any]]:
    """One start; seconds to the first frame, and which slow modules were in by then."""
    with Desktop(work) as desktop:
        began = time.time()
        with Program(desktop, [*words, "--state-dir", str(work / "state")]) as program:
            line = program.wait("painted")
    return line["at"] - began, line["modules"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
