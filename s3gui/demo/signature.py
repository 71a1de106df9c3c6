"""AWS Signature Version 4, verified: in the Authorization header, in a query, and over chunks."""

import hashlib
import hmac
import re
import time
from calendar import timegm
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from s3gui.demo.faults import Fault
from s3gui.domain.profile import Credentials

ALGORITHM = "AWS4-HMAC-SHA256"
UNSIGNED = "UNSIGNED-PAYLOAD"
#: How far a client's clock may be off.
SKEW_S = 15 * 60
LONGEST_PRESIGNED_S = 7 * 24 * 3600
_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_FIELD = re.compile(r"\s*([A-Za-z]+)=([^,\s]+)\s*(?:,|$)")


@dataclass(frozen=True, slots=True)
class Target:
    """What of a request is signed. Header names in lower case, doubles joined by a comma."""

    method: str
    #: The decoded path, bytes as they came: never normalised.
    path: bytes
    #: Decoded names and values, in the order they came.
    query: Sequence[tuple[str, str]]
    headers: Mapping[str, str]


class ChunkSigner:
    """Verifies the chain of signatures over the chunks of a ``STREAMING-...`` body."""

    def __init__(self, key: bytes, when: str, scope: str, seed: str) -> None:
        self._key = key
        self._when = when
        self._scope = scope
        self._previous = seed

    def check_chunk(self, signature: str, sha256_hex: str) -> None:
        """Raises SignatureDoesNotMatch unless the chunk carries the next signature."""
        self._check(f"{ALGORITHM}-PAYLOAD", signature, f"{_EMPTY_SHA256}\n{sha256_hex}")

    def check_trailer(self, signature: str, trailer: bytes) -> None:
        """The same for the block of trailing headers, each line ended by a newline."""
        self._check(f"{ALGORITHM}-TRAILER", signature, hashlib.sha256(trailer).hexdigest())

    def _check(self, kind: str, signature: str, hashes: str) -> None:
        text = f"{kind}\n{self._when}\n{self._scope}\n{self._previous}\n{hashes}"
        self._previous = _hmac(self._key, text).hex()
        if not hmac.compare_digest(self._previous.encode(), signature.encode()):
            raise Fault("SignatureDoesNotMatch")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and what was promised about the body."""

    anonymous: bool = True
    #: The value of x-amz-content-sha256, ``UNSIGNED-PAYLOAD`` where there is none.
    payload: str = UNSIGNED
    signer: ChunkSigner | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    """The parts of a signature, wherever they stood."""

    access_key: str
    scope: str
    signed: tuple[str, ...]
    signature: str
    when: str
    payload: str


def verify(target: Target, keys: Credentials, now: float | None = None) -> Caller:
    """Who sent a request.

    Raises:
        Fault: AccessDenied, InvalidAccessKeyId, SignatureDoesNotMatch, RequestTimeTooSkewed, or
            what is malformed.
    """
    now = time.time() if now is None else now
    query = dict(target.query)
    header = target.headers.get("authorization", "")
    if "X-Amz-Algorithm" in query or "X-Amz-Signature" in query:
        if header:
            raise Fault("InvalidArgument", "Only one auth mechanism allowed")
        claim = _from_query(query, target, now)
    elif header:
        claim = _from_header(header, target, now)
    elif "Signature" in query:
        raise Fault("InvalidRequest", f"Please use {ALGORITHM}.")
    else:
        payload = target.headers.get("x-amz-content-sha256", UNSIGNED)
        return Caller(payload=payload)
    if target.headers.get("x-amz-security-token") or query.get("X-Amz-Security-Token"):
        raise Fault("InvalidToken")
    return _check(claim, target, keys)


def _from_header(header: str, target: Target, now: float) -> _Claim:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise Fault("InvalidRequest", f"The mechanism is not supported. Please use {ALGORITHM}.")
    fields = dict(_FIELD.findall(rest))
    if not {"Credential", "SignedHeaders", "Signature"} <= fields.keys():
        raise Fault("AuthorizationHeaderMalformed")
    access_key, scope = _credential(fields["Credential"], "AuthorizationHeaderMalformed")
    when = target.headers.get("x-amz-date", "")
    sent = _seconds(when)
    if sent is None:
        raise Fault("AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
    if abs(now - sent) > SKEW_S:
        raise Fault(
            "RequestTimeTooSkewed",
            RequestTime=when,
            ServerTime=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now)),
            MaxAllowedSkewMilliseconds=str(SKEW_S * 1000),
        )
    if "x-amz-content-sha256" not in target.headers:
        raise Fault("InvalidRequest", "Missing required header: x-amz-content-sha256")
    return _Claim(
        access_key,
        scope,
        tuple(fields["SignedHeaders"].split(";")),
        fields["Signature"],
        when,
        target.headers["x-amz-content-sha256"],
    )


def _from_query(query: Mapping[str, str], target: Target, now: float) -> _Claim:
    code = "AuthorizationQueryParametersError"
    try:
        when, expires = query["X-Amz-Date"], int(query["X-Amz-Expires"])
        signed, signature = query["X-Amz-SignedHeaders"], query["X-Amz-Signature"]
        access_key, scope = _credential(query["X-Amz-Credential"], code)
        algorithm = query["X-Amz-Algorithm"]
    except (KeyError, ValueError) as error:
        raise Fault(code) from error
    sent = _seconds(when)
    if algorithm != ALGORITHM or sent is None or not 0 <= expires <= LONGEST_PRESIGNED_S:
        raise Fault(code)
    if now > sent + expires:
        raise Fault("AccessDenied", "Request has expired")
    if sent > now + SKEW_S:
        raise Fault("AccessDenied", "Request is not valid yet")
    payload = target.headers.get("x-amz-content-sha256", UNSIGNED)
    return _Claim(access_key, scope, tuple(signed.split(";")), signature, when, payload)


def _credential(text: str, code: str) -> tuple[str, str]:
    """The access key and the scope (``date/region/s3/aws4_request``); any region will do."""
    access_key, _, scope = text.partition("/")
    parts = scope.split("/")
    if len(parts) != 4 or parts[2:] != ["s3", "aws4_request"]:
        raise Fault(code)
    return access_key, scope


def _seconds(when: str) -> int | None:
    try:
        return timegm(time.strptime(when, "%Y%m%dT%H%M%SZ"))
    except ValueError:
        return None


def _check(claim: _Claim, target: Target, keys: Credentials) -> Caller:
    if claim.access_key != keys.access_key:
        raise Fault("InvalidAccessKeyId", AWSAccessKeyId=claim.access_key)
    date, region, _, _ = claim.scope.split("/")
    if not claim.when.startswith(date):
        raise Fault(
            "AuthorizationHeaderMalformed", "The date of the scope is not that of the request"
        )
    if "host" not in claim.signed:
        raise Fault("AccessDenied", "The Host header has to be signed")
    unsigned = [
        name for name in target.headers if name.startswith("x-amz-") and name not in claim.signed
    ]
    if unsigned:
        raise Fault(
            "AccessDenied",
            "There were headers present in the request which were not signed",
            HeadersNotSigned=", ".join(unsigned),
        )
    canonical = _canonical(claim, target)
    hashed = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = f"{ALGORITHM}\n{claim.when}\n{claim.scope}\n{hashed}"
    key = _signing_key(keys.secret_key, date, region)
    expected = _hmac(key, to_sign).hex()
    if not hmac.compare_digest(expected.encode(), claim.signature.encode()):
        raise Fault(
            "SignatureDoesNotMatch",
            AWSAccessKeyId=claim.access_key,
            StringToSign=to_sign,
            SignatureProvided=claim.signature,
            CanonicalRequest=canonical.encode("utf-8", "surrogateescape").decode("latin-1"),
        )
    signer = ChunkSigner(key, claim.when, claim.scope, expected)
    return Caller(False, claim.payload, signer)


def _canonical(claim: _Claim, target: Target) -> str:
    pairs = sorted(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in target.query
        if name != "X-Amz-Signature"
    )
    headers = "".join(
        f"{name}:{' '.join(target.headers.get(name, '').split())}\n" for name in claim.signed
    )
    return "\n".join(
        (
            target.method,
            quote(target.path, safe="/-_.~"),
            "&".join(pairs),
            headers,
            ";".join(claim.signed),
            claim.payload,
        )
    )


def _signing_key(secret: str, date: str, region: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for step in (date, region, "s3", "aws4_request"):
        key = _hmac(key, step)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
