"""``s3gui copy`` and ``s3gui move``: queue, follow, and go on with what an earlier run left."""

import argparse
from collections.abc import Sequence

from s3gui.cli.asking import can_ask, decide_all, read_terminal
from s3gui.cli.engine import Engine
from s3gui.cli.object_options import object_options
from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED, exit_code_of
from s3gui.domain.errors import NotFound, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.ports import Session
from s3gui.domain.profile import Profile
from s3gui.domain.queueing import Skipped, Unread, Wanted
from s3gui.domain.text import tr, visible
from s3gui.domain.transfer import Direction, State, Transfer
from s3gui.transfers.copying.gather import Asked, target_key

#: States in which a row of an earlier run is taken up instead of beginning a second one.
_UNFINISHED = frozenset({State.QUEUED, State.PAUSED, State.FAILED})


async def copy(
    args: argparse.Namespace, source: Profile, target: Profile, engine: Engine, output: Output
) -> int:
    """Copies or moves ``args.where`` to ``args.target``; returns the exit code.

    Raises:
        S3guiError: no connection, it cannot be listed, or the journal cannot be had.
        asyncio.CancelledError: interrupted; everything is stopped, and the summary was said.
    """
    goal = _goal(args, source)
    policy, asks = _policy(args)
    await engine.connections.open(source.id)
    session = await engine.connections.open(target.id)
    async with engine.run(args) as run:
        run.says_summary = True
        before = [row for row in run.queue.transfers if _is_of(row, goal, target)]
        earlier = _earlier(before)
        ids = [row.id for row in earlier]
        if args.customer_key is not None:
            run.queue.give_key(ids, args.customer_key)
        run.queue.decide([row.id for row in earlier if not row.etag], policy)
        run.go_on(earlier)
        if unread := run.left(lambda one: _is_left(one, goal, target)):
            # What is in the list of it was found, and is not found anew.
            result = await run.read_on(unread[0], policy, args.customer_key)
        else:
            result = await run.queue.copy(
                *(source.id, goal.wanted, target.id, goal.target),
                exactly=goal.exactly,
                move=goal.move,
                if_exists=policy,
                options=object_options(args),
                have=await _have(before, goal, session),
            )
        run.summary.there += result.had
        taken_up = {row.origin.location for row in earlier if row.origin is not None}
        for left in result.skipped:
            # A move that was carried out leaves nothing where it began.
            if left.location not in taken_up and not (earlier and _is_whole(left, goal)):
                run.summary.skipped += 1
                output.error(_left_out(left))
        await run.until()
        if asks:
            await decide_all(run, read_terminal)
    if run.problem is not None:
        return exit_code_of(run.problem)
    return EXIT_DONE if run.all_done else EXIT_FAILED


def _goal(args: argparse.Namespace, source: Profile) -> Asked:
    into = not args.where.is_prefix and args.target.is_prefix
    return Asked(
        source.id,
        [Wanted(args.where, args.version_id)],
        args.target,
        exactly=not into,
        move=args.command == "move",
    )


def _policy(args: argparse.Namespace) -> tuple[IfExists, bool]:
    """What becomes of what exists, and whether to ask when all else is done."""
    policy = IfExists(args.if_exists)
    if policy is not IfExists.ASK or can_ask(is_json=args.json):
        return policy, policy is IfExists.ASK
    return IfExists.FAIL, False


def _is_of(row: Transfer, goal: Asked, target: Profile) -> bool:
    """Whether a row is one that this command would make."""
    wanted, origin = goal.wanted[0], row.origin
    if row.direction is not Direction.COPY or origin is None or row.is_move is not goal.move:
        return False
    if (origin.profile_id, row.profile_id) != (goal.profile_id, target.id):
        return False
    place, key = wanted.location, origin.location.key
    inside = key.startswith(place.key) if place.is_prefix else key == place.key
    if not inside or origin.location.bucket != place.bucket:
        return False
    made = Location(goal.target.bucket, target_key(goal, wanted, key))
    return origin.version_id == wanted.version_id and row.location == made


def _is_left(left: Unread, goal: Asked, target: Profile) -> bool:
    """Whether it is what this command asks for."""
    if left.direction is not Direction.COPY:
        return False
    between = (left.source_profile_id, left.profile_id) == (goal.profile_id, target.id)
    how = (left.where, left.exactly, left.is_move) == (goal.target, goal.exactly, goal.move)
    return between and how and list(left.wanted) == list(goal.wanted)


def _earlier(rows: Sequence[Transfer]) -> list[Transfer]:
    """Those that this command would otherwise begin anew, one a destination."""
    found: dict[Location, Transfer] = {}
    for row in rows:
        other = found.get(row.location)
        # What is queued or paused goes before what failed, of those the last.
        if row.state in _UNFINISHED and (other is None or other.state is State.FAILED):
            found[row.location] = row
    return list(found.values())


async def _have(rows: Sequence[Transfer], goal: Asked, session: Session) -> dict[Location, str]:
    """What earlier runs have copied, if the copies are still what they were then: the ETags."""
    copied = {
        row.location: row.origin
        for row in rows
        if row.state is State.COMPLETED and row.origin is not None and not row.is_move
    }
    etags = {row.location: row.etag for row in rows if row.location in copied}
    if not copied:
        return {}
    found: dict[Location, str] = {}
    under = Location(goal.target.bucket, goal.place_of(goal.wanted[0]).key)
    async for page in session.listing.pages(under, recursive=True):
        for entry in page.objects:
            place = Location(under.bucket, entry.key)
            if place in copied and etags[place] == entry.etag:
                found[copied[place].location] = copied[place].etag
    return found


def _is_whole(left: Skipped, goal: Asked) -> bool:
    return left.location == goal.wanted[0].location


def _left_out(item: Skipped) -> S3guiError:
    place = visible(str(item.location))
    return NotFound(tr("{place} is not copied").format(place=place), item.why)
