"""Plain successes of short calls, read without a model: what this program asks of them, no more.

Whatever is not as plain as S3 writes it (another root, a document type, an error inside a success)
is ``None`` here, and for the full client to judge.
"""

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from s3gui.s3.http.outgoing import Answer
from s3gui.s3.lean_get import parsed

#: What is read of the headers, by botocore's names.
_NAMES = {
    "VersionId": "x-amz-version-id",
    "ServerSideEncryption": "x-amz-server-side-encryption",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
}
_MOST_BYTES = 16 * 1024


def head_object(answer: Answer) -> dict[str, Any] | None:
    """HeadObject."""
    return parsed(answer)


def delete_object(answer: Answer) -> dict[str, Any] | None:
    """DeleteObject."""
    if answer.body:
        return None
    marker = answer.headers.get("x-amz-delete-marker", "").lower() == "true"
    return {**_told(answer), "DeleteMarker": marker}


def copy_object(answer: Answer) -> dict[str, Any] | None:
    """CopyObject."""
    root = _root(answer.body, "CopyObjectResult")
    return None if root is None else {**_told(answer), "CopyObjectResult": _texts(root)}


def get_object_tagging(answer: Answer) -> dict[str, Any] | None:
    """GetObjectTagging. Ceph (16.2) sends nothing for no tags."""
    if not answer.body:
        return {**_told(answer), "TagSet": []}
    root = _root(answer.body, "Tagging")
    if root is None:
        return None
    return {**_told(answer), "TagSet": [_texts(tag) for part in root for tag in part]}


def get_object_acl(answer: Answer) -> dict[str, Any] | None:
    """GetObjectAcl."""
    root = _root(answer.body, "AccessControlPolicy")
    if root is None:
        return None
    found = _told(answer)
    for part in root:
        if _name(part) == "Owner":
            found["Owner"] = _texts(part)
        elif _name(part) == "AccessControlList":
            found["Grants"] = [_grant(grant) for grant in part]
    return found


#: By the client's methods.
READERS: dict[str, Callable[[Answer], dict[str, Any] | None]] = {
    reader.__name__: reader
    for reader in (head_object, delete_object, copy_object, get_object_tagging, get_object_acl)
}


def _told(answer: Answer) -> dict[str, Any]:
    headers = answer.headers
    found: dict[str, Any] = {
        name: headers[header] for name, header in _NAMES.items() if header in headers
    }
    found["ResponseMetadata"] = {"HTTPHeaders": headers}
    return found


def _root(body: bytes, name: str) -> ElementTree.Element | None:
    """The root of a small document of S3; ``None`` for anything else."""
    if len(body) > _MOST_BYTES or b"<!" in body:
        return None
    try:
        root = ElementTree.fromstring(body)  # noqa: S314  no DTD in it
    except ElementTree.ParseError:
        return None
    return root if _name(root) == name else None


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _texts(element: ElementTree.Element) -> dict[str, str]:
    return {_name(child): child.text or "" for child in element}


def _grant(element: ElementTree.Element) -> dict[str, Any]:
    return {
        _name(part): _texts(part) if _name(part) == "Grantee" else part.text or ""
        for part in element
    }
