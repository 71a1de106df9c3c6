"""The server as a process: its end, what survives it, memory, the line, the log."""

import os
import signal
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import trustme
from demo.running import MIB, Reply, Running, signed_headers


def test_sigterm_ends_it_in_order(tmp_path: Path) -> None:
    with Running(tmp_path, ["--empty"]) as demo:
        demo.process.send_signal(signal.SIGINT)  # with a parent, Ctrl-C is the parent's to handle
        assert demo.raw("GET", "/").status == 200
        demo.process.send_signal(signal.SIGTERM)
        assert demo.process.wait(10) == 0


def test_an_upload_goes_on_after_kill_9(tmp_path: Path) -> None:
    with Running(tmp_path, ["--empty"]) as demo:
        s3 = demo.client()
        s3.create_bucket(Bucket="kept")
        upload = {
            "Bucket": "kept",
            "Key": "big",
            "UploadId": s3.create_multipart_upload(Bucket="kept", Key="big")["UploadId"],
        }
        first = s3.upload_part(**upload, PartNumber=1, Body=bytes(5 * MIB))["ETag"]
        line = half_sent(demo, f"/kept/big?partNumber=2&uploadId={upload['UploadId']}")
        blobs = {entry.name for entry in (tmp_path / "data" / "blobs").iterdir()}
        assert len(list((tmp_path / "data" / "incoming").iterdir())) == 1
        demo.process.kill()
        demo.process.wait()
        line.close()
    (tmp_path / "data" / "blobs" / "orphan").write_bytes(b"x")
    with Running(tmp_path, ["--empty"]) as demo:
        assert list((tmp_path / "data" / "incoming").iterdir()) == []
        assert {entry.name for entry in (tmp_path / "data" / "blobs").iterdir()} == blobs
        s3 = demo.client()
        assert [part["ETag"] for part in s3.list_parts(**upload)["Parts"]] == [first]
        last = s3.upload_part(**upload, PartNumber=2, Body=b"end")["ETag"]
        parts = [{"PartNumber": 1, "ETag": first}, {"PartNumber": 2, "ETag": last}]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        assert s3.get_object(Bucket="kept", Key="big")["Body"].read() == bytes(5 * MIB) + b"end"


def announced(
    demo: Running, target: str, size: int, more: str = "", **options: Any
) -> socket.socket:
    """Sends the headers of a PUT, and leaves its body to the test."""
    path, _, query = target.partition("?")
    parts = urlsplit(demo.endpoint)
    headers = signed_headers(
        "PUT", path, query, parts.netloc, b"", payload="UNSIGNED-PAYLOAD", **options
    )
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    line = socket.create_connection((parts.hostname, parts.port), timeout=20)
    line.sendall(f"PUT {target} HTTP/1.1\r\n{lines}content-length: {size}\r\n{more}\r\n".encode())
    return line


def half_sent(demo: Running, target: str, size: int = 3 * MIB) -> socket.socket:
    """Announces a body, and returns once half of it is on the server's disk; still open."""
    line = announced(demo, target, size)
    line.sendall(bytes(size // 2))
    incoming = demo.directory / "data" / "incoming"
    for _ in range(10_000):
        if sum(entry.stat().st_size for entry in incoming.iterdir()) == size // 2:
            return line
        demo.raw("GET", "/")
    pytest.fail("the body did not arrive")


def test_a_connection_that_breaks_is_logged_with_what_arrived(demo: Running, bucket: str) -> None:
    line = half_sent(demo, f"/{bucket}/broken")
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    line.close()
    record = logged(demo, "broken")
    assert record["aborted"] is True
    assert (record["method"], record["bucket"], record["status"]) == ("PUT", bucket, 0)
    assert record["received"] == 3 * MIB // 2
    assert not list((demo.directory / "data" / "incoming").iterdir())
    assert demo.raw("HEAD", f"/{bucket}/broken").status == 404


def logged(demo: Running, key: str, method: str = "") -> dict[str, Any]:
    """The last line about a key that was read, or whose connection broke: it comes at the end."""
    for _ in range(2000):
        found = [
            record
            for record in demo.requests()
            if record["key"] == key and method in {"", record["method"]}
        ]
        if found:
            return found[-1]
        demo.raw("GET", "/")
    pytest.fail(f"no line about {key}")


def test_the_log_has_a_line_for_each_request(demo: Running, s3: Any, bucket: str) -> None:
    upload = s3.create_multipart_upload(Bucket=bucket, Key="лог")["UploadId"]
    s3.upload_part(Bucket=bucket, Key="лог", UploadId=upload, PartNumber=3, Body=b"12345")
    record = [line for line in demo.requests() if line["key"] == "лог"][-1]  # no need to wait
    assert record["query"] == {"uploadId": upload, "partNumber": "3"}
    assert (record["received"], record["status"], record["aborted"]) == (5, 200, False)
    assert record["end"] - record["start"] == record["duration"] > 0
    s3.put_object(Bucket=bucket, Key="read", Body=bytes(3 * MIB))
    s3.get_object(Bucket=bucket, Key="read")["Body"].read()
    record = logged(demo, "read", "GET")
    assert (record["method"], record["sent"]) == ("GET", 3 * MIB)
    demo.raw("GET", f"/{bucket}/nothing")
    assert logged(demo, "nothing")["code"] == "NoSuchKey"


def test_no_signature_gets_into_the_log(demo: Running, s3: Any, bucket: str) -> None:
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "signed"})
    demo.anonymous("GET", url.removeprefix(demo.endpoint))
    assert logged(demo, "signed")["code"] == "NoSuchKey"
    assert "Signature" not in demo.log.read_text()


def expecting(demo: Running, path: str, **options: Any) -> tuple[socket.socket, bytes]:
    """Asks for leave to send a body of 1 GiB; returns the line and the first answer."""
    line = announced(demo, path, 1 << 30, "expect: 100-continue\r\n", **options)
    return line, line.recv(65536)


def test_leave_to_send_is_given_after_the_checks_only(demo: Running, s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="there", Body=b"x")
    line, answer = expecting(demo, f"/{bucket}/new")
    assert answer == b"HTTP/1.1 100 Continue\r\n\r\n"
    line.close()
    for path, options, code in (
        (f"/{bucket}/new", {"secret": "wrong"}, b"SignatureDoesNotMatch"),
        ("/no-bucket-here/new", {}, b"NoSuchBucket"),
        (f"/{bucket}/there", {"headers": {"if-none-match": "*"}}, b"PreconditionFailed"),
    ):
        line, answer = expecting(demo, path, **options)
        while code not in answer and (more := line.recv(65536)):
            answer += more
        assert code in answer
        assert b"100 Continue" not in answer
        # at once, not after waiting for a body that will not come
        line.settimeout(5)
        while line.recv(65536):
            pass
        line.close()


def test_a_refused_body_does_not_spoil_the_answer(demo: Running, bucket: str) -> None:
    body = bytes(8 * MIB)
    reply: Reply = demo.raw("PUT", "/no-such-bucket/k", body)
    assert (reply.status, reply.code) == (404, "NoSuchBucket")
    reply = demo.raw("PUT", f"/{bucket}/k", body, secret="wrong")
    assert (reply.status, reply.code) == (403, "SignatureDoesNotMatch")


def test_memory_is_flat_however_large_the_object(tmp_path: Path) -> None:
    size = 300 * MIB
    with Running(tmp_path, ["--empty"]) as demo:
        s3 = demo.client()
        s3.create_bucket(Bucket="large")
        line = announced(demo, "/large/k", size)
        for _ in range(300):
            line.sendall(bytes(MIB))
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.close()
        body = s3.get_object(Bucket="large", Key="k")["Body"]
        assert sum(len(block) for block in body.iter_chunks(MIB)) == size
        peak = peak_memory(demo.process.pid)
    assert peak < 120 * MIB, peak // MIB


def peak_memory(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        pytest.skip("no peak is to be had on this system")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_several_bodies_are_taken_at_once(demo: Running, bucket: str) -> None:
    lines = [announced(demo, f"/{bucket}/{number}", 2 * MIB) for number in range(4)]
    for _ in range(2):
        for line in lines:
            line.sendall(bytes(MIB))
    for line in lines:
        assert line.recv(65536).startswith(b"HTTP/1.1 200")
        line.close()


def test_a_slow_line_takes_its_time(tmp_path: Path) -> None:
    with Running(tmp_path, ["--empty", "--slow", "1000000", "--latency", "20"]) as demo:
        s3 = demo.client()
        s3.create_bucket(Bucket="slow")
        s3.put_object(Bucket="slow", Key="k", Body=bytes(300_000))
        record = logged(demo, "k")
        # the last block may be over when it is read
        assert record["duration"] >= 0.2
        assert min(line["duration"] for line in demo.requests()) >= 0.019


def test_https(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    bundle, key, cert = (tmp_path / name for name in ("ca.pem", "key.pem", "cert.pem"))
    authority.cert_pem.write_to_path(str(bundle))
    issued.private_key_pem.write_to_path(str(key))
    issued.cert_chain_pems[0].write_to_path(str(cert))
    options = ["--empty", "--tls-cert", str(cert), "--tls-key", str(key)]
    with Running(tmp_path / "server", options, ca_bundle=str(bundle)) as demo:
        assert demo.endpoint.startswith("https://")
        s3 = demo.client()  # with defaults: an unsigned trailer with a CRC-32
        s3.create_bucket(Bucket="secure")
        s3.put_object(Bucket="secure", Key="k", Body=bytes(100_000))
        found = s3.get_object(Bucket="secure", Key="k", ChecksumMode="ENABLED")
        assert found["ChecksumCRC32"]
        assert found["Body"].read() == bytes(100_000)


def test_an_overwritten_object_is_read_to_its_end(demo: Running, s3: Any, bucket: str) -> None:
    old = os.urandom(8 * MIB)
    upload = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    place = {"Bucket": bucket, "Key": "k", "UploadId": upload}
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(**place, PartNumber=number, Body=old)["ETag"],
        }
        for number in range(1, 5)
    ]
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": parts})
    body = s3.get_object(Bucket=bucket, Key="k")["Body"]
    head = body.read(1)
    s3.put_object(Bucket=bucket, Key="k", Body=b"new")
    assert head + body.read() == old * 4
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"new"
