"""A saved connection, and the keys that belong to it but are never stored with it."""

import ipaddress
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import urlsplit


class Addressing(Enum):
    """How a bucket gets into the URL."""

    AUTO = "auto"
    PATH = "path"
    VIRTUAL = "virtual"


@dataclass(frozen=True, slots=True)
class Profile:
    """A connection: where, and how to speak to it. Holds no secret, so it may be written to disk.

    ``id`` is a random hex string that never changes; the keyring entry and the journal name it.
    """

    id: str
    name: str
    endpoint: str
    region: str = "us-east-1"
    addressing: Addressing = Addressing.AUTO
    #: A PEM file with the authorities to trust instead of the system's; "" for those.
    ca_bundle: str = ""
    #: ``http://host:port``; "" for none. The environment's proxies are not used.
    proxy: str = ""
    #: 1 or 2: which ListObjects the server speaks; 0 asks V2 first and falls back.
    list_version: int = 0
    #: A bucket to show where the keys may not list buckets; "" for none.
    default_bucket: str = ""

    @property
    def host(self) -> str:
        """The endpoint's host and port, as a person would say it."""
        return urlsplit(self.endpoint).netloc

    @property
    def is_secure(self) -> bool:
        """Whether the line is encrypted."""
        return urlsplit(self.endpoint).scheme == "https"

    @property
    def is_loopback(self) -> bool:
        """Whether nothing leaves this machine."""
        host = urlsplit(self.endpoint).hostname or ""
        if host == "localhost":
            return True
        try:
            return ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False


def check_endpoint(endpoint: str) -> str:
    """The endpoint in its one form: scheme, host, port, no path, no trailing slash.

    A bare host is taken as https.

    Raises:
        ValueError: no host, another scheme, user and password in it, a path, a query.
    """
    text = endpoint.strip()
    if "://" not in text:
        text = f"https://{text}"
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError(endpoint)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(endpoint)
    if parts.path not in {"", "/"}:
        raise ValueError(endpoint)
    parts.port  # noqa: B018  a port that is no number raises ValueError here
    return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key and its secret. Neither printed nor pickled (invariant 7)."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str = field(default="", repr=False)

    def __repr__(self) -> str:
        return "Credentials(…)"

    __str__ = __repr__

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("credentials are not pickled")
