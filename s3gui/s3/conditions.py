"""Conditional writes at the gateway: how they are asked for, and what is learnt of the server."""

from collections.abc import Iterator
from contextlib import contextmanager

from s3gui.domain.conditions import Condition, ConditionFacts, Write
from s3gui.domain.errors import (
    ConditionRefused,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.location import Location
from s3gui.domain.text import tr, visible
from s3gui.s3.error_texts import WORDS

_UNKNOWN = {"NotImplemented", "XNotImplemented", "UnsupportedOperation", "501"}


def condition_params(condition: Condition, *, bare: bool = False) -> dict[str, str]:
    """The two parameters, as botocore names them; what is not asked for is left out.

    ``bare``: the ETag without its quotation marks, see ``S3Objects.put``.
    """
    params = {"IfNoneMatch": "*"} if condition.if_none_match else {}
    if condition.if_match:
        params["IfMatch"] = condition.if_match if bare else quoted(condition.if_match)
    return params


def quoted(etag: str) -> str:
    """An ETag as a header has it."""
    return f'"{etag}"'


@contextmanager
def under(
    facts: ConditionFacts,
    bucket: str,
    write: Write,
    condition: Condition,
    *,
    also_source: bool = False,
) -> Iterator[None]:
    """Stands around a write: notes what its failure says of the server's keeping to conditions.

    Args:
        facts: of the session.
        bucket: that is written to.
        write: which call it is.
        condition: what it is sent with.
        also_source: the source of the copy has a condition too, so a 412 may be about that.

    Raises:
        ConditionRefused: the server knows no conditions here; now, or as it was seen before, and
            then nothing is sent.
        PreconditionFailed: it does not hold; for ``If-Match`` also where nothing is there.
    """
    if condition and facts.of(bucket, write, condition) is False:
        raise _refused()
    try:
        yield
    except S3guiError as error:
        meant = _meaning(error, write, condition)
        if isinstance(meant, PreconditionFailed) and not also_source:
            facts.kept(bucket, write, condition)
        if isinstance(meant, ConditionRefused):
            facts.ignored(bucket, write, condition)
        if meant is None or meant is error:
            raise
        raise meant from error


def _meaning(error: S3guiError, write: Write, condition: Condition) -> S3guiError | None:
    """What a failure says of the condition; ``None`` for nothing."""
    if not condition or isinstance(error, PreconditionFailed):
        return error if condition else None
    if isinstance(error, NotFound):
        # The copy's source may be meant.
        of_target = error.code == "NoSuchKey" and write is not Write.COPY
        return gone(error) if condition.if_match and of_target else None
    unknown = isinstance(error, NotSupported) or error.code in _UNKNOWN
    return _refused(error) if unknown else None


def beaten(target: Location, error: S3guiError) -> PreconditionFailed:
    """The condition on the target of a copy did not hold."""
    words = WORDS["PreconditionFailed"]
    return PreconditionFailed(
        tr(words.title),
        tr(words.detail).format(key=visible(target.key, 200)),
        tr(words.hint),
        request_id=error.request_id,
    )


def gone(error: S3guiError) -> PreconditionFailed:
    """``If-Match`` on what is not there any more."""
    return PreconditionFailed(*(error.title, error.detail, error.hint), request_id=error.request_id)


def _refused(error: S3guiError | None = None) -> ConditionRefused:
    return ConditionRefused(
        tr("The server cannot guard against overwriting"),
        tr("It does not know conditions on writing."),
        tr("What is there can be looked at before, but not at the very moment of writing."),
        request_id=error.request_id if error else "",
    )
