"""What is told of a row, in the words of its direction."""

from types import SimpleNamespace
from typing import cast

import pytest
from ui.transfers.fake_queue import make

from s3gui.domain.transfer import Direction
from s3gui.transfers.problems import already_stored
from s3gui.transfers.row import Row


@pytest.mark.parametrize(
    ("direction", "thing"),
    [
        (Direction.UPLOAD, "object"),
        (Direction.COPY, "object"),
        (Direction.DOWNLOAD, "file"),
    ],
)
def test_what_came_before_a_cancel_is_a_file_or_an_object(direction: Direction, thing: str) -> None:
    transfer = make(1, "name")
    transfer.direction = direction
    error = already_stored(cast("Row", SimpleNamespace(transfer=transfer)))
    assert error.code == "AlreadyStored"
    assert thing in error.hint
