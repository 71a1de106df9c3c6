"""What the server refuses, in S3's words: code, status and message of every error document."""

_TABLE: dict[str, tuple[int, str]] = {
    "AccessDenied": (403, "Access Denied"),
    "AuthorizationHeaderMalformed": (400, "The authorization header is malformed."),
    "AuthorizationQueryParametersError": (400, "The query parameters of the signature are wrong."),
    "BadDigest": (400, "The Content-MD5 or checksum you specified did not match what we received."),
    "BucketNotEmpty": (409, "The bucket you tried to delete is not empty."),
    "BucketAlreadyOwnedByYou": (409, "Your previous request to create the bucket succeeded."),
    "ConditionalRequestConflict": (
        409,
        "The conditional request cannot succeed due to a conflicting operation on this resource.",
    ),
    "EntityTooLarge": (400, "Your proposed upload exceeds the maximum allowed size."),
    "EntityTooSmall": (400, "Your proposed upload is smaller than the minimum allowed size."),
    "IllegalVersioningConfigurationException": (400, "The versioning configuration is invalid."),
    "IncompleteBody": (400, "You did not provide the number of bytes you announced."),
    "InternalError": (500, "We encountered an internal error. Please try again."),
    "InvalidAccessKeyId": (403, "The access key id you provided does not exist in our records."),
    "InvalidArgument": (400, "Invalid Argument"),
    "InvalidBucketName": (400, "The specified bucket is not valid."),
    "InvalidDigest": (400, "The Content-MD5 you specified was invalid."),
    "InvalidLocationConstraint": (400, "The specified location-constraint is not valid."),
    "InvalidObjectState": (403, "The operation is not valid for the object's storage class."),
    "InvalidPart": (
        400,
        (
            "One or more of the specified parts could not be found. The part may not have been "
            "uploaded, or the specified entity tag may not match the part's entity tag."
        ),
    ),
    "InvalidPartNumber": (416, "The requested partnumber is not satisfiable."),
    "InvalidPartOrder": (400, "The list of parts was not in ascending order."),
    "InvalidRange": (416, "The requested range is not satisfiable."),
    "InvalidRequest": (400, "Invalid Request"),
    "InvalidStorageClass": (400, "The storage class you specified is not valid."),
    "InvalidTag": (400, "The tag provided was not a valid tag."),
    "InvalidToken": (400, "The provided token is malformed or otherwise invalid."),
    "InvalidURI": (400, "Couldn't parse the specified URI."),
    "KeyTooLongError": (400, "Your key is too long."),
    "MalformedACLError": (400, "The XML you provided was not well-formed or did not validate."),
    "MalformedTrailerError": (400, "The request contained trailing data that was not well-formed."),
    "MalformedXML": (400, "The XML you provided was not well-formed or did not validate."),
    "MaxMessageLengthExceeded": (400, "Your request was too big."),
    "MetadataTooLarge": (400, "Your metadata headers exceed the maximum allowed metadata size."),
    "MethodNotAllowed": (405, "The specified method is not allowed against this resource."),
    "MissingContentLength": (411, "You must provide the Content-Length HTTP header."),
    "MissingSecurityHeader": (400, "Your request was missing a required header."),
    "NoSuchBucket": (404, "The specified bucket does not exist."),
    "NoSuchKey": (404, "The specified key does not exist."),
    "NoSuchUpload": (
        404,
        (
            "The specified upload does not exist. The upload ID may be invalid, or the upload may "
            "have been aborted or completed."
        ),
    ),
    "NoSuchVersion": (404, "The specified version does not exist."),
    "NotImplemented": (
        501,
        "A header or query you provided implies functionality that is not implemented.",
    ),
    "NotModified": (304, "Not Modified"),
    "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold."),
    "RequestTimeTooSkewed": (
        403,
        "The difference between the request time and the current time is too large.",
    ),
    "SignatureDoesNotMatch": (
        403,
        (
            "The request signature we calculated does not match the signature you provided. Check "
            "your key and signing method."
        ),
    ),
    "UnexpectedContent": (400, "This request does not support content."),
    "XAmzContentChecksumMismatch": (400, "The provided checksum does not match what we received."),
    "XAmzContentSHA256Mismatch": (
        400,
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    ),
}


class Fault(Exception):
    """A refusal: becomes an error document, or a bare status for HEAD.

    Attributes:
        fields: further elements of the document (``PartNumber``, ``ServerTime``, ...).
        headers: further headers of the answer (``x-amz-delete-marker``, ...).
    """

    def __init__(
        self, code: str, message: str = "", *, headers: dict[str, str] | None = None, **fields: str
    ) -> None:
        status, text = _TABLE[code]
        super().__init__(code)
        self.code = code
        self.status = status
        self.message = message or text
        self.headers = headers or {}
        self.fields = fields


class ClientGone(Exception):
    """The client closed the connection in the middle of its body; there is nobody to answer."""
