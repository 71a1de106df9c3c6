"""Which authorities are trusted: a CA file of the connection, or the system's.

Nothing comes out of the environment: SSL_CERT_FILE, REQUESTS_CA_BUNDLE and SSLKEYLOGFILE are not
read. There is no way to switch the check of certificate and host name off.
"""

import ssl
import sys
import threading
from pathlib import Path

import botocore

from s3gui.s3.http import faults

#: Where distributions keep the bundle; a frozen program may have been built on another one.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def tls_context(ca_bundle: str = "") -> ssl.SSLContext:
    """A context for clients: TLS 1.2 or newer, certificate and host name checked.

    Args:
        ca_bundle: a PEM file to trust instead of the system's authorities.

    Raises:
        OSError: the file cannot be read, or holds no certificate (``ssl.SSLError``).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_bundle:
        context.load_verify_locations(cafile=ca_bundle)
        return context
    if sys.platform == "win32":
        context.load_default_certs()
    else:
        _load_system(context)
    return context


def _load_system(context: ssl.SSLContext) -> None:
    # Not load_default_certs(): OpenSSL would look into SSL_CERT_FILE and SSL_CERT_DIR.
    paths = ssl.get_default_verify_paths()
    for bundle in (paths.openssl_cafile, *_BUNDLES):
        if Path(bundle).is_file():
            context.load_verify_locations(cafile=bundle)
            return
    if Path(paths.openssl_capath).is_dir() and any(Path(paths.openssl_capath).iterdir()):
        context.load_verify_locations(capath=paths.openssl_capath)
        return
    # macOS, or a bare image without ca-certificates: Mozilla's list as botocore brings it.
    context.load_verify_locations(cafile=Path(botocore.__file__).with_name("cacert.pem"))


class Trust:
    """Makes the context when the first TLS connection needs it, in that sender thread."""

    def __init__(self, ca_bundle: str) -> None:
        self._ca_bundle = ca_bundle
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None

    def context(self) -> ssl.SSLContext:
        """The one context of the session.

        Raises:
            LocalFileError: the CA file cannot be read, or is none.
        """
        with self._lock:
            if self._context is None:
                try:
                    self._context = tls_context(self._ca_bundle)
                except OSError as error:
                    raise faults.ca_failed(self._ca_bundle, error) from error
            return self._context
