"""What becomes of a transfer whose destination is taken: a decision, and nothing that asks.

Shared by uploads, downloads and copies; ``guard.py`` does the asking for uploads.
"""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from s3gui.domain.errors import Conflict
from s3gui.domain.existing import Existing, Remark
from s3gui.domain.origin import IfExists
from s3gui.domain.text import noop, tr, visible
from s3gui.domain.transfer import Transfer
from s3gui.transfers.source import amount

#: ``Decision.agreed`` where something is to be replaced whose ETag nobody told.
ANY_ETAG = "*"
#: Endings that are two.
_DOUBLE = frozenset({"tar"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """What would take the place."""

    size: int
    modified: datetime | None = None


class Verdict(Enum):
    """What is to be done."""

    PROCEED = "proceed"
    #: Leave alone what is there: State.SKIPPED.
    SKIP = "skip"
    #: Look for a free one among ``free_names``.
    RENAME = "rename"
    #: Waits for the person: State.PAUSED and Waiting.CONFLICT.
    ASK = "ask"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with all that follows from it."""

    verdict: Verdict
    #: To PROCEED: the ETag of what is replaced, ``ANY_ETAG`` for one without; "": nothing is there.
    agreed: str = ""
    #: Why not to proceed, in words.
    why: str = ""
    remark: Remark | None = None


#: What is there makes no difference.
_WHATEVER_IT_IS = {
    IfExists.SKIP: (Verdict.SKIP, noop("Something is there already.")),
    IfExists.RENAME: (Verdict.RENAME, ""),
    IfExists.ASK: (Verdict.ASK, ""),
    IfExists.FAIL: (Verdict.FAIL, noop("Nothing was to be overwritten.")),
}
#: The policies that decide by whether something is there, and ask nothing else of it.
BY_BEING_THERE = frozenset(_WHATEVER_IT_IS)


def is_answered(transfer: Transfer) -> bool:
    """Whether a person has chosen what becomes of it, so that there is nothing to ask."""
    return transfer.if_exists is not IfExists.ASK


def wants_content(policy: IfExists, incoming: Incoming, there: Existing | None) -> bool:
    """Whether ``decide`` needs to know if both have the same bytes."""
    return policy is IfExists.CONTENT and there is not None and there.size == incoming.size


def decide(
    policy: IfExists, incoming: Incoming, there: Existing | None, *, same: bool | None = None
) -> Decision:
    """What to do.

    Args:
        policy: what the person chose for the batch.
        incoming: what is to be stored.
        there: what is at the destination; ``None``: nothing.
        same: whether both have the same bytes, where ``wants_content`` says so; ``None``: nobody
            can tell, and they count as different.
    """
    if there is None:
        return Decision(Verdict.PROCEED)
    if policy is IfExists.OVERWRITE:
        return _replacing(there)
    if policy in _WHATEVER_IT_IS:
        verdict, why = _WHATEVER_IT_IS[policy]
        return Decision(verdict, why=tr(why) if why else "")
    if there.size is None:
        why = tr("Something is there, and these keys may not look at it.")
        return Decision(Verdict.FAIL, why=why)
    if policy is IfExists.NEWER:
        return _by_age(incoming, there)
    return _by_bytes(policy, incoming, there, same)


def _replacing(there: Existing, remark: Remark | None = None) -> Decision:
    return Decision(Verdict.PROCEED, there.etag or ANY_ETAG, remark=remark)


def _by_bytes(policy: IfExists, incoming: Incoming, there: Existing, same: bool | None) -> Decision:
    if incoming.size != there.size:
        return _replacing(there)
    if policy is IfExists.SIZE:
        return Decision(Verdict.SKIP, why=tr("What is there has the same size."))
    if same:
        return Decision(Verdict.SKIP, why=tr("What is there has the same content."))
    return _replacing(there, Remark.NOT_COMPARED if same is None else None)


def _by_age(incoming: Incoming, there: Existing) -> Decision:
    # In doubt what is there stays: what was not sent can still be sent.
    if incoming.modified is None or there.modified is None:
        return Decision(Verdict.SKIP, why=tr("It is not known which of the two is newer."))
    if incoming.modified > there.modified:
        return _replacing(there)
    return Decision(Verdict.SKIP, why=tr("What is there is newer, or as old."))


def free_names(name: str) -> Iterator[str]:
    """``name (1).txt``, ``name (2).txt`` and so on; a leading dot begins no ending."""
    stem, dot, ending = name.rpartition(".")
    if not stem.strip("."):
        stem, dot, ending = name, "", ""
    head, inner, last = stem.rpartition(".")
    if head.strip(".") and last.lower() in _DOUBLE:
        stem, dot, ending = head, inner, f"{last}.{ending}"
    return (f"{stem} ({number}){dot}{ending}" for number in itertools.count(1))


def already_there(place: str, there: Existing | None, why: str = "") -> Conflict:
    """The error of a row whose destination is taken.

    Args:
        place: the destination, as it may come from a server or a file system.
        there: what is known of it.
        why: what the policy said of it.
    """
    facts = []
    if there is not None and there.size is not None:
        facts.append(tr("It has {size}.").format(size=amount(there.size)))
    if there is not None and there.modified is not None:
        when = there.modified.astimezone().strftime("%Y-%m-%d %H:%M")
        facts.append(tr("It is of {date}.").format(date=when))
    return Conflict(
        tr("{place} is there already").format(place=visible(place)),
        " ".join([why, *facts]).strip(),
        tr("Decide whether it is overwritten, or choose another name."),
        code="Exists",
    )
