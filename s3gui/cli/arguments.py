"""The command line: what can be typed, and what it says when it is typed wrong.

Common options may stand before or after the command, so they are read first and taken out; what is
left starts with the command, or with a place to open in the window, or is empty.
"""

import argparse
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import platformdirs

from s3gui import __version__
from s3gui.cli import values
from s3gui.cli.copy_options import (
    COPIES,
    add_copy_options,
    check_copy_options,
    copy_description,
)
from s3gui.cli.download_options import add_download_options
from s3gui.cli.engine_options import add_engine_options
from s3gui.cli.object_options import add_object_options, check_object_options
from s3gui.cli.record_options import (
    RECORD_ACTIONS,
    VERIFY_HELP,
    add_record_options,
    add_verify_options,
)
from s3gui.cli.unfinished_options import UNFINISHED_HELP, add_unfinished_options
from s3gui.domain.location import SCHEME
from s3gui.domain.origin import IfExists
from s3gui.domain.profile import Addressing
from s3gui.domain.text import noop, tr, trn

APP_NAME = "s3gui"
STATE_DIR_VARIABLE = "S3GUI_STATE_DIR"
WINDOW = "window"
COMMANDS = {
    "upload": noop("send files and folders to a bucket"),
    "download": noop("bring objects, and all that is under a prefix, to a folder"),
    **COPIES,
    "ls": noop("list buckets, or what is in one"),
    "transfers": noop("show, resume, pause, abort or retry transfers, and look back at them"),
    "verify": VERIFY_HELP,
    "unfinished": UNFINISHED_HELP,
}
#: What ``transfers`` can do with them.
ACTIONS = ("list", "resume", "pause", "abort", "retry", *RECORD_ACTIONS)

#: What argparse itself says, for the catalogue.
_ARGPARSE_SAYS = (
    noop("usage: "),
    noop("options"),
    noop("positional arguments"),
    noop("%(prog)s: error: %(message)s\n"),
    noop("argument %(argument_name)s: %(message)s"),
    noop("the following arguments are required: %s"),
    noop("unrecognized arguments: %s"),
    noop("not allowed with argument %s"),
    noop("expected one argument"),
    noop("expected at least one argument"),
    noop("invalid choice: %(value)r (choose from %(choices)s)"),
    noop("invalid %(type)s value: %(value)r"),
    noop("ignored explicit argument %r"),
)
# It asks gettext's global catalogue; ours is asked in its place.
vars(argparse).update(_=tr, ngettext=trn)


class Parser(argparse.ArgumentParser):
    """No abbreviations: a script that uses one breaks when an option is added."""

    def __init__(self, prog: str, description: str, *, raw: bool = False) -> None:
        layout = argparse.RawDescriptionHelpFormatter if raw else argparse.HelpFormatter
        super().__init__(
            prog=prog,
            description=description,
            formatter_class=layout,
            add_help=False,
            allow_abbrev=False,
        )


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Reads the command line. ``command`` is one of ``COMMANDS``, or ``WINDOW``.

    Raises:
        SystemExit: 2 for wrong usage, 0 after --help or --version.
    """
    common = Parser(APP_NAME, "")
    _common_options(common)
    # After "--" nothing is an option, whatever it looks like.
    cut = argv.index("--") if "--" in argv else len(argv)
    args, rest = common.parse_known_args(argv[:cut])
    rest += argv[cut:]
    _check_together(common, args)
    if args.state_dir is None:
        args.state_dir = default_state_dir()
    if rest and rest[0] in COMMANDS:
        args.command = rest[0]
        made: dict[str, Callable[[], Parser]] = {
            "upload": _upload,
            "download": _download,
            **{name: partial(_copies, name) for name in COPIES},
            "ls": _ls,
            "transfers": _transfers,
            "verify": _verify,
            "unfinished": _unfinished,
        }
        parser = made[rest[0]]()
        if "--" in rest:
            return _checked(parser, parser.parse_args(rest[1:], args))
        # parse_intermixed_args would cut the length of the English "usage: " off its own.
        parser.usage = parser.format_usage().removeprefix(tr("usage: ")).rstrip()
        # Options between the paths and the place: plain parse_args would tear the paths apart.
        return _checked(parser, parser.parse_intermixed_args(rest[1:], args))
    args.command = WINDOW
    parser = _window()
    if rest and not rest[0].startswith(("-", SCHEME)) and not rest[0].lower().startswith(SCHEME):
        parser.error(
            tr("there is no command {name}; there are {names}").format(
                name=rest[0], names=", ".join(COMMANDS)
            )
        )
    return parser.parse_args(rest, args)


def _checked(parser: Parser, args: argparse.Namespace) -> argparse.Namespace:
    if args.command in {"upload", *COPIES}:
        check_object_options(parser, args)
    if args.command in COPIES:
        check_copy_options(parser, args)
    return args


def state_dir_of(argv: Sequence[str]) -> Path:
    """The state directory alone, before anything else is read (the language is set in there)."""
    parser = Parser(APP_NAME, "")
    parser.add_argument("--state-dir", type=values.folder, default=None)
    try:
        state_dir: Path | None = parser.parse_known_args(argv)[0].state_dir
    except SystemExit:
        state_dir = None
    return state_dir or default_state_dir()


def default_state_dir() -> Path:
    """Where the journal, the connections, the settings and the log are."""
    named = os.environ.get(STATE_DIR_VARIABLE)
    if named:
        return values.folder(named)
    return platformdirs.user_state_path(APP_NAME, appauthor=False)


def _common_options(parser: Parser) -> None:
    group = parser.add_argument_group(tr("connection"))
    which = group.add_mutually_exclusive_group()
    which.add_argument("--profile", metavar=tr("NAME"), help=tr("a saved connection"))
    which.add_argument(
        "--endpoint", metavar="URL", type=values.endpoint, help=tr("the address of a storage")
    )
    which.add_argument(
        "--demo", action="store_true", help=tr("a storage inside the program, with sample data")
    )
    group.add_argument("--region", metavar=tr("NAME"), help=tr("the region to sign for"))
    group.add_argument(
        "--addressing",
        choices=[choice.value for choice in Addressing],
        help=tr("how the bucket gets into the address"),
    )
    group.add_argument(
        "--keys-from-env",
        action="store_true",
        help=tr(
            "take the keys from AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
        ),
    )
    group.add_argument(
        "--ca-bundle",
        metavar=tr("FILE"),
        type=values.file,
        help=tr("trust the authorities in this PEM file instead of the system's"),
    )
    other = parser.add_argument_group(tr("general"))
    other.add_argument(
        "--state-dir",
        metavar=tr("FOLDER"),
        type=values.folder,
        help=tr("where transfers, connections, settings and the log are kept (S3GUI_STATE_DIR)"),
    )
    other.add_argument(
        "--json", action="store_true", help=tr("print one JSON object a line, for programs")
    )


def _add_common(parser: Parser) -> None:
    _common_options(parser)
    parser.add_argument("-h", "--help", action="help", help=tr("show this text and exit"))


def _check_together(parser: Parser, args: argparse.Namespace) -> None:
    if args.endpoint and not args.keys_from_env:
        parser.error(tr("--endpoint needs --keys-from-env"))
    if args.demo and (args.keys_from_env or args.region or args.addressing or args.ca_bundle):
        parser.error(tr("--demo brings its own address and keys"))


def _window() -> Parser:
    width = max(map(len, COMMANDS))
    commands = "\n".join(f"  {name:<{width}}  {tr(text)}" for name, text in COMMANDS.items())
    parser = Parser(
        APP_NAME,
        tr("Moves big files into any S3-compatible storage, and shows what is there.")
        + "\n\n"
        + tr("Without a command the window opens, at the place that is given. Commands:")
        + f"\n{commands}\n\n"
        + tr("s3gui COMMAND --help tells more about one."),
        raw=True,
    )
    parser.add_argument(
        "where", nargs="?", type=values.location, metavar="s3://…", help=tr("the place to open")
    )
    _add_common(parser)
    parser.add_argument(
        "--version",
        action="version",
        version=f"{APP_NAME} {__version__}",
        help=tr("show the version and exit"),
    )
    return parser


def _upload() -> Parser:
    parser = Parser(
        f"{APP_NAME} upload",
        tr(
            "Sends files, and folders with all that is in them. The same command again goes on "
            "where it was interrupted."
        ),
    )
    parser.add_argument(
        "paths", nargs="+", metavar=tr("PATH"), type=Path, help=tr("a file or a folder")
    )
    parser.add_argument("where", type=values.prefix, metavar="s3://…/", help=tr("where to"))
    parser.add_argument(
        "--if-exists",
        choices=[policy.value for policy in IfExists],
        metavar=tr("WHAT"),
        help=tr(
            "what to do where something exists already: {names}; overwrite, if not given"
        ).format(names=", ".join(policy.value for policy in IfExists)),
    )
    add_object_options(parser)
    add_engine_options(parser)
    _add_common(parser)
    return parser


def _download() -> Parser:
    parser = Parser(
        f"{APP_NAME} download",
        tr(
            "Brings an object, or all that is under a prefix, to a folder, and checks it. The same "
            "command again goes on where it was interrupted."
        ),
    )
    add_download_options(parser)
    add_engine_options(parser)
    _add_common(parser)
    return parser


def _copies(name: str) -> Parser:
    parser = Parser(f"{APP_NAME} {name}", copy_description(name))
    add_copy_options(parser)
    add_engine_options(parser)
    _add_common(parser)
    return parser


def _ls() -> Parser:
    parser = Parser(f"{APP_NAME} ls", tr("Lists buckets, or what is under a prefix."))
    parser.add_argument(
        "where", nargs="?", type=values.location, metavar="s3://…", help=tr("nothing lists buckets")
    )
    parser.add_argument(
        "-r", "--recursive", action="store_true", help=tr("all objects under the prefix")
    )
    parser.add_argument(
        "--versions", action="store_true", help=tr("versions and delete markers, the latest first")
    )
    _add_common(parser)
    return parser


def _verify() -> Parser:
    parser = Parser(
        f"{APP_NAME} verify",
        tr("Reads both sides again, the file and the object, and says whether they are the same."),
    )
    add_verify_options(parser)
    _add_common(parser)
    return parser


def _unfinished() -> Parser:
    parser = Parser(
        f"{APP_NAME} unfinished",
        tr(
            "Lists uploads that were begun and never ended: their parts are stored, and cost, "
            "until they are aborted. Says which of them are of transfers in the list."
        ),
    )
    add_unfinished_options(parser)
    _add_common(parser)
    return parser


def _transfers() -> Parser:
    parser = Parser(
        f"{APP_NAME} transfers",
        tr(
            "Shows the transfers, or carries out an action on those with the given ids; without "
            "ids on all that it can be done to."
        ),
    )
    parser.add_argument(
        "action", nargs="?", choices=ACTIONS, default="list", help=tr("list, if there is none")
    )
    parser.add_argument("ids", nargs="*", type=int, metavar="ID", help=tr("as the list shows them"))
    parser.add_argument(
        "--keep-parts",
        action="store_true",
        help=tr("abort: leave what was sent on the server, so that a retry goes on from there"),
    )
    add_record_options(parser)
    add_engine_options(parser)
    _add_common(parser)
    return parser
