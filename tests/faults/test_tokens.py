"""Keys that expire, are replaced, or are none (row 34)."""

from dataclasses import replace

import pytest
from faults.conftest import MakeEngine, MakeFile
from faults.kit import PART, THREE, Engine, Seen
from servers.front import Front
from servers.lies import expired_token
from transfers.kit import settings

from s3gui.domain.errors import NeedsCredentials
from s3gui.domain.profile import Credentials
from s3gui.domain.transfer import State, Transfer, Waiting


async def until_keys_are_asked_for(program: Engine, transfer: Transfer) -> None:
    await program.watcher.until(lambda: transfer.waiting is Waiting.CREDENTIALS)


@pytest.mark.fault(34)
async def test_a_token_that_expires_stops_every_file_of_the_connection_and_costs_no_part(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """All of it is there again with new keys: upload ids, parts, and the order."""
    front.on(expired_token(), since=7)
    paths = [make_file(4 * PART, f"{name}.bin") for name in "ab"]
    async with engine(front, settings=settings(parts_per_file=1)) as program:
        files = [await program.upload(path, bucket) for path in paths]
        await program.watcher.until(
            lambda: (
                all(one.state is State.QUEUED for one in files)
                and any(one.waiting is Waiting.CREDENTIALS for one in files)
            )
        )
        seen = Seen(front, bucket)
        asked = len(seen.log)
        assert len(seen.unfinished()) == 2
        kept = [one.parts_done for one in files]
        assert sum(kept) >= 1
        # Nothing goes on by itself, however much time passes.
        assert program.clock.slept == []
        front.forget()
        await program.sign_in(front.behind.credentials)
        for one in files:
            await program.done(one)
            assert one.waiting is None
    assert asked <= 6 + 2
    assert seen.calls()["Create"] == 2
    assert not seen.calls()["Abort"]
    sent = [request for request in seen.log if request.part and request.status == 200]
    assert len(sent) == 8, "no part was sent twice"
    for path in paths:
        assert seen.content(path.name) == path.read_bytes()


@pytest.mark.fault(34)
async def test_without_keys_nothing_is_asked_at_all(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    async with engine(front) as program:
        program.accounts.keys[program.profile.id] = None
        transfer = await program.upload(make_file(1000), bucket)
        await until_keys_are_asked_for(program, transfer)
        assert transfer.error is not None
        assert transfer.error.code == NeedsCredentials.default_code
        assert front.log == []
        await program.sign_in(front.behind.credentials)
        await program.done(transfer)


@pytest.mark.fault(34)
async def test_keys_that_were_replaced_in_the_keyring_meanwhile_are_taken_up_once(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    """Another program saved them; nobody signs in here."""
    right = front.behind.credentials
    front.server = replace(front.server, credentials=Credentials(right.access_key, "x" * 40))
    path = make_file(THREE)
    async with engine(front) as program:
        await program.connections.open(program.profile.id)
        program.accounts.keys[program.profile.id] = right
        transfer = await program.upload(path, bucket)
        await program.done(transfer)
    assert [request.status for request in front.log][:2] == [403, 200]
    assert [request.status for request in front.log].count(403) == 1
    assert Seen(front, bucket).content() == path.read_bytes()


@pytest.mark.fault(34)
async def test_keys_of_the_keyring_that_are_no_better_are_tried_once(
    front: Front, engine: MakeEngine, bucket: str, make_file: MakeFile
) -> None:
    front.on(expired_token())
    other = Credentials(front.behind.credentials.access_key, "y" * 40)
    async with engine(front) as program:
        await program.connections.open(program.profile.id)
        program.accounts.keys[program.profile.id] = other
        transfer = await program.upload(make_file(THREE), bucket)
        await program.watcher.until(
            lambda: transfer.waiting is Waiting.CREDENTIALS and len(front.log) == 2
        )
        assert transfer.state is State.QUEUED
        assert program.clock.slept == []
    assert len(front.log) == 2
