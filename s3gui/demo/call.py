"""One request as the handlers see it, and the answer they give."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

from aiohttp.http import HttpVersion11
from aiohttp.web import BaseRequest

from s3gui.demo.body import BodyReader, Promises, Received, promises
from s3gui.demo.checksums import HEADER
from s3gui.demo.contents import Segment
from s3gui.demo.faults import Fault
from s3gui.demo.signature import Caller, Target

if TYPE_CHECKING:
    from s3gui.demo.storage import Storage

#: The largest object of one PutObject, and the largest part.
LARGEST_BODY = 5 << 30
_LARGEST_DOCUMENT = 2 << 20
LONGEST_KEY = 1024


@dataclass(slots=True)
class Answer:
    """What goes back. With ``segments`` the body is streamed from them."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    segments: Sequence[Segment] | None = None
    #: Bytes of a streamed body; for HEAD what Content-Length shall say.
    length: int = 0


def xml_answer(body: bytes, headers: dict[str, str] | None = None) -> Answer:
    """A document."""
    return Answer(headers={"Content-Type": "application/xml", **(headers or {})}, body=body)


class Call:
    """A request: its place, parameters and headers, decoded, and its body when asked for."""

    def __init__(self, request: BaseRequest, storage: "Storage") -> None:
        self._request = request
        self.storage = storage
        self.method = request.method
        self.scheme = request.scheme
        self.headers: dict[str, str] = {}
        for name, value in request.headers.items():
            low = name.lower()
            self.headers[low] = f"{self.headers[low]},{value}" if low in self.headers else value
        raw_path, _, raw_query = request.raw_path.partition("?")
        path = unquote_to_bytes(raw_path)
        pairs = [_pair(piece) for piece in raw_query.split("&") if piece]
        self.target = Target(self.method, path, pairs, self.headers)
        self.query = dict(pairs)
        bucket, _, key = path.removeprefix(b"/").partition(b"/")
        #: Set once the caller is known.
        self.caller = Caller()
        try:
            self.bucket = bucket.decode()
            self.key = key.decode()
        except UnicodeDecodeError as error:
            raise Fault("InvalidURI") from error
        self.resource = raw_path
        #: The client was told to send, or did not ask.
        self.body_asked_for = not self.expects_continue

    @property
    def key_bytes(self) -> bytes:
        """The key as the database has it.

        Raises:
            Fault: KeyTooLongError.
        """
        return checked_key(self.key)

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits for leave to send its body."""
        return self.headers.get("expect", "").lower() == "100-continue"

    @property
    def version_id(self) -> str | None:
        """The version asked for.

        Raises:
            Fault: InvalidArgument for the empty string.
        """
        version = self.query.get("versionId")
        if version == "":
            raise Fault("InvalidArgument", "Version id cannot be the empty string")
        return version

    async def receive(self, algorithm: str = "") -> Received:
        """The body as a file in ``incoming/``; ``Storage.contents.add`` makes a content of it.

        Raises:
            Fault: EntityTooLarge, and those of ``BodyReader.to_file``.
        """
        promised = promises(self.headers, self.caller, algorithm)
        if promised.length > LARGEST_BODY:
            raise Fault("EntityTooLarge", ProposedSize=str(promised.length))
        reader = await self._reader()
        return await reader.to_file(self.storage.contents.new_file(), promised)

    async def document(self, *, checksum_is_its_own: bool = True) -> bytes:
        """The body of a control request, whole; b"" for none.

        Args:
            checksum_is_its_own: false where the ``x-amz-checksum-`` headers are about an object.

        Raises:
            Fault: MaxMessageLengthExceeded, and those of ``BodyReader.to_memory``.
        """
        if "content-length" not in self.headers and "transfer-encoding" not in self.headers:
            return b""
        headers = self.headers
        if not checksum_is_its_own:
            headers = {name: headers[name] for name in headers if not name.startswith(HEADER)}
        promised: Promises = promises(headers, self.caller)
        reader = await self._reader()
        return await reader.to_memory(promised, _LARGEST_DOCUMENT)

    async def _reader(self) -> BodyReader:
        """Tells a waiting client to send: only now is it known that the body is wanted."""
        if self.expects_continue and self._request.version >= HttpVersion11:
            await self._request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            self._request.writer.output_size = 0
        self.body_asked_for = True
        return BodyReader(self._request.content, self.storage.line, self.storage.pool)

    def number(self, name: str, default: int, *, most: int = 2**31 - 1) -> int:
        """A parameter that is a number from 0, cut to ``most``.

        Raises:
            Fault: InvalidArgument.
        """
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdigit()):
            raise Fault("InvalidArgument", f"Provided {name} not an integer or within range")
        return min(int(text), most)


def checked_key(key: str) -> bytes:
    """A key as the database has it.

    Raises:
        Fault: KeyTooLongError.
    """
    raw = key.encode()
    if len(raw) > LONGEST_KEY:
        raise Fault("KeyTooLongError", MaxSizeAllowed=str(LONGEST_KEY), Size=str(len(raw)))
    return raw


def _pair(piece: str) -> tuple[str, str]:
    name, _, value = piece.partition("=")
    return _unquote(name), _unquote(value)


def _unquote(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError as error:
        raise Fault("InvalidArgument", "A parameter is not UTF-8") from error
