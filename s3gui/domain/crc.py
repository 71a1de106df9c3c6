"""CRC-32, as zlib has it: what S3 calls ``CRC32``.

zlib's own takes 0.27 s a GiB, as much as all else that Python does for a download. That of Intel's
ISA-L (the package ``isal``) takes a twentieth of it and gives the same numbers; it has no wheel for
Windows on ARM and other rare machines, which do with zlib's. Both let other threads run meanwhile.
"""

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Buffer

#: ``crc32(data, value_so_far)``; begin with 0.
crc32: "Callable[[Buffer, int], int]"
try:
    from isal.isal_zlib import crc32
except ImportError:
    crc32 = zlib.crc32

#: Whether it is the fast one.
IS_FAST = crc32 is not zlib.crc32
