"""How fast the commands that move bytes may be."""

import argparse

from s3gui.cli import values
from s3gui.domain.text import tr


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Adds the group *speed*."""
    group = parser.add_argument_group(tr("speed"))
    group.add_argument(
        "--part-size",
        metavar=tr("SIZE"),
        type=values.part_size,
        help=tr("like 64M; 5 MiB to 5 GiB"),
    )
    group.add_argument(
        "--parts", metavar="N", type=values.in_flight, help=tr("parts in flight, 1 to 64")
    )
    group.add_argument(
        "--files", metavar="N", type=values.in_flight, help=tr("files in flight, 1 to 64")
    )
    group.add_argument(
        "--limit",
        metavar=tr("RATE"),
        type=values.limit,
        help=tr("bytes a second, like 10M, 500k or 1.5MiB/s; UP:DOWN for each way; off"),
    )
