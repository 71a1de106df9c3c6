"""A storage, looked at through a client that is not ours."""

import hashlib
from typing import Any, Self

import boto3
from botocore.config import Config


class Storage:
    """boto3 on an endpoint, as a context manager."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str) -> None:
        self.client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
            region_name="us-east-1",
            config=Config(s3={"addressing_style": "path"}, proxies={}),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def read_back(self, bucket: str, key: str) -> tuple[int, str]:
        """Size and sha256 of an object's bytes, as they come over the line."""
        body = self.client.get_object(Bucket=bucket, Key=key)["Body"]
        digest, size = hashlib.sha256(), 0
        for block in body.iter_chunks(1 << 20):
            digest.update(block)
            size += len(block)
        return size, digest.hexdigest()

    def keys(self, bucket: str, prefix: str = "") -> set[str]:
        """All keys under a prefix."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return {row["Key"] for page in pages for row in page.get("Contents", [])}

    def unfinished(self, bucket: str) -> list[dict[str, Any]]:
        """ListMultipartUploads."""
        rows: list[dict[str, Any]] = self.client.list_multipart_uploads(Bucket=bucket).get(
            "Uploads", []
        )
        return rows

    def parts(self, bucket: str, key: str, upload_id: str) -> list[dict[str, Any]]:
        """ListParts, all pages."""
        pages = self.client.get_paginator("list_parts").paginate(
            Bucket=bucket, Key=key, UploadId=upload_id
        )
        return [part for page in pages for part in page.get("Parts", [])]
