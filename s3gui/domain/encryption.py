"""Encryption on the server: its names, and the key that a person keeps (SSE-C)."""

import base64
import hashlib
import hmac
from enum import StrEnum
from pathlib import Path

_KEY_BYTES = 32
#: A file with a key is short; of a wrong one not all is read.
_MOST_FILE_BYTES = 1024


class Encryption(StrEnum):
    """What an object can be asked to be encrypted with; "" leaves it to the bucket."""

    S3 = "AES256"
    KMS = "aws:kms"
    #: A key of the person's (``CustomerKey``). The name is ours: S3 has headers for it, no word.
    CUSTOMER = "SSE-C"


def hides_md5(encryption: str) -> bool:
    """Whether ETags of objects encrypted so look like MD5s and are not."""
    return encryption.startswith("aws:kms") or encryption == Encryption.CUSTOMER


class CustomerKey:
    """A key of 256 bits for SSE-C. The server forgets it: without it the object cannot be read.

    Neither printed, pickled, logged nor journaled (invariant 7); only ``s3`` asks for ``base64``.
    """

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise ValueError("a customer key has 32 bytes")
        self._key = bytes(key)

    @classmethod
    def from_text(cls, text: str) -> "CustomerKey":
        """Reads base64 or hex, as key files have it.

        Raises:
            ValueError: it is neither, or not 32 bytes; the text is not in the message.
        """
        stripped = text.strip()
        try:
            if len(stripped) == 64:
                return cls(bytes.fromhex(stripped))
            return cls(base64.b64decode(stripped, validate=True))
        except ValueError:
            raise ValueError("not a key of 32 bytes in base64 or hex") from None

    @classmethod
    def from_file(cls, path: Path) -> "CustomerKey":
        """Reads a key file: 32 bytes as they are, or base64 or hex of them. Blocks.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds no key; nothing of it is in the message.
        """
        with path.open("rb") as file:
            raw = file.read(_MOST_FILE_BYTES)
        return cls(raw) if len(raw) == _KEY_BYTES else cls.from_text(raw.decode("ascii", "replace"))

    @property
    def base64(self) -> str:
        """The key itself, as its header has it."""
        return base64.b64encode(self._key).decode()

    @property
    def md5(self) -> str:
        """What the server shows of it (base64): tells one key from another and gives none away."""
        return base64.b64encode(hashlib.md5(self._key, usedforsecurity=False).digest()).decode()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CustomerKey) and hmac.compare_digest(self._key, other._key)

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return "CustomerKey(…)"

    __str__ = __repr__

    def __format__(self, format_spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("keys are not pickled")
