"""Making connections with urllib3, and keeping those that can be used again.

urllib3 resolves, connects, tunnels through a proxy and shakes hands; from then on the socket is
ours (``wire.py``). Proxies are explicit, ``http://[user:password@]host:port`` only.
"""

import socket
import ssl
import threading
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from s3gui.s3.http import faults
from s3gui.s3.http.limits import Limits, Timeouts
from s3gui.s3.http.wire import Wire

#: A step of the day's time against the steady one that is no mere correction: the machine slept.
_SLEPT_S = 30.0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a connection leads. ``host`` without brackets."""

    scheme: str
    host: str
    port: int

    @property
    def label(self) -> str:
        """Host, and port where it is not the usual one, as the Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.scheme == "https" else 80
        return host if self.port == usual else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; its password is not in its repr."""

    host: str
    port: int
    authorization: str = field(default="", repr=False)

    @property
    def label(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


def parse_proxy(url: str) -> Proxy:
    """``[http://][user:password@]host[:port]``.

    Raises:
        ValueError: another scheme, no host, a port that is no number. Does not repeat the URL.
    """
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        port = parts.port or 80
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.scheme != "http" or not parts.hostname:
        # Not urllib's own text: it quotes the URL, and with it a password.
        raise ValueError("a proxy is given as http://host:port")
    authorization = ""
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = "Basic " + b64encode(user.encode()).decode()
    return Proxy(parts.hostname, port, authorization)


class Lines:
    """The connections of one session: opens them, and keeps idle ones for the next exchange."""

    def __init__(
        self,
        tls: Callable[[], ssl.SSLContext],
        proxy: Proxy | None,
        timeouts: Timeouts,
        limits: Limits,
        most_idle: int,
    ) -> None:
        self.proxy = proxy
        self._tls = tls
        self._timeouts = timeouts
        self._limits = limits
        self._most_idle = most_idle
        self._lock = threading.Lock()
        self._idle: list[tuple[Origin, Wire]] = []
        #: Origins that let an Expect wait for nothing.
        self._silent: set[Origin] = set()
        #: The address that worked last, tried first the next time.
        self._good: dict[str, object] = {}
        self._closed = False
        #: How far the day's time is ahead of the one that stands still while the machine sleeps.
        self._ahead_s = time.time() - time.monotonic()

    def take(self, origin: Origin, idle_s: float) -> Wire | None:
        """A connection that was idle for at most ``idle_s`` and is still good, the newest first."""
        self._forget_after_sleep()
        while (wire := self._pop(origin)) is not None:
            if time.monotonic() - wire.idle_since <= idle_s and not wire.speaks():
                return wire
            wire.close()
        return None

    def has_idle(self, origin: Origin) -> bool:
        """Whether ``take`` may find one."""
        with self._lock:
            return any(there == origin for there, _ in self._idle)

    def _forget_after_sleep(self) -> None:
        """Drops what idled while the machine slept: the server is long gone, and did not say so."""
        ahead_s = time.time() - time.monotonic()
        with self._lock:
            slept = abs(ahead_s - self._ahead_s) > _SLEPT_S
            self._ahead_s = ahead_s
            old = self._idle if slept else []
            if slept:
                self._idle = []
        for _, wire in old:
            wire.close()

    def give(self, origin: Origin, wire: Wire) -> None:
        """Keeps a connection that is between two exchanges."""
        wire.idle_since = time.monotonic()
        wire.used = True
        old: list[Wire] = []
        with self._lock:
            if self._closed:
                old.append(wire)
            else:
                self._idle.append((origin, wire))
                # The oldest stand first; those the server has given up on would stay half open.
                dead = wire.idle_since - self._timeouts.keep_alive_s
                while len(self._idle) > self._most_idle or self._idle[0][1].idle_since < dead:
                    old.append(self._idle.pop(0)[1])
        for one in old:
            one.close()

    def open(self, origin: Origin, attach: Callable[[socket.socket], None]) -> Wire:
        """A new connection. ``attach`` gets the socket before anything is waited for on it.

        Raises:
            S3guiError: one of ``faults``.
        """
        connection = self._connection(origin, attach)
        try:
            connection.connect()
        except Exception as error:  # noqa: BLE001  every kind becomes a fault, or goes up as it is
            connection.close()
            raise self._fault(origin, error) from None
        sock = connection.sock
        # It is ours now: closing or collecting urllib3's object must not close it.
        connection.sock = None
        return Wire(sock, self._timeouts, self._limits)

    def close(self) -> None:
        """Closes what is idle; what is given back later is closed too."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for _, wire in idle:
            wire.close()

    def waits_in_vain(self, origin: Origin) -> bool:
        """Whether this origin is known not to answer ``Expect: 100-continue``."""
        return origin in self._silent

    def remember_silent(self, origin: Origin) -> None:
        """This origin let us wait for an interim answer."""
        self._silent.add(origin)

    def _pop(self, origin: Origin) -> Wire | None:
        with self._lock:
            for at in range(len(self._idle) - 1, -1, -1):
                if self._idle[at][0] == origin:
                    return self._idle.pop(at)[1]
        return None

    def _connection(
        self, origin: Origin, attach: Callable[[socket.socket], None]
    ) -> "_Plain | _Tls":
        proxy = self.proxy
        host, port = (proxy.host, proxy.port) if proxy else (origin.host, origin.port)
        connection: _Plain | _Tls
        if origin.scheme == "https":
            connection = _Tls(host, port, ssl_context=self._tls())
        else:
            connection = _Plain(host, port)
        connection.dial = lambda: self._dial(host, port, attach)
        if proxy and origin.scheme == "https":
            headers = {"Proxy-Authorization": proxy.authorization} if proxy.authorization else {}
            connection.set_tunnel(origin.host, origin.port, headers, scheme="http")
        return connection

    def _dial(self, host: str, port: int, attach: Callable[[socket.socket], None]) -> socket.socket:
        """TCP to the first address that answers; all of them together get ``connect_s``.

        Raises:
            OSError: of the last address.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.sort(key=lambda one: one[4] != self._good.get(host))
        until = time.monotonic() + self._timeouts.connect_s
        failure: OSError = socket.gaierror(socket.EAI_NONAME, "no address")
        for at, (family, kind, protocol, _, address) in enumerate(found):
            left = until - time.monotonic()
            if left <= 0:
                break
            sock = socket.socket(family, kind, protocol)
            try:
                attach(sock)
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # A dead address must leave time for the next one.
                sock.settimeout(left / (len(found) - at))
                sock.connect(address)
            except OSError as error:
                sock.close()
                failure = error
                continue
            except BaseException:
                sock.close()
                raise
            self._good[host] = address
            sock.settimeout(self._timeouts.connect_s)
            return sock
        raise failure

    def _fault(self, origin: Origin, error: Exception) -> Exception:
        host = origin.label
        if isinstance(error, _DialFailed):
            if self.proxy:
                return faults.proxy_offline(self.proxy.label, error.why)
            return faults.offline(host, error.why)
        if self.proxy and isinstance(error, OSError) and "Tunnel" in str(error):
            return faults.proxy_refused(self.proxy.label, str(error).partition(": ")[2])
        return _handshake_fault(host, error)


def _handshake_fault(host: str, error: Exception) -> Exception:
    if isinstance(error, ssl.SSLError) and not isinstance(
        error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)
    ):
        return faults.tls_refused(host, error)
    if isinstance(error, TimeoutError):
        return faults.offline(host, error)
    if isinstance(error, OSError):
        return faults.broken(host, error)
    if isinstance(error, HTTPError):
        return faults.broken(host, type(error).__name__)
    return error


class _DialFailed(Exception):
    def __init__(self, why: OSError) -> None:
        super().__init__()
        self.why = why


class _Plain(HTTPConnection):
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return _dialled(self.dial)


class _Tls(HTTPSConnection):
    dial: Callable[[], socket.socket]

    def _new_conn(self) -> socket.socket:
        return _dialled(self.dial)


def _dialled(dial: Callable[[], socket.socket]) -> socket.socket:
    try:
        return dial()
    except OSError as error:
        raise _DialFailed(error) from None
