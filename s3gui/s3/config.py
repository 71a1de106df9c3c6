"""How a connection speaks S3: three lanes of one client each, and where the bucket stands.

The settings and their reasons are measured in M11 to M16 of the fault research: signature v4 only,
``when_required`` (else botocore sends ``aws-chunked`` trailers over HTTPS, which older servers
refuse), the payload unsigned with its MD5 or CRC-32 as a signed header (the server compares it, and
no second hash is computed), no proxy and no endpoint out of the environment.
"""

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from s3gui import __version__
from s3gui.domain.profile import Addressing, Profile

if TYPE_CHECKING:
    from aiobotocore.config import AioConfig

    from s3gui.s3.http import ThreadedSession


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds, and the attempts of the lane that retries by itself."""

    connect_s: float = 10
    #: Between two reads of an answer to a control call.
    control_read_s: float = 60
    #: After the last byte of a part.
    data_read_s: float = 120
    #: CompleteMultipartUpload assembles the object before it answers.
    commit_read_s: float = 900
    control_attempts: int = 4


@dataclass(frozen=True, slots=True)
class Lane:
    """What kind of call a client is for."""

    name: str
    #: botocore retries; the engine retries the other lanes itself, and journals.
    retries: bool
    connections: int


#: Copies of small objects ask several things of each, for as many objects at once as are under way.
CONTROL = Lane("control", retries=True, connections=34)
#: Up to 64 parts in flight (the most that can be set), and two for what cannot wait behind them.
DATA = Lane("data", retries=False, connections=66)
COMMIT = Lane("commit", retries=False, connections=34)
LANES = (CONTROL, DATA, COMMIT)


def lane_config(
    profile: Profile,
    lane: Lane,
    timeouts: Timeouts,
    wire: "type[ThreadedSession] | None" = None,
) -> "AioConfig":
    """The configuration of one client; ``wire`` is the HTTP session, with limits of its own."""
    from aiobotocore.config import AioConfig

    from s3gui.s3.http import ThreadedSession

    read_s = {
        CONTROL.name: timeouts.control_read_s,
        DATA.name: timeouts.data_read_s,
        COMMIT.name: timeouts.commit_read_s,
    }[lane.name]
    return AioConfig(
        http_session_cls=wire or ThreadedSession,
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        ignore_configured_endpoint_urls=True,
        use_dualstack_endpoint=False,
        use_fips_endpoint=False,
        # An empty mapping, not None: None asks the environment.
        proxies={"http": profile.proxy, "https": profile.proxy} if profile.proxy else {},
        connect_timeout=timeouts.connect_s,
        read_timeout=read_s,
        max_pool_connections=lane.connections,
        retries={
            "mode": "standard",
            "total_max_attempts": timeouts.control_attempts if lane.retries else 1,
        },
        user_agent_extra=f"s3gui/{__version__}",
        s3={
            "addressing_style": addressing_style(profile),
            # Only bodies of files go over the data lane, each with its sum in a signed header;
            # the small XML documents of the others are signed whole.
            "payload_signing_enabled": lane is not DATA,
        },
    )


def addressing_style(profile: Profile) -> str:
    """``"path"`` or ``"virtual"``.

    Left to itself, it is virtual only on Amazon's hosts, which are about to end path style and have
    a certificate and a DNS name for each bucket. Everywhere else path works far more often: an IP
    address or ``localhost`` cannot carry a bucket in front, a private server seldom has the
    wildcard DNS name and certificate for it, and a bucket name with dots matches no wildcard
    certificate (on Amazon botocore goes back to path for such a bucket by itself). The few that
    insist on virtual are set so in the profile.
    """
    if profile.addressing is Addressing.PATH:
        return "path"
    if profile.addressing is Addressing.VIRTUAL:
        return "path" if _is_address(profile) else "virtual"
    return "virtual" if is_amazon(profile) else "path"


def is_amazon(profile: Profile) -> bool:
    """Whether the endpoint is Amazon's own."""
    host = (urlsplit(profile.endpoint).hostname or "").lower()
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _is_address(profile: Profile) -> bool:
    try:
        ipaddress.ip_address(urlsplit(profile.endpoint).hostname or "")
    except ValueError:
        return False
    return True
