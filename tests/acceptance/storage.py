"""Looks at the storage with boto3, over the gateway's own HTTP port."""

from gui.storage import Storage
from servers.ceph.cluster import Cluster
from servers.server import User


def storage_of(cluster: Cluster, user: User) -> Storage:
    """As one of its users."""
    keys = user.credentials
    return Storage(cluster.endpoint, keys.access_key, keys.secret_key)
