"""A session of the gateway on a server that lies, with limits of tests."""

import re
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from s3.http_kit import QUICK
from servers.lies import Answer
from servers.lying import LyingServer, Request

from s3gui.domain.entries import UploadRef
from s3gui.domain.location import Location
from s3gui.domain.profile import Credentials, Profile
from s3gui.s3.config import Timeouts
from s3gui.s3.http import session_class
from s3gui.s3.session import S3Gateway, S3Session

SECRET = "a-secret-that-nobody-may-see-0123456789"
TOKEN = "a-token-that-nobody-may-see-FwoGZXIvYXdzEBYaD"
KEYS = Credentials("AKIDEXAMPLE", SECRET, TOKEN)

BUCKET = Location("bucket")
WHERE = Location("bucket", "key")
UPLOAD = UploadRef(WHERE, "upload-1")

_BRIEF = Timeouts(connect_s=5, control_read_s=2, data_read_s=2, commit_read_s=2)


def open_session(
    server: LyingServer | str, *, attempts: int = 1, most_pages: int = 50, **changed: Any
) -> AbstractAsyncContextManager[S3Session]:
    """``attempts`` are those of control calls."""
    endpoint = server if isinstance(server, str) else server.endpoint
    profile = replace(Profile(id="test", name="test", endpoint=endpoint), **changed)
    gateway = S3Gateway(
        replace(_BRIEF, control_attempts=attempts),
        wire=session_class(QUICK),
        most_pages=most_pages,
    )
    return gateway.session(profile, KEYS)


def xml(root: str, inner: str = "") -> Answer:
    """A 200 with a document."""
    space = "http://s3.amazonaws.com/doc/2006-03-01/"
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{space}">{inner}</{root}>'
    return Answer(200, text.encode(), {"Content-Type": "application/xml"})


def row(key: str, size: object = 1, modified: str = "2026-01-02T03:04:05.000Z") -> str:
    """A row of a listing."""
    return (
        f"<Contents><Key>{escape(key)}</Key><Size>{size}</Size>"
        f"<LastModified>{modified}</LastModified><ETag>&quot;e&quot;</ETag></Contents>"
    )


def listing(*rows: str, more: bool = False, token: str = "") -> Answer:
    """A page of ListObjectsV2."""
    following = f"<NextContinuationToken>{token}</NextContinuationToken>" if token else ""
    truncated = "true" if more else "false"
    return xml(
        "ListBucketResult", f"<IsTruncated>{truncated}</IsTruncated>{following}{''.join(rows)}"
    )


def signed_headers(request: Request) -> set[str]:
    found = re.search(r"SignedHeaders=([^,]+)", request.headers["authorization"])
    assert found
    return set(found[1].split(";"))
