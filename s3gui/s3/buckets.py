"""Buckets: ListBuckets, GetBucketLocation, HeadBucket, CreateBucket."""

from typing import TYPE_CHECKING, Any

from s3gui.domain.entries import Bucket
from s3gui.domain.errors import AccessDenied, NotSupported, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.profile import Profile
from s3gui.s3.config import is_amazon
from s3gui.s3.errors import s3_errors

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

#: What Amazon says, or leaves out, for its oldest region; and what it called the next one.
_FIRST_REGION = "us-east-1"
_OLD_NAMES = {"EU": "eu-west-1"}
_MOST_PAGES = 1_000


class S3Buckets:
    """See ``domain.ports.Buckets``."""

    def __init__(self, control: "S3Client", profile: Profile) -> None:
        self._control = control
        self._profile = profile

    async def all(self) -> list[Bucket]:
        """ListBuckets, all pages, by name."""
        found: dict[str, Bucket] = {}
        more: Any = {}
        for _ in range(_MOST_PAGES):
            with s3_errors("ListBuckets"):
                answer: Any = await self._control.list_buckets(**more)
            for row in answer.get("Buckets", ()):
                if name := row.get("Name"):
                    found[name] = Bucket(name, row.get("CreationDate"), row.get("BucketRegion"))
            token = answer.get("ContinuationToken")
            if not token or more.get("ContinuationToken") == token:
                break
            more = {"ContinuationToken": token}
        return sorted(found.values(), key=lambda bucket: bucket.name)

    async def region(self, bucket: str) -> str | None:
        """GetBucketLocation; where that is not allowed, the header that HeadBucket carries."""
        try:
            with s3_errors("GetBucketLocation", Location(bucket)):
                answer: Any = await self._control.get_bucket_location(Bucket=bucket)
        except (AccessDenied, NotSupported):
            return await self._region_by_head(bucket)
        told = str(answer.get("LocationConstraint") or "").strip()
        return _OLD_NAMES.get(told, told) or self._default_region()

    async def _region_by_head(self, bucket: str) -> str | None:
        """The header comes with a refusal too, so an error that carries it is an answer."""
        try:
            with s3_errors("HeadBucket", Location(bucket)):
                answer: Any = await self._control.head_bucket(Bucket=bucket)
        except S3guiError as error:
            headers = _headers_of(error)
            if "x-amz-bucket-region" not in headers:
                raise
        else:
            headers = answer["ResponseMetadata"]["HTTPHeaders"]
        return headers.get("x-amz-bucket-region") or self._default_region()

    def _default_region(self) -> str | None:
        """What an empty answer means: on Amazon one region, elsewhere whatever was connected to."""
        return _FIRST_REGION if is_amazon(self._profile) else self._profile.region or None

    async def create(self, bucket: str) -> None:
        """CreateBucket. Sent once.

        The first region must not be named: Amazon refuses its name as a LocationConstraint.
        """
        where: Any = {}
        if self._profile.region not in {"", "auto", _FIRST_REGION}:
            where["CreateBucketConfiguration"] = {"LocationConstraint": self._profile.region}
        with s3_errors("CreateBucket", Location(bucket)):
            await self._control.create_bucket(Bucket=bucket, **where)


def _headers_of(error: S3guiError) -> dict[str, str]:
    answer: Any = getattr(error.__cause__, "response", None) or {}
    headers: dict[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers
