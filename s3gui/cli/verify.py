"""``s3gui verify``: both sides of finished transfers, or of any pair, read again."""

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from s3gui.cli.engine import SAMPLE_S
from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED, exit_code_of
from s3gui.domain.location import Location
from s3gui.domain.profile import Profile
from s3gui.domain.text import tr, trn
from s3gui.domain.verification import Check, Finding, Subject
from s3gui.opening import WrongUsage
from s3gui.transfers.connections import Connections
from s3gui.transfers.history import History
from s3gui.transfers.journal import Journal
from s3gui.transfers.receipts import absolute
from s3gui.transfers.verifying import Verifier


def pair_of(targets: Sequence[str]) -> tuple[Location, Path] | None:
    """An object and a file, where the targets are not ids.

    Raises:
        WrongUsage: they are neither.
    """
    if all(target.isdecimal() for target in targets):
        return None
    try:
        address, path = targets
        where = Location.parse(address)
    except ValueError:
        where, path = Location(""), ""
    if not where.key or where.is_prefix:
        raise WrongUsage(
            tr("What is to be verified cannot be told"),
            tr("verify takes ids of finished transfers, or s3://bucket/key and a file."),
            tr("s3gui transfers, and s3gui transfers history, show the ids."),
        )
    return where, absolute(Path(path))


async def verify_pair(
    pair: tuple[Location, Path], profile: Profile, connections: Connections, output: Output
) -> int:
    """Compares an object with a file; returns the exit code."""
    where, path = pair
    return await _verify([Subject(profile.id, where, path=path)], connections, output)


async def verify_ids(args: argparse.Namespace, connections: Connections, output: Output) -> int:
    """Compares both sides of finished transfers; returns the exit code.

    Raises:
        WrongUsage: an id is of no finished transfer.
        JournalError: another s3gui has the journal, or it cannot be read.
    """
    wanted = {int(target) for target in args.targets}
    journal = Journal(args.state_dir)
    if (damaged := await journal.open()) is not None:
        output.error(damaged)
    try:
        receipts = [one async for one in History(journal).receipts(wanted)]
    finally:
        # Not held while bytes are read: the window may be opened meanwhile.
        await journal.close()
    if unknown := sorted(wanted - {one.id for one in receipts}):
        raise WrongUsage(
            trn(
                "There is no finished transfer {ids}",
                "There are no finished transfers {ids}",
                len(unknown),
            ).format(ids=", ".join(map(str, unknown))),
            hint=tr("s3gui transfers, and s3gui transfers history, show them."),
        )
    return await _verify([Subject.of(one) for one in receipts], connections, output)


async def _verify(subjects: Sequence[Subject], connections: Connections, output: Output) -> int:
    verifier = Verifier(connections)
    checks = [Check(subject) for subject in subjects]
    code = EXIT_DONE
    try:
        async with asyncio.TaskGroup() as group:
            running = {group.create_task(verifier.verify(check)): check for check in checks}
            while running:
                done, _ = await asyncio.wait(
                    running, timeout=SAMPLE_S, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    check = running.pop(task)
                    output.verdict(check.subject, task.result())
                    code = max(code, _code_of(check))
                _show(checks, output)
    finally:
        verifier.close()
    return code


def _show(checks: Sequence[Check], output: Output) -> None:
    output.reading(
        sum(check.moved_bytes for check in checks), sum(check.total_bytes for check in checks)
    )


def _code_of(check: Check) -> int:
    verdict = check.verdict
    if verdict is None or verdict.finding is Finding.SAME:
        return EXIT_DONE
    if verdict.finding is Finding.UNREADABLE and verdict.error is not None:
        return exit_code_of(verdict.error)
    return EXIT_FAILED
