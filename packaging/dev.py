"""Sets a machine up for s3gui and runs it: ``python3 packaging/dev.py run`` or ``test``.

Needs Python 3.11 or newer and nothing else; Linux, macOS and Windows. This file alone keeps to a
syntax that older Pythons can read, so that they can say what is wrong; the verbs are in verbs.py.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  it is for those who start it with an older one
    sys.exit(
        "s3gui needs Python 3.11 or newer, and this is Python %d.%d (%s).\n"  # noqa: UP031  as above
        "Start it with a newer one, for example: python3.12 packaging/dev.py run"
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

from verbs import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
