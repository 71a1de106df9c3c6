"""The log file: where it is, what never gets into it, and how unexpected errors reach it.

Nothing leaves this machine. What looks like a secret is replaced before a line is written
(security check 12), and what a server or a file name put into it is kept on its line.
"""

import io
import logging
import logging.handlers
import os
import re
import sys
from pathlib import Path
from urllib.parse import quote

from s3gui.domain.text import visible

FILE_NAME = "s3gui.log"
_MAX_BYTES = 2 << 20
_KEPT_FILES = 5
_SHORTEST_SECRET = 8

#: Header or query name, separator, value: the value goes.
_PATTERN = re.compile(
    r"""(?ix)
    ( X-Amz-Signature | X-Amz-Security-Token | X-Amz-Credential | AWSAccessKeyId
    | x-amz-server-side-encryption-customer-key | (?<![a-z]) Signature | Authorization
    | (?:aws_)?secret(?:_access)?_key | session_token | Proxy-Authorization )
    ( ['"]? \s* [=:] \s* b?['"]? )
    ( AWS4-HMAC-SHA256\s[^'"\r\n]* | [^\s&,'"<>]+ )
    """
)
#: Libraries whose DEBUG lines hold signatures and tokens.
_CHATTY = ("botocore", "aiobotocore", "urllib3", "aiohttp", "asyncio", "hypothesis", "keyring")


class Redaction(logging.Filter):
    """Takes secrets out of every record that passes: known values, and what looks like one."""

    def __init__(self) -> None:
        super().__init__()
        self._values: set[str] = set()

    def hide(self, *secrets: str) -> None:
        """From now on these values, also URL-quoted, are never written."""
        for secret in secrets:
            if len(secret) >= _SHORTEST_SECRET:
                self._values |= {secret, quote(secret, safe="")}

    def clean(self, text: str) -> str:
        """``text`` without secrets."""
        for value in self._values:
            text = text.replace(value, "***")
        return _PATTERN.sub(r"\1\2***", text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record in place and lets it pass."""
        record.msg = visible(self.clean(record.getMessage()), limit=8192)
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = self.clean(record.exc_text)
        return True


redaction = Redaction()


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating file that only its owner can read, from its first byte."""

    def _open(self) -> io.TextIOWrapper:
        handle = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return io.TextIOWrapper(io.FileIO(handle, "a"), encoding=self.encoding, write_through=True)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """A line for a disk that is full is lost; logging would print a trace for each of them."""
        if not isinstance(sys.exception(), OSError):
            super().handleError(record)


def log_to(state_dir: Path) -> logging.Handler:
    """Sends the program's log to ``state_dir`` (0700) and returns the handler to be closed.

    Libraries are heard from WARNING up, s3gui itself from INFO up.
    """
    state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _PrivateFile(
        state_dir / FILE_NAME, maxBytes=_MAX_BYTES, backupCount=_KEPT_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(redaction)
    logging.getLogger().addHandler(handler)
    logging.getLogger("s3gui").setLevel(logging.INFO)
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    return handler
