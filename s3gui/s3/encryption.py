"""Encryption on the server: the parameters of a customer's key, and the line it may travel on."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from s3gui.domain.encryption import CustomerKey, Encryption, hides_md5
from s3gui.domain.errors import NeedsCustomerKey, NotSupported, S3guiError
from s3gui.domain.text import tr

_ALGORITHM = "AES256"
#: botocore's names begin so for the object that is made or read, and for the source of a copy.
_SOURCE = "CopySource"
_KEY_HEADERS = (
    "x-amz-server-side-encryption-customer-key",
    "x-amz-copy-source-server-side-encryption-customer-key",
)


def key_params(key: CustomerKey | None, *, of_source: bool = False) -> dict[str, str]:
    """What every call about an object with a customer's key is sent with; nothing for none."""
    if key is None:
        return {}
    prefix = _SOURCE if of_source else ""
    return {
        f"{prefix}SSECustomerAlgorithm": _ALGORITHM,
        f"{prefix}SSECustomerKey": key.base64,
        # Given, so that botocore does not encode the key once more.
        f"{prefix}SSECustomerKeyMD5": key.md5,
    }


def encryption_params(encryption: str, kms_key_id: str, key: CustomerKey | None) -> dict[str, str]:
    """What an object is made with: PutObject, CreateMultipartUpload and CopyObject alike.

    Raises:
        NeedsCustomerKey: the key is to be the person's, and it is not here.
    """
    if encryption == Encryption.CUSTOMER:
        if key is None:
            raise NeedsCustomerKey(
                tr("The key for this file is missing"),
                tr("It is to be encrypted with a key of yours, which s3gui never writes down."),
                tr("Give the key again, or upload it with other options."),
            )
        return key_params(key)
    return {
        "ServerSideEncryption": encryption,
        "SSEKMSKeyId": kms_key_id if encryption.startswith("aws:kms") else "",
    }


def check_encrypted(encryption: str, answer: dict[str, Any], what_is_there: str = "") -> None:
    """Whether an answer confirms the encryption that was asked for, as Amazon's always do.

    Ceph 16.2 takes ``AES256`` and moto a customer's key without a word, and encrypt nothing.

    Args:
        encryption: ``ObjectOptions.encryption``.
        answer: of PutObject, CreateMultipartUpload or CopyObject.
        what_is_there: what to do about what was stored already, translated.

    Raises:
        NotSupported: it does not, or confirms another one.
    """
    told = encryption_of(answer)
    if not encryption or told == encryption:
        return
    raise NotSupported(
        tr("The server does not encrypt as it was asked to"),
        tr("It took the request and did not confirm the encryption."),
        what_is_there or tr("Upload with another encryption, or encrypt the file before."),
        code="NotEncrypted",
    )


def refuse_in_clear(params: dict[str, Any], **_: Any) -> None:
    """Keeps a customer's key off a line that others can read (event ``before-call``).

    Raises:
        S3guiError: the request holds one, and goes over HTTP to another machine.
    """
    if not any(name.lower() in _KEY_HEADERS for name in params.get("headers", ())):
        return
    url = urlsplit(params.get("url", ""))
    if url.scheme == "https" or _is_loopback(url.hostname or ""):
        return
    raise S3guiError(
        tr("The key would travel in the clear"),
        tr("The connection is not encrypted, so that anybody on the way could read your key."),
        tr("Use an https endpoint for objects with a key of your own."),
        code="CustomerKeyInClear",
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def encryption_of(answer: dict[str, Any]) -> str:
    """What an answer says of it, "" for nothing."""
    if answer.get("SSECustomerAlgorithm"):
        return Encryption.CUSTOMER.value
    return str(answer.get("ServerSideEncryption") or "")


def is_opaque(answer: dict[str, Any]) -> bool:
    """Whether the ETags that come with or after this answer are no MD5s."""
    return hides_md5(encryption_of(answer))
