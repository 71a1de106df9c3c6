"""What all rooms of tests share: one Ceph, started by the first that asks for it, and a CA."""

import os
from collections.abc import Iterator

import pytest
from servers.ceph.cluster import Cluster, missing
from servers.tls import Authority


@pytest.fixture(scope="session")
def ceph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A fresh storage; tests make buckets of their own and may leave them."""
    if why := missing():
        # In CI it belongs to what has to be there.
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"Ceph: {why}")
    with Cluster(tmp_path_factory.mktemp("ceph") / "cluster") as cluster:
        yield cluster


@pytest.fixture(scope="session")
def authority() -> Authority:
    """One for all tests of a run."""
    return Authority()


@pytest.fixture(scope="session")
def ca_bundle(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Its certificate, as a PEM file."""
    return authority.bundle(tmp_path_factory.mktemp("ca"))
