"""What a command runs with, and what its end is told as."""

import argparse
from dataclasses import replace
from typing import Any

from s3gui.domain.errors import ErrorKind, NeedsCredentials, S3guiError
from s3gui.domain.text import tr, visible
from s3gui.opening import WrongUsage
from s3gui.settings import Settings

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_NO_CONNECTION = 3
EXIT_INTERRUPTED = 130

#: Failures that say that there is no working connection, rather than that one thing failed.
_NO_CONNECTION = frozenset(
    {
        ErrorKind.OFFLINE,
        ErrorKind.AUTH,
        ErrorKind.SKEW,
        ErrorKind.REGION,
        ErrorKind.STALL,
        ErrorKind.TRANSIENT,
        ErrorKind.THROTTLE,
    }
)
_NO_CONNECTION_CODES = frozenset({"TlsRefused", "RedirectRefused", "BadAnswer"})


def exit_code_of(error: S3guiError) -> int:
    """What a command that ended with ``error`` returns."""
    if isinstance(error, WrongUsage):
        return EXIT_USAGE
    if error.kind in _NO_CONNECTION or error.code in _NO_CONNECTION_CODES:
        return EXIT_NO_CONNECTION
    return EXIT_FAILED


def settings_of(args: argparse.Namespace, saved: Settings) -> Settings:
    """The saved settings with the options of this command over them."""
    changes: dict[str, Any] = {}
    if args.part_size:
        # A file of one part is one PutObject.
        changes |= {"part_bytes": args.part_size, "single_put_bytes": args.part_size}
    if args.parts:
        # A number that somebody typed is no place to start from.
        changes |= {"parts_in_flight": args.parts, "parts_per_file": args.parts}
        changes["parts_grow"] = False
    if args.files:
        changes["files_in_flight"] = args.files
    if args.limit is not None:
        up, down = args.limit.up, args.limit.down
        changes |= {"limit_up_bytes_s": up, "limit_down_bytes_s": down, "limit_by_hours": False}
    return replace(saved, **changes)


def keys_gone(profile_id: str) -> NeedsCredentials:
    """For transfers of a connection that this command was not given."""
    return NeedsCredentials(
        tr("The connection of this transfer is not among the saved ones"),
        tr("Its id is {id}.").format(id=visible(profile_id)),
        tr("Repeat the options --endpoint and --keys-from-env that it was begun with."),
    )
