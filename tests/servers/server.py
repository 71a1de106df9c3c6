"""A storage to test against: how to reach it, and where it is known to differ from S3."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

import boto3
from botocore.config import Config

from s3gui.domain.profile import Credentials, Profile


class Difference(Enum):
    """What a server does otherwise than Amazon S3; the tests expect exactly this of it.

    A difference is no excuse to skip: the test asserts what the server does instead, so that it
    fails on the day the server is mended, and the difference is taken off its list.
    """

    ANY_SECRET = "takes a wrong secret key: signatures are not checked", "ListBuckets"
    ONE_USER = "knows one user only", "GetObjectAcl", "GetBucketAcl"
    HEAD_WITHOUT_REGION = (
        "does not tell the region with HeadBucket; the connection's own is taken",
        "HeadBucket",
    )
    ANY_MD5 = "takes a body that does not match its Content-MD5", "PutObject", "UploadPart"
    NO_CHECKSUMS = (
        "knows no checksums but Content-MD5: it neither agrees to nor checks others",
        "CreateMultipartUpload",
        "UploadPart",
        "HeadObject",
    )
    CHECKSUM_UNTOLD = (
        "agrees to a checksum at Create, and its answers to parts have none",
        "UploadPart",
    )
    LONG_KEYS = "takes keys over 1,024 bytes", "PutObject"
    LONG_KEY_CODE = (
        "calls a key over 1,024 bytes InvalidObjectName, Amazon KeyTooLongError",
        "PutObject",
    )
    RAW_MARKERS = (
        "encodes the keys of a page (encoding-type=url) and not the marker of the next",
        "ListObjects",
        "ListObjectVersions",
        "ListMultipartUploads",
    )
    ENCODES_UNTOLD = "encodes keys and does not say so", "ListMultipartUploads"
    UPLOADS_UNSORTED = (
        "lists unfinished uploads as they were made, not by key",
        "ListMultipartUploads",
    )
    PART_PAGES_LOSE = "loses parts between two pages where the numbers have gaps", "ListParts"
    UNKNOWN_UPLOAD_500 = (
        "breaks (500) where a part is sent to an unknown upload or that is completed",
        "UploadPart",
        "CompleteMultipartUpload",
    )
    COMPLETE_OF_UNKNOWN_500 = (
        "breaks (500 InternalError) where an unknown upload is completed",
        "CompleteMultipartUpload",
    )
    COMPLETE_WITHOUT_ETAG = "answers Complete without an ETag", "CompleteMultipartUpload"
    ANY_PART_ORDER = "takes a part number twice in one Complete", "CompleteMultipartUpload"
    MARKERS_APART = "lists delete markers behind all versions, not by age", "ListObjectVersions"
    COMPLETE_IGNORES_MATCH = (
        "ignores If-Match where an upload is completed",
        "CompleteMultipartUpload",
    )
    COMPLETE_IGNORES_CONDITIONS = (
        "ignores all conditions where an upload is completed",
        "CompleteMultipartUpload",
    )
    COPY_IGNORES_CONDITIONS = "ignores conditions on the target of a copy", "CopyObject"
    SOURCE_CONDITION_IGNORED = (
        "ignores x-amz-copy-source-if-match",
        "CopyObject",
        "UploadPartCopy",
    )
    DELETE_IGNORES_CONDITIONS = "ignores If-Match where objects are deleted", "DeleteObject"
    DELETE_MANY_IGNORES_CONDITIONS = (
        "ignores the ETags of what is deleted together",
        "DeleteObjects",
    )
    LOSES_TAGS_OF_COPY = "drops the tags that a copy brings of its own", "CopyObject"
    COPY_WITHOUT_VERSION = "answers a copy without its version id", "CopyObject"
    NO_KEY_COPIES = "does not copy what has a customer's key (SSE-C)", "CopyObject"
    LONG_RANGES = "copies less than was asked for where the source ends", "UploadPartCopy"
    LOST_SOURCE_IS_A_PAGE = "answers with a web page where the source is missing", "UploadPartCopy"
    NO_PART_LAYOUT = "tells nothing of the parts of an object (partNumber)", "HeadObject"
    DECODES_TWICE = (
        "decodes the name of a part's source twice, which s3gui finds out before it relies on it",
        "UploadPartCopy",
    )
    REPLACING_LOSES_TAGS = "drops the tags of a copy that replaces the headers", "CopyObject"
    NO_EMPTY_TAGS = "breaks (500) where all tags are taken away", "PutObjectTagging"
    ONE_GRANT = "keeps the first of the grants that a document brings", "PutObjectAcl"
    IGNORES_AES256 = (
        "takes AES256 and encrypts nothing, which s3gui refuses",
        "PutObject",
        "CreateMultipartUpload",
    )
    IGNORES_KEYS = (
        "takes a customer's key (SSE-C) and encrypts nothing, which s3gui refuses",
        "PutObject",
        "CreateMultipartUpload",
    )
    NO_KMS_KEY = "has no key of its own for aws:kms", "CreateMultipartUpload", "PutObject"
    SEALS_OVER_TLS_ONLY = (
        "encrypts over https only",
        "PutObject",
        "CreateMultipartUpload",
    )
    ONE_PUBLIC_GRANT = (
        "makes public-read of the canned ACL public-read-write of a bucket",
        "GetBucketAcl",
    )

    def __init__(self, what: str, *operations: str) -> None:
        self.what = what
        #: The calls of S3 that show it.
        self.operations = operations


@dataclass(frozen=True)
class User:
    """A user of the storage; ``id`` is the canonical id in grants."""

    id: str
    name: str
    credentials: Credentials


@dataclass(frozen=True)
class Server:
    """A running server. The tests make their own buckets on it and may leave them."""

    name: str
    profile: Profile
    credentials: Credentials
    #: Somebody else with keys of their own, where the server knows more than one.
    other: User | None = None
    differences: frozenset[Difference] = field(default_factory=frozenset)

    def has(self, difference: Difference) -> bool:
        """Whether it is known to differ so."""
        return difference in self.differences

    def independent_client(self, credentials: Credentials | None = None) -> Any:
        """boto3, which shares neither the session nor the HTTP of the gateway."""
        keys = credentials or self.credentials
        return boto3.client(
            "s3",
            endpoint_url=self.profile.endpoint,
            region_name=self.profile.region,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            verify=self.profile.ca_bundle or None,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                retries={"total_max_attempts": 1},
                proxies={},
            ),
        )
