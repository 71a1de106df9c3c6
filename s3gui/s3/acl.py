"""Who may do what: GetObjectAcl, GetBucketAcl, PutObjectAcl."""

from typing import TYPE_CHECKING, Any

from s3gui.domain.entries import AccessList, Grant, GranteeKind
from s3gui.domain.errors import NotSupported
from s3gui.domain.location import Location
from s3gui.s3.calls import Calls
from s3gui.s3.errors import s3_errors

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client


class S3Acl:
    """See ``domain.ports.Acl``."""

    def __init__(self, control: "S3Client") -> None:
        self._control = control
        self._calls = Calls(control)
        #: The server said that it has no ACLs; the session then shows none (invariant 10).
        self.missing = False
        #: It was seen to know ACLs of objects, so that a write cannot be taken for a PutObject.
        self._proved = False

    async def of_object(self, where: Location, version_id: str | None = None) -> AccessList:
        """GetObjectAcl."""
        version: Any = {"VersionId": version_id} if version_id else {}
        try:
            with s3_errors("GetObjectAcl", where):
                answer: Any = await self._calls.call(
                    "get_object_acl", {"Bucket": where.bucket, "Key": where.key, **version}
                )
        except NotSupported as error:
            self.missing = error.code in _MISSING_CODES
            raise
        self._proved = True
        return _access_list(answer)

    async def put_object(
        self, where: Location, access: AccessList, version_id: str | None = None
    ) -> None:
        """PutObjectAcl. The first of a session asks for what is there before."""
        if not self._proved:
            await self.of_object(where, version_id)
        version: Any = {"VersionId": version_id} if version_id else {}
        owner = {"ID": access.owner_id}
        if access.owner_name:
            owner["DisplayName"] = access.owner_name
        policy: Any = {"Owner": owner, "Grants": [_row(grant) for grant in access.grants]}
        try:
            with s3_errors("PutObjectAcl", where):
                await self._control.put_object_acl(
                    Bucket=where.bucket, Key=where.key, AccessControlPolicy=policy, **version
                )
        except NotSupported as error:
            self.missing = error.code in _MISSING_CODES
            raise

    async def of_bucket(self, bucket: str) -> AccessList:
        """GetBucketAcl."""
        try:
            with s3_errors("GetBucketAcl", Location(bucket)):
                answer: Any = await self._control.get_bucket_acl(Bucket=bucket)
        except NotSupported as error:
            self.missing = error.code in _MISSING_CODES
            raise
        return _access_list(answer)


#: ``MethodNotAllowed`` is not among them: a delete marker gives that.
_MISSING_CODES = {"NotImplemented", "XNotImplemented", "501"}


def _access_list(answer: dict[str, Any]) -> AccessList:
    owner = answer.get("Owner") or {}
    grants = (_grant(row) for row in answer.get("Grants", ()))
    return AccessList(
        owner.get("ID") or "",
        owner.get("DisplayName") or "",
        tuple(grant for grant in grants if grant is not None),
    )


def _grant(row: dict[str, Any]) -> Grant | None:
    """A grant; ``None`` for one without a grantee, which grants nothing to anybody."""
    grantee = row.get("Grantee") or {}
    uri, email, user = grantee.get("URI"), grantee.get("EmailAddress"), grantee.get("ID")
    if not (uri or email or user):
        return None
    # By what is there, not by xsi:type, which several servers leave out.
    kind = GranteeKind.GROUP if uri else GranteeKind.EMAIL if email else GranteeKind.USER
    return Grant(
        kind,
        str(uri or email or user),
        grantee.get("DisplayName") or "",
        row.get("Permission") or "",
    )


_GRANTEE_NAMES = {
    GranteeKind.USER: "ID",
    GranteeKind.EMAIL: "EmailAddress",
    GranteeKind.GROUP: "URI",
}


def _row(grant: Grant) -> dict[str, Any]:
    grantee = {"Type": grant.kind.value, _GRANTEE_NAMES[grant.kind]: grant.grantee}
    return {"Grantee": grantee, "Permission": grant.permission}
