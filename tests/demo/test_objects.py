"""Objects over the wire: keys to the byte, headers, ranges, conditions, copies, digests."""

import base64
import datetime
import gzip
from typing import Any

import pytest
from botocore.exceptions import ClientError
from demo.running import Running, quoted

HOSTILE = [
    "//",
    "/leading",
    "a//b///c",
    "../../etc/passwd",
    "./a/./b/..",
    "trailing/",
    "space and+plus%20percent%2F#hash?query&amp=;,:@$!'()*[]{}|\\^`~",
    "quote\"and'<xml>&amp;",
    "Ключ/файл.txt",
    "emoji 🏔️👨‍👩‍👧/é\u0301",
    "new\nline\rreturn\ttab",
    "\x01\x1f\x7f",
    "nul\x00byte",
    "\u202eexe.txt",
    "\ufeffbom",
    "\uffff\U0010ffff",
    "k" * 1024,
    "я" * 512,
    "?acl",
    "%2e%2e",
]


@pytest.mark.parametrize("key", HOSTILE, ids=lambda key: key[:12].encode("unicode_escape").decode())
def test_any_key_is_kept_to_the_byte(demo: Running, bucket: str, key: str) -> None:
    body = key.encode()
    path = f"/{bucket}/{quoted(key)}"
    assert demo.raw("PUT", path, body).status == 200
    assert demo.raw("GET", path).body == body
    listed = demo.raw("GET", f"/{bucket}", query="encoding-type=url&list-type=2").body.decode()
    from urllib.parse import unquote_plus

    assert unquote_plus(listed.partition("<Key>")[2].partition("</Key>")[0]) == key
    assert listed.count("<Key>") == 1
    assert demo.raw("DELETE", path).status == 204
    assert demo.raw("HEAD", path).status == 404


def test_keys_that_only_look_alike_are_different_objects(s3: Any, bucket: str) -> None:
    keys = ["a/b", "a//b", "/a/b", "a/./b", "a/../a/b", "a/b/", "a%2Fb"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    for key in keys:
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    listed = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert [entry["Key"] for entry in listed] == sorted(keys, key=str.encode)


def test_a_key_over_1024_bytes_and_one_that_is_not_utf8_are_refused(
    demo: Running, bucket: str
) -> None:
    assert demo.raw("PUT", f"/{bucket}/{'k' * 1025}", b"x").code == "KeyTooLongError"
    assert demo.raw("PUT", f"/{bucket}/{quoted('я' * 513)}", b"x").code == "KeyTooLongError"
    assert demo.raw("PUT", f"/{bucket}/%FF%FE", b"x").code == "InvalidURI"


def test_headers_metadata_class_and_tags_come_back(s3: Any, bucket: str) -> None:
    expires = datetime.datetime(2031, 1, 2, tzinfo=datetime.UTC)
    stored = {
        "ContentType": "text/x-demo",
        "CacheControl": "max-age=5",
        "ContentDisposition": "attachment; filename=x",
        "ContentLanguage": "ru",
        "ContentEncoding": "gzip",
        "WebsiteRedirectLocation": "/elsewhere",
        "Metadata": {"who": "me", "two-words": "a  b"},
        "StorageClass": "STANDARD_IA",
    }
    packed = gzip.compress(b"text")
    s3.put_object(
        Bucket=bucket, Key="k", Body=packed, Tagging="a=1&b=2+x", Expires=expires, **stored
    )
    for call in (s3.head_object, s3.get_object):
        found = call(Bucket=bucket, Key="k")
        assert {name: found[name] for name in stored} == stored
        assert found["ExpiresString"] == "Thu, 02 Jan 2031 00:00:00 GMT"
        assert found["AcceptRanges"] == "bytes"
    # bytes that are compressed are stored as they are
    assert found["Body"].read() == packed
    tags = s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"]
    assert tags == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2 x"}]
    s3.put_object_tagging(
        Bucket=bucket, Key="k", Tagging={"TagSet": [{"Key": "ключ", "Value": "ü"}]}
    )
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"][0]["Key"] == "ключ"
    s3.delete_object_tagging(Bucket=bucket, Key="k")
    assert s3.get_object_tagging(Bucket=bucket, Key="k")["TagSet"] == []


def test_metadata_that_is_not_ascii_comes_back_as_an_rfc2047_word(
    demo: Running, bucket: str
) -> None:
    wire = "имя".encode().decode("latin-1")
    connection = demo.connection()
    from demo.running import signed_headers

    headers = signed_headers(
        "PUT", f"/{bucket}/k", "", demo.endpoint[7:], b"", headers={"x-amz-meta-name": "имя"}
    )
    headers["x-amz-meta-name"] = wire  # http.client sends Latin-1: the same bytes
    connection.request("PUT", f"/{bucket}/k", b"", headers)
    assert connection.getresponse().read() == b""
    connection.close()
    word = base64.b64encode("имя".encode()).decode()
    assert demo.raw("HEAD", f"/{bucket}/k").headers["x-amz-meta-name"] == f"=?UTF-8?B?{word}?="


def test_what_cannot_be_kept_is_refused_and_leaves_nothing(
    s3: Any, bucket: str, refused: Any
) -> None:
    put = {"Bucket": bucket, "Key": "k", "Body": b"x"}
    assert refused(s3.put_object, **put, Metadata={"a": "b" * 2048}) == "MetadataTooLarge"
    assert refused(s3.put_object, **put, StorageClass="COLD") == "InvalidStorageClass"
    assert refused(s3.put_object, **put, ACL="nobody") == "InvalidArgument"
    many = "&".join(f"t{number}=1" for number in range(11))
    assert refused(s3.put_object, **put, Tagging=many) == "InvalidTag"
    assert refused(s3.put_object, **put, ServerSideEncryption="rot13") == "InvalidArgument"
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


@pytest.mark.parametrize(
    ("asked", "expected", "content_range"),
    [
        ("bytes=0-3", b"0123", "bytes 0-3/10"),
        ("bytes=4-", b"456789", "bytes 4-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
        ("bytes=-99", b"0123456789", "bytes 0-9/10"),
        ("bytes=8-99", b"89", "bytes 8-9/10"),
        ("bytes=5-4", b"0123456789", None),
        ("lines=1-2", b"0123456789", None),
        ("bytes=0-1,3-4", b"0123456789", None),
    ],
)
def test_ranges(
    s3: Any, bucket: str, asked: str, expected: bytes, content_range: str | None
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"0123456789")
    found = s3.get_object(Bucket=bucket, Key="k", Range=asked)
    assert found["Body"].read() == expected
    assert found.get("ContentRange") == content_range
    assert found["ContentLength"] == len(expected)
    status = found["ResponseMetadata"]["HTTPStatusCode"]
    assert status == (206 if content_range else 200)


@pytest.mark.parametrize("asked", ["bytes=10-", "bytes=10-11", "bytes=-0"])
def test_a_range_outside_is_416(demo: Running, bucket: str, asked: str) -> None:
    demo.raw("PUT", f"/{bucket}/k", b"0123456789")
    reply = demo.raw("GET", f"/{bucket}/k", headers={"range": asked})
    assert (reply.status, reply.code) == (416, "InvalidRange")
    assert b"<ActualObjectSize>10</ActualObjectSize>" in reply.body


def test_an_empty_object_has_no_range(demo: Running, bucket: str) -> None:
    demo.raw("PUT", f"/{bucket}/empty")
    assert demo.raw("GET", f"/{bucket}/empty").status == 200
    assert demo.raw("GET", f"/{bucket}/empty", headers={"range": "bytes=0-0"}).status == 416


def test_conditions_on_reading(demo: Running, s3: Any, bucket: str) -> None:
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    past, future = "Wed, 21 Oct 2015 07:28:00 GMT", "Wed, 21 Oct 2065 07:28:00 GMT"
    modified = demo.raw("HEAD", f"/{bucket}/k").headers["Last-Modified"]
    cases = [
        ({"if-match": etag}, 200),
        ({"if-match": '"other"'}, 412),
        ({"if-match": f'"other", {etag}'}, 200),
        ({"if-none-match": etag}, 304),
        ({"if-none-match": "*"}, 304),
        ({"if-none-match": '"other"'}, 200),
        ({"if-modified-since": modified}, 304),
        ({"if-modified-since": past}, 200),
        ({"if-modified-since": future}, 200),
        ({"if-modified-since": "nonsense"}, 200),
        ({"if-unmodified-since": past}, 412),
        ({"if-unmodified-since": modified}, 200),
        ({"if-match": etag, "if-unmodified-since": past}, 200),
        ({"if-none-match": '"other"', "if-modified-since": modified}, 200),
        ({"if-range": '"other"', "range": "bytes=0-0"}, 200),
        ({"if-range": etag, "range": "bytes=0-0"}, 206),
    ]
    for headers, status in cases:
        for method in ("GET", "HEAD"):
            reply = demo.raw(method, f"/{bucket}/k", headers=headers)
            assert reply.status == status, (method, headers)
            assert not (status == 304 and reply.body)


def test_conditions_on_writing(s3: Any, bucket: str, refused: Any) -> None:
    put = {"Bucket": bucket, "Key": "k"}
    etag = s3.put_object(**put, Body=b"1", IfNoneMatch="*")["ETag"]
    assert refused(s3.put_object, **put, Body=b"2", IfNoneMatch="*") == "PreconditionFailed"
    assert refused(s3.put_object, **put, Body=b"2", IfMatch='"other"') == "PreconditionFailed"
    assert refused(s3.put_object, Bucket=bucket, Key="none", IfMatch=etag) == "NoSuchKey"
    s3.put_object(**put, Body=b"2", IfMatch=etag)
    assert s3.get_object(**put)["Body"].read() == b"2"


def test_response_overrides(s3: Any, bucket: str, demo: Running) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", ACL="public-read")
    found = s3.get_object(
        Bucket=bucket,
        Key="k",
        ResponseContentDisposition="attachment; filename=z",
        ResponseCacheControl="no-store",
    )
    assert found["ContentDisposition"] == "attachment; filename=z"
    assert found["CacheControl"] == "no-store"
    split = demo.raw("GET", f"/{bucket}/k", query="response-content-type=a%0D%0Ab%3A%20c")
    assert split.code == "InvalidArgument"
    anonymous = demo.anonymous("GET", f"/{bucket}/k?response-content-type=text/html")
    assert anonymous.code == "InvalidRequest"


def test_copies(s3: Any, bucket: str, refused: Any) -> None:
    source = {"Bucket": bucket, "Key": "from ä+%"}
    s3.put_object(
        **source, Body=b"data", ContentType="text/x-a", Metadata={"a": "1"}, Tagging="t=1"
    )
    s3.copy_object(Bucket=bucket, Key="kept", CopySource=source)
    kept = s3.get_object(Bucket=bucket, Key="kept")
    assert kept["Body"].read() == b"data"
    assert (kept["ContentType"], kept["Metadata"], kept["TagCount"]) == ("text/x-a", {"a": "1"}, 1)
    s3.copy_object(
        Bucket=bucket,
        Key="new",
        CopySource=source,
        MetadataDirective="REPLACE",
        Metadata={"b": "2"},
        ContentType="text/x-b",
        TaggingDirective="REPLACE",
    )
    new = s3.head_object(Bucket=bucket, Key="new")
    assert (new["ContentType"], new["Metadata"]) == ("text/x-b", {"b": "2"})
    assert "TagCount" not in new
    # the copies outlive the source
    s3.delete_object(**source)
    assert s3.get_object(Bucket=bucket, Key="new")["Body"].read() == b"data"
    itself = {"Bucket": bucket, "Key": "new"}
    assert refused(s3.copy_object, **itself, CopySource=itself) == "InvalidRequest"
    s3.copy_object(**itself, CopySource=itself, StorageClass="STANDARD_IA")
    assert s3.head_object(**itself)["StorageClass"] == "STANDARD_IA"
    assert refused(s3.copy_object, **itself, CopySource=source) == "NoSuchKey"
    wrong = refused(
        s3.copy_object, Bucket=bucket, Key="z", CopySource=itself, CopySourceIfMatch='"other"'
    )
    assert wrong == "PreconditionFailed"


def test_deletes_each_with_its_own_result(s3: Any, bucket: str, demo: Running) -> None:
    keys = ["a", "b\n", "emoji 🏔️"]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    wanted = [{"Key": key} for key in [*keys, "missing", "k" * 1025]]
    result = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert [done["Key"] for done in result["Deleted"]] == [*keys, "missing"]
    assert [error["Code"] for error in result["Errors"]] == ["KeyTooLongError"]
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert (
        s3.delete_object(Bucket=bucket, Key="missing")["ResponseMetadata"]["HTTPStatusCode"] == 204
    )
    reply = demo.raw("POST", f"/{bucket}", b"<Delete/>", query="delete")
    assert reply.code == "InvalidRequest"
    assert not list(demo.directory.glob("data/incoming/*"))


def test_what_sleeps_in_glacier_is_seen_and_not_read(s3: Any, bucket: str, refused: Any) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", StorageClass="GLACIER")
    assert s3.head_object(Bucket=bucket, Key="k")["StorageClass"] == "GLACIER"
    assert refused(s3.get_object, Bucket=bucket, Key="k") == "InvalidObjectState"


@pytest.mark.parametrize("sub", ["policy", "lifecycle", "cors", "website", "encryption"])
def test_an_operation_that_is_not_here_says_so_and_changes_nothing(
    demo: Running, s3: Any, bucket: str, sub: str
) -> None:
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert demo.raw("GET", f"/{bucket}", query=sub).code == "NotImplemented"
    assert demo.raw("PUT", f"/{bucket}", b"<x/>", query=sub).code == "NotImplemented"
    assert demo.raw("PUT", f"/{bucket}/k", b"<x/>", query="retention").code == "NotImplemented"
    assert demo.raw("PATCH", f"/{bucket}/k", b"y").code == "MethodNotAllowed"
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_a_head_that_fails_has_no_body(s3: Any, bucket: str, demo: Running) -> None:
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=bucket, Key="missing")
    reply = demo.raw("HEAD", f"/{bucket}/missing")
    assert (reply.status, reply.body) == (404, b"")
