"""``s3gui transfers receipt``: what was proved of finished transfers, for others to check."""

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

from s3gui.cli.output import Output, OutputFailed
from s3gui.cli.setup import EXIT_DONE, EXIT_FAILED
from s3gui.domain.errors import S3guiError
from s3gui.domain.ports import Accounts
from s3gui.domain.receipt import Receipt
from s3gui.domain.text import tr, trn, visible
from s3gui.opening import WrongUsage
from s3gui.transfers.history import History
from s3gui.transfers.journal import Journal
from s3gui.transfers.receipt_formats import Format
from s3gui.transfers.receipts import Saving, absolute, content, save


async def receipt(args: argparse.Namespace, accounts: Accounts, output: Output) -> int:
    """Writes ``args.ids``, or ``args.batch``, or all finished transfers; returns the exit code.

    Raises:
        WrongUsage: an id is of no finished transfer.
        S3guiError: the journal cannot be read, the file not be written.
    """
    journal = Journal(args.state_dir)
    if (damaged := await journal.open()) is not None:
        output.error(damaged)
    try:
        profiles = {profile.id: profile for profile in await accounts.profiles()}
        history, kind, saving = History(journal), Format(args.format), Saving()
        chosen = await _chosen(args, history)
        if args.output is not None:
            await save(chosen, args.output, kind, profiles, saving)
        else:
            # Names are written from where the person stands.
            folder = absolute(Path())
            async with aclosing(content(chosen, kind, profiles, saving, folder=folder)) as pieces:
                async for piece in pieces:
                    _put(piece)
    finally:
        await journal.close()
    for one, error in saving.left_out:
        output.error(_left_out(one, error))
    return EXIT_FAILED if saving.left_out else EXIT_DONE


async def _chosen(args: argparse.Namespace, history: History) -> AsyncIterator[Receipt]:
    if args.batch:
        return history.batch(args.batch)
    ids = set(args.ids)
    if not ids:
        return history.finished()
    known = {one.id async for one in history.receipts(ids)}
    if unknown := sorted(ids - known):
        raise WrongUsage(
            trn(
                "There is no finished transfer {ids}",
                "There are no finished transfers {ids}",
                len(unknown),
            ).format(ids=", ".join(map(str, unknown))),
            hint=tr("s3gui transfers, and s3gui transfers history, show them."),
        )
    return history.receipts(ids)


def _put(piece: bytes) -> None:
    try:
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputFailed(error.strerror or type(error).__name__) from error


def _left_out(receipt: Receipt, error: S3guiError) -> S3guiError:
    title = tr("Transfer {id} is not in the receipt: {name}").format(
        id=receipt.id, name=visible(receipt.to_text)
    )
    return S3guiError(title, str(error), error.hint, code=error.code)
