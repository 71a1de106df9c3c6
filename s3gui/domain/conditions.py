"""Conditions on writing, and what is known of a server's keeping to them."""

from dataclasses import dataclass, field
from enum import Enum


@dataclass(frozen=True, slots=True)
class Condition:
    """What has to hold at the moment of writing; nothing is written otherwise (412)."""

    #: Nothing has that key yet (``If-None-Match: *``).
    if_none_match: bool = False
    #: What has that key has this ETag (``If-Match``), "" for any.
    if_match: str = ""

    def __bool__(self) -> bool:
        return self.if_none_match or bool(self.if_match)


ANYTHING = Condition()
#: Nobody's object is replaced.
NOTHING_THERE = Condition(if_none_match=True)


class Write(Enum):
    """The calls that take a condition. A server may keep to it in one and not in another."""

    PUT = "PutObject"
    COMPLETE = "CompleteMultipartUpload"
    COPY = "CopyObject"
    DELETE = "DeleteObject"
    #: Of CopyObject and UploadPartCopy, on what is copied (``CopySource.if_match``).
    SOURCE = "x-amz-copy-source"


@dataclass(slots=True)
class ConditionFacts:
    """What one session saw in each bucket, call by call; nothing is taken from a server's name.

    By bucket, because one server may treat two of them differently: Ceph 16.2 keeps the condition
    of a PutObject where no versions are kept, and ignores it where they are.

    ``None``: not seen yet. A server may ignore a condition without a word (Ceph 16.2 does at
    Complete and at copies, moto ``If-Match`` at Complete and not ``If-None-Match``), so a success
    proves nothing. ``True``: it refused a write whose condition did not hold, so a write that it
    took with such a one is free of races. ``False``: it does not know conditions, or was caught in
    ignoring one; look at what is there (HEAD) before writing, and say so.
    """

    #: By bucket, call, and whether the condition was ``If-Match``.
    _seen: dict[tuple[str, Write, bool], bool] = field(default_factory=dict)

    def of(self, bucket: str, write: Write, condition: Condition = ANYTHING) -> bool | None:
        """Whether conditions of this call are kept; of this kind, or of both without one."""
        kinds = _kinds(condition) if condition else {True, False}
        found = [self._seen.get((bucket, write, kind)) for kind in kinds]
        return False if False in found else None if None in found else True

    def kept(self, bucket: str, write: Write, condition: Condition) -> None:
        """A write was refused because its condition did not hold."""
        kinds = _kinds(condition)
        if len(kinds) == 1:  # of two it is not known which one it was
            self._seen.setdefault((bucket, write, kinds.pop()), True)

    def ignored(self, bucket: str, write: Write, condition: Condition) -> None:
        """A condition was refused as unknown, or a write went through that it should have stopped.

        Stays: a server of several machines, some of them older, is as good as its worst.
        """
        self._seen.update({(bucket, write, kind): False for kind in _kinds(condition)})


def _kinds(condition: Condition) -> set[bool]:
    asked = {True: bool(condition.if_match), False: condition.if_none_match}
    return {kind for kind, is_asked in asked.items() if is_asked}
