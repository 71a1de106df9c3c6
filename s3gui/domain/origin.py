"""What a download or a copy reads, and what is to be done where something is already."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from s3gui.domain.location import Location


@dataclass(frozen=True, slots=True)
class Origin:
    """Which content of which object is read: what ``FileIdentity`` is to an upload.

    Every request for its bytes names the ETag (If-Match), so no mix can come of it.
    """

    #: The connection that the object is read over.
    profile_id: str
    location: Location
    #: ``None``: whichever is the latest when the transfer starts.
    version_id: str | None = None
    #: As the listing had it, then as HeadObject said it when the transfer started; "": not known.
    etag: str = ""
    modified: datetime | None = None


class IfExists(Enum):
    """What a transfer does where its destination is taken; chosen once for all of a batch."""

    OVERWRITE = "overwrite"
    SKIP = "skip"
    #: A free name: ``name (1).txt``.
    RENAME = "rename"
    #: Overwrites what is older than the source.
    NEWER = "newer"
    #: Overwrites what has another size.
    SIZE = "size"
    #: Overwrites what has another content, as far as sizes, ETags and checksums tell.
    CONTENT = "content"
    #: The row waits until the person decides.
    ASK = "ask"
    #: The row fails.
    FAIL = "fail"


class Priority(Enum):
    """Rows of a higher one start first, and their parts go first; the order counts within one."""

    LOW = -1
    NORMAL = 0
    HIGH = 1


def policy_of(value: str) -> IfExists:
    """The one that was remembered; what is no policy is a question."""
    known = {policy.value: policy for policy in IfExists}
    return known.get(value, IfExists.ASK)
