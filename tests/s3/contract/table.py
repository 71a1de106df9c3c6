"""Which call of S3 was seen to work on which server: written down while the contract tests run.

``S3GUI_WRITE_TABLE=1 pytest tests/s3/contract`` puts the table into the README; any full run of
the contract tests compares the two.
"""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from servers.server import Difference, Server

#: Whether all tests of the contract are in this run.
WHOLE = pytest.StashKey[bool]()
ROOT = Path(__file__).resolve().parents[3]
README = ROOT / "README.md"
_BEGIN, _END = "<!-- operations: made by the tests -->", "<!-- end of operations -->"
_USED = re.compile(r's3_errors\(\s*"(\w+)"')


def used_operations() -> list[str]:
    """Every call of S3 that the program can make, by name."""
    files = (ROOT / "s3gui" / "s3").rglob("*.py")
    return sorted({name for file in files for name in _USED.findall(file.read_text("utf-8"))})


class Record:
    """What was seen of the servers of one run."""

    def __init__(self) -> None:
        self.servers: dict[str, Server] = {}
        self._names: dict[str, str] = {}
        #: Server and operation of each call that the server carried out.
        self.done: set[tuple[str, str]] = set()

    def meet(self, server: Server) -> None:
        """Takes calls to its endpoint for its own."""
        self.servers[server.name] = server
        self._names[server.profile.endpoint.rstrip("/")] = server.name

    def note(self, endpoint: str, operation: str) -> None:
        """A call went well."""
        if name := self._names.get(endpoint.rstrip("/")):
            self.done.add((name, operation))

    def missing(self, operations: Iterable[str]) -> list[str]:
        """What no test saw carried out, as ``server operation``."""
        return [
            f"{server} {operation}"
            for operation in operations
            for server in self.servers
            if (server, operation) not in self.done
        ]


def table(operations: Sequence[str], servers: dict[str, Server]) -> str:
    """The table in Markdown, with a note for each difference; a call not noted is as Amazon's."""
    notes: dict[Difference, int] = {}
    lines = [
        f"| | {' | '.join(servers)} |",
        f"|---|{'---|' * len(servers)}",
    ]
    for operation in operations:
        cells = [_cell(operation, server, notes) for server in servers.values()]
        lines.append(f"| {operation} | {' | '.join(cells)} |")
    lines += ["", "The tests call each of them on each server; what a server does otherwise:", ""]
    lines += [f"{number}. It {difference.what}." for difference, number in notes.items()]
    return "\n".join(lines)


def _cell(operation: str, server: Server, notes: dict[Difference, int]) -> str:
    own = [one for one in Difference if one in server.differences and operation in one.operations]
    numbers = [str(notes.setdefault(one, len(notes) + 1)) for one in own]
    return f"yes ({', '.join(numbers)})" if numbers else "yes"


def in_readme() -> str:
    """The table as it stands in the README."""
    text = README.read_text("utf-8")
    return text.partition(_BEGIN)[2].partition(_END)[0].strip()


def write(made: str) -> None:
    """Puts it there."""
    text = README.read_text("utf-8")
    head, _, rest = text.partition(_BEGIN)
    tail = rest.partition(_END)[2]
    README.write_text(f"{head}{_BEGIN}\n\n{made}\n\n{_END}{tail}", encoding="utf-8")
