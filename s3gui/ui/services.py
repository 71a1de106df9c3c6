"""What the window works with, handed over by the composition root."""

from dataclasses import dataclass
from pathlib import Path

from s3gui.domain.ports import Accounts, Gateway
from s3gui.domain.queueing import TransferCommands
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.ui.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the program that the window talks to."""

    connections: Connections
    accounts: Accounts
    #: Opens the trial session of *Test* in the connect dialog.
    gateway: Gateway
    queue: TransferCommands
    settings: Settings
    state_dir: Path
    tasks: Tasks
