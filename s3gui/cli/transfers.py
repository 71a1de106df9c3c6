"""``s3gui transfers``: the list, and what can be done to its rows."""

import argparse
from collections.abc import Sequence

from s3gui.cli import words
from s3gui.cli.engine import Engine, Journaled, Run
from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED, exit_code_of, keys_gone
from s3gui.domain.errors import LocalFileError, NeedsCredentials, S3guiError
from s3gui.domain.queueing import Unread
from s3gui.domain.text import noop, tr, trn, visible
from s3gui.domain.transfer import State, Transfer
from s3gui.opening import WrongUsage

#: What an action without ids is done to.
_ALL = {
    "resume": frozenset({State.QUEUED, State.PAUSED}),
    "pause": frozenset({State.QUEUED}),
    "abort": frozenset({State.QUEUED, State.PAUSED, State.FAILED}),
    "retry": frozenset({State.FAILED}),
}
#: What it can be done to beside that, when a person names it.
_NAMED = {
    "pause": {State.PAUSED},
    "abort": {State.CANCELLED},
    # As the window's Retry: what was left alone is looked at once more.
    "retry": {State.CANCELLED, State.SKIPPED},
}
_CANNOT = {
    "resume": noop("Transfer {id} cannot be resumed"),
    "pause": noop("Transfer {id} cannot be paused"),
    "abort": noop("Transfer {id} cannot be aborted"),
    "retry": noop("Transfer {id} cannot be retried"),
}


async def transfers(args: argparse.Namespace, engine: Engine, output: Output) -> int:
    """Carries out ``args.action``; returns the exit code.

    Raises:
        WrongUsage: an id is not in the list.
        JournalError: another s3gui has the journal, or it cannot be read.
    """
    if args.action == "list":
        return _list(args, await engine.journaled(), output)
    async with engine.run(args) as run:
        chosen = _chosen(args, run.queue.transfers)
        refused = _refused(args, run.queue.transfers, chosen, output)
        # It has no rows yet that could be named.
        left = [] if args.ids else run.left(lambda _: True)
        match args.action:
            case "pause":
                await _pause(run, chosen)
            case "abort":
                run.leave_out(left)
                await _abort(run, chosen, keep_parts=args.keep_parts)
            case "resume":
                refused = max(refused, await _go_on(run, chosen, engine, output, left))
            case _:
                refused = max(refused, await _go_on(run, chosen, engine, output))
    if run.problem is not None:
        return exit_code_of(run.problem)
    if args.action == "abort":
        return max(refused, await _still_to_abort(engine, output))
    return refused


def _list(args: argparse.Namespace, found: Journaled, output: Output) -> int:
    for row in _named(found.rows, args.ids) if args.ids else found.rows:
        output.transfer(row)
    for unread in [] if args.ids else found.unread:
        output.unread(unread)
    return EXIT_DONE


async def _pause(run: Run, rows: Sequence[Transfer]) -> None:
    run.follow(rows)
    run.queue.pause([row.id for row in rows])
    await run.until(frozenset(State) - {State.QUEUED})


async def _abort(run: Run, rows: Sequence[Transfer], *, keep_parts: bool) -> None:
    run.follow(rows, asked=True)
    run.queue.abort([row.id for row in rows], keep_parts=keep_parts)
    await run.until({State.CANCELLED, State.COMPLETED})
    if not keep_parts and run.problem is None:
        await run.queue.drain()


async def _go_on(
    run: Run,
    rows: Sequence[Transfer],
    engine: Engine,
    output: Output,
    left: Sequence[Unread] = (),
) -> int:
    """Resumes or retries what has a connection, reads on what is left, and waits for all of it."""
    run.says_summary = True
    code = EXIT_DONE
    profile_ids = [*(row.profile_id for row in rows), *(one.profile_id for one in left)]
    for profile_id in dict.fromkeys(profile_ids):
        try:
            await engine.connections.open(profile_id)
        except NeedsCredentials as error:
            output.error(error if profile_id in engine.saved else keys_gone(profile_id))
            code = exit_code_of(error)
        else:
            run.go_on(row for row in rows if row.profile_id == profile_id)
            mine = [one for one in left if one.profile_id == profile_id]
            code = max(code, await _read_on(run, mine, output))
    await run.until()
    return code or (EXIT_DONE if run.all_done else EXIT_FAILED)


async def _read_on(run: Run, left: Sequence[Unread], output: Output) -> int:
    code = EXIT_DONE
    for one in left:
        try:
            result = await run.read_on(one)
        except S3guiError as error:
            output.error(error)
            code = max(code, exit_code_of(error))
            continue
        for item in result.skipped:
            run.summary.skipped += 1
            place = visible(str(item.location or item.path))
            output.error(LocalFileError(tr("{place} is left out").format(place=place), item.why))
    return code


def _named(rows: Sequence[Transfer], ids: Sequence[int]) -> list[Transfer]:
    by_id = {row.id: row for row in rows}
    unknown = [str(id_) for id_ in ids if id_ not in by_id]
    if unknown:
        raise WrongUsage(
            trn("There is no transfer {ids}", "There are no transfers {ids}", len(unknown)).format(
                ids=", ".join(unknown)
            ),
            hint=tr("s3gui transfers shows them."),
        )
    return [by_id[id_] for id_ in dict.fromkeys(ids)]


def _chosen(args: argparse.Namespace, rows: Sequence[Transfer]) -> list[Transfer]:
    """The rows that the action is to be done to, and can be done to."""
    if not args.ids:
        return [row for row in rows if row.state in _ALL[args.action]]
    allowed = _ALL[args.action] | _NAMED.get(args.action, set())
    return [
        row for row in _named(rows, args.ids) if row.state in allowed and not _is_over(args, row)
    ]


def _is_over(args: argparse.Namespace, row: Transfer) -> bool:
    """Nothing is left of a cancelled transfer that could be aborted."""
    return (
        args.action == "abort"
        and row.state is State.CANCELLED
        and (args.keep_parts or not row.keeps_parts)
    )


def _refused(
    args: argparse.Namespace,
    rows: Sequence[Transfer],
    chosen: Sequence[Transfer],
    output: Output,
) -> int:
    """Says which of the named rows the action cannot be done to."""
    others = [row for row in rows if row.id in set(args.ids) and row not in chosen]
    for row in others:
        title = tr(_CANNOT[args.action]).format(id=row.id)
        output.error(S3guiError(title, words.state_text(row), code="WrongState"))
    return EXIT_FAILED if others else EXIT_DONE


async def _still_to_abort(engine: Engine, output: Output) -> int:
    todos = (await engine.journaled()).aborts
    if not todos:
        return EXIT_DONE
    output.error(
        S3guiError(
            trn(
                "{count} unfinished upload is still on the server",
                "{count} unfinished uploads are still on the server",
                len(todos),
            ).format(count=len(todos)),
            tr("The server could not be reached, or did not let them be removed."),
            tr("s3gui tries again whenever the connection is open."),
            code="NotAborted",
        )
    )
    return EXIT_FAILED
