"""The README's table of operations is what the tests of this run saw. Runs behind all others."""

import os

import pytest
from s3.contract import table
from s3.contract.table import WHOLE, Record
from servers.server import Difference


@pytest.fixture
def whole(record: Record, request: pytest.FixtureRequest) -> Record:
    """The record of a run in which no test of the contract was left out, nor failed."""
    if not request.config.stash[WHOLE] or request.session.testsfailed:
        pytest.skip("only part of the contract was run, or it failed")
    return record


def test_every_call_was_seen_to_work_on_every_server(whole: Record) -> None:
    assert whole.missing(table.used_operations()) == []


def test_every_difference_is_some_servers(whole: Record) -> None:
    known = {one for server in whole.servers.values() for one in server.differences}
    if "ceph" in whole.servers:
        assert known == set(Difference)


def test_the_readme_shows_what_was_seen(whole: Record) -> None:
    if "ceph" not in whole.servers:
        pytest.skip("the table has a column for Ceph, which is not here")
    shown = {name: one for name, one in whole.servers.items() if name != "ceph-tls"}
    made = table.table(table.used_operations(), shown)
    if os.environ.get("S3GUI_WRITE_TABLE"):
        table.write(made)
    assert table.in_readme() == made
