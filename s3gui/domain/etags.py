"""What is known of a storage's ETags, and the token that stands in for those that prove nothing.

An object whose ETag is made of MD5s, or that shows a checksum over all its bytes, is told from any
other by that. With SSE-KMS, SSE-C and some vendors' ETags it is not: there an upload carries a
random token among the object's metadata, by which it finds its own object when an answer was lost.
"""

from dataclasses import dataclass, field

from s3gui.domain.encryption import hides_md5

#: The name of the token among an object's metadata (``x-amz-meta-`` stands before it on the wire).
UPLOAD_TOKEN = "s3gui-upload"  # noqa: S105  a name


@dataclass(slots=True)
class EtagFacts:
    """What one session saw, by bucket and by the encryption that was asked for ("" for none).

    By bucket, because each may have an encryption of its own by default. Until something was seen,
    ETags are MD5s, and the server may agree to checksums; those are asked for until it does not.
    """

    _opaque: dict[tuple[str, str], bool] = field(default_factory=dict)
    _agrees: bool = True
    _losing: set[str] = field(default_factory=set)

    def saw_etag(self, bucket: str, encryption: str, *, opaque: bool) -> None:
        """An answer told, or an ETag showed, whether it is an MD5."""
        self._opaque[bucket, encryption] = opaque

    def saw_create(self, bucket: str, encryption: str, *, opaque: bool, checksum: bool) -> None:
        """What CreateMultipartUpload answered: opaque ETags, and a checksum over the whole.

        Of ETags it can say that they are opaque; that it says nothing means nothing.
        """
        if opaque:
            self._opaque[bucket, encryption] = True
        self._agrees = checksum

    def saw_no_metadata(self, bucket: str) -> None:
        """An object came back without the metadata it was made with: tokens tell nothing there."""
        self._losing.add(bucket)

    def keeps_metadata(self, bucket: str) -> bool:
        """Whether a token that is not there was never sent."""
        return bucket not in self._losing

    def put_needs_token(self, bucket: str, encryption: str) -> bool:
        """Whether nothing else will tell what PutObject makes from another object of its size."""
        opaque = hides_md5(encryption) or self._opaque.get((bucket, encryption), False)
        return opaque and self.keeps_metadata(bucket)

    def upload_needs_token(self, bucket: str, encryption: str) -> bool:
        """The same of CompleteMultipartUpload: opaque, and no checksum is agreed to."""
        return not self._agrees and self.put_needs_token(bucket, encryption)
