"""Who sent a request is verified for real: vectors of the AWS documentation, and on the wire."""

import base64
import hashlib
import time
import urllib.error
import urllib.request
import zlib
from calendar import timegm
from typing import Any

import pytest
from demo.running import MIB, Running, chunked, signed_headers

from s3gui.demo.faults import Fault
from s3gui.demo.signature import Target, verify
from s3gui.domain.profile import Credentials

# The examples of "Signature Calculations for the Authorization Header" and "Authenticating
# Requests: Using Query Parameters" in the S3 API reference.
KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
NOW = timegm((2013, 5, 24, 0, 0, 0, 0, 0, 0))
SCOPE = "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"
EMPTY = hashlib.sha256(b"").hexdigest()
GET_SIGNATURE = "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
PRESIGNED = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"
SEED = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"
CHUNKS = (
    "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
    "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
)


def header_request(signature: str = GET_SIGNATURE, **changes: str) -> Target:
    signed = "host;range;x-amz-content-sha256;x-amz-date"
    headers = {
        "host": "examplebucket.s3.amazonaws.com",
        "range": "bytes=0-9",
        "x-amz-content-sha256": EMPTY,
        "x-amz-date": "20130524T000000Z",
        "authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE},SignedHeaders={signed},"
        f"Signature={signature}",
    }
    return Target("GET", b"/test.txt", [], headers | changes)


def presigned_request(expires: str = "86400") -> Target:
    query = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", SCOPE),
        ("X-Amz-Date", "20130524T000000Z"),
        ("X-Amz-Expires", expires),
        ("X-Amz-SignedHeaders", "host"),
        ("X-Amz-Signature", PRESIGNED),
    ]
    return Target("GET", b"/test.txt", query, {"host": "examplebucket.s3.amazonaws.com"})


def fault(target: Target, now: float = NOW) -> str:
    with pytest.raises(Fault) as caught:
        verify(target, KEYS, now)
    return caught.value.code


def test_the_documented_examples_verify() -> None:
    assert not verify(header_request(), KEYS, NOW + 800).anonymous
    assert not verify(presigned_request(), KEYS, NOW + 86_000).anonymous


def test_the_documented_chunk_chain_verifies_and_a_wrong_link_does_not() -> None:
    signed = (
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
        "x-amz-decoded-content-length;x-amz-storage-class"
    )
    headers = {
        "content-encoding": "aws-chunked",
        "content-length": "66824",
        "host": "s3.amazonaws.com",
        "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "x-amz-date": "20130524T000000Z",
        "x-amz-decoded-content-length": "66560",
        "x-amz-storage-class": "REDUCED_REDUNDANCY",
        "authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE},SignedHeaders={signed},"
        f"Signature={SEED}",
    }
    target = Target("PUT", b"/examplebucket/chunkObject.txt", [], headers)
    signer = verify(target, KEYS, NOW).signer
    assert signer is not None
    for size, signature in zip((65536, 1024, 0), CHUNKS, strict=True):
        signer.check_chunk(signature, hashlib.sha256(b"a" * size).hexdigest())
    with pytest.raises(Fault, match="SignatureDoesNotMatch"):
        signer.check_chunk(CHUNKS[0], hashlib.sha256(b"a" * 65536).hexdigest())


@pytest.mark.parametrize(
    ("target", "now", "code"),
    [
        (header_request("0" * 64), NOW, "SignatureDoesNotMatch"),
        (header_request(range="bytes=0-8"), NOW, "SignatureDoesNotMatch"),
        (header_request(), NOW + 901, "RequestTimeTooSkewed"),
        (header_request(), NOW - 901, "RequestTimeTooSkewed"),
        (header_request(**{"x-amz-acl": "public-read"}), NOW, "AccessDenied"),
        (header_request(authorization="AWS AK:sig"), NOW, "InvalidRequest"),
        (header_request(authorization="AWS4-HMAC-SHA256 x"), NOW, "AuthorizationHeaderMalformed"),
        (header_request(**{"x-amz-security-token": "t"}), NOW, "InvalidToken"),
        (presigned_request(), NOW + 86_401, "AccessDenied"),
        (presigned_request(), NOW - 901, "AccessDenied"),
        (presigned_request("604801"), NOW, "AuthorizationQueryParametersError"),
        (presigned_request("86401"), NOW, "SignatureDoesNotMatch"),
    ],
)
def test_what_is_not_as_it_was_signed_is_refused(target: Target, now: float, code: str) -> None:
    assert fault(target, now) == code


def test_another_access_key_is_unknown() -> None:
    with pytest.raises(Fault, match="InvalidAccessKeyId"):
        verify(header_request(), Credentials("AKOTHER", KEYS.secret_key), NOW)


def test_wrong_secret_and_unknown_key_on_the_wire(demo: Running, refused: Any) -> None:
    assert refused(demo.client(secret="wrong").list_buckets) == "SignatureDoesNotMatch"
    assert refused(demo.client(access="AKNOBODY").list_buckets) == "InvalidAccessKeyId"


def test_a_clock_an_hour_off_is_told_so(demo: Running) -> None:
    for offset in (-3600, 3600):
        reply = demo.raw("GET", "/", offset_s=offset)
        assert (reply.status, reply.code) == (403, "RequestTimeTooSkewed")
        assert b"<ServerTime>" in reply.body


def test_an_error_document_is_as_aws_has_it(demo: Running) -> None:
    reply = demo.raw("GET", "/no-such-bucket/key")
    assert (reply.status, reply.headers["Content-Type"]) == (404, "application/xml")
    assert reply.code == "NoSuchBucket"
    request_id = reply.headers["x-amz-request-id"]
    assert f"<RequestId>{request_id}</RequestId>".encode() in reply.body
    assert b"<Resource>/no-such-bucket/key</Resource>" in reply.body


def test_anonymous_is_let_in_by_acl_only(demo: Running, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="closed", Body=b"x")
    s3.put_object(Bucket=bucket, Key="open", Body=b"y", ACL="public-read")
    assert demo.anonymous("GET", f"/{bucket}/open").body == b"y"
    assert demo.anonymous("GET", f"/{bucket}/closed").code == "AccessDenied"
    assert demo.anonymous("GET", f"/{bucket}/missing").code == "AccessDenied"
    assert demo.anonymous("GET", f"/{bucket}").code == "AccessDenied"
    assert demo.anonymous("PUT", f"/{bucket}/open", b"z").code == "AccessDenied"
    assert demo.anonymous("GET", "/").code == "AccessDenied"
    assert demo.anonymous("GET", f"/{bucket}/open?acl").code == "AccessDenied"
    s3.put_bucket_acl(Bucket=bucket, ACL="public-read")
    assert demo.anonymous("GET", f"/{bucket}").status == 200
    assert demo.anonymous("GET", f"/{bucket}/missing").code == "NoSuchKey"


def test_presigned_urls_work_until_tampered_with(demo: Running, s3: Any, bucket: str) -> None:
    key = "a b/+ä?&=#.txt"
    put = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": key})
    request = urllib.request.Request(  # noqa: S310  our own server
        put, b"hello", {"Content-Type": ""}, method="PUT"
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310  our own server
        assert answer.status == 200
    parameters = {"Bucket": bucket, "Key": key, "ResponseContentType": "text/x-demo"}
    url = s3.generate_presigned_url("get_object", Params=parameters)
    with urllib.request.urlopen(url) as answer:  # noqa: S310  our own server
        assert (answer.read(), answer.headers["Content-Type"]) == (b"hello", "text/x-demo")
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(url.replace("text%2Fx-demo", "text%2Fhtml"))  # noqa: S310  our own server
    with caught.value as error:
        assert b"SignatureDoesNotMatch" in error.read()


def test_a_payload_that_is_not_the_signed_one_is_refused(demo: Running, bucket: str) -> None:
    wrong = hashlib.sha256(b"other").hexdigest()
    reply = demo.raw("PUT", f"/{bucket}/k", b"body", payload=wrong)
    assert reply.code == "XAmzContentSHA256Mismatch"
    assert demo.raw("HEAD", f"/{bucket}/k").status == 404
    assert demo.raw("PUT", f"/{bucket}/k", b"body", payload="UNSIGNED-PAYLOAD").status == 200


@pytest.mark.parametrize("break_chunk", [-1, 0, 1, 2])
def test_signed_chunks_are_decoded_and_verified(
    demo: Running, s3: Any, bucket: str, break_chunk: int
) -> None:
    body = bytes(range(256)) * 1024
    path = f"/{bucket}/chunked"
    headers = signed_headers(
        "PUT",
        path,
        "",
        demo.endpoint.rpartition("/")[2],
        b"",
        headers={
            "content-encoding": "aws-chunked,gzip",
            "x-amz-decoded-content-length": str(len(body)),
        },
        payload="STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    )
    connection = demo.connection()
    sent = chunked(body, headers, [200_000, len(body) - 200_000], break_chunk=break_chunk)
    connection.request("PUT", path, sent, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    if break_chunk >= 0:
        assert b"SignatureDoesNotMatch" in text
        return
    assert answer.status == 200, text
    found = s3.get_object(Bucket=bucket, Key="chunked")
    assert found["Body"].read() == body
    assert found["ContentEncoding"] == "gzip"


@pytest.mark.parametrize(
    ("value", "code"), [("right", ""), ("AAAAAA==", "BadDigest"), ("", "MalformedTrailerError")]
)
def test_an_unsigned_trailer_is_held_against_the_body(
    demo: Running, bucket: str, value: str, code: str
) -> None:
    body = b"0123456789" * 30_000
    right = base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    shown = right if value == "right" else value
    trailer = f"x-amz-checksum-crc32:{shown}\r\n" if shown else ""
    sent = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n%b\r\n" % (
        *(MIB // 8, body[: MIB // 8]),
        *(len(body) - MIB // 8, body[MIB // 8 :]),
        trailer.encode(),
    )
    reply = demo.raw(
        "PUT",
        f"/{bucket}/trailer",
        sent,
        payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        headers={
            "content-encoding": "aws-chunked",
            "x-amz-decoded-content-length": str(len(body)),
            "x-amz-trailer": "x-amz-checksum-crc32",
        },
    )
    assert reply.code == code
    if not code:
        assert demo.raw("GET", f"/{bucket}/trailer").body == body


def test_a_body_shorter_than_announced_inside_its_chunks_is_incomplete(
    demo: Running, bucket: str
) -> None:
    reply = demo.raw(
        "PUT",
        f"/{bucket}/short",
        b"3\r\nabc\r\n0\r\n\r\n",
        payload="STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        headers={"x-amz-decoded-content-length": "4"},
    )
    assert (reply.status, reply.code) == (400, "IncompleteBody")


def test_time_is_taken_from_the_clock_when_none_is_given() -> None:
    assert time.time() - NOW > 1000
    with pytest.raises(Fault, match="RequestTimeTooSkewed"):
        verify(header_request(), KEYS)
