"""What belongs to an object beside its bytes, carried to its copy, and what could not be.

CopyObject takes headers, metadata and tags with it; storage class and encryption have to be asked
for, and an ACL is put afterwards, as tags are where the copy is made of parts or comes from another
connection. What is missing then is a remark of the row, never silence.
"""

from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from typing import TypeVar

from s3gui.domain.entries import (
    AccessList,
    Grant,
    GranteeKind,
    ObjectDetails,
    ObjectOptions,
    Stored,
)
from s3gui.domain.errors import BadAnswer, ErrorKind, NotFound, NotSupported, S3guiError
from s3gui.domain.existing import Remark
from s3gui.domain.ports import Session
from s3gui.transfers.copying.source import Source
from s3gui.transfers.kit import Patience
from s3gui.transfers.row import Row

T = TypeVar("T")
#: Go together: CopyObject takes all of them from the source, or none.
_HEADERS = (
    *("content_type", "metadata", "cache_control", "content_disposition", "content_encoding"),
    *("content_language", "expires", "website_redirect"),
)
_NO_SUCH_CLASS = {"InvalidStorageClass"}
_NOT_ENCRYPTED = {
    *("NotEncrypted", "InvalidEncryptionAlgorithmError", "KMS.NotFoundException"),
    *("ServerSideEncryptionConfigurationNotFoundError", "KMSNotConfigured"),
    *("KMS.DisabledException", "InvalidArgument", "NotImplemented"),
}


class Carrying:
    """One row's."""

    def __init__(self, row: Row, source: Source, session: Session, patience: Patience) -> None:
        self._row = row
        self._transfer = row.transfer
        self._source = source
        self._session = session
        self._patience = patience
        self.left: set[Remark] = set()
        #: What the server refused to make it with.
        self._gave_up: set[Remark] = set()

    @property
    def _within(self) -> bool:
        """Both are on one connection, so that names of keys and people mean the same."""
        return self._source.origin.profile_id == self._transfer.profile_id

    # What the copy is made with

    @property
    def options(self) -> ObjectOptions:
        """What was asked for with the batch, and for the rest what the source has."""
        asked = self._row.options
        kept = ObjectOptions.kept(self._source.details)
        if not self._within or asked.encryption:
            kept = replace(kept, encryption="", kms_key_id="")
        if Remark.CLASS_LEFT in self._gave_up:
            kept = replace(kept, storage_class="")
        if Remark.ENCRYPTION_LEFT in self._gave_up:
            kept = replace(kept, encryption="", kms_key_id="")
        told = {
            field.name: value for field in fields(asked) if (value := getattr(asked, field.name))
        }
        return replace(kept, **told)

    @property
    def keeps_headers(self) -> bool:
        """Whether all headers and metadata are the source's."""
        return not any(getattr(self._row.options, name) for name in _HEADERS)

    def do_without(self, error: S3guiError) -> bool:
        """Whether the server refused something of the source's that can be left out."""
        options, asked = self.options, self._row.options
        if error.code in _NO_SUCH_CLASS and options.storage_class and not asked.storage_class:
            self._gave_up.add(Remark.CLASS_LEFT)
            return True
        if error.code in _NOT_ENCRYPTED and options.encryption and not asked.encryption:
            self._gave_up.add(Remark.ENCRYPTION_LEFT)
            return True
        return False

    # What it has then

    def compare(self, copy: ObjectDetails) -> None:
        """Notes what of headers, class and encryption is not as it should be."""
        wanted, found = self.options, ObjectOptions.kept(copy)
        self._note(
            Remark.HEADERS_LEFT,
            missing=any(
                value != getattr(found, name)
                for name in _HEADERS
                if (value := getattr(wanted, name))
            ),
        )
        same_class = self._row.options.storage_class or wanted.storage_class == found.storage_class
        self._note(Remark.CLASS_LEFT, missing=not same_class or Remark.CLASS_LEFT in self._gave_up)
        encrypted = bool(self._source.details.encryption)
        # Amazon encrypts everything; a copy that is encrypted in another way is encrypted.
        self._note(Remark.ENCRYPTION_LEFT, missing=encrypted and not copy.encryption)

    async def tags(self, stored: Stored, *, on_server: bool) -> None:
        """GetObjectTagging and, where they are not there, PutObjectTagging.

        Args:
            stored: the copy.
            on_server: CopyObject was asked to take them along.
        """
        details, ports = self._source.details, self._source.session.tags
        if self._row.options.tags or details.tag_count == 0 or ports is None:
            return
        origin = self._source.origin
        async with self._source.mine():
            wanted = await self._unless_denied(
                lambda: ports.of_object(origin.location, origin.version_id)
            )
        if wanted is None:
            # What CopyObject was allowed to take along it did take.
            self._note(Remark.TAGS_LEFT, missing=not on_server)
            return
        self._note(
            Remark.TAGS_LEFT,
            missing=bool(wanted) and not await self._put_tags(stored, wanted, look=on_server),
        )

    async def _put_tags(self, stored: Stored, wanted: dict[str, str], *, look: bool) -> bool:
        ports, where = self._session.tags, self._transfer.location
        if ports is None:
            return False
        if look:
            there = await self._unless_denied(lambda: ports.of_object(where, stored.version_id))
            if there == wanted:
                return True
        put = await self._unless_denied(
            lambda: _done(ports.put_object(where, wanted, stored.version_id))
        )
        return put is not None

    async def acl(self, stored: Stored) -> None:
        """GetObjectAcl and, where more than the owner is named, PutObjectAcl."""
        ports = self._source.session.acl
        if self._row.options.acl or ports is None:
            return
        origin = self._source.origin
        access: AccessList | None = None
        async with self._source.mine():
            try:
                access = await self._patience.call(
                    lambda: ports.of_object(origin.location, origin.version_id)
                )
            except NotSupported:
                return
            except S3guiError as error:
                _unless_final(error)
        if access is None:
            self._note(Remark.ACL_LEFT, missing=True)
            return
        others = [grant for grant in access.grants if grant.grantee != access.owner_id]
        meant = [grant for grant in others if self._within or grant.kind is GranteeKind.GROUP]
        placed = not meant or await self._put_acl(stored, meant)
        self._note(Remark.ACL_LEFT, missing=len(meant) < len(others) or not placed)

    async def _put_acl(self, stored: Stored, meant: list[Grant]) -> bool:
        ports, where = self._session.acl, self._transfer.location
        if ports is None:
            return False
        own = await self._unless_denied(lambda: ports.of_object(where, stored.version_id))
        if own is None:
            return False
        mine = tuple(grant for grant in own.grants if grant.grantee == own.owner_id)
        added = tuple(grant for grant in meant if grant.grantee != own.owner_id)
        if {*mine, *added} == set(own.grants):
            return True
        wanted = AccessList(own.owner_id, own.owner_name, mine + added)
        put = await self._unless_denied(
            lambda: _done(ports.put_object(where, wanted, stored.version_id))
        )
        return put is not None

    async def _unless_denied(self, make: Callable[[], Awaitable[T]]) -> T | None:
        """What an answer is; ``None``: it is refused for good."""
        try:
            return await self._patience.call(make)
        except S3guiError as error:
            _unless_final(error)
            return None

    def _note(self, remark: Remark, *, missing: bool) -> None:
        if missing:
            self.left.add(remark)
        else:
            self.left.discard(remark)


async def _done(work: Awaitable[None]) -> bool:
    await work
    return True


def _unless_final(error: S3guiError) -> None:
    """Whether a refusal will stay one, so that the copy goes on without.

    Raises:
        S3guiError: it may pass.
    """
    passes = error.kind is not ErrorKind.PERMANENT and not isinstance(error, BadAnswer)
    if passes or isinstance(error, NotFound):
        raise error
