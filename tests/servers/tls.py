"""Private authorities and certificates for servers of tests."""

import datetime
import ssl
from pathlib import Path

import trustme


class Authority:
    """A CA that only tests trust."""

    def __init__(self) -> None:
        self._ca = trustme.CA()

    def bundle(self, folder: Path, name: str = "ca.pem") -> str:
        """Writes the CA certificate as PEM; returns the path."""
        path = folder / name
        self._ca.cert_pem.write_to_path(str(path))
        return str(path)

    def files(self, folder: Path, *names: str) -> tuple[Path, Path]:
        """Writes a certificate for ``names`` and its key as PEM: ``cert.pem``, ``key.pem``."""
        issued = self._ca.issue_cert(*names)
        cert, key = folder / "cert.pem", folder / "key.pem"
        cert.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.touch(0o600)
        issued.private_key_pem.write_to_path(str(key))
        return cert, key

    def server_context(
        self, *names: str, expired: bool = False, oldest: ssl.TLSVersion | None = None
    ) -> ssl.SSLContext:
        """For a server called ``names`` (127.0.0.1 and localhost if none are given).

        With ``oldest`` that version is the only one it speaks.
        """
        until = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC) if expired else None
        certificate = self._ca.issue_cert(
            *(names or ("127.0.0.1", "localhost")),
            not_before=datetime.datetime(2019, 1, 1, tzinfo=datetime.UTC),
            not_after=until,
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if oldest is not None:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = oldest
        certificate.configure_cert(context)
        return context
