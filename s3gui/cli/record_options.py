"""The options of what looks back: receipts, the history, and verifying again."""

import argparse
from pathlib import Path

from s3gui.domain.text import noop, tr
from s3gui.transfers.receipt_formats import Format

#: What ``transfers`` can do beside what it does to rows that move.
RECORD_ACTIONS = ("receipt", "history")
VERIFY_HELP = noop("read both sides of transfers again, and compare them")


def add_record_options(parser: argparse.ArgumentParser) -> None:
    """For ``transfers receipt`` and ``transfers history``."""
    group = parser.add_argument_group(tr("receipt and history"))
    group.add_argument(
        "--format",
        choices=[kind.value for kind in Format],
        default=Format.JSON.value,
        help=tr("receipt: what it looks like; json, if nothing is said"),
    )
    group.add_argument(
        "--batch", metavar=tr("NAME"), default="", help=tr("receipt: all of one batch")
    )
    group.add_argument(
        "-o",
        "--output",
        metavar=tr("FILE"),
        type=Path,
        help=tr("receipt: where to; to standard output, if nothing is said"),
    )
    group.add_argument(
        "--search",
        metavar=tr("TEXT"),
        default="",
        help=tr("history: what is in the key, the path or the bucket"),
    )


def add_verify_options(parser: argparse.ArgumentParser) -> None:
    """For ``verify``."""
    parser.add_argument(
        "targets",
        nargs="+",
        metavar=tr("ID or s3://… PATH"),
        help=tr("ids of finished transfers, or an object and the file to compare it with"),
    )
