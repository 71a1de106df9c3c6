"""``s3gui download``: queues, follows, and goes on with what an earlier run left."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from s3gui.cli.asking import can_ask, decide_all, read_terminal
from s3gui.cli.engine import Engine
from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED, exit_code_of
from s3gui.domain.errors import LocalFileError, NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.profile import Profile
from s3gui.domain.queueing import Mapped, Skipped, Unread, Wanted
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction, State, Transfer

#: States in which a row of an earlier run is taken up instead of beginning a second one.
_UNFINISHED = frozenset({State.QUEUED, State.PAUSED, State.FAILED})


@dataclass(frozen=True, slots=True)
class Goal:
    """Where it goes."""

    folder: Path
    #: Of an object, where another name than the key's own was given.
    as_name: str = ""

    @classmethod
    def of(cls, args: argparse.Namespace) -> "Goal":
        """As typed: a folder, made if it is not there, or for an object a file in one that is.

        Raises:
            LocalFileError: the folder cannot be made.
        """
        path, is_written_as_folder = args.path
        if not args.where.is_prefix and not is_written_as_folder and not path.is_dir():
            return cls(path.parent.resolve(), path.name)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LocalFileError(
                tr("The folder cannot be made"),
                f"{visible(str(path))}: {error.strerror or type(error).__name__}",
                tr("Name another one, or check that you may write there."),
            ) from error
        return cls(path.resolve())

    def is_of(self, transfer: Transfer, where: Location) -> bool:
        """Whether a row is one that downloading ``where`` would make."""
        origin = transfer.origin
        if transfer.direction is not Direction.DOWNLOAD or origin is None:
            return False
        if where.is_prefix:
            same_bucket = origin.location.bucket == where.bucket
            inside = same_bucket and origin.location.key.startswith(where.key)
            return inside and self.folder / where.name in transfer.path.parents
        name = self.as_name or where.name
        return origin.location == where and transfer.path == self.folder / name

    def is_left(self, left: Unread, profile: Profile, wanted: Wanted) -> bool:
        """Whether it is what this command asks for."""
        is_download = left.direction is Direction.DOWNLOAD and left.profile_id == profile.id
        place = (left.wanted, left.folder, left.as_name)
        return is_download and place == ((wanted,), self.folder, self.as_name)


async def download(
    args: argparse.Namespace, profile: Profile, engine: Engine, output: Output
) -> int:
    """Downloads ``args.where`` to ``args.path``; returns the exit code.

    Raises:
        S3guiError: no connection, it cannot be listed, or the journal cannot be had.
        asyncio.CancelledError: interrupted; everything is stopped, and the summary was said.
    """
    await engine.connections.open(profile.id)
    goal = Goal.of(args)
    policy, asks = _policy(args, output)
    async with engine.run(args) as run:
        run.says_summary = True
        mine = [row for row in run.queue.transfers if row.profile_id == profile.id]
        before = [row for row in mine if goal.is_of(row, args.where)]
        earlier = _earlier(before)
        ids = [row.id for row in earlier]
        if args.customer_key is not None:
            run.queue.give_key(ids, args.customer_key)
        run.queue.decide(ids, policy)
        run.go_on(earlier)
        wanted = Wanted(args.where, args.version_id)
        if unread := run.left(lambda one: goal.is_left(one, profile, wanted)):
            # What is in the list of it was found, and is not found anew.
            result = await run.read_on(unread[0], policy, args.customer_key)
        else:
            result = await run.queue.download(
                profile.id,
                [wanted],
                goal.folder,
                as_name=goal.as_name,
                if_exists=policy,
                customer_key=args.customer_key,
                have=_have(before),
            )
        run.summary.there += result.had
        taken_up = {row.path for row in earlier}
        for item in result.mapped:
            output.error(_renamed(item))
        for left in result.skipped:
            if left.path not in taken_up:
                run.summary.skipped += 1
                output.error(_left_out(left))
        await run.until()
        if asks:
            await decide_all(run, read_terminal)
    if run.problem is not None:
        return exit_code_of(run.problem)
    return EXIT_DONE if run.all_done else EXIT_FAILED


def _policy(args: argparse.Namespace, output: Output) -> tuple[IfExists, bool]:
    """What becomes of what exists, and whether to ask when all else is done."""
    policy = IfExists(args.if_exists)
    if policy is not IfExists.ASK or can_ask(is_json=args.json):
        return policy, policy is IfExists.ASK
    return IfExists.FAIL, False


def _earlier(rows: Sequence[Transfer]) -> list[Transfer]:
    """Those that this command would otherwise begin anew, one a destination."""
    found: dict[Path, Transfer] = {}
    for row in rows:
        other = found.get(row.path)
        # What is queued or paused goes before what failed, of those the last.
        if row.state in _UNFINISHED and (other is None or other.state is State.FAILED):
            found[row.path] = row
    return list(found.values())


def _have(rows: Sequence[Transfer]) -> dict[Location, str]:
    """What earlier runs have downloaded, if the files are still as they were then: the ETags."""
    return {
        row.origin.location: row.origin.etag
        for row in rows
        if row.state is State.COMPLETED and row.origin is not None and _is_as_left(row)
    }


def _is_as_left(row: Transfer) -> bool:
    known = row.identity
    try:
        facts = os.lstat(row.path)
    except OSError:
        return False
    now = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    return known is not None and now == (
        *(known.device, known.inode),
        *(known.size, known.mtime_ns),
    )


def _renamed(item: Mapped) -> S3guiError:
    return S3guiError(
        tr("{place} is saved as {path}").format(
            place=visible(str(item.location)), path=visible(str(item.path))
        ),
        item.why,
        code="NameChanged",
    )


def _left_out(item: Skipped) -> S3guiError:
    place = str(item.location) if item.location is not None else str(item.path)
    kind = NotFound if item.location is not None and item.location.is_prefix else LocalFileError
    return kind(tr("{place} is not downloaded").format(place=visible(place)), item.why)
