"""What became of what was asked for, in words: how much was queued, what not, and why."""

from dataclasses import dataclass

from s3gui.domain.errors import S3guiError
from s3gui.domain.queueing import Mapped, ScanResult, Skipped
from s3gui.domain.text import tr, trn, visible
from s3gui.ui.dialogs.listing import counts_text
from s3gui.ui.format import count_text
from s3gui.ui.widgets.message_bar import MessageBar

#: So many are named in the details of the message; the rest is counted.
_NAMED = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """``text`` for the message bar; ``more`` is what its *Details* show, ``None`` for nothing."""

    text: str
    more: S3guiError | None = None


def outcome(result: ScanResult) -> Outcome:
    """Of a download or a copy."""
    queued = counts_text(result.queued, result.queued_bytes)
    said = [tr("Queued: {counts}").format(counts=queued)]
    lines: list[str] = []
    if result.skipped:
        count = len(result.skipped)
        words = trn("{count} was left out", "{count} were left out", count)
        said.append(words.format(count=count_text(count)))
        lines += _named([_skipped(one) for one in result.skipped])
    if result.mapped:
        count = len(result.mapped)
        words = trn("{count} got another name", "{count} got other names", count)
        said.append(words.format(count=count_text(count)))
        lines += _named([_mapped(one) for one in result.mapped])
    if not lines:
        return Outcome(said[0])
    title = "; ".join(said[1:])
    hint = tr("The others are transferred as they are called.")
    return Outcome("; ".join(said), S3guiError(title, "\n".join(lines), hint, code="Names"))


def tell(messages: MessageBar, result: ScanResult) -> None:
    """Says it in the message bar; one row that is as it should be is seen without words."""
    said = outcome(result)
    if said.more is not None:
        messages.show_warning(said.text, said.more)
    elif result.queued > 1:
        messages.show_note(said.text)
    elif not result.queued:
        messages.show_note(tr("There is nothing in it to transfer."), warns=True)


def _named(lines: list[str]) -> list[str]:
    if len(lines) <= _NAMED:
        return lines
    rest = len(lines) - _NAMED
    more = trn("and {count} more", "and {count} more", rest).format(count=count_text(rest))
    return [*lines[:_NAMED], more]


def _skipped(one: Skipped) -> str:
    what = str(one.location) if one.location is not None else str(one.path)
    return f"{visible(what, 400)}: {visible(one.why, 400)}"


def _mapped(one: Mapped) -> str:
    words = tr("{object} is called {name}: {why}")
    return words.format(
        object=visible(str(one.location), 400),
        name=visible(one.path.name, 400),
        why=visible(one.why, 400),
    )
