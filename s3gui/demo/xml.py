"""Reads and writes the small XML documents of S3."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote_plus
from xml.etree import ElementTree as ET

from s3gui.demo.faults import Fault

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_SPECIAL = re.compile("[&<>\"'\x00-\x1f\x7f\ufffe\uffff]")


def escape(text: str) -> str:
    """Text for between tags or in an attribute.

    Control characters become references, as AWS has them: XML 1.0 forbids most of them even so,
    which is why a client asks for ``encoding-type=url``.
    """
    return _SPECIAL.sub(lambda match: f"&#x{ord(match[0]):x};", text)


def leaf(tag: str, value: object) -> str:
    """``<tag>value</tag>``."""
    text = ("false", "true")[value] if isinstance(value, bool) else str(value)
    return f"<{tag}>{escape(text)}</{tag}>"


def node(tag: str, *inner: str) -> str:
    """``<tag>`` around what is XML already."""
    return f"<{tag}>{''.join(inner)}</{tag}>"


def document(tag: str, *inner: str) -> bytes:
    """A whole document in the namespace of S3."""
    root = f'<{tag} xmlns="{NAMESPACE}">{"".join(inner)}</{tag}>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode("utf-8", "surrogatepass")


def url_encoded(text: str) -> str:
    """Text as ``encoding-type=url`` asks for it: a space is ``+``, ``/`` stays."""
    return quote_plus(text, safe="/*")


def iso_time(seconds: float) -> str:
    """Unix time as a listing has it: UTC with milliseconds."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def parse(body: bytes, root: str, code: str = "MalformedXML") -> ET.Element:
    """The root element, all namespaces taken off the tags.

    Raises:
        Fault: no XML, another root, or a DTD (``code``).
    """
    if b"<!DOCTYPE" in body:
        raise Fault(code)
    try:
        element = ET.fromstring(body)  # noqa: S314  no DTD, and no more than 2 MiB
    except (ET.ParseError, ValueError) as error:
        raise Fault(code) from error
    for child in element.iter():
        child.tag = child.tag.rpartition("}")[2]
    if element.tag != root:
        raise Fault(code)
    return element


def text_of(element: ET.Element, tag: str, default: str | None = None) -> str:
    """The text of a child.

    Raises:
        Fault: MalformedXML, when it is not there and there is no default.
    """
    child = element.find(tag)
    if child is None:
        if default is None:
            raise Fault("MalformedXML")
        return default
    return child.text or ""


def children(element: ET.Element, tag: str) -> Iterator[ET.Element]:
    """The direct children with that tag."""
    return iter(element.findall(tag))
