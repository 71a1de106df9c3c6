"""What ``s3gui copy`` and ``s3gui move`` are told, as it is typed."""

import argparse

from s3gui.cli import values
from s3gui.cli.object_options import add_object_options
from s3gui.domain.origin import IfExists
from s3gui.domain.text import noop, tr

COPIES = {
    "copy": noop("copy objects, and all that is under a prefix, to another place"),
    "move": noop("the same, and delete what was copied; also to rename"),
}
_DESCRIPTIONS = {
    "copy": noop(
        "Copies an object, or all that is under a prefix, with all that belongs to it, and checks "
        "it. The server copies; between two connections the bytes go through here."
    ),
    "move": noop(
        "Copies an object, or all that is under a prefix, checks it, and deletes what was copied, "
        "unless it changed meanwhile. This is how things are renamed, too."
    ),
}


def copy_description(name: str) -> str:
    """What one of ``COPIES`` does, for its help."""
    return " ".join(
        (
            tr(_DESCRIPTIONS[name]),
            tr("The same command again goes on where it was interrupted."),
            tr("What is not said of the copy is as at the source."),
        )
    )


def add_copy_options(parser: argparse.ArgumentParser) -> None:
    """The arguments and options that only these two commands have."""
    parser.add_argument(
        "where",
        type=values.location,
        metavar=tr("s3://SOURCE"),
        help=tr("an object, or with a slash at its end all that is under a prefix"),
    )
    parser.add_argument(
        "target",
        type=values.location,
        metavar=tr("s3://TARGET"),
        help=tr(
            "of a prefix the prefix it becomes; of an object the key it becomes, or with a slash "
            "at its end where it goes under its own name"
        ),
    )
    parser.add_argument(
        "--to-profile",
        metavar=tr("NAME"),
        default=None,
        help=tr("the saved connection of the target, if it is another one"),
    )
    parser.add_argument(
        "--if-exists",
        choices=[policy.value for policy in IfExists],
        default=IfExists.ASK.value,
        metavar=tr("WHAT"),
        help=tr("what to do where an object exists already: {names}; ask, if not given").format(
            names=", ".join(policy.value for policy in IfExists)
        ),
    )
    parser.add_argument(
        "--version-id", metavar="ID", default=None, help=tr("this version of the object")
    )
    add_object_options(parser, of_files=False)


def check_copy_options(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Ends the program with a word where source and target do not go together."""
    if args.where.is_prefix and not args.target.is_prefix:
        parser.error(tr("a prefix becomes a prefix: end the target with a slash"))
    if args.where.is_prefix and args.version_id is not None:
        parser.error(tr("--version-id is for one object"))
