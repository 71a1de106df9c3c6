"""What ``s3gui download`` is told, as it is typed."""

import argparse
from pathlib import Path

from s3gui.cli import values
from s3gui.domain.origin import IfExists
from s3gui.domain.text import tr


def add_download_options(parser: argparse.ArgumentParser) -> None:
    """The arguments and options that only this command has."""
    parser.add_argument(
        "where",
        type=values.location,
        metavar="s3://…",
        help=tr("an object, or with a slash at its end all that is under a prefix"),
    )
    parser.add_argument(
        "path",
        type=_path,
        metavar=tr("PATH"),
        help=tr(
            "a folder; what is under a prefix goes to a folder of its name in there. For an "
            "object it may be a file's name instead"
        ),
    )
    parser.add_argument(
        "--if-exists",
        choices=[policy.value for policy in IfExists],
        default=IfExists.ASK.value,
        metavar=tr("WHAT"),
        help=tr("what to do where a file exists already: {names}; ask, if not given").format(
            names=", ".join(policy.value for policy in IfExists)
        ),
    )
    parser.add_argument(
        "--version-id", metavar="ID", default=None, help=tr("this version of the object")
    )
    parser.add_argument(
        "--sse-c-key-file",
        dest="customer_key",
        metavar=tr("FILE"),
        type=values.customer_key,
        default=None,
        help=tr("the key that the objects are encrypted with (SSE-C)"),
    )


def _path(text: str) -> tuple[Path, bool]:
    """The path, and whether it is written as a folder's."""
    return Path(text).expanduser().absolute(), text.endswith(("/", "\\"))
