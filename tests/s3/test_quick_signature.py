"""What the quick way sends of a small object is what the full client sends, to the last byte."""

import hashlib
from typing import Any

from s3.drafts import EVERYWHERE, ODD_KEYS, as_sent, parsed, session_at
from s3.gateway_kit import SECRET

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.location import Location
from s3gui.domain.parts import FileSlice, Meter
from s3gui.s3.http.terms import Rehearsal, Terms, wire_terms
from s3gui.s3.lean_sign import DRAFT_KEY, Signer, shape_of
from s3gui.s3.session import S3Session

BODY = b"hello"
MD5 = hashlib.md5(BODY, usedforsecurity=False).digest()
ALL_OPTIONS = ObjectOptions(
    content_type="text/plain; charset=utf-8",
    metadata={"a": "x  y   z", "Bee": "c"},
    cache_control="max-age=1,  public",
    storage_class="STANDARD_IA",
    acl="public-read",
    tags={"k y": "v+ü", "b": "&="},
    content_disposition='attachment; filename="a  b"',
    content_language="ru",
    expires="2030-01-01T00:00:00Z",
    website_redirect="/x y",
)


@EVERYWHERE
async def test_every_key_is_sent_as_the_full_client_sends_it(how: dict[str, Any]) -> None:
    async with session_at(how) as (session, proxy):
        for bucket, options in (("bucket", ALL_OPTIONS), ("dotted.bucket", ObjectOptions())):
            draft = await prepared(session, Location(bucket, DRAFT_KEY), options)
            shape = shape_of(draft, Signer(SECRET), proxy)
            for key in ODD_KEYS:
                request = await prepared(session, Location(bucket, key), options)
                origin, line, headers = as_sent(request, proxy)
                head = shape.head(key, MD5, BODY, headers["x-amz-date"])
                assert (shape.origin, *parsed(head)) == (origin, line, headers), key


async def prepared(session: S3Session, where: Location, options: ObjectOptions) -> Any:
    """A PutObject as botocore signed it; nothing is sent."""
    rehearsal = Rehearsal(headers={"etag": '"e"'})
    with wire_terms(Terms(rehearsal=rehearsal)):
        await session.objects.put(
            where, FileSlice(Unread(), 0, len(BODY)), md5=MD5, options=options, meter=Meter()
        )
    return rehearsal.request


class Unread:
    """A body that is not sent."""

    name = ""

    def read_into(self, offset: int, buffer: memoryview) -> int:
        raise AssertionError("nothing is sent")
