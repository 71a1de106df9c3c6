"""The gateway: sessions over aiobotocore, three clients each.

*control* asks and repeats what may be repeated, *data* moves bytes, *commit* waits long for one
answer. They are built in a thread; entering a session asks the server nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from s3gui.domain.conditions import ConditionFacts
from s3gui.domain.errors import NeedsCredentials, S3guiError
from s3gui.domain.etags import EtagFacts
from s3gui.domain.profile import Credentials, Profile
from s3gui.domain.text import tr
from s3gui.s3 import loading
from s3gui.s3.acl import S3Acl
from s3gui.s3.buckets import S3Buckets
from s3gui.s3.clock import ServerClock, set_clock
from s3gui.s3.config import LANES, Timeouts, lane_config
from s3gui.s3.copying import S3Copying
from s3gui.s3.listing import MOST_PAGES, S3Listing
from s3gui.s3.objects import S3Objects
from s3gui.s3.tags import S3Tags
from s3gui.s3.uploads import S3Uploads
from s3gui.s3.versions import S3Versions

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

    from s3gui.s3.http import ThreadedSession


class S3Session:
    """An open connection; see ``domain.ports.Session``."""

    def __init__(
        self,
        profile: Profile,
        control: "S3Client",
        data: "S3Client",
        commit: "S3Client",
        *,
        most_pages: int = MOST_PAGES,
        copy_s: float = Timeouts().commit_read_s,
    ) -> None:
        self.profile = profile
        self.conditions = ConditionFacts()
        self.etags = EtagFacts()
        self.buckets = S3Buckets(control, profile)
        self.listing = S3Listing(control, profile.list_version, most_pages=most_pages)
        self.objects = S3Objects(control, data, self.conditions)
        self.uploads = S3Uploads(control, data, commit, self.conditions)
        self._copying = S3Copying(data, commit, self.conditions, answer_s=copy_s)
        self._tags = S3Tags(control)
        self._acl = S3Acl(control)
        self._versions = S3Versions(control)

    @property
    def copying(self) -> S3Copying | None:
        """``None`` once the server said that it does not copy."""
        return None if self._copying.missing else self._copying

    @property
    def tags(self) -> S3Tags | None:
        """``None`` once the server said that it has no tags."""
        return None if self._tags.missing else self._tags

    @property
    def acl(self) -> S3Acl | None:
        """``None`` once the server said that it has no ACLs."""
        return None if self._acl.missing else self._acl

    @property
    def versions(self) -> S3Versions | None:
        """``None`` once the server said that it keeps no versions."""
        return None if self._versions.missing else self._versions


class S3Gateway:
    """Opens sessions; see ``domain.ports.Gateway``."""

    def __init__(
        self,
        timeouts: Timeouts | None = None,
        *,
        wire: "type[ThreadedSession] | None" = None,
        most_pages: int = MOST_PAGES,
    ) -> None:
        self._timeouts = timeouts or Timeouts()
        self._wire = wire
        self._most_pages = most_pages
        self._tell: Callable[[S3guiError], None] | None = None

    def watch(self, tell: Callable[[S3guiError], None]) -> None:
        """``tell(error)`` is called, once a session, with what it bears and a person should know.

        That is a computer's clock that is wrong.
        """
        self._tell = tell

    def session(
        self, profile: Profile, credentials: Credentials
    ) -> AbstractAsyncContextManager[S3Session]:
        """A session with these keys, open until the context is left.

        Raises (on entering):
            NeedsCredentials: a key is empty.
            S3guiError: the endpoint, the proxy or the CA file cannot be used.
        """
        return self._open(profile, credentials)

    @asynccontextmanager
    async def _open(self, profile: Profile, credentials: Credentials) -> AsyncIterator[S3Session]:
        if not (credentials.access_key and credentials.secret_key):
            raise NeedsCredentials(
                tr("The connection has no keys"),
                hint=tr("Enter the access key and the secret key."),
            )
        async with AsyncExitStack() as stack:
            clients = await asyncio.to_thread(self._make_clients, profile, credentials)
            for client in clients:
                await stack.enter_async_context(client)
            yield S3Session(
                profile,
                *clients,
                most_pages=self._most_pages,
                copy_s=self._timeouts.commit_read_s,
            )

    def _make_clients(
        self, profile: Profile, credentials: Credentials
    ) -> "tuple[S3Client, S3Client, S3Client]":
        """Blocks: runs in a thread."""
        from botocore.exceptions import BotoCoreError

        try:
            return self._three_clients(profile, credentials)
        except (ValueError, BotoCoreError) as error:
            raise S3guiError(
                tr("The connection cannot be used as it is set"),
                tr("The endpoint, the region or the proxy is not written as it should be."),
                tr("Check these in the connection."),
                code="Profile",
            ) from error

    def _three_clients(
        self, profile: Profile, credentials: Credentials
    ) -> "tuple[S3Client, S3Client, S3Client]":
        control, data, commit = clients = [
            loading.make_client(
                profile, credentials, lane_config(profile, lane, self._timeouts, self._wire)
            )
            for lane in LANES
        ]
        clock = ServerClock(profile.endpoint, self._tell)
        for client in clients:
            set_clock(client, clock)
        return control, data, commit


if TYPE_CHECKING:
    from s3gui.domain.ports import Gateway

    #: The type checker's proof that the ports are met, to the last parameter.
    _MEETS_THE_PORTS: Gateway = S3Gateway()
