"""Where something is: a bucket, and a key or a prefix in it."""

from dataclasses import dataclass

SCHEME = "s3://"
DELIMITER = "/"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A bucket and a key. The empty key, or one that ends in ``/``, is a place (a prefix).

    Keys are kept to the character: ``//``, ``.``, ``..`` and a leading ``/`` are legal in S3 and
    name different objects.
    """

    bucket: str
    key: str = ""

    @classmethod
    def parse(cls, url: str) -> "Location":
        """Reads ``s3://bucket/key``.

        Raises:
            ValueError: no ``s3://`` in front, or no bucket.
        """
        if not url.lower().startswith(SCHEME):
            raise ValueError(url)
        bucket, _, key = url[len(SCHEME) :].partition(DELIMITER)
        if not bucket:
            raise ValueError(url)
        return cls(bucket, key)

    @property
    def is_prefix(self) -> bool:
        """Whether this is a place to list, not an object to read."""
        return not self.key or self.key.endswith(DELIMITER)

    @property
    def has_dot_segments(self) -> bool:
        """Whether a segment is ``.`` or ``..``: S3 keeps it, a proxy on the way takes it out."""
        return not {".", ".."}.isdisjoint(self.key.split(DELIMITER))

    @property
    def name(self) -> str:
        """The last component, without the delimiter that ends a prefix; the bucket at its root."""
        return self.key.removesuffix(DELIMITER).rpartition(DELIMITER)[2] or self.bucket

    @property
    def parent(self) -> "Location":
        """The prefix this stands in; the bucket's root is its own parent."""
        head = self.key.removesuffix(DELIMITER).rpartition(DELIMITER)
        return Location(self.bucket, head[0] + head[1])

    def child(self, name: str) -> "Location":
        """``name`` under this prefix; ``name`` may hold delimiters, one at its end makes a prefix.

        Raises:
            ValueError: this is an object, which has nothing under it.
        """
        if not self.is_prefix:
            raise ValueError(str(self))
        return Location(self.bucket, self.key + name)

    def ancestors(self) -> list["Location"]:
        """From the bucket's root down to this one itself."""
        chain = [self]
        while chain[-1].key:
            chain.append(chain[-1].parent)
        return chain[::-1]

    def __str__(self) -> str:
        return f"{SCHEME}{self.bucket}{DELIMITER}{self.key}"
