"""What an answer has to look like before it is believed, and how it is read.

botocore takes any well-formed document for an answer: the log-in page of a café's network that
happens to be XHTML is an empty bucket to it, and one that is not is retried as a server error. Here
the root element has to be the operation's own, a document type declaration is refused, and large
documents are read in a thread (a page of 1,000 rows costs the loop 25 ms otherwise).
"""

import asyncio
import email.utils
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

from aiobotocore.parsers import AioResponseParserFactory, AioRestXMLParser
from botocore.model import OperationModel, Shape

from s3gui.domain.errors import BadAnswer, ErrorKind
from s3gui.domain.text import tr
from s3gui.s3.error_texts import FOREIGN

#: Bytes; a smaller document is read on the loop within a millisecond.
_INLINE_BYTES = 16 * 1024

#: The root element of each answer that has a body.
_ROOTS = {
    "ListBuckets": "ListAllMyBucketsResult",
    "GetBucketLocation": "LocationConstraint",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListObjectVersions": "ListVersionsResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "ListParts": "ListPartsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "GetObjectAcl": "AccessControlPolicy",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetObjectTagging": "Tagging",
    "CopyObject": "CopyObjectResult",
    "UploadPartCopy": "CopyPartResult",
    "DeleteObjects": "DeleteResult",
}
#: Ceph (16.2) sends nothing for no tags.
_MAY_BE_EMPTY = {"GetObjectTagging"}
#: A gateway's own page comes with these when the server behind it is busy or down, which passes.
#: Those from 520 are Cloudflare's, for a server that does not answer, or not in time.
_TELLING = {408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524}

#: Keys are percent-encoded; what cannot be XML then is the question, which some servers (Ceph 16.2)
#: repeat as it was.
_ENCODED = b"<EncodingType>url</EncodingType>"
#: What XML 1.0 (2.2) has no way to write: control characters, and U+FFFE and U+FFFF; raw or not.
_UNWRITABLE = re.compile(
    rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]"
    rb"|&#(?:x0*(?:[0-8bcef]|1[0-9a-f]|fff[ef])|0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|6553[45]));",
    re.IGNORECASE,
)


def parse_time(text: Any) -> datetime | None:
    """A time of S3, out of a body (ISO 8601) or a header (RFC 9110); ``None`` for anything else."""
    try:
        moment = datetime.fromisoformat(str(text).strip())
    except ValueError:
        try:
            moment = email.utils.parsedate_to_datetime(str(text))
        except (TypeError, ValueError):
            return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return None


class S3Parser(AioRestXMLParser):  # type: ignore[misc]  # aiobotocore is untyped
    """botocore's parser, off the loop for large documents."""

    def _do_parse(self, response: Any, shape: Shape) -> Any:
        parse = super()._do_parse
        body = response["body"]
        if isinstance(body, bytes) and len(body) > _INLINE_BYTES:
            return asyncio.to_thread(parse, response, shape)
        return parse(response, shape)

    def _parse_payload(
        self, response: Any, shape: Any, member_shapes: Any, final_parsed: dict[str, Any]
    ) -> None:
        super()._parse_payload(response, shape, member_shapes, final_parsed)
        if shape.name == "ListObjectVersionsOutput":
            final_parsed["Order"] = _order_of_versions(response["body"])


def _order_of_versions(body: bytes) -> list[str]:
    """The tags ``Version`` and ``DeleteMarker`` as they follow each other in the document.

    botocore gives two lists, and the times have no finer grain than a second or a millisecond:
    without this a marker and a version of the same moment could not be put in order.
    """
    tags = (child.tag.rpartition("}")[2] for child in ElementTree.fromstring(body))  # noqa: S314  the DTD was refused before
    return [tag for tag in tags if tag in {"Version", "DeleteMarker"}]


class S3ParserFactory(AioResponseParserFactory):  # type: ignore[misc]  # aiobotocore is untyped
    """Makes ``S3Parser``, which reads times in a tenth of the time botocore's own reader takes."""

    def create_parser(self, protocol_name: str) -> S3Parser:
        """The one parser; S3 speaks ``rest-xml`` only."""
        return S3Parser(timestamp_parser=parse_time)


async def check_answer(
    operation_model: OperationModel, response_dict: dict[str, Any], **_: Any
) -> None:
    """Refuses what is not an answer of S3 (event ``before-parse``, so nothing retries it).

    Raises:
        BadAnswer: a document type declaration, HTML, another root element, no XML at all.
    """
    body = response_dict["body"]
    if not isinstance(body, bytes):
        return
    status = int(response_dict["status_code"])
    start = body[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if (
        b"<!doctype" in start
        or start.startswith(b"<html")
        or _was_page(operation_model, response_dict)
    ):
        if status not in _TELLING:
            raise not_s3(status)
        return
    if b"<!DOCTYPE" in body:
        raise not_s3(status)
    if not body and operation_model.name in _MAY_BE_EMPTY:
        return
    if status < 300 and operation_model.name in _ROOTS:
        response_dict["body"] = await _checked(operation_model.name, body)


def _was_page(operation_model: OperationModel, response_dict: Mapping[str, Any]) -> bool:
    """A refusal whose body was a web page: the wire takes that away and leaves the status.

    Not for HEAD, which has no body. Nor by the type alone: moto calls all its answers HTML.
    """
    return (
        int(response_dict["status_code"]) >= 400
        and not response_dict["body"]
        and not operation_model.name.startswith("Head")
        and str(response_dict["headers"].get("content-type", "")).startswith("text/html")
    )


async def _checked(operation: str, body: bytes) -> bytes:
    """The body, as it can be parsed."""
    root = await _root_soon(body)
    if not root and _ENCODED in body:
        written = _UNWRITABLE.sub("\ufffd".encode(), body)
        root, body = await _root_soon(written), written
    expected = _ROOTS[operation]
    if not root and expected.encode() in body[:1024]:
        return body  # cut short on the way: botocore makes a 500 of it, which may be tried again
    # Some servers name it after the operation: ListPartsResponse, ListObjectVersionsResult.
    if root not in {expected, "Error"} and not root.startswith(operation):
        raise not_s3(200)
    return body


async def _root_soon(body: bytes) -> str:
    return await asyncio.to_thread(_root_of, body) if len(body) > _INLINE_BYTES else _root_of(body)


def _root_of(body: bytes) -> str:
    """The root element's name; "" where the whole is not XML."""
    try:
        return ElementTree.fromstring(body).tag.rpartition("}")[2]  # noqa: S314  no DTD in it
    except ElementTree.ParseError:
        return ""


def not_s3(status: int) -> BadAnswer:
    """The error for an answer that no S3 server gives."""
    return BadAnswer(
        *(tr(FOREIGN.title), tr(FOREIGN.detail), tr(FOREIGN.hint)),
        code=str(status) if status >= 400 else BadAnswer.default_code,
        kind=ErrorKind.PERMANENT,
    )
