"""Single values of the command line: sizes, counts, ``name=value``, places."""

import argparse
import re
from pathlib import Path

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.limits import LEAST_BYTES_S, Rates
from s3gui.domain.location import Location
from s3gui.domain.parts import GIB, MIB
from s3gui.domain.profile import check_endpoint
from s3gui.domain.text import tr, visible

LEAST_PART_BYTES = 5 * MIB
MOST_PART_BYTES = 5 * GIB
MOST_IN_FLIGHT = 64
_MOST_TAG_NAME = 128
_MOST_TAG_VALUE = 256
#: RFC 7230: what a header's name may be made of.
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*([kmgt]?)(i?)(b?)", re.IGNORECASE)
_POWER = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def size(text: str) -> int:
    """Bytes out of ``64M``, ``16MiB`` (both binary), ``100MB`` (decimal) or a bare number.

    Raises:
        argparse.ArgumentTypeError: it is no size.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None or (found[3] and not found[2]):
        raise argparse.ArgumentTypeError(
            tr("{text} is not a size; write it like 64M, 16MiB or 100MB").format(text=visible(text))
        )
    number, letter, binary, byte = found.groups()
    step = 1000 if byte and not binary else 1024
    return int(float(number) * step ** _POWER[letter.lower()])


def part_size(text: str) -> int:
    """A size that S3 allows for a part: 5 MiB to 5 GiB."""
    n_bytes = size(text)
    if not LEAST_PART_BYTES <= n_bytes <= MOST_PART_BYTES:
        raise argparse.ArgumentTypeError(tr("a part has from 5 MiB to 5 GiB"))
    return n_bytes


def limit(text: str) -> Rates:
    """``10M`` for each way, ``1M:off`` for the way up alone; ``/s`` may be written or left out."""
    up, colon, down = text.partition(":")
    return Rates(_rate(up), _rate(down if colon else up))


def _rate(text: str) -> int:
    said = text.strip().lower()
    if said in {"off", "0"}:
        return 0
    try:
        n_bytes = size(said.removesuffix("/s"))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(
            tr(
                "{text} is not a speed; write it like 10M, 500k or 1.5MiB/s, in bytes a second, "
                "or off"
            ).format(text=visible(text))
        ) from None
    if n_bytes < LEAST_BYTES_S:
        raise argparse.ArgumentTypeError(tr("a limit is at least 1 KiB/s, or off"))
    return n_bytes


def in_flight(text: str) -> int:
    """How many at once: 1 to 64."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST_IN_FLIGHT:
        raise argparse.ArgumentTypeError(
            tr("{text} is not a number from 1 to 64").format(text=visible(text))
        )
    return int(text)


def pair(text: str) -> tuple[str, str]:
    """``name=value`` for ``x-amz-meta-name``; names are lower case, as S3 keeps them."""
    name, equals, value = text.partition("=")
    if not equals or not _TOKEN.fullmatch(name) or not value.isprintable():
        raise argparse.ArgumentTypeError(
            tr("{text} is not name=value with a name of letters, digits and hyphens").format(
                text=visible(text)
            )
        )
    return name.lower(), value


def tag(text: str) -> tuple[str, str]:
    """``name=value`` for a tag: at most 128 and 256 characters (Amazon S3, *Object tagging*)."""
    name, equals, value = text.partition("=")
    too_long = len(name) > _MOST_TAG_NAME or len(value) > _MOST_TAG_VALUE
    if not equals or not name or too_long or not text.isprintable():
        raise argparse.ArgumentTypeError(
            tr("{text} is not name=value with up to 128 and 256 characters").format(
                text=visible(text, 60)
            )
        )
    return name, value


def header(text: str) -> str:
    """The value of a header: one line of printable ASCII."""
    if not text.isascii() or not text.isprintable():
        raise argparse.ArgumentTypeError(tr("only printable Latin characters can be sent here"))
    return text


def type_rule(text: str) -> tuple[str, str]:
    """``*.log=text/plain``: a mask for names, and a type."""
    mask, _, kind = text.partition("=")
    mask, kind = mask.strip(), kind.strip()
    if not mask or "/" not in kind:
        raise argparse.ArgumentTypeError(
            tr("{text} is no rule; write it like *.log=text/plain").format(text=visible(text))
        )
    return mask, header(kind)


def customer_key(text: str) -> CustomerKey:
    """The key in a file: 32 bytes as they are, or base64 or hex of them. Nothing of it is said."""
    path = file(text)
    try:
        return CustomerKey.from_file(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
    except ValueError:
        why = tr("it holds no key of 32 bytes, neither as they are nor in base64 or hex")
    raise argparse.ArgumentTypeError(f"{visible(text)}: {why}")


def location(text: str) -> Location:
    """``s3://bucket/key``."""
    try:
        return Location.parse(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            tr("{text} is not a place; write it like s3://bucket/prefix/").format(
                text=visible(text)
            )
        ) from None


def prefix(text: str) -> Location:
    """``s3://bucket/`` or ``s3://bucket/prefix/``; a bucket's slash may be left out."""
    place = location(text)
    if not place.is_prefix:
        raise argparse.ArgumentTypeError(
            tr("{text} is an object; end it with / to upload under it").format(text=visible(text))
        )
    return place


def endpoint(text: str) -> str:
    """``https://host:port``; a bare host is https."""
    try:
        return check_endpoint(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            tr("{text} is not an address; write it like https://storage.example.com").format(
                text=visible(text)
            )
        ) from None


def file(text: str) -> Path:
    """A file that is there."""
    path = Path(text).expanduser()
    if not path.is_file():
        raise argparse.ArgumentTypeError(tr("there is no file {path}").format(path=visible(text)))
    return path.absolute()


def folder(text: str) -> Path:
    """A folder, there or to be made."""
    return Path(text).expanduser().absolute()
