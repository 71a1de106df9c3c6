"""What stands in the place of the transfers where no row is shown."""

from s3gui.domain.text import tr
from s3gui.ui.format import count_text
from s3gui.ui.models.transfers import TransfersModel
from s3gui.ui.widgets.empty_state import EmptyState


def say_why_empty(empty: EmptyState, model: TransfersModel) -> None:
    """Nothing was transferred yet, or nothing is like what is looked for."""
    if model.search.is_filtering and model.tally.total:
        empty.say(
            "search",
            tr("No transfer is like that"),
            tr("{count} are hidden by the search.").format(count=count_text(model.tally.total)),
            action=tr("Show all transfers"),
        )
    else:
        empty.say(
            "cloud-upload",
            tr("Drop files here or on the table to upload"),
            tr("To download, select objects and press Download. Every transfer has its row here."),
        )
