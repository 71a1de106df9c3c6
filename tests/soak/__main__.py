"""``python -m soak --minutes 30`` in the folder of the tests: half an hour of bad weather, figures.

``--direction down`` has downloads, and ``--https`` puts TLS before all of it. A fifth of all
requests is answered with 503 and a twentieth with 429, 3 % end with a reset and 1 % of the bodies
have a byte flipped on the way. The exit code is 0 if every object was whole, none was lost, nothing
was left on the storage or the disk, and memory and descriptors stayed flat.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from gui.files import MIB
from servers.demo import demo_server
from servers.tls import Authority
from soak.run import Soak

#: What resident memory and descriptors may grow by from the second third to the last.
RESIDENT_SLACK, DESCRIPTOR_SLACK = 16 * MIB, 4


def main() -> int:
    """Soaks, prints the figures; returns the exit code."""
    parser = argparse.ArgumentParser("soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--direction", choices=["up", "down"], default="up")
    parser.add_argument("--https", action="store_true")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 100_000)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="s3gui-soak-") as folder,
        demo_server() as server,
        Soak(
            Path(folder),
            server,
            seed=options.seed,
            authority=Authority() if options.https else None,
        ) as soak,
    ):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            figures, is_whole = soak.run(options.minutes, options.direction), True
        except KeyboardInterrupt:
            figures, is_whole = soak.figures, False
    flat = {
        "resident": figures.is_flat(figures.resident, RESIDENT_SLACK),
        "descriptors": figures.is_flat(figures.descriptors, DESCRIPTOR_SLACK),
    }
    told = {"direction": options.direction, "https": options.https, "seed": options.seed}
    told |= {**figures.said, "flat": flat, "to the end": is_whole}
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    bad = figures.wrong or figures.lost or figures.strays
    bad = bad or figures.to_remove or figures.orphans
    return 1 if bad or not is_whole or not all(flat.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
