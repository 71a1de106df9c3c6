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

    ANY_SECRET = "takes a wrong secret key: signatures are not checked"
    ANY_MD5 = "takes a body that does not match its Content-MD5"
    NO_PART_PAGES = "lists parts without pages that can be followed"
    NO_UPLOAD_PAGES = "lists all unfinished uploads in one page, whatever was asked for"
    LONG_KEYS = "takes keys over 1,024 bytes"
    NO_REGION_IN_HEAD = "HeadBucket has no x-amz-bucket-region"
    ANY_PART_ORDER = "takes parts in any order"


@dataclass(frozen=True)
class Server:
    """A running server. The tests make their own buckets on it and may leave them."""

    name: str
    profile: Profile
    credentials: Credentials
    differences: frozenset[Difference] = field(default_factory=frozenset)

    def has(self, difference: Difference) -> bool:
        """Whether it is known to differ so."""
        return difference in self.differences

    def independent_client(self) -> Any:
        """boto3, which shares neither the session nor the HTTP of the gateway."""
        return boto3.client(
            "s3",
            endpoint_url=self.profile.endpoint,
            region_name=self.profile.region,
            aws_access_key_id=self.credentials.access_key,
            aws_secret_access_key=self.credentials.secret_key,
            config=Config(
                signature_version="s3v4",
                s3={"addressing_style": "path"},
                request_checksum_calculation="when_required",
                retries={"total_max_attempts": 1},
                proxies={},
            ),
        )
