"""ACLs: canned ones, grants in headers, and AccessControlPolicy documents."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from s3gui.demo.faults import Fault
from s3gui.demo.xml import INSTANCE, children, document, escape, leaf, node, parse, text_of
from s3gui.domain.entries import Grant, GranteeKind

#: The one account of the demo storage.
OWNER_ID = "5f2c1d0e9b8a47663d5e4c3b2a19087f6e5d4c3b2a1908f7e6d5c4b3a2918070"
OWNER_NAME = "demo"
_GROUPS = "http://acs.amazonaws.com/groups/"
ALL_USERS = f"{_GROUPS}global/AllUsers"
SIGNED_IN = f"{_GROUPS}global/AuthenticatedUsers"
LOG_DELIVERY = f"{_GROUPS}s3/LogDelivery"
_GROUP_URIS = {ALL_USERS, SIGNED_IN, LOG_DELIVERY}
PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP")
MOST_GRANTS = 100
#: Grants of a canned ACL beside the owner's own.
_CANNED: dict[str, tuple[tuple[str, str], ...]] = {
    "private": (),
    "public-read": ((ALL_USERS, "READ"),),
    "public-read-write": ((ALL_USERS, "READ"), (ALL_USERS, "WRITE")),
    "authenticated-read": ((SIGNED_IN, "READ"),),
    "log-delivery-write": ((LOG_DELIVERY, "WRITE"), (LOG_DELIVERY, "READ_ACP")),
    # The bucket's owner is the object's owner here, and has all rights already.
    "bucket-owner-read": (),
    "bucket-owner-full-control": (),
    "aws-exec-read": (),
}
_GRANT_HEADERS = {
    f"x-amz-grant-{permission.lower().replace('_', '-')}": permission for permission in PERMISSIONS
}
_HEADER_GRANTEE = re.compile(r'\s*(id|uri|emailaddress)\s*=\s*"?([^",]*)"?\s*', re.IGNORECASE)
_HEADER_KINDS = {
    "id": GranteeKind.USER,
    "uri": GranteeKind.GROUP,
    "emailaddress": GranteeKind.EMAIL,
}


@dataclass(frozen=True, slots=True)
class Acl:
    """Who may do what; the owner is always the one account."""

    grants: tuple[Grant, ...]

    def allows_anyone(self, permission: str) -> bool:
        """Whether someone who did not sign may do it."""
        return any(
            grant.is_public and grant.permission in {permission, "FULL_CONTROL"}
            for grant in self.grants
        )

    def to_json(self) -> str:
        """As the database keeps it."""
        return json.dumps(
            [[g.kind.value, g.grantee, g.display_name, g.permission] for g in self.grants]
        )

    @classmethod
    def from_json(cls, text: str) -> "Acl":
        """What ``to_json`` wrote."""
        return cls(
            tuple(
                Grant(GranteeKind(kind), grantee, name, permission)
                for kind, grantee, name, permission in json.loads(text)
            )
        )

    def to_xml(self) -> bytes:
        """The AccessControlPolicy document."""
        grants = "".join(
            node("Grant", _grantee_xml(grant), leaf("Permission", grant.permission))
            for grant in self.grants
        )
        return document("AccessControlPolicy", owner_xml(), node("AccessControlList", grants))


def owner_xml(tag: str = "Owner") -> str:
    """The one account as an element."""
    return node(tag, leaf("ID", OWNER_ID), leaf("DisplayName", OWNER_NAME))


def canned(name: str) -> Acl:
    """The ACL that a canned name stands for.

    Raises:
        Fault: InvalidArgument for a name that S3 does not have.
    """
    if name not in _CANNED:
        raise Fault("InvalidArgument", ArgumentName="x-amz-acl", ArgumentValue=name)
    owner = Grant(GranteeKind.USER, OWNER_ID, OWNER_NAME, "FULL_CONTROL")
    groups = (Grant(GranteeKind.GROUP, uri, "", right) for uri, right in _CANNED[name])
    return Acl((owner, *groups))


def from_headers(headers: Mapping[str, str]) -> Acl | None:
    """The ACL that x-amz-acl or x-amz-grant-* ask for; ``None`` when there is neither.

    Raises:
        Fault: InvalidArgument, or InvalidRequest for both at once.
    """
    name = headers.get("x-amz-acl")
    grants: list[Grant] = []
    for header, permission in _GRANT_HEADERS.items():
        if header in headers:
            grants += [
                _header_grant(text, permission) for text in headers[header].split(",") if text
            ]
    if name and grants:
        raise Fault(
            "InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed"
        )
    if name:
        return canned(name)
    return Acl(tuple(grants)) if grants else None


def _header_grant(text: str, permission: str) -> Grant:
    match = _HEADER_GRANTEE.fullmatch(text)
    if match is None:
        raise Fault("InvalidArgument", "Argument format not recognized")
    return _grant(_HEADER_KINDS[match[1].lower()], match[2], permission, "InvalidArgument")


def from_xml(body: bytes) -> Acl:
    """The ACL of an AccessControlPolicy document.

    Raises:
        Fault: MalformedACLError, AccessDenied for another owner, InvalidArgument for a grantee.
    """
    policy = parse(body, "AccessControlPolicy", "MalformedACLError")
    owner, rights = policy.find("Owner"), policy.find("AccessControlList")
    if owner is None or rights is None:
        raise Fault("MalformedACLError")
    if text_of(owner, "ID", "") not in {OWNER_ID, ""}:
        raise Fault("AccessDenied")
    grants = tuple(_grant_from_xml(element) for element in children(rights, "Grant"))
    if len(grants) > MOST_GRANTS:
        raise Fault("MalformedACLError", f"An ACL has at most {MOST_GRANTS} grants")
    return Acl(grants)


def _grant_from_xml(element: ET.Element) -> Grant:
    grantee, permission = element.find("Grantee"), element.findtext("Permission", "")
    if grantee is None:
        raise Fault("MalformedACLError")
    tags = {
        GranteeKind.USER: "ID",
        GranteeKind.GROUP: "URI",
        GranteeKind.EMAIL: "EmailAddress",
    }
    try:
        kind = GranteeKind(grantee.get(f"{{{INSTANCE}}}type", ""))
    except ValueError as error:
        raise Fault("MalformedACLError") from error
    return _grant(kind, grantee.findtext(tags[kind], ""), permission, "MalformedACLError")


def _grant(kind: GranteeKind, grantee: str, permission: str, code: str) -> Grant:
    if permission not in PERMISSIONS or not grantee:
        raise Fault(code)
    if kind is GranteeKind.GROUP and grantee not in _GROUP_URIS:
        raise Fault("InvalidArgument", "Invalid group uri", ArgumentValue=grantee)
    return Grant(kind, grantee, OWNER_NAME if grantee == OWNER_ID else "", permission)


def _grantee_xml(grant: Grant) -> str:
    inner = {
        GranteeKind.USER: leaf("ID", grant.grantee) + leaf("DisplayName", grant.display_name),
        GranteeKind.GROUP: leaf("URI", grant.grantee),
        GranteeKind.EMAIL: leaf("EmailAddress", grant.grantee),
    }[grant.kind]
    kind = escape(grant.kind.value)
    return f'<Grantee xmlns:xsi="{INSTANCE}" xsi:type="{kind}">{inner}</Grantee>'
