"""What the first frame does without: what a person has to ask for first.

They are imported where they are needed, and before that, one after the other, behind the frame:
whoever opens a dialog waits for no import.
"""

import asyncio
from importlib import import_module

_MODULES = (
    "s3gui.transfers.downloading.downloader",
    "s3gui.transfers.copying.copier",
    "s3gui.ui.dialogs.upload_sheet",
    "s3gui.ui.dialogs.download_sheet",
    "s3gui.ui.dialogs.connect_form",
    "s3gui.ui.dialogs.connect",
    "s3gui.ui.dialogs.conflicts",
    "s3gui.ui.dialogs.place_sheet",
    "s3gui.ui.dialogs.rename",
    "s3gui.ui.dialogs.limit",
    "s3gui.transfers.receipts",
    "s3gui.ui.dialogs.receipt",
    "s3gui.ui.models.history",
    "s3gui.ui.widgets.history_window",
    "s3gui.ui.widgets.verification_window",
    "s3gui.ui.flow.again",
)


async def load() -> None:
    """Imports them, one a turn of the loop; some milliseconds each."""
    for name in _MODULES:
        import_module(name)
        await asyncio.sleep(0)
