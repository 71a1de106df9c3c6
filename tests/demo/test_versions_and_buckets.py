"""Versioning, ACLs, and the calls on buckets."""

import uuid
from typing import Any

import pytest
from demo.running import Running

from s3gui.demo.access import ALL_USERS, OWNER_ID, SIGNED_IN


def switch(s3: Any, bucket: str, status: str) -> None:
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": status})


def test_versions_are_kept_read_and_removed(s3: Any, bucket: str, refused: Any) -> None:
    assert "Status" not in s3.get_bucket_versioning(Bucket=bucket)
    switch(s3, bucket, "Enabled")
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    place = {"Bucket": bucket, "Key": "k"}
    one = s3.put_object(**place, Body=b"one")["VersionId"]
    two = s3.put_object(**place, Body=b"two")["VersionId"]
    assert one != two
    assert s3.get_object(**place)["VersionId"] == two
    assert s3.get_object(**place, VersionId=one)["Body"].read() == b"one"
    assert s3.head_object(**place, VersionId=one)["ContentLength"] == 3
    s3.delete_object(**place, VersionId=two)
    assert s3.get_object(**place)["Body"].read() == b"one"
    assert refused(s3.get_object, **place, VersionId=two) == "NoSuchVersion"
    assert refused(s3.delete_bucket, Bucket=bucket) == "BucketNotEmpty"


def test_a_delete_marker_hides_and_its_removal_restores(
    s3: Any, bucket: str, demo: Running
) -> None:
    switch(s3, bucket, "Enabled")
    place = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**place, Body=b"x")
    gone = s3.delete_object(**place)
    assert gone["DeleteMarker"] is True
    marker = gone["VersionId"]
    reply = demo.raw("GET", f"/{bucket}/k")
    assert (reply.status, reply.code) == (404, "NoSuchKey")
    assert reply.headers["x-amz-delete-marker"] == "true"
    assert reply.headers["x-amz-version-id"] == marker
    by_id = demo.raw("GET", f"/{bucket}/k", query=f"versionId={marker}")
    assert (by_id.status, by_id.code, by_id.headers["Allow"]) == (405, "MethodNotAllowed", "DELETE")
    restored = s3.delete_object(**place, VersionId=marker)
    assert (restored["DeleteMarker"], restored["VersionId"]) == (True, marker)
    assert s3.get_object(**place)["Body"].read() == b"x"


def test_a_suspended_bucket_writes_null_versions(s3: Any, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    assert "VersionId" not in s3.put_object(**place, Body=b"before")
    switch(s3, bucket, "Enabled")
    kept = s3.put_object(**place, Body=b"kept")["VersionId"]
    switch(s3, bucket, "Suspended")
    assert s3.put_object(**place, Body=b"null")["VersionId"] == "null"
    rows = s3.list_object_versions(Bucket=bucket)["Versions"]
    assert [row["VersionId"] for row in rows] == ["null", kept]
    assert s3.get_object(**place, VersionId="null")["Body"].read() == b"null"
    marker = s3.delete_object(**place)
    assert (marker["DeleteMarker"], marker["VersionId"]) == (True, "null")
    page = s3.list_object_versions(Bucket=bucket)
    assert [row["VersionId"] for row in page["Versions"]] == [kept]
    assert [row["VersionId"] for row in page["DeleteMarkers"]] == ["null"]


def test_versions_can_be_copied_tagged_and_deleted_many_at_once(s3: Any, bucket: str) -> None:
    switch(s3, bucket, "Enabled")
    place = {"Bucket": bucket, "Key": "k"}
    one = s3.put_object(**place, Body=b"one")["VersionId"]
    two = s3.put_object(**place, Body=b"two")["VersionId"]
    copied = s3.copy_object(Bucket=bucket, Key="c", CopySource={**place, "VersionId": one})
    assert copied["CopySourceVersionId"] == one
    assert s3.get_object(Bucket=bucket, Key="c")["Body"].read() == b"one"
    tags = {"TagSet": [{"Key": "old", "Value": "yes"}]}
    s3.put_object_tagging(**place, VersionId=one, Tagging=tags)
    assert s3.get_object_tagging(**place)["TagSet"] == []
    wanted = [{"Key": "k", "VersionId": one}, {"Key": "k", "VersionId": two}, {"Key": "c"}]
    done = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})["Deleted"]
    assert [row.get("VersionId") for row in done] == [one, two, None]
    assert done[2]["DeleteMarker"] is True


def test_canned_acls_read_back(s3: Any, bucket: str) -> None:
    place = {"Bucket": bucket, "Key": "k"}
    s3.put_object(**place, Body=b"x", ACL="public-read-write")

    def groups() -> list[tuple[str, str]]:
        acl = s3.get_object_acl(**place)
        assert acl["Owner"]["ID"] == OWNER_ID
        return [
            (grant["Grantee"]["URI"], grant["Permission"])
            for grant in acl["Grants"]
            if grant["Grantee"]["Type"] == "Group"
        ]

    assert groups() == [(ALL_USERS, "READ"), (ALL_USERS, "WRITE")]
    s3.put_object_acl(**place, ACL="authenticated-read")
    assert groups() == [(SIGNED_IN, "READ")]
    s3.put_object_acl(**place, GrantRead=f'uri="{ALL_USERS}", id="abc"')
    assert groups() == [(ALL_USERS, "READ")]
    s3.put_object(**place, Body=b"x")
    assert groups() == []


def test_grants_to_users_groups_and_addresses_are_kept(s3: Any, bucket: str, refused: Any) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    owner = {"ID": OWNER_ID}
    grants = [
        {"Grantee": {"Type": "CanonicalUser", **owner}, "Permission": "FULL_CONTROL"},
        {"Grantee": {"Type": "CanonicalUser", "ID": "user & co"}, "Permission": "READ_ACP"},
        {"Grantee": {"Type": "Group", "URI": ALL_USERS}, "Permission": "READ"},
        {
            "Grantee": {"Type": "AmazonCustomerByEmail", "EmailAddress": "a@example.org"},
            "Permission": "WRITE_ACP",
        },
    ]
    policy = {"Owner": owner, "Grants": grants}
    for call, asked, place in (
        (s3.put_object_acl, s3.get_object_acl, {"Bucket": bucket, "Key": "k"}),
        (s3.put_bucket_acl, s3.get_bucket_acl, {"Bucket": bucket}),
    ):
        call(**place, AccessControlPolicy=policy)
        found = [
            (
                grant["Grantee"]["Type"],
                grant["Grantee"].get("ID")
                or grant["Grantee"].get("URI")
                or grant["Grantee"].get("EmailAddress"),
                grant["Permission"],
            )
            for grant in asked(**place)["Grants"]
        ]
        assert found == [
            ("CanonicalUser", OWNER_ID, "FULL_CONTROL"),
            ("CanonicalUser", "user & co", "READ_ACP"),
            ("Group", ALL_USERS, "READ"),
            ("AmazonCustomerByEmail", "a@example.org", "WRITE_ACP"),
        ]
    place = {"Bucket": bucket, "Key": "k"}
    wrong = [{"Grantee": {"Type": "Group", "URI": "http://x"}, "Permission": "READ"}]
    assert (
        refused(s3.put_object_acl, **place, AccessControlPolicy={"Owner": owner, "Grants": wrong})
        == "InvalidArgument"
    )
    stranger = {"Owner": {"ID": "somebody"}, "Grants": []}
    assert refused(s3.put_object_acl, **place, AccessControlPolicy=stranger) == "AccessDenied"


def test_an_acl_document_that_is_none_is_refused(demo: Running, bucket: str) -> None:
    for body in (b"<x/>", b"no xml", b"<!DOCTYPE a><AccessControlPolicy/>", b"<a"):
        reply = demo.raw("PUT", f"/{bucket}", body, query="acl")
        assert reply.code == "MalformedACLError", body
    assert demo.raw("PUT", f"/{bucket}", query="acl").code == "MissingSecurityHeader"


def test_buckets_are_made_told_apart_and_removed(
    s3: Any, demo: Running, refused: Any, bucket: str
) -> None:
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    listed = s3.list_buckets()
    row = next(row for row in listed["Buckets"] if row["Name"] == name)
    assert row["CreationDate"].tzinfo is not None
    assert listed["Owner"]["DisplayName"] == "demo"
    names = [row["Name"] for row in listed["Buckets"]]
    assert names == sorted(names)
    assert s3.get_bucket_location(Bucket=name)["LocationConstraint"] == "eu-west-1"
    assert s3.head_bucket(Bucket=name)["BucketRegion"] == "eu-west-1"
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] is None
    again = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    assert refused(s3.create_bucket, Bucket=name, **again) == "BucketAlreadyOwnedByYou"
    s3.create_bucket(Bucket=bucket)  # in us-east-1 this is no error
    page = s3.list_buckets(MaxBuckets=1, Prefix=name[:5])
    assert page["Buckets"][0]["BucketRegion"]
    s3.delete_bucket(Bucket=name)
    assert refused(s3.head_bucket, Bucket=name) == "404"
    assert refused(s3.delete_bucket, Bucket=name) == "NoSuchBucket"
    assert refused(s3.list_objects_v2, Bucket=name) == "NoSuchBucket"


def test_buckets_come_in_pages(s3: Any) -> None:
    prefix = f"page-{uuid.uuid4().hex[:8]}-"
    for number in range(5):
        s3.create_bucket(Bucket=f"{prefix}{number}")
    found = s3.get_paginator("list_buckets").paginate(
        Prefix=prefix, PaginationConfig={"PageSize": 2}
    )
    pages = [[row["Name"][-1] for row in page["Buckets"]] for page in found]
    assert pages == [["0", "1"], ["2", "3"], ["4"]]


@pytest.mark.parametrize("name", ["My_Bucket", "ab", "a" * 64, "-abc", "abc-", "a..b", "1.2.3.4"])
def test_names_that_are_none(demo: Running, name: str) -> None:
    assert demo.raw("PUT", f"/{name}").code == "InvalidBucketName"


def test_a_region_that_is_none(demo: Running) -> None:
    body = b"<CreateBucketConfiguration><LocationConstraint>No where</LocationConstraint>"
    reply = demo.raw("PUT", "/somewhere", body + b"</CreateBucketConfiguration>")
    assert reply.code == "InvalidLocationConstraint"
