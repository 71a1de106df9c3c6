"""Server-side encryption as the protocol has it: who asks is told so, and brings the key again.

Nothing is encrypted: the demo's files lie on the person's own disk.
"""

import base64
import hashlib
from collections.abc import Mapping

from s3gui.demo.checksums import decode
from s3gui.demo.faults import Fault

_SSE = "x-amz-server-side-encryption"
_ALGORITHM = f"{_SSE}-customer-algorithm"
_KEY = f"{_SSE}-customer-key"
_KEY_MD5 = f"{_SSE}-customer-key-MD5"
_KMS_KEY = f"{_SSE}-aws-kms-key-id"
#: Of a copy's source.
SOURCE = "x-amz-copy-source-"
_KINDS = {"AES256", "aws:kms", "aws:kms:dsse"}
#: What is kept with an object and goes back with it.
_KEPT = (_SSE, _KMS_KEY, _ALGORITHM, _KEY_MD5)
_KNOWN = {_SSE, _KMS_KEY, _ALGORITHM, _KEY, _KEY_MD5.lower()}
_OWN_KEY = "arn:aws:kms:us-east-1:000000000000:key/demo"


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What a request that makes an object says of its encryption.

    Raises:
        Fault: NotImplemented for a header that is not here, InvalidArgument, InvalidRequest.
    """
    for name in headers:
        if name.startswith(_SSE) and name not in _KNOWN:
            raise Fault("NotImplemented", Header=name)
    kind = headers.get(_SSE, "")
    md5 = _key_md5(headers, "")
    if md5:
        if kind:
            raise Fault("InvalidArgument", "Two kinds of server side encryption were specified")
        return {_ALGORITHM: "AES256", _KEY_MD5: md5}
    if not kind:
        return {}
    if kind not in _KINDS:
        raise Fault("InvalidArgument", "The encryption method specified is not supported")
    if kind == "AES256":
        return {_SSE: kind}
    return {_SSE: kind, _KMS_KEY: headers.get(_KMS_KEY) or _OWN_KEY}


def shown(kept: Mapping[str, str]) -> dict[str, str]:
    """Of an object's or an upload's headers those that every answer about it repeats."""
    return {name: kept[name] for name in _KEPT if name in kept}


def without(kept: Mapping[str, str]) -> dict[str, str]:
    """The headers that a copy takes over: it is encrypted as its own request says."""
    return {name: value for name, value in kept.items() if name not in _KEPT}


def check_key(headers: Mapping[str, str], kept: Mapping[str, str], prefix: str = "") -> None:
    """Whether a request may read, or send parts to, what is encrypted so.

    Raises:
        Fault: InvalidRequest for a key that is missing or not wanted, AccessDenied for another one.
    """
    md5, wanted = _key_md5(headers, prefix), kept.get(_KEY_MD5, "")
    if wanted and not md5:
        raise Fault(
            "InvalidRequest",
            "The object was stored using a form of Server Side Encryption. The correct parameters "
            "must be provided to retrieve the object.",
        )
    if md5 and not wanted:
        raise Fault("InvalidRequest", "The encryption parameters are not applicable to this object")
    if md5 != wanted:
        raise Fault("AccessDenied")


def hides_md5(kept: Mapping[str, str]) -> bool:
    """Whether the ETag is no MD5: it is encrypted with another key than the server's own."""
    return kept.get(_SSE, "").startswith("aws:kms") or _KEY_MD5 in kept


def etag_of(md5_hex: str, kept: Mapping[str, str]) -> str:
    """The ETag of a body."""
    if hides_md5(kept):
        return hashlib.md5(f"opaque{md5_hex}".encode(), usedforsecurity=False).hexdigest()
    return md5_hex


def _key_md5(headers: Mapping[str, str], prefix: str) -> str:
    """The MD5 of a customer's key (base64), "" for none.

    Raises:
        Fault: InvalidArgument when it is none, or is not what its MD5 says.
    """
    start = prefix + _SSE.removeprefix("x-amz-") if prefix else _SSE
    algorithm, key = (headers.get(f"{start}-customer-{name}") for name in ("algorithm", "key"))
    if algorithm is None and key is None:
        return ""
    if algorithm != "AES256":
        raise Fault(
            "InvalidArgument",
            "Requests specifying Server Side Encryption with Customer provided keys must provide a "
            "valid encryption algorithm.",
        )
    secret = decode(key or "", "InvalidArgument")
    md5 = base64.b64encode(hashlib.md5(secret, usedforsecurity=False).digest()).decode()
    if len(secret) != 32 or md5 != headers.get(f"{start}-customer-key-md5"):
        raise Fault("InvalidArgument", "The secret key was invalid for the specified algorithm.")
    return md5
