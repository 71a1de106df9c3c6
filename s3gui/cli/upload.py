"""``s3gui upload``: queues, follows, and goes on with what an earlier run left."""

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from s3gui.cli.asking import can_ask, decide_all, no_terminal, read_terminal
from s3gui.cli.engine import Engine, Run
from s3gui.cli.object_options import object_options
from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED, exit_code_of
from s3gui.domain.errors import LocalFileError, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.domain.profile import Profile
from s3gui.domain.queueing import Skipped, Unread
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction, State, Transfer

#: States in which a row of an earlier run is taken up instead of beginning a second one.
_UNFINISHED = frozenset({State.QUEUED, State.PAUSED, State.FAILED})


async def upload(args: argparse.Namespace, profile: Profile, engine: Engine, output: Output) -> int:
    """Uploads ``args.paths`` under ``args.where``; returns the exit code.

    Raises:
        S3guiError: no connection, or the journal cannot be had.
        asyncio.CancelledError: interrupted; everything is stopped, and the summary was said.
    """
    if args.where.has_dot_segments:
        output.error(_dot_segments(args.where))
    await _check_connection(await engine.connections.open(profile.id), args.where)
    paths = [_absolute(path) for path in args.paths]
    policy, asks = _policy(args, output)
    async with engine.run(args) as run:
        run.says_summary = True
        earlier = _earlier(run.queue.transfers, profile.id, paths, args.where)
        _take_up(run, earlier, args, policy)
        if left := run.left(lambda one: _is_same(one, profile, paths, args.where)):
            # What is in the list of it was found, and is not found anew.
            results = [await run.read_on(one, policy, args.customer_key) for one in left]
        else:
            result = await run.queue.upload(
                profile.id,
                args.where,
                paths,
                object_options(args),
                if_exists=policy or IfExists.OVERWRITE,
                content_types=args.content_type_rule,
            )
            results = [result]
        taken_up = {transfer.path for transfer in earlier}
        for item in (item for result in results for item in result.skipped):
            if item.path not in taken_up:
                run.summary.skipped += 1
                output.error(_left_out(item))
        await run.until()
        if asks:
            await decide_all(run, read_terminal)
        if run.problem is None:
            # What an earlier run left on this server; a window does it by itself.
            await run.queue.drain([profile.id])
    if run.problem is not None:
        return exit_code_of(run.problem)
    return EXIT_DONE if run.all_done else EXIT_FAILED


def _earlier(
    transfers: Sequence[Transfer], profile_id: str, paths: Sequence[Path], where: Location
) -> list[Transfer]:
    """The rows of earlier runs that this command would otherwise begin anew, one a destination."""
    found: dict[Location, Transfer] = {}
    for transfer in transfers:
        if (
            transfer.state not in _UNFINISHED
            or transfer.profile_id != profile_id
            or not is_of(transfer, paths, where)
        ):
            continue
        other = found.get(transfer.location)
        # What is queued or paused goes before what failed, of those the last.
        if other is None or other.state is State.FAILED:
            found[transfer.location] = transfer
    return list(found.values())


def _is_same(left: Unread, profile: Profile, paths: Sequence[Path], where: Location) -> bool:
    """Whether it is what this command asks for."""
    is_upload = left.direction is Direction.UPLOAD and left.profile_id == profile.id
    return is_upload and (list(left.paths), left.where, left.as_name) == (paths, where, "")


def _absolute(path: Path) -> Path:
    """As the walk does it: ``..`` is taken out, links are not followed."""
    return Path(os.path.abspath(path))  # noqa: PTH100  Path.absolute keeps ".."


def is_of(transfer: Transfer, paths: Iterable[Path], where: Location) -> bool:
    """Whether a transfer is one that uploading ``paths`` under ``where`` would make."""
    for path in paths:
        if transfer.path != path and path not in transfer.path.parents:
            continue
        inside = transfer.path.relative_to(path.parent).as_posix()
        if transfer.location == Location(where.bucket, where.key + inside):
            return True
    return False


async def _check_connection(session: Session, where: Location) -> None:
    """Asks the server one thing, so that wrong keys end the command before anything is queued.

    Whatever else it answers, also that these keys may not list, is left to the upload itself.
    """
    try:
        async for _ in session.listing.pages(where, page_size=1):
            return
    except S3guiError as error:
        if exit_code_of(error) != EXIT_FAILED:
            raise


def _policy(args: argparse.Namespace, output: Output) -> tuple[IfExists | None, bool]:
    """What becomes of what exists, if that was said, and whether to ask when all else is done."""
    if args.if_exists is None:
        return None, False
    policy = IfExists(args.if_exists)
    if policy is not IfExists.ASK:
        return policy, False
    if can_ask(is_json=args.json):
        return policy, True
    output.error(no_terminal())
    return IfExists.FAIL, False


def _take_up(
    run: Run, earlier: Sequence[Transfer], args: argparse.Namespace, policy: IfExists | None
) -> None:
    """Goes on with rows of an earlier run: with its key, and by the policy of this command."""
    ids = [row.id for row in earlier]
    if args.customer_key is not None:
        run.queue.give_key(ids, args.customer_key)
    if policy is not None:
        run.queue.decide(ids, policy)
    run.go_on(earlier)


def _dot_segments(where: Location) -> S3guiError:
    return S3guiError(
        tr("{place} has a segment that is a dot or two").format(place=visible(str(where))),
        tr("S3 keeps it as it is. Some proxies and programs take it for a step up and remove it."),
        tr("If this is no intention, name another place."),
        code="DotSegments",
    )


def _left_out(item: Skipped) -> LocalFileError:
    return LocalFileError(
        tr("{path} is not uploaded").format(path=visible(str(item.path))), item.why
    )
