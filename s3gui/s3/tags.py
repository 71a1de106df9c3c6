"""Tags of objects: GetObjectTagging, PutObjectTagging."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from s3gui.domain.errors import ErrorKind, NotSupported
from s3gui.domain.location import Location
from s3gui.domain.text import tr
from s3gui.s3.calls import Calls
from s3gui.s3.errors import no_proof, s3_errors

if TYPE_CHECKING:
    from types_aiobotocore_s3 import S3Client

#: ``MethodNotAllowed`` is not among them: a delete marker gives that.
_MISSING_CODES = {"NotImplemented", "XNotImplemented", "501"}


class S3Tags:
    """See ``domain.copying.Tags``."""

    def __init__(self, control: "S3Client") -> None:
        self._control = control
        self._calls = Calls(control)
        #: The server said that it has no tags; the session then shows none (invariant 10).
        self.missing = False
        #: It was seen to know tags, so that a write cannot be taken for a PutObject.
        self._proved = False

    async def of_object(self, where: Location, version_id: str | None = None) -> dict[str, str]:
        """GetObjectTagging."""
        try:
            with s3_errors("GetObjectTagging", where):
                answer: Any = await self._calls.call(
                    "get_object_tagging", _named(where, version_id)
                )
        except NotSupported as error:
            self.missing = error.code in _MISSING_CODES
            raise
        if "etag" in answer["ResponseMetadata"]["HTTPHeaders"]:
            # An object's own answer: who put ?tagging next would replace the object.
            raise no_proof(tr("The server does not know tags."), ErrorKind.PERMANENT)
        self._proved = True
        return {
            str(row["Key"]): str(row.get("Value") or "")
            for row in answer.get("TagSet", ())
            if row.get("Key")
        }

    async def put_object(
        self, where: Location, tags: Mapping[str, str], version_id: str | None = None
    ) -> None:
        """PutObjectTagging. The first of a session asks for what is there before."""
        if not self._proved:
            await self.of_object(where, version_id)
        rows: Any = [{"Key": name, "Value": value} for name, value in tags.items()]
        try:
            with s3_errors("PutObjectTagging", where):
                await self._control.put_object_tagging(
                    **_named(where, version_id), Tagging={"TagSet": rows}
                )
        except NotSupported as error:
            self.missing = error.code in _MISSING_CODES
            raise


def _named(where: Location, version_id: str | None) -> Any:
    params = {"Bucket": where.bucket, "Key": where.key}
    if version_id:
        params["VersionId"] = version_id
    return params
