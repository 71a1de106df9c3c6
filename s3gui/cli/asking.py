"""Asks at a terminal what becomes of objects that exist already."""

import asyncio
import sys
import threading
from collections.abc import Awaitable, Callable
from typing import TextIO

from s3gui.cli.engine import Run
from s3gui.domain.errors import S3guiError
from s3gui.domain.origin import IfExists
from s3gui.domain.text import noop, tr, trn, visible
from s3gui.domain.transfer import Transfer

#: Asks for a line and gives it; "" at the end of the input.
ReadLine = Callable[[str], Awaitable[str]]
#: The letters are the same in every language, so that a person can rely on them.
_ANSWERS = {
    "s": (IfExists.SKIP, noop("skip")),
    "o": (IfExists.OVERWRITE, noop("overwrite")),
    "r": (IfExists.RENAME, noop("another name")),
    "n": (IfExists.NEWER, noop("overwrite if older")),
    "z": (IfExists.SIZE, noop("overwrite if the size differs")),
    "c": (IfExists.CONTENT, noop("overwrite if the content differs")),
}


def can_ask(*, is_json: bool) -> bool:
    """Whether somebody sits there who can answer."""
    return not is_json and sys.stdin.isatty() and sys.stderr.isatty()


def no_terminal() -> S3guiError:
    """What is said where nobody can be asked."""
    return S3guiError(
        tr("There is no terminal to ask at"),
        tr("What exists already stays as it is; its files fail."),
        tr("Choose with --if-exists what becomes of it."),
        code="NoTerminal",
    )


async def decide_all(run: Run, read_line: ReadLine) -> None:
    """Asks about each row that waits, until none does or the person stops answering."""
    for_all: IfExists | None = None
    while waiting := run.undecided:
        for number, row in enumerate(waiting):
            if for_all is None:
                policy, is_for_all = await _ask(row, len(waiting) - number, read_line)
                if policy is None:
                    return
                for_all = policy if is_for_all else None
            else:
                policy = for_all
            run.decide(row, policy)
        await run.until()


async def _ask(row: Transfer, left: int, read_line: ReadLine) -> tuple[IfExists | None, bool]:
    """The answer, and whether it is for all that still wait; ``None``: there is none."""
    note = row.error
    said = [visible(part) for part in (note.title, note.detail) if part] if note else []
    words = ", ".join(f"{letter} = {tr(word)}" for letter, (_, word) in _ANSWERS.items())
    lines = [". ".join(part.rstrip(".") for part in said), words]
    if left > 1:
        lines.append(
            trn(
                "A capital letter is for this one and {count} more.",
                "A capital letter is for this one and {count} more.",
                left - 1,
            ).format(count=left - 1)
        )
    question = "\n".join(lines) + "\n? "
    while line := await read_line(question):
        answer = line.strip()
        found = _ANSWERS.get(answer.lower())
        if found is not None:
            return found[0], answer.isupper()
        question = "? "
    return None, False


async def read_terminal(question: str, out: TextIO | None = None) -> str:
    """A line of standard input. Ctrl-C ends the wait; the thread that reads dies with the program.

    Not ``asyncio.to_thread``: its threads are waited for at the end, until somebody presses Enter.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    print(question, end="", file=out or sys.stderr, flush=True)

    def give(line: str) -> None:
        if not answer.done():
            answer.set_result(line)

    def read() -> None:
        line = sys.stdin.readline()
        if not loop.is_closed():
            loop.call_soon_threadsafe(give, line)

    threading.Thread(target=read, name="terminal", daemon=True).start()
    return await answer
