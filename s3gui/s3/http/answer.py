"""Reading an answer: the head, how long the body is, and a body that may be given to a parser.

Strict on purpose: what two readers could understand in two ways is refused (RFC 9112, section 6.3).
"""

import re
from dataclasses import dataclass

from s3gui.domain.parts import KIB
from s3gui.domain.text import tr, visible
from s3gui.s3.http import faults
from s3gui.s3.http.limits import Limits
from s3gui.s3.http.wire import Wire

_STATUS = re.compile(rb"HTTP/1\.([01]) ([1-9]\d\d)(?: .*)?", re.DOTALL)
_NAME = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_RANGE = re.compile(r"bytes (\d{1,20})-(\d{1,20})/(\d{1,20})")
_REGION = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ENCODING = re.compile(rb"""encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_PLAIN_ENCODINGS = {b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1"}
_PROLOG = re.compile(rb"(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)


class Ended(Exception):
    """The connection ended where more was due."""


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers; names in lower case, the last of several with one name."""

    status: int
    headers: dict[str, str]
    #: Bytes of the body; ``None`` when only its end tells (``chunked``, or the connection's end).
    length: int | None
    chunked: bool
    keeps: bool

    @property
    def region(self) -> str:
        """The bucket's region, if the server says it and it has the form of one; else ""."""
        region = self.headers.get("x-amz-bucket-region", "")
        return region if _REGION.fullmatch(region) else ""


def read_head(wire: Wire, host: str, method: str, limits: Limits) -> Head:
    """The next head, an interim one too.

    Raises:
        Ended: not one byte came.
        BadAnswer: it is not HTTP/1, is cut, or is too large.
        Silence, Drip, OSError: from the wire.
    """
    left = limits.head_bytes
    lines: list[bytes] = []
    while True:
        line = wire.reader.readline(left)
        left -= len(line)
        if not line and not lines:
            raise Ended
        if not line.endswith(b"\n"):
            if left <= 0:
                raise faults.bad_answer(host, tr("its header is too large"))
            raise Ended
        line = line.rstrip(b"\r\n")
        if not line:
            break
        lines.append(line)
        if len(lines) > limits.head_lines:
            raise faults.bad_answer(host, tr("its header is too large"))
    return _parse_head(lines, host, method)


def _parse_head(lines: list[bytes], host: str, method: str) -> Head:
    status_line = _STATUS.fullmatch(lines[0]) if lines else None
    if status_line is None:
        raise faults.bad_answer(host, tr("it is not HTTP"))
    status = int(status_line[2])
    headers: dict[str, str] = {}
    lengths: set[str] = set()
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name) or b"\0" in value or b"\r" in value:
            raise faults.bad_answer(host, tr("its header is malformed"))
        key = name.decode("ascii").lower()
        headers[key] = _text(value.strip(b" \t"))
        if key == "content-length":
            lengths.add(headers[key])
    connection = headers.get("connection", "").lower()
    keeps = "close" not in connection and (status_line[1] == b"1" or "keep-alive" in connection)
    coding = headers.get("transfer-encoding", "").lower()
    if coding not in {"", "identity", "chunked"}:
        raise faults.bad_answer(host, tr("its transfer encoding is unknown"))
    length = _length(lengths, host)
    chunked = coding == "chunked"
    if method == "HEAD" or status in {204, 304} or status < 200:
        length, chunked = 0, False
    elif chunked:
        # Both: an old way to smuggle a second answer behind the first.
        keeps = keeps and length is None
        length = None
    return Head(status, headers, length, chunked, keeps and (chunked or length is not None))


def _length(values: set[str], host: str) -> int | None:
    if not values:
        return None
    value = values.pop()
    if values or not value.isascii() or not value.isdigit() or len(value) > 19:
        raise faults.bad_answer(host, tr("its length is malformed"))
    return int(value)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def read_control(wire: Wire, head: Head, host: str, limits: Limits) -> bytes:
    """A whole body, at most ``limits.control_bytes``.

    Raises:
        BadAnswer: it is larger, or malformed.
        Ended, Silence, Drip, OSError: from the wire.
    """
    most = limits.control_bytes
    if head.length is not None:
        if head.length > most:
            raise _too_large(host, most)
        return _exactly(wire, head.length)
    if head.chunked:
        return _chunks(wire, host, most)
    body = bytearray()
    while piece := wire.reader.read1(64 * KIB):
        body += piece
        if len(body) > most:
            raise _too_large(host, most)
    return bytes(body)


def _exactly(wire: Wire, length: int) -> bytes:
    body = bytearray()
    while len(body) < length:
        piece = wire.reader.read1(min(64 * KIB, length - len(body)))
        if not piece:
            raise Ended
        body += piece
    return bytes(body)


def _chunks(wire: Wire, host: str, most: int) -> bytes:
    body = bytearray()
    while True:
        size_text = _short_line(wire, host).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", size_text):
            raise faults.bad_answer(host, tr("its length is malformed"))
        size = int(size_text, 16)
        if len(body) + size > most:
            raise _too_large(host, most)
        if not size:
            break
        body += _exactly(wire, size)
        if _short_line(wire, host):
            raise faults.bad_answer(host, tr("its length is malformed"))
    for _ in range(32):
        if not _short_line(wire, host):
            return bytes(body)
    raise faults.bad_answer(host, tr("its header is too large"))


def _short_line(wire: Wire, host: str) -> bytes:
    line = wire.reader.readline(4 * KIB)
    if line.endswith(b"\n"):
        return line.rstrip(b"\r\n")
    if len(line) < 4 * KIB:
        raise Ended
    raise faults.bad_answer(host, tr("its header is too large"))


def _too_large(host: str, most: int) -> Exception:
    return faults.bad_answer(
        host, tr("it is larger than {limit} MiB").format(limit=most // (KIB * KIB))
    )


def is_markup_we_refuse(body: bytes) -> str:
    """Why ``body`` must not reach a parser, translated; "" if it may.

    A DTD can make entities (M18), so a body that begins one never gets there. Encodings other than
    plain ones are refused with it: in UTF-16 or EBCDIC the same characters are other bytes.
    """
    if body[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"\0" in body[:4]:
        return tr("its text is not UTF-8")
    rest = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not rest.startswith(b"<"):
        return ""
    prolog = _PROLOG.match(rest)
    end = prolog.end() if prolog else 0
    declared = _ENCODING.search(rest[: rest.find(b"?>") + 1]) if rest.startswith(b"<?xml") else None
    if declared and declared[1].lower() not in _PLAIN_ENCODINGS:
        return tr("its text is not UTF-8")
    after = rest[end : end + 16].lower()
    if after.startswith((b"<!", b"<?")):
        return tr("it holds a document type, which S3 never sends")
    if re.match(rb"<html[\s>]", after):
        return tr("it is a web page")
    if after and not after.startswith(b"<"):
        return tr("it is malformed")
    return ""


def check_range(head: Head, host: str, *, first: int, length: int | None, total: int | None) -> int:
    """Whether a 2xx answer holds exactly what was asked for; returns the bytes of its body.

    Raises:
        BadAnswer: another status, range or size; no Content-Length.
    """
    if head.length is None:
        raise faults.bad_answer(host, tr("it does not say how long it is"))
    if length is None:
        if head.status != 200:
            raise faults.bad_answer(host, _unexpected(head))
        if total is not None and head.length != total:
            raise faults.bad_answer(host, tr("it has another size than the object"))
        return head.length
    if head.status != 206:
        raise faults.bad_answer(host, _unexpected(head))
    span = _RANGE.fullmatch(head.headers.get("content-range", ""))
    if (
        span is None
        or (int(span[1]), int(span[2])) != (first, first + length - 1)
        or int(span[3]) < first + length
        or (total is not None and int(span[3]) != total)
        or head.length != length
    ):
        raise faults.bad_answer(host, tr("it holds another range than the one asked for"))
    return length


def _unexpected(head: Head) -> str:
    return tr("status {status} was not asked for").format(status=visible(str(head.status)))
