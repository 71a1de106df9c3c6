"""``python -m s3gui`` and the ``s3gui`` command: the window, or one of the headless commands."""

import sys


def main() -> int:
    """Runs the program; returns its exit code."""
    return 0


if __name__ == "__main__":
    sys.exit(main())
