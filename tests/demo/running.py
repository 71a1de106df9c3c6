"""A demo server in a child process, as the tests see it: a boto3 client, raw requests, its log."""

import hashlib
import hmac
import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import boto3
from botocore.config import Config

ACCESS_KEY, SECRET_KEY = "AKDEMOTEST", "secret/of+the=test"
MIB = 1 << 20


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str:
        return self.body.partition(b"<Code>")[2].partition(b"</Code>")[0].decode()


@dataclass
class Running:
    """Started with keys that are known, and a log."""

    directory: Path
    options: Sequence[str] = ()
    ca_bundle: str = ""
    process: subprocess.Popen[bytes] = field(init=False)
    endpoint: str = field(init=False)
    clients: list[Any] = field(default_factory=list)

    def __enter__(self) -> "Running":
        self.directory.mkdir(parents=True, exist_ok=True)
        arguments = ["--dir", str(self.directory / "data"), "--log", str(self.log), "--with-parent"]
        keys = {"S3GUI_DEMO_ACCESS_KEY": ACCESS_KEY, "S3GUI_DEMO_SECRET_KEY": SECRET_KEY}
        with (self.directory / "errors").open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "s3gui.demo", *arguments, *self.options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | keys,
            )
        line = self.process.stdout.readline()
        assert line, (self.directory / "errors").read_text()
        self.endpoint = json.loads(line)["endpoint"]
        return self

    def __exit__(self, *exc_info: object) -> None:
        for client in self.clients:
            client.close()
        self.process.stdin.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()
        errors = (self.directory / "errors").read_text()
        assert "Traceback" not in errors, errors

    @property
    def log(self) -> Path:
        return self.directory / "requests.jsonl"

    def requests(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def client(self, secret: str = SECRET_KEY, access: str = ACCESS_KEY, **config: Any) -> Any:
        client = boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=access,
            aws_secret_access_key=secret,
            verify=self.ca_bundle or None,
            config=Config(
                signature_version="s3v4",
                retries={"total_max_attempts": 1},
                **{"s3": {"addressing_style": "path"}, **config},
            ),
        )
        self.clients.append(client)
        return client

    def connection(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.endpoint)
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=20)

    def raw(self, method: str, path: str, body: bytes = b"", **more: Any) -> Reply:
        """One signed request, byte for byte as given; see ``signed_headers`` for the options."""
        connection = self.connection()
        try:
            query = more.pop("query", "")
            headers = signed_headers(
                method, path, query, urlsplit(self.endpoint).netloc, body, **more
            )
            connection.request(method, path + (f"?{query}" if query else ""), body, headers)
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def anonymous(self, method: str, path: str, body: bytes = b"") -> Reply:
        connection = self.connection()
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            return Reply(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()


def signing_key(secret: str, date: str) -> bytes:
    key = b"AWS4" + secret.encode()
    for step in (date, "us-east-1", "s3", "aws4_request"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    return key


def signed_headers(
    method: str,
    path: str,
    query: str,
    host: str,
    body: bytes,
    *,
    headers: dict[str, str] | None = None,
    payload: str = "",
    offset_s: float = 0,
    secret: str = SECRET_KEY,
    access: str = ACCESS_KEY,
    unsigned: dict[str, str] | None = None,
) -> dict[str, str]:
    """Signature Version 4, written apart from the server's: path and query are taken as signed."""
    when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + offset_s))
    sent = {
        "host": host,
        "x-amz-date": when,
        "x-amz-content-sha256": payload or hashlib.sha256(body).hexdigest(),
        **{name.lower(): value for name, value in (headers or {}).items()},
    }
    names = sorted(sent)
    canonical = "\n".join(
        [
            method,
            path,
            "&".join(sorted(p if "=" in p else f"{p}=" for p in query.split("&") if p)),
            *(f"{name}:{sent[name].strip()}" for name in names),
            "",
            ";".join(names),
            sent["x-amz-content-sha256"],
        ]
    )
    scope = f"{when[:8]}/us-east-1/s3/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{when}\n{scope}\n{digest}"
    signature = hmac.new(signing_key(secret, when[:8]), text.encode(), hashlib.sha256).hexdigest()
    sent["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={access}/{scope}, SignedHeaders={';'.join(names)}, "
        f"Signature={signature}"
    )
    return {**sent, **(unsigned or {})}


def chunked(
    body: bytes, headers: dict[str, str], sizes: Sequence[int], *, break_chunk: int = -1
) -> bytes:
    """The body in signed chunks, chained to the signature of ``headers``."""
    when = headers["x-amz-date"]
    scope = f"{when[:8]}/us-east-1/s3/aws4_request"
    previous = headers["authorization"].rpartition("=")[2]
    key = signing_key(SECRET_KEY, when[:8])
    out, position = b"", 0
    for index, size in enumerate([*sizes, 0]):
        data = body[position : position + size]
        position += size
        empty = hashlib.sha256(b"").hexdigest()
        text = (
            f"AWS4-HMAC-SHA256-PAYLOAD\n{when}\n{scope}\n{previous}\n{empty}\n"
            + hashlib.sha256(data).hexdigest()
        )
        previous = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        shown = "0" * 64 if index == break_chunk else previous
        out += f"{len(data):x};chunk-signature={shown}\r\n".encode() + data + b"\r\n"
    return out


def quoted(key: str) -> str:
    """A key in a path."""
    return quote(key.encode(), safe="/-_.~")
