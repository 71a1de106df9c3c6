"""Which handler serves a request, and what of it somebody who did not sign may ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from s3gui.demo import serve_buckets, serve_copies, serve_lists, serve_objects, serve_uploads
from s3gui.demo.access import Acl
from s3gui.demo.call import Answer, Call
from s3gui.demo.faults import Fault

Handler = Callable[[Call], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Route:
    """A handler, and the right it needs."""

    handler: Handler
    #: Whose ACL decides for the anonymous, "bucket" or "object"; "" shuts them out.
    acl: str = ""
    permission: str = ""


#: Queries that make a request another operation, those not implemented too: a PUT with one of
#: them must never be taken for a PutObject.
_SUB_RESOURCES = frozenset(
    {
        *("accelerate", "acl", "analytics", "attributes", "cors"),
        *("delete", "encryption", "intelligent-tiering", "inventory", "legal-hold"),
        *("lifecycle", "location", "logging", "metadataInventoryTable", "metadataTable"),
        *("metrics", "notification", "object-lock", "ownershipControls", "policy"),
        *("policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment"),
        *("restore", "retention", "select", "session", "tagging"),
        *("torrent", "uploadId", "uploads", "versioning", "versions"),
        *("website", "append"),
    }
)
_BUCKET = {
    ("GET", ""): Route(serve_lists.list_objects, "bucket", "READ"),
    ("PUT", ""): Route(serve_buckets.create_bucket),
    ("HEAD", ""): Route(serve_buckets.head_bucket, "bucket", "READ"),
    ("DELETE", ""): Route(serve_buckets.delete_bucket),
    ("GET", "location"): Route(serve_buckets.get_location),
    ("GET", "versioning"): Route(serve_buckets.get_versioning),
    ("PUT", "versioning"): Route(serve_buckets.put_versioning),
    ("GET", "versions"): Route(serve_lists.list_versions, "bucket", "READ"),
    ("GET", "uploads"): Route(serve_lists.list_uploads, "bucket", "READ"),
    ("GET", "acl"): Route(serve_buckets.get_bucket_acl, "bucket", "READ_ACP"),
    ("PUT", "acl"): Route(serve_buckets.put_bucket_acl, "bucket", "WRITE_ACP"),
    ("POST", "delete"): Route(serve_objects.delete_objects),
}
_OBJECT = {
    ("GET", ""): Route(serve_objects.get_object, "object", "READ"),
    ("HEAD", ""): Route(serve_objects.get_object, "object", "READ"),
    ("PUT", ""): Route(serve_objects.put_object, "bucket", "WRITE"),
    ("DELETE", ""): Route(serve_objects.delete_object, "bucket", "WRITE"),
    ("GET", "acl"): Route(serve_objects.get_object_acl, "object", "READ_ACP"),
    ("PUT", "acl"): Route(serve_objects.put_object_acl, "object", "WRITE_ACP"),
    ("GET", "tagging"): Route(serve_objects.get_object_tagging),
    ("PUT", "tagging"): Route(serve_objects.put_object_tagging),
    ("DELETE", "tagging"): Route(serve_objects.delete_object_tagging),
    ("GET", "attributes"): Route(serve_objects.get_object_attributes),
    ("POST", "uploads"): Route(serve_uploads.create_upload),
    ("PUT", "uploadId"): Route(serve_uploads.upload_part),
    ("GET", "uploadId"): Route(serve_uploads.list_parts),
    ("POST", "uploadId"): Route(serve_uploads.complete_upload),
    ("DELETE", "uploadId"): Route(serve_uploads.abort_upload),
}
_SERVICE = {("GET", ""): Route(serve_buckets.list_buckets)}
_COPY = Route(serve_copies.copy_object)


def route_of(call: Call) -> Route:
    """The route of a request.

    Raises:
        Fault: NotImplemented for an operation of S3 that is not here, MethodNotAllowed.
    """
    subs = sorted(_SUB_RESOURCES & call.query.keys())
    if len(subs) > 1:
        raise Fault("InvalidArgument", f"Conflicting query string parameters: {', '.join(subs)}")
    sub = subs[0] if subs else ""
    table = _OBJECT if call.key else _BUCKET if call.bucket else _SERVICE
    found = table.get((call.method, sub))
    if found is None:
        if not sub and not any(method == call.method for method, _ in _OBJECT):
            raise Fault("MethodNotAllowed", Method=call.method)
        raise Fault("NotImplemented")
    if found.handler is serve_objects.put_object and "x-amz-copy-source" in call.headers:
        return _COPY
    return found


def check_anonymous(call: Call, route: Route) -> None:
    """Raises AccessDenied unless an ACL lets anybody do this."""
    acl = ""
    if route.acl:
        bucket = call.storage.buckets.get(call.bucket)
        acl = bucket["acl"]
        if route.acl == "object":
            try:
                acl = call.storage.objects.get(call.bucket, call.key_bytes, call.version_id)["acl"]
            except Fault as fault:
                # Whether a key is there is told only to those who may list.
                if not Acl.from_json(bucket["acl"]).allows_anyone("READ"):
                    raise Fault("AccessDenied") from fault
                raise
    if not acl or not Acl.from_json(acl).allows_anyone(route.permission):
        raise Fault("AccessDenied")
