"""What can go wrong on the wire, as the errors a person reads.

Every one is an ``S3guiError`` already, so ``s3/errors.py`` lets it through. Those that may pass are
botocore's ``HTTPClientError`` as well: its standard retry mode repeats these, and only these, where
the client has attempts left (control calls). No text here holds a URL, a header or a key.
"""

import errno
import socket
import ssl

from botocore.exceptions import HTTPClientError

from s3gui.domain.errors import (
    BadAnswer,
    ConnectionBroken,
    ErrorKind,
    LocalFileError,
    Offline,
    RedirectRefused,
    S3guiError,
    SourceChanged,
    Stalled,
    TlsRefused,
    Unexpected,
)
from s3gui.domain.text import tr, visible


class WireOffline(Offline, HTTPClientError):  # type: ignore[misc]  # botocore has no types
    """No connection; botocore may try again."""

    fmt = ""


class WireBroken(ConnectionBroken, HTTPClientError):  # type: ignore[misc]
    """The line broke; botocore may try again."""

    fmt = ""


class WireStalled(Stalled, HTTPClientError):  # type: ignore[misc]
    """Nothing moved; botocore may try again."""

    fmt = ""


class ProxyRefused(S3guiError):
    """The proxy answered, and will not let us through."""

    default_code = "ProxyRefused"


class RegionRedirect(RedirectRefused):
    """A redirect that names the bucket's region in a header, but cannot be acted on."""

    kind = ErrorKind.REGION

    def __init__(self, title: str, detail: str = "", hint: str = "", *, region: str) -> None:
        super().__init__(title, detail, hint)
        #: Checked for its form, not for its truth.
        self.region = region


class WireStopped(Exception):
    """The exchange was stopped by us. Never leaves ``send()``."""


_UNREACHABLE = {errno.ENETDOWN, errno.ENETUNREACH, errno.EHOSTDOWN, errno.EHOSTUNREACH}


def offline(host: str, why: BaseException | str) -> WireOffline:
    """No connection to ``host`` could be made."""
    return WireOffline(
        tr("The server cannot be reached"),
        f"{visible(host)}: {why if isinstance(why, str) else reason(why)}",
        tr("Check the network, and the address in the connection."),
    )


def broken(host: str, why: BaseException | str, *, perhaps_done: bool = False) -> S3guiError:
    """The connection to ``host`` broke in the middle of an exchange.

    A network that is gone is ``offline``, unless something may have been carried out that must not
    be twice: who hears that the server could not be reached takes it for not done.
    """
    if isinstance(why, OSError) and why.errno in _UNREACHABLE and not perhaps_done:
        return offline(host, why)
    return WireBroken(
        tr("The connection broke"),
        f"{visible(host)}: {why if isinstance(why, str) else reason(why)}",
        tr("Try again. What arrived already is kept."),
    )


def stalled(host: str, what: str) -> WireStalled:
    """``what`` says what did not move, translated."""
    return WireStalled(
        tr("The connection stands still"),
        f"{visible(host)}: {what}",
        tr("Try again, or look at the network between here and the server."),
    )


def tls_refused(host: str, why: ssl.SSLError) -> TlsRefused:
    """The certificate or the handshake was not acceptable; the reason is kept."""
    return TlsRefused(
        tr("The server could not prove who it is"),
        f"{visible(host)}: {_tls_reason(why)}",
        tr("If this server is your own, name its CA file in the connection."),
    )


def proxy_refused(proxy: str, why: str) -> ProxyRefused:
    """``proxy`` is its host and port, without user and password."""
    return ProxyRefused(
        tr("The proxy refused the connection"),
        f"{visible(proxy)}: {visible(why, 200)}",
        tr("Check the proxy in the connection, and its user name and password."),
    )


def proxy_offline(proxy: str, why: BaseException) -> WireOffline:
    """``proxy`` is its host and port, without user and password."""
    return WireOffline(
        tr("The proxy cannot be reached"),
        f"{visible(proxy)}: {reason(why)}",
        tr("Check the network, and the proxy in the connection."),
    )


def bad_answer(host: str, what: str) -> BadAnswer:
    """``what`` says what is wrong with the answer, translated."""
    return BadAnswer(
        tr("The answer is not one of an S3 server"),
        f"{visible(host)}: {what}",
        tr("Check the address. In a hotel or a café, sign in to its network first."),
    )


def redirect_refused(host: str, target_host: str, region: str) -> RedirectRefused:
    """The server pointed to ``target_host``; with a ``region`` it said where the bucket is."""
    title = tr("The server points to another place, and that is not followed")
    detail = tr("{host} points to {target}").format(
        host=visible(host), target=visible(target_host, 255) or "?"
    )
    hint = tr("If you trust that server, enter its address in the connection.")
    if region:
        return RegionRedirect(title, detail, hint, region=region)
    return RedirectRefused(title, detail, hint)


def source_failed(name: str, why: OSError) -> LocalFileError:
    """The file could not be read while it was sent."""
    return LocalFileError(
        tr("The file cannot be read"), f"{visible(name)}: {reason(why)}", code=_errno_name(why)
    )


def sink_failed(why: OSError) -> LocalFileError:
    """What arrived could not be written."""
    return LocalFileError(tr("The file cannot be written"), reason(why), code=_errno_name(why))


def ca_failed(path: str, why: OSError) -> LocalFileError:
    """The authorities to trust could not be read."""
    return LocalFileError(
        tr("The CA file cannot be read"),
        f"{visible(path)}: {reason(why)}",
        tr("Choose a PEM file with certificates in the connection."),
        code=_errno_name(why),
    )


def source_shrank(name: str) -> SourceChanged:
    """The file ended before the slice did."""
    return SourceChanged(
        tr("The file became shorter while it was sent"),
        visible(name),
        tr("Upload it again when nothing writes to it any more."),
    )


def our_fault(what: str) -> Unexpected:
    """Something that never should get this far; ``what`` is for the developers, not translated."""
    return Unexpected(tr("A fault in s3gui"), what)


def reason(why: BaseException) -> str:
    """Why, in the system's words and without an address or a path in them."""
    if isinstance(why, ssl.SSLError):
        return _tls_reason(why)
    if isinstance(why, socket.gaierror):
        return tr("its name cannot be resolved")
    if isinstance(why, TimeoutError):
        return tr("no answer in time")
    if isinstance(why, OSError) and why.strerror:
        return why.strerror
    return type(why).__name__


def _tls_reason(why: ssl.SSLError) -> str:
    if isinstance(why, ssl.SSLCertVerificationError):
        return why.verify_message or tr("the certificate is not valid")
    return (why.reason or type(why).__name__).replace("_", " ").lower()


def _errno_name(why: OSError) -> str:
    return errno.errorcode.get(why.errno or 0, "LocalFile")
