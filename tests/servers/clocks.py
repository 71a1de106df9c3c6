"""A storage whose clock is another than this computer's, and which refuses as S3 does."""

import time
from dataclasses import dataclass
from email.utils import formatdate
from urllib.parse import parse_qsl, unquote_to_bytes

from servers.front import Forward
from servers.lies import Answer, error_body
from servers.lying import Action, Talk
from servers.server import Server

from s3gui.demo.faults import Fault
from s3gui.demo.signature import Target, verify


@dataclass(frozen=True)
class OtherClock(Action):
    """What is signed within 15 minutes of its time is signed anew for the storage behind."""

    server: Server
    #: Seconds that its clock is ahead of ours.
    ahead_s: float
    #: What its Date says, if not that.
    date: str | None = None

    def __call__(self, talk: Talk) -> None:
        request = talk.request
        query = parse_qsl(request.query, keep_blank_values=True)
        path = unquote_to_bytes(request.path)
        now = time.time() + self.ahead_s
        try:
            verify(
                Target(request.method, path, query, request.headers), self.server.credentials, now
            )
        except Fault as fault:
            date = formatdate(now, usegmt=True) if self.date is None else self.date
            body = error_body(fault.code) if request.method != "HEAD" else b""
            Answer(403, body, {"Date": date})(talk)
            return
        Forward(ask=(("$^", ""),))(talk)
