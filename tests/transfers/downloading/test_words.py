"""What became of a place on this machine is said so that a person knows what to do."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from s3gui.domain.errors import LocalFileError
from s3gui.transfers.downloading.folders import cannot_use, opened
from s3gui.transfers.downloading.problems import cannot_write

FOLDER = Path("/a/folder")
SAID = [
    (errno.ENOENT, "The folder is gone", "connect its disk"),
    (errno.ENAMETOOLONG, "This name is not possible here", "Download as"),
    (errno.EINVAL, "This name is not possible here", "Download as"),
    (errno.EACCES, "You may not write to this folder", "permissions"),
    (errno.EROFS, "This disk can only be read", "another disk"),
]


@pytest.mark.parametrize(("number", "title", "hint"), SAID)
def test_what_happened_and_what_to_do(number: int, title: str, hint: str) -> None:
    error = OSError(number, os.strerror(number))
    for said in (cannot_use(FOLDER, error), cannot_write(FOLDER, error, 5)):
        assert said.title == title
        assert hint in said.hint
        assert "/a/folder" in said.detail
        assert said.code == errno.errorcode[number]


def test_what_nobody_can_tell_is_told_in_the_systems_words() -> None:
    error = OSError(errno.EIO, os.strerror(errno.EIO))
    assert cannot_use(FOLDER, error).title == "The folder cannot be used"
    assert cannot_write(FOLDER, error, 5).title == "The file cannot be written"
    assert "put/output error" in cannot_write(FOLDER, error, 5).detail
    full = cannot_write(FOLDER, OSError(errno.ENOSPC, ""), 5)
    assert full.title == "The disk is full"
    assert "another disk" in cannot_write(FOLDER, OSError(errno.EFBIG, ""), 5).hint


def test_a_folder_that_vanished(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    shutil.rmtree(folder)
    with pytest.raises(LocalFileError, match="The folder is gone"), opened(folder):
        pass
