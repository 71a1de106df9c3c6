"""Ceph's gateway as a server of the contract tests, over HTTP and over HTTPS."""

from collections.abc import Iterator
from contextlib import contextmanager

from servers.ceph.cluster import Cluster
from servers.ceph.conf import REGION
from servers.server import Difference, Server

from s3gui.domain.profile import Addressing, Profile

#: Of 16.2, the version in Debian 12.
CEPH_DIFFERENCES = frozenset(
    {
        Difference.HEAD_WITHOUT_REGION,
        Difference.NO_CHECKSUMS,
        Difference.COMPLETE_WITHOUT_ETAG,
        Difference.COMPLETE_OF_UNKNOWN_500,
        Difference.LONG_KEY_CODE,
        Difference.RAW_MARKERS,
        Difference.ENCODES_UNTOLD,
        Difference.ANY_PART_ORDER,
        Difference.COMPLETE_IGNORES_CONDITIONS,
        Difference.COPY_IGNORES_CONDITIONS,
        Difference.SOURCE_CONDITION_IGNORED,
        Difference.DELETE_IGNORES_CONDITIONS,
        Difference.DELETE_MANY_IGNORES_CONDITIONS,
        Difference.LOSES_TAGS_OF_COPY,
        Difference.COPY_WITHOUT_VERSION,
        Difference.NO_KEY_COPIES,
        Difference.NO_PART_LAYOUT,
        Difference.NO_KMS_KEY,
        Difference.DECODES_TWICE,
        Difference.REPLACING_LOSES_TAGS,
        Difference.IGNORES_AES256,
    }
)


@contextmanager
def over_http(cluster: Cluster) -> Iterator[Server]:
    """The cluster as it is."""
    differences = CEPH_DIFFERENCES | {Difference.SEALS_OVER_TLS_ONLY}
    yield _server(cluster, "ceph", cluster.endpoint, differences)


@contextmanager
def over_https(cluster: Cluster) -> Iterator[Server]:
    """The same storage; whom to trust stands in the profile."""
    yield _server(cluster, "ceph-tls", cluster.endpoint_tls, CEPH_DIFFERENCES, cluster.ca_bundle)


def _server(
    cluster: Cluster,
    name: str,
    endpoint: str,
    differences: frozenset[Difference],
    ca_bundle: str = "",
) -> Server:
    profile = Profile(
        id=name,
        name=name,
        endpoint=endpoint,
        region=REGION,
        addressing=Addressing.PATH,
        ca_bundle=ca_bundle,
    )
    return Server(name, profile, cluster.alice.credentials, cluster.bob, differences)
