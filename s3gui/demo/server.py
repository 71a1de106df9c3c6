"""The HTTP side: takes a request, has it verified, routed and served, answers it, and logs it."""

import asyncio
import json
import secrets
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from aiohttp import web

from s3gui.demo.call import Answer, Call
from s3gui.demo.faults import ClientGone, Fault
from s3gui.demo.routes import check_anonymous, route_of
from s3gui.demo.signature import verify
from s3gui.demo.storage import Storage
from s3gui.demo.xml import leaf

#: How long an unwanted body is read and thrown away, so that its sender hears the refusal.
LINGER_S = 10.0
_READ_AHEAD = 1 << 20
_LONGEST_LINE = 32 * 1024


@dataclass(slots=True)
class Record:
    """A line of the request log. Times are seconds; the log is what tests count the wire by."""

    method: str
    path: str
    started: float
    bucket: str = ""
    key: str = ""
    #: The parameters, signatures left out.
    query: dict[str, str] | None = None
    status: int = 0
    #: The error's code, "" for none.
    code: str = ""
    request_id: str = ""
    #: Bytes of the body that arrived, and of the answer's body that were handed to the socket.
    received: int = 0
    sent: int = 0
    #: The client went away before the exchange was over.
    aborted: bool = False
    #: The line is in the log.
    written: bool = False

    def as_json(self) -> str:
        """The line."""
        now = time.monotonic()
        hidden = {"started", "written"}
        values = {name: getattr(self, name) for name in self.__slots__ if name not in hidden}
        times = {"start": self.started, "end": now, "duration": now - self.started}
        return json.dumps({**values, **times, "time": time.time()})


class Server:
    """Serves one storage on one listening socket."""

    def __init__(self, storage: Storage, log: TextIO | None = None) -> None:
        self._storage = storage
        self._log = log
        self._http = web.Server(
            self._serve,
            access_log=None,
            auto_decompress=False,
            lingering_time=LINGER_S,
            max_line_size=_LONGEST_LINE,
            max_field_size=_LONGEST_LINE,
            read_bufsize=storage.line.block if storage.line.bytes_per_s else _READ_AHEAD,
        )
        self._listening: asyncio.Server | None = None

    async def listen(self, port: int, tls: tuple[Path, Path] | None = None) -> str:
        """Listens on loopback.

        Args:
            port: 0 for a free one.
            tls: PEM files of the certificate and of its key.

        Returns:
            The endpoint.
        """
        context = None
        if tls is not None:
            import ssl

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
        loop = asyncio.get_running_loop()
        self._listening = await loop.create_server(
            self._http, "127.0.0.1", port, ssl=context, backlog=256
        )
        if self._storage.line.bytes_per_s:
            import socket

            for sock in self._listening.sockets:
                # Else the system takes megabytes at once, and the line is not slow to its sender.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        real = self._listening.sockets[0].getsockname()[1]
        return f"{'https' if tls else 'http'}://127.0.0.1:{real}"

    async def close(self) -> None:
        """Stops listening and drops the connections."""
        if self._listening is not None:
            self._listening.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._http.shutdown(0.2)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path = request.raw_path.partition("?")[0]  # a query may hold a signature
        record = Record(request.method, path, time.monotonic())
        record.request_id = secrets.token_hex(8).upper()
        try:
            if self._storage.line.latency_s:
                await asyncio.sleep(self._storage.line.latency_s)
            return await self._exchange(request, record)
        except (ClientGone, ConnectionError):
            record.aborted = True
            return web.Response(status=400)  # nobody is there to read it
        except BaseException:  # the answer was under way already: all that is left is to cut it
            record.aborted = True
            raise
        finally:
            self._write(record, request)

    def _write(self, record: Record, request: web.BaseRequest) -> None:
        """Adds the line to the log, once."""
        if self._log is not None and not record.written:
            record.written = True
            record.received = request.content.total_bytes
            self._log.write(f"{record.as_json()}\n")
            self._log.flush()

    async def _exchange(self, request: web.BaseRequest, record: Record) -> web.StreamResponse:
        call: Call | None = None
        try:
            call = Call(request, self._storage)
            record.bucket, record.key = call.bucket, call.key
            record.query = {
                name: value for name, value in call.query.items() if not name.startswith("X-Amz-")
            }
            answer = await self._answer(call)
        except Fault as fault:
            record.code = fault.code
            answer = _refusal(fault, request, record)
        except (ClientGone, ConnectionError):
            raise
        except Exception:  # noqa: BLE001  the border: a bug must not take the connection down
            traceback.print_exc(file=sys.stderr)
            record.code = "InternalError"
            answer = _refusal(Fault("InternalError"), request, record)
        return await self._send(request, answer, record, call)

    async def _answer(self, call: Call) -> Answer:
        call.caller = verify(call.target, self._storage.keys)
        route = route_of(call)
        if call.caller.anonymous:
            check_anonymous(call, route)
        return await route.handler(call)

    async def _send(
        self, request: web.BaseRequest, answer: Answer, record: Record, call: Call | None
    ) -> web.StreamResponse:
        record.status = answer.status
        response = web.StreamResponse(status=answer.status)
        response.headers.update(
            {
                **answer.headers,
                "x-amz-request-id": record.request_id,
                "x-amz-id-2": f"demo/{record.request_id}",
                "Server": "s3gui-demo",
            }
        )
        streamed = answer.segments is not None
        if answer.status not in {204, 304}:
            response.content_length = answer.length if streamed else len(answer.body)
        if not request.content.is_eof():
            # What is left of the body must not be taken for the next request.
            response.force_close()
        if not answer.segments:
            # Before the answer is out: who has it may count on the line being there.
            record.sent = 0 if request.method == "HEAD" else len(answer.body)
            self._write(record, request)
        await response.prepare(request)
        if request.method != "HEAD":
            if answer.segments:
                await self._stream(response, answer, record)
            elif answer.body:
                await response.write(answer.body)
        await response.write_eof()
        if call is not None and not call.body_asked_for and not request.content.is_eof():
            # The client waits for leave to send, and got its answer: there is nothing to wait for.
            request.protocol.force_close()
        return response

    async def _stream(self, response: web.StreamResponse, answer: Answer, record: Record) -> None:
        """Reads in a thread, writes on the loop, and waits for the client in between."""
        assert answer.segments is not None  # noqa: S101  the caller asked
        loop = asyncio.get_running_loop()
        with self._storage.contents.pinned(answer.segments):
            blocks: Iterator[bytes] = self._storage.contents.blocks(answer.segments)
            while block := await loop.run_in_executor(self._storage.pool, next, blocks, b""):
                await self._storage.line.carry(len(block))
                await response.write(block)
                record.sent += len(block)


def _refusal(fault: Fault, request: web.BaseRequest, record: Record) -> Answer:
    headers = dict(fault.headers)
    if request.method == "HEAD" or fault.status == 304:
        return Answer(fault.status, headers)
    fields = "".join(leaf(name, value) for name, value in fault.fields.items())
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Error>'
        f"{leaf('Code', fault.code)}{leaf('Message', fault.message)}{fields}"
        f"{leaf('Resource', record.path)}"
        f"{leaf('RequestId', record.request_id)}{leaf('HostId', f'demo/{record.request_id}')}"
        "</Error>"
    )
    headers["Content-Type"] = "application/xml"
    return Answer(fault.status, headers, body.encode("utf-8", "surrogatepass"))
