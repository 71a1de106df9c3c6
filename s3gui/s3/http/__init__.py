"""The HTTP session given to aiobotocore: it signs and parses on the loop, threads hold the sockets.

    AioConfig(http_session_cls=ThreadedSession, proxies={...} or {}, ...)   # always give proxies
    create_client(..., verify=profile.ca_bundle or True)                    # always give verify

Upload:   ``await client.upload_part(..., Body=SliceBody(file_slice, meter))``
Download: ``with wire_terms(Terms(sink=sink, meter=meter, first=0, length=n, total=size)):``
          ``    await client.get_object(..., Range="bytes=0-…")``; its ``Body`` is not to be read.
Complete: ``with wire_terms(Terms(answer_s=900)):`` or a client with that ``read_timeout``.

The terms hold for calls awaited on the same task. ``Meter.moved`` counts what the transport took or
the sink was given; ``Meter.stop()`` and cancelling the task both end the call with
``asyncio.CancelledError``, after the last byte has left.

``send`` raises ``S3guiError`` (domain/errors.py) with a kind, complete with its texts:
``Offline``, ``ConnectionBroken`` and ``Stalled`` (which are botocore's ``HTTPClientError`` too, so
its standard mode repeats them where the client has attempts left), ``TlsRefused``,
``ProxyRefused``, ``RedirectRefused`` (``RegionRedirect`` with ``region``), ``BadAnswer``,
``Unexpected``, and whatever ``LocalFileError`` or ``SourceChanged`` the file raised.

An HTTP status from 300 on is no error here: botocore makes a ``ClientError`` of it. Of redirects
only 301 and 307 that name the bucket's region get that far, and botocore repeats those once, signed
for that region, to the same host.
"""

from s3gui.s3.http.faults import ProxyRefused, RegionRedirect
from s3gui.s3.http.limits import Limits, Timeouts
from s3gui.s3.http.session import ThreadedSession, session_class
from s3gui.s3.http.terms import SliceBody, Terms, wire_terms

__all__ = [
    "Limits",
    "ProxyRefused",
    "RegionRedirect",
    "SliceBody",
    "Terms",
    "ThreadedSession",
    "Timeouts",
    "session_class",
    "wire_terms",
]
