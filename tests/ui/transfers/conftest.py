"""The pane over a queue without a wire."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication
from ui.transfers.fake_queue import FakeQueue

from s3gui.domain.transfer import Transfer
from s3gui.ui.models.transfers import TransfersModel
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import Theme
from s3gui.ui.widgets.transfers_pane import TransfersPane


@pytest.fixture(autouse=True)
def look(qapp: QApplication) -> Iterator[Theme]:
    """The program's own look, light, and as it was before afterwards."""
    theme = Theme(qapp, "light")
    yield theme
    theme.set("light")
    theme.deleteLater()


@pytest.fixture
def lost() -> list[tuple[Exception, str]]:
    """Errors of the pane's tasks."""
    return []


@pytest.fixture
def make_model(qapp: QApplication) -> Iterator[Callable[..., tuple[FakeQueue, TransfersModel]]]:
    made: list[TransfersModel] = []

    def make(*transfers: Transfer) -> tuple[FakeQueue, TransfersModel]:
        queue = FakeQueue(list(transfers))
        made.append(TransfersModel(queue))
        return queue, made[-1]

    yield make
    for model in made:
        model.close()


@pytest.fixture
def make_pane(
    qapp: QApplication, lost: list[tuple[Exception, str]]
) -> Iterator[Callable[..., tuple[FakeQueue, TransfersPane]]]:
    made: list[TransfersPane] = []

    def make(*transfers: Transfer) -> tuple[FakeQueue, TransfersPane]:
        queue = FakeQueue(list(transfers))
        tasks = Tasks(lambda error, name: lost.append((error, name)))
        pane = TransfersPane(queue, tasks, lambda: "Drop to upload to s3://bucket/")
        pane.resize(1280, 400)
        pane.show()
        made.append(pane)
        return queue, pane

    yield make
    for pane in made:
        pane.close_feed()
        pane.close()
        pane.deleteLater()
    qapp.sendPostedEvents(None, 52)
    assert not lost
