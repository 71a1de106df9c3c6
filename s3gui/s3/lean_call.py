"""Short calls without the work a request: HeadObject, CopyObject, DeleteObject, tags and ACLs.

A copy within a connection is five to nine such calls and no bytes, so what botocore spends on each
is nearly all it costs. As for GETs (``lean_get``) botocore makes one request for a bucket and a
kind of call, which is not sent; others get their own key, version, source, ETags and date put in,
and a signature over them. Each shape has to give botocore's own signature of that first request,
else the full client asks.

A plain success is read by ``lean_read``. Of all else the full client gets the answer, or the
failure, as that of its first attempt: it learns from it, repeats what may be repeated, and raises
as if it had asked itself. Nothing is ever sent a second time for having been sent like this.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from s3gui.domain.errors import S3guiError
from s3gui.s3.clock import clock_of
from s3gui.s3.http.outgoing import Answer
from s3gui.s3.http.terms import Rehearsal, Terms, wire_terms
from s3gui.s3.lean_read import READERS
from s3gui.s3.lean_shape import VALUES, CallShape, shape_of
from s3gui.s3.lean_sign import DRAFT_KEY, NoShape, Signer

if TYPE_CHECKING:
    from s3gui.s3.http.session import ThreadedSession

#: Kinds of calls that are kept; each bucket has about ten.
_MOST_SHAPES = 256
_DRAFT: dict[str, Any] = {
    "CopySource": {"Bucket": "s3gui", "Key": DRAFT_KEY},
    "CopySourceIfMatch": '"s3gui-draft"',
    "IfMatch": '"s3gui-draft"',
}
#: Answers for the drafts, where one without a body would be none.
_ANSWERS = {
    "get_object_tagging": b"<Tagging><TagSet/></Tagging>",
    "get_object_acl": b"<AccessControlPolicy/>",
    "copy_object": b"<CopyObjectResult><ETag>s3gui-draft</ETag></CopyObjectResult>",
}
_ETAG = {"etag": '"s3gui-draft"'}
_OWN = {"Bucket", "Key", "VersionId", *VALUES}
#: What all requests of a shape have alike; with any other parameter the full client asks.
_ALIKE = {
    "head_object": {"ChecksumMode"},
    "copy_object": {"ACL", "IfNoneMatch", "MetadataDirective", "StorageClass", "TaggingDirective"},
}
_NOT_FOUND = 404


class LeanCalls:
    """The shapes of one client."""

    def __init__(self, client: Any) -> None:
        self._client = client
        # botocore has no other way to either.
        self._wire = cast("ThreadedSession", client._endpoint.http_session)  # noqa: SLF001
        self._signer = Signer(client._request_signer._credentials.secret_key)  # noqa: SLF001
        self._clock = clock_of(client)
        self._made: dict[tuple[object, ...], CallShape | None] = {}

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """What ``getattr(client, method)(**params)`` gives, as far as it is read, and raises.

        Args:
            method: of the client, among those that ``READERS`` has.
            params: as botocore takes them.
        """
        full = getattr(self._client, method)
        shape = await self.shape(method, params)
        if shape is None:
            return await full(**params)
        try:
            answer = await self._wire.carry(shape.request(params, self._clock.stamp()))
        except S3guiError as error:
            first = Rehearsal(error=error, once=True)
        else:
            result = READERS[method](answer) if answer.status < 300 else None
            if result is not None:
                return result
            if answer.status == _NOT_FOUND and method == "head_object":
                raise _not_found(answer)
            first = Rehearsal(answer.status, answer.headers, answer.body, once=True)
        # Something may be learnt, such as a region: the next shapes are drafted anew.
        self._made.clear()
        with wire_terms(Terms(rehearsal=first)):
            return await full(**params)

    async def shape(self, method: str, params: Mapping[str, Any]) -> CallShape | None:
        """Of calls with these parameters; ``None``: they are the full client's."""
        kind = tuple((name, params[name]) for name in params if name not in _OWN)
        own = tuple(name for name in params if name in VALUES)
        name = (method, params["Bucket"], own, kind)
        if not all(one in _ALIKE.get(method, ()) for one, _ in kind) or not params["Key"]:
            return None
        if name not in self._made:
            if len(self._made) >= _MOST_SHAPES:
                self._made.clear()
            draft = {"Bucket": params["Bucket"], "Key": DRAFT_KEY, **dict(kind)}
            self._made[name] = await self._draft(method, draft | {one: _DRAFT[one] for one in own})
        return self._made[name]

    async def _draft(self, method: str, params: Mapping[str, Any]) -> CallShape | None:
        rehearsal = Rehearsal(headers=_ETAG, body=_ANSWERS.get(method, b""))
        with wire_terms(Terms(rehearsal=rehearsal)):
            await getattr(self._client, method)(**params)
        try:
            return shape_of(rehearsal.request, self._signer, self._wire.proxy)
        except NoShape:
            return None


def _not_found(answer: Answer) -> Exception:
    """What botocore makes of a HEAD without an object, as half of those before a write are."""
    from botocore.exceptions import ClientError

    meta = {"HTTPStatusCode": answer.status, "HTTPHeaders": answer.headers}
    told = {"Error": {"Code": "404", "Message": "Not Found"}, "ResponseMetadata": meta}
    error: Exception = ClientError(told, "HeadObject")
    return error
