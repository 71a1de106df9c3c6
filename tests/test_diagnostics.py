"""Nothing secret gets into the log, and nothing breaks out of its line."""

import logging
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from s3gui import diagnostics

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    handler = diagnostics.log_to(tmp_path / "state")
    yield tmp_path / "state" / diagnostics.FILE_NAME
    logging.getLogger().removeHandler(handler)
    handler.close()


def test_the_log_is_its_owners_alone(log_file: Path) -> None:
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log_file.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "line",
    [
        "GET /b?X-Amz-Signature=abcdef0123 HTTP/1.1",
        "headers {'X-Amz-Security-Token': b'abcdef0123'}",
        "Authorization: AWS4-HMAC-SHA256 Credential=x/y, Signature=abcdef0123",
        "?AWSAccessKeyId=abcdef0123&Expires=1",
        "x-amz-server-side-encryption-customer-key: abcdef0123",
        "aws_secret_access_key = abcdef0123",
    ],
)
def test_what_looks_like_a_secret_is_not_written(log_file: Path, line: str) -> None:
    logging.getLogger("s3gui.test").warning("%s end", line)
    written = log_file.read_text(encoding="utf-8")
    assert "abcdef0123" not in written
    assert "***" in written


def test_a_known_secret_is_not_written_in_a_line_nor_in_a_traceback(log_file: Path) -> None:
    diagnostics.redaction.hide(SECRET)
    logger = logging.getLogger("s3gui.test")
    logger.warning("key %s", SECRET)
    try:
        raise ValueError(SECRET)  # noqa: TRY301
    except ValueError:
        logger.exception("failed")
    written = log_file.read_text(encoding="utf-8")
    assert "wJalrXUtn" not in written
    assert written.count("***") == 2
    assert "Traceback" in written


def test_a_key_cannot_forge_a_line(log_file: Path) -> None:
    logging.getLogger("s3gui.test").warning("key %s", "a\n2026 ERROR forged")
    assert len(log_file.read_text(encoding="utf-8").splitlines()) == 1


def test_libraries_do_not_chatter(log_file: Path) -> None:
    logging.getLogger("botocore.auth").debug("StringToSign %s", "x")
    logging.getLogger("urllib3.connectionpool").info("https://host")
    assert log_file.read_text(encoding="utf-8") == ""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full")
def test_a_full_disk_costs_the_line_and_prints_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / diagnostics.FILE_NAME).symlink_to("/dev/full")
    handler = diagnostics.log_to(tmp_path)
    try:
        logging.getLogger("s3gui.test").error("lost")
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    assert capsys.readouterr().err == ""
