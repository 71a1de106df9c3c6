"""What ``s3gui unfinished`` can be told."""

import argparse
import re
from datetime import timedelta

from s3gui.cli import values
from s3gui.domain.text import noop, tr, visible

UNFINISHED_HELP = noop("list the unfinished uploads of a bucket, and abort those of no use")
_AGE = re.compile(r"([1-9][0-9]{0,4})([hdw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
#: Of what nobody named: somebody may be working on it, from another machine.
_LEAST_AGE = timedelta(days=1)


def add_unfinished_options(parser: argparse.ArgumentParser) -> None:
    """Adds the place and what becomes of what is found there."""
    parser.add_argument(
        "where",
        type=values.location,
        metavar="s3://…",
        help=tr("a bucket, or what its keys begin with"),
    )
    parser.add_argument(
        "--sizes",
        action="store_true",
        help=tr("count the parts and bytes of each, which takes time"),
    )
    parser.add_argument(
        "--abort",
        action="append",
        default=[],
        metavar=tr("UPLOAD_ID"),
        help=tr("abort this one; can be given more than once"),
    )
    parser.add_argument(
        "--abort-older",
        type=age,
        metavar=tr("AGE"),
        help=tr("abort those that began longer ago, like 7d, 36h or 2w; never one of a transfer"),
    )
    parser.add_argument(
        "--yes", action="store_true", help=tr("do not ask before anything is aborted")
    )


def age(text: str) -> timedelta:
    """``7d``, ``36h``, ``2w``; at least a day."""
    found = _AGE.fullmatch(text.strip().lower())
    if found is None:
        raise argparse.ArgumentTypeError(
            tr("{text} is no age; write it like 7d, 36h or 2w").format(text=visible(text))
        )
    length = int(found[1]) * _UNITS[found[2]]
    if length < _LEAST_AGE:
        raise argparse.ArgumentTypeError(
            tr("{text} is too short: what began less than a day ago may be under way").format(
                text=visible(text)
            )
        )
    return length
