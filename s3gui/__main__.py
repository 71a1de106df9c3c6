"""``python -m s3gui`` and the ``s3gui`` command: the window, or one of the headless commands."""

import gc
import sys
from collections.abc import Sequence

#: New objects between two looks for garbage.
_MANY = 20_000


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the program; returns its exit code."""
    arguments = sys.argv[1:] if argv is None else list(argv)
    if arguments[:1] == ["--demo-server"]:
        # The packaged program is its own demo storage: it has no ``python -m``.
        from s3gui.demo.__main__ import main as serve

        return serve(arguments[1:])

    # Imported late, one after the other: the window has to be there within half a second. What is
    # imported stays, so looking for garbage in it is lost time; the window takes it up again.
    gc.disable()
    from s3gui import languages, settings
    from s3gui.cli.arguments import WINDOW, parse, state_dir_of

    # Before the arguments are read: their help and their errors are texts, too.
    languages.install(settings.load(state_dir_of(arguments)).language)
    try:
        args = parse(arguments)
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 2
    if args.command == WINDOW:
        from s3gui.app import run_window

        return run_window(args)
    # A command loads botocore, too: half a million objects, which with the usual numbers would be
    # looked through six hundred times. At the end they are left to the system.
    gc.set_threshold(_MANY, 20, 20)
    gc.enable()
    from s3gui.cli.run import run

    try:
        return run(args)
    finally:
        gc.freeze()


if __name__ == "__main__":
    sys.exit(main())
