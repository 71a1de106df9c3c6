"""What each error of S3 is called here: the class, and the words for it.

Fields that may stand in a text: ``{bucket}``, ``{key}``, ``{permission}``, ``{region}``,
``{server}`` (the server's own message), ``{minutes}``, ``{code}``. All of them are made visible
before they are filled in.
"""

from dataclasses import dataclass

from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    Conflict,
    Corrupt,
    EntityTooSmall,
    InvalidPart,
    InvalidPartOrder,
    NeedsCredentials,
    NoSuchUpload,
    NotFound,
    NotSupported,
    PreconditionFailed,
    S3guiError,
)
from s3gui.domain.text import noop


@dataclass(frozen=True, slots=True)
class Words:
    """A row: untranslated templates; ``errors.py`` translates and fills them in."""

    kind: type[S3guiError]
    title: str
    detail: str = ""
    hint: str = ""


_DENIED = Words(
    AccessDenied,
    noop("Access denied"),
    noop("These keys may not do this. It needs the permission {permission}."),
    noop("Ask the owner of the bucket for it, or use other keys."),
)
_NO_KEY = Words(
    NotFound,
    noop("No such object: {key}"),
    noop("The bucket {bucket} has no object with this name. It may have been deleted or moved."),
    noop("Refresh the listing."),
)
_NO_BUCKET = Words(
    NotFound,
    noop("No such bucket: {bucket}"),
    noop("The server has no bucket with this name."),
    noop("Check the name, and whether the connection leads to the right server."),
)
_WRONG_KEYS = Words(
    NeedsCredentials,
    noop("The server does not accept these keys"),
    noop("It does not know the access key, or the key was switched off."),
    noop("Check the access key of the connection."),
)
_EXPIRED = Words(
    NeedsCredentials,
    noop("The keys have expired"),
    noop("They were temporary, and the server does not accept them any more."),
    noop("Enter new keys. What was uploaded so far is kept."),
)
_SKEW = Words(
    S3guiError,
    noop("The clock of this computer is wrong"),
    noop("It differs from the server's by {minutes}, and the server allows 15 minutes."),
    noop("Set the clock to the right time, best from the network, and try again."),
)
_REGION = Words(
    S3guiError,
    noop("The bucket is in another region"),
    noop("The bucket {bucket} is in the region {region}."),
    noop("Set this region in the connection."),
)
_BUSY = Words(
    S3guiError,
    noop("The server asks to go slower"),
    noop("It gets more requests than it wants to serve."),
    noop("Nothing to do: it is tried again, more slowly."),
)
_TROUBLE = Words(
    S3guiError,
    noop("The server has a problem"),
    noop("It answered with {code}. Such problems usually pass."),
    noop("Try again later. If it stays, tell whoever runs the server the request id."),
)
_DAMAGED = Words(
    Corrupt,
    noop("The data was damaged on the way"),
    noop("What arrived at the server has another checksum than what was sent, so it was refused."),
    noop("Try again. If it happens often, suspect the network or the memory of this computer."),
)
_TAKEN = Words(
    Conflict,
    noop("The name {bucket} is taken"),
    noop("Somebody else has a bucket with this name, and a name exists only once."),
    noop("Choose another name."),
)
_FULL = Words(
    S3guiError,
    noop("The storage is full"),
    noop("The quota of the bucket or of the account is used up, or the server has no space left."),
    noop("Delete what is not needed, or ask for more space."),
)
_UNKNOWN_OPERATION = Words(
    NotSupported,
    noop("The server does not support this"),
    noop("It does not know this operation of S3."),
)
_HAPPENED_MEANWHILE = Words(
    Conflict,
    noop("Something else changed it at the same time"),
    noop("The server refused because another change to the same name was going on."),
    noop("Look at what is there now, then try again."),
)
_TOO_LARGE = Words(
    S3guiError,
    noop("Too large for the server"),
    noop("The object or the part is larger than the server takes in one request."),
    noop("Use a smaller part size, or a lower threshold for uploads in parts."),
)

WORDS: dict[str, Words] = {
    "NoSuchBucket": _NO_BUCKET,
    "NoSuchKey": _NO_KEY,
    "404": _NO_KEY,
    "NotFound": _NO_KEY,
    "NoSuchVersion": Words(
        NotFound,
        noop("No such version of {key}"),
        noop("This version was deleted, or never was."),
        noop("Refresh the list of versions."),
    ),
    "NoSuchUpload": Words(
        NoSuchUpload,
        noop("The server does not know this upload any more"),
        noop(
            "It was completed, or aborted by somebody else, or removed by a rule of the bucket"
            " that deletes unfinished uploads."
        ),
        noop("See whether the object is there. If not, start the upload again."),
    ),
    "EntityTooSmall": Words(
        EntityTooSmall,
        noop("The parts are too small for this server"),
        noop("Every part but the last has to be at least 5 MiB, on some servers more."),
        noop("Abort this upload, set a larger part size, and start it again."),
    ),
    "InvalidPart": Words(
        InvalidPart,
        noop("The server misses a part of the upload"),
        noop("A part is not there, or is not the one that was sent."),
        noop("Retry: the parts are compared with the server's, and the missing ones are re-sent."),
    ),
    "InvalidPartOrder": Words(
        InvalidPartOrder,
        noop("The parts were listed in the wrong order"),
        noop("The server wants them by ascending number."),
        noop("Retry. If it happens again, please report it: this is a fault of s3gui."),
    ),
    "EntityTooLarge": _TOO_LARGE,
    "MaxMessageLengthExceeded": _TOO_LARGE,
    "413": _TOO_LARGE,
    "AccessDenied": _DENIED,
    "AllAccessDisabled": _DENIED,
    "AccountProblem": _DENIED,
    "403": _DENIED,
    "InvalidAccessKeyId": _WRONG_KEYS,
    "NotSignedUp": _WRONG_KEYS,
    "401": _WRONG_KEYS,
    "SignatureDoesNotMatch": Words(
        NeedsCredentials,
        noop("The server does not accept the signature"),
        noop("The secret key does not belong to the access key, or a proxy changed the request."),
        noop("Enter the secret key again. A space at its end is enough to make it wrong."),
    ),
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "TokenRefreshRequired": _EXPIRED,
    "InvalidToken": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "RequestTimeTooSkewed": _SKEW,
    "RequestInTheFuture": _SKEW,
    "PermanentRedirect": _REGION,
    "TemporaryRedirect": _REGION,
    "AuthorizationHeaderMalformed": _REGION,
    "IllegalLocationConstraintException": _REGION,
    "301": _REGION,
    "307": _REGION,
    "InvalidLocationConstraint": Words(
        S3guiError,
        noop("The server has no region {region}"),
        noop("A bucket cannot be made there."),
        noop("Set a region in the connection that this server has."),
    ),
    "BucketAlreadyExists": _TAKEN,
    "BucketAlreadyOwnedByYou": Words(
        Conflict,
        noop("You have a bucket {bucket} already"),
        noop("A name exists only once."),
        noop("Choose another name."),
    ),
    "BucketNotEmpty": Words(
        Conflict,
        noop("The bucket {bucket} is not empty"),
        noop("It holds objects, old versions, or unfinished uploads."),
        noop("Delete them first."),
    ),
    "TooManyBuckets": Words(
        S3guiError,
        noop("No more buckets are allowed"),
        noop("The account has as many buckets as the server lets it have."),
        noop("Delete one, or ask for a higher limit."),
    ),
    "QuotaExceeded": _FULL,
    "InsufficientStorage": _FULL,
    "XMinioStorageFull": _FULL,
    "507": _FULL,
    "InvalidObjectState": Words(
        S3guiError,
        noop("The object is in an archive"),
        noop("Objects of this storage class have to be restored before they can be read."),
        noop("Restore it, which can take hours, then try again."),
    ),
    "MethodNotAllowed": Words(
        NotSupported,
        noop("This is not allowed here"),
        noop("The server does not do this with {key}. It may be a delete marker."),
    ),
    "405": _UNKNOWN_OPERATION,
    "NotImplemented": _UNKNOWN_OPERATION,
    "XNotImplemented": _UNKNOWN_OPERATION,
    "501": _UNKNOWN_OPERATION,
    "SlowDown": _BUSY,
    "BadDigest": _DAMAGED,
    "XAmzContentSHA256Mismatch": _DAMAGED,
    "XAmzContentChecksumMismatch": _DAMAGED,
    "PreconditionFailed": Words(
        PreconditionFailed,
        noop("The object is not what it was"),
        noop("{key} was changed, replaced or made by somebody else meanwhile."),
        noop("Refresh, then decide which one to keep."),
    ),
    "ConditionalRequestConflict": _HAPPENED_MEANWHILE,
    "OperationAborted": _HAPPENED_MEANWHILE,
    "409": _HAPPENED_MEANWHILE,
    "KeyTooLongError": Words(
        S3guiError,
        noop("The name is too long"),
        noop("A key may have 1,024 bytes in UTF-8; a Cyrillic letter takes two, an emoji four."),
        noop("Shorten the name of the file or of a folder it is in."),
    ),
    "InvalidObjectName": Words(
        S3guiError,
        noop("The server does not take this name"),
        noop("{key} is too long for it, or holds characters that it does not allow."),
        noop("Use a shorter or plainer name."),
    ),
    "InvalidBucketName": Words(
        S3guiError,
        noop("{bucket} cannot be the name of a bucket"),
        noop("3 to 63 characters: small letters of English, digits, dots and hyphens."),
        noop("Choose another name."),
    ),
    "InvalidRange": Words(
        Conflict,
        noop("The object is shorter than expected"),
        noop("{key} has no bytes at the place that was asked for. It was probably replaced."),
        noop("Refresh, then try again."),
    ),
    "InvalidStorageClass": Words(
        S3guiError,
        noop("The server has no such storage class"),
        "",
        noop("Choose another storage class."),
    ),
    "MissingContentMD5": _UNKNOWN_OPERATION,
    "RequestTimeout": Words(
        S3guiError,
        noop("The server waited too long for the data"),
        noop("The line is slow or was interrupted."),
        noop("It is tried again by itself."),
    ),
    "MalformedXML": Words(
        BadAnswer,
        noop("The server did not understand the request"),
        noop("It says: {server}"),
        noop("Please report it with the name of the provider."),
    ),
}
WORDS["412"] = WORDS["PreconditionFailed"]
WORDS["416"] = WORDS["InvalidRange"]
for _code in ("408", "RequestTimeoutException", "IncompleteBody"):
    WORDS[_code] = WORDS["RequestTimeout"]

#: For codes that are not in the table, by the kind that ``kind_of`` gives.
BUSY = _BUSY
TROUBLE = _TROUBLE
REFUSED = Words(
    S3guiError,
    noop("The server refused the request"),
    noop("It says: {server}"),
    noop("The code and the request id help whoever runs the server to find the reason."),
)
#: A 400 to a HEAD request, which has no body to say more.
REFUSED_SILENTLY = Words(
    S3guiError,
    noop("The server refused the request"),
    noop("It gave no reason."),
    noop(
        "Check the region and the keys of the connection, and the clock of this computer. An object"
        " that is encrypted with a key of its owner's (SSE-C) cannot be looked at without the key."
    ),
)
#: Who answered is no S3 server: the page of a network, a proxy, a load balancer.
FOREIGN = Words(
    BadAnswer,
    noop("This is not an S3 server"),
    noop("What answered sent a web page or something else that is not S3."),
    noop("Check the endpoint. On a public network, sign in to the network first."),
)
#: The status that a captive portal is to answer with (RFC 6585, 6), to a HEAD without a page.
WORDS["511"] = FOREIGN
#: Another region, and the server does not say which.
ELSEWHERE = Words(
    S3guiError,
    noop("The bucket is in another region"),
    noop("The server does not serve {bucket} in the region of this connection."),
    noop("Set the region of the bucket in the connection."),
)
