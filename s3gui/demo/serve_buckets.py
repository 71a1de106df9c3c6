"""ListBuckets and the calls on a bucket, its listings aside."""

import re

from s3gui.demo.access import Acl, canned, from_headers, owner_xml
from s3gui.demo.call import Answer, Call, xml_answer
from s3gui.demo.faults import Fault
from s3gui.demo.objects import DEFAULT_REGION
from s3gui.demo.serve_objects import wanted_acl
from s3gui.demo.xml import document, iso_time, leaf, node, parse, text_of

_REGION = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")
_MOST_BUCKETS = 10_000


async def list_buckets(call: Call) -> Answer:
    """ListBuckets. Regions are told only to those who use its parameters, as on AWS."""
    prefix, token = call.query.get("prefix", ""), call.query.get("continuation-token", "")
    region = call.query.get("bucket-region", "")
    limit = call.number("max-buckets", _MOST_BUCKETS, most=_MOST_BUCKETS)
    paged = any(
        name in call.query
        for name in ("max-buckets", "continuation-token", "prefix", "bucket-region")
    )
    rows = [
        row
        for row in call.storage.buckets.all()
        if row["name"].startswith(prefix)
        and row["name"] > token
        and (not region or row["region"] == region)
    ]
    shown = "".join(
        node(
            "Bucket",
            leaf("Name", row["name"]),
            leaf("CreationDate", iso_time(row["created"])),
            leaf("BucketRegion", row["region"]) if paged else "",
        )
        for row in rows[:limit]
    )
    more = leaf("ContinuationToken", rows[limit - 1]["name"]) if 0 < limit < len(rows) else ""
    return xml_answer(document("ListAllMyBucketsResult", owner_xml(), node("Buckets", shown), more))


async def create_bucket(call: Call) -> Answer:
    """CreateBucket, with a LocationConstraint or without."""
    region = DEFAULT_REGION
    if body := await call.document():
        region = text_of(parse(body, "CreateBucketConfiguration"), "LocationConstraint", region)
        if not _REGION.fullmatch(region):
            raise Fault("InvalidLocationConstraint", LocationConstraint=region)
    call.storage.buckets.create(
        call.bucket, region, from_headers(call.headers) or canned("private")
    )
    return Answer(headers={"Location": f"/{call.bucket}"})


async def head_bucket(call: Call) -> Answer:
    """HeadBucket."""
    row = call.storage.buckets.get(call.bucket)
    return Answer(headers={"x-amz-bucket-region": row["region"]})


async def delete_bucket(call: Call) -> Answer:
    """DeleteBucket."""
    call.storage.buckets.delete(call.bucket)
    return Answer(204)


async def get_location(call: Call) -> Answer:
    """GetBucketLocation; us-east-1 is the empty element."""
    region = call.storage.buckets.get(call.bucket)["region"]
    body = document("LocationConstraint", "" if region == DEFAULT_REGION else region)
    return xml_answer(body)


async def get_versioning(call: Call) -> Answer:
    """GetBucketVersioning; empty where it was never switched on."""
    status = call.storage.buckets.get(call.bucket)["versioning"]
    return xml_answer(document("VersioningConfiguration", leaf("Status", status) if status else ""))


async def put_versioning(call: Call) -> Answer:
    """PutBucketVersioning."""
    call.storage.buckets.get(call.bucket)
    root = parse(await call.document(), "VersioningConfiguration")
    if text_of(root, "MfaDelete", "Disabled") == "Enabled":
        raise Fault("NotImplemented", "MFA delete is not implemented")
    status = text_of(root, "Status")
    if status not in {"Enabled", "Suspended"}:
        raise Fault("IllegalVersioningConfigurationException")
    call.storage.buckets.set_versioning(call.bucket, status)
    return Answer()


async def get_bucket_acl(call: Call) -> Answer:
    """GetBucketAcl."""
    row = call.storage.buckets.get(call.bucket)
    return xml_answer(Acl.from_json(row["acl"]).to_xml())


async def put_bucket_acl(call: Call) -> Answer:
    """PutBucketAcl, by headers or by a document."""
    call.storage.buckets.get(call.bucket)
    call.storage.buckets.set_acl(call.bucket, await wanted_acl(call))
    return Answer()
