"""``s3gui transfers history``: what was finished and taken off the list."""

import argparse

from s3gui.cli.output import Output
from s3gui.cli.setup import EXIT_DONE
from s3gui.transfers.history import History
from s3gui.transfers.history_store import Search
from s3gui.transfers.journal import Journal


async def history(args: argparse.Namespace, output: Output) -> int:
    """Prints the rows that hold every word of ``args.search``, newest first.

    Raises:
        JournalError: another s3gui has the journal, or it cannot be read.
    """
    journal = Journal(args.state_dir)
    if (damaged := await journal.open()) is not None:
        output.error(damaged)
    try:
        past, search = History(journal), Search(args.search)
        page = await past.page(search)
        while True:
            for receipt in page.receipts:
                output.receipt(receipt)
            if page.end is None:
                return EXIT_DONE
            page = await past.page(search, page.end)
    finally:
        await journal.close()
