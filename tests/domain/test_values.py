"""Locations, part plans, integrity, errors, safe text, profiles: the rules without a network."""

import gettext
import hashlib
import pickle
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.domain import text
from s3gui.domain.errors import ErrorKind, S3guiError, kind_of
from s3gui.domain.integrity import (
    Digest,
    clean_etag,
    composite_etag,
    is_composite,
    is_md5,
)
from s3gui.domain.location import Location
from s3gui.domain.parts import GIB, MIB, Meter, PartLimits, plan_parts
from s3gui.domain.profile import Credentials, Profile, check_endpoint


@pytest.mark.parametrize(
    ("url", "bucket", "key"),
    [
        ("s3://b", "b", ""),
        ("s3://b/", "b", ""),
        ("S3://b/p/", "b", "p/"),
        ("s3://b//x", "b", "/x"),
        ("s3://b/a/../b", "b", "a/../b"),
        ("s3://b/файл 😀", "b", "файл 😀"),
    ],
)
def test_a_location_is_read_to_the_character(url: str, bucket: str, key: str) -> None:
    assert Location.parse(url) == Location(bucket, key)


@pytest.mark.parametrize("url", ["", "b/k", "s3://", "s3:///k", "http://b/k"])
def test_what_is_no_location_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        Location.parse(url)


def test_a_location_knows_its_place() -> None:
    deep = Location("b", "a/b/c.txt")
    assert (deep.name, deep.is_prefix, deep.parent) == ("c.txt", False, Location("b", "a/b/"))
    assert Location("b", "a/b/").name == "b"
    assert Location("bucket").name == "bucket"
    assert Location("bucket").parent == Location("bucket")
    assert [str(place) for place in Location("b", "a/b/").ancestors()] == [
        "s3://b/",
        "s3://b/a/",
        "s3://b/a/b/",
    ]
    assert Location("b", "a/").child("x/y") == Location("b", "a/x/y")
    with pytest.raises(ValueError, match=r"c\.txt"):
        deep.child("x")


@given(
    size=st.integers(0, 5 * GIB * 10_000),
    wanted=st.integers(1, 6 * GIB),
    most_parts=st.sampled_from([1_000, 10_000]),
)
def test_a_plan_covers_every_byte_once_within_the_limits(
    size: int, wanted: int, most_parts: int
) -> None:
    limits = PartLimits(most_parts=most_parts)
    if size > limits.most_object_bytes:
        with pytest.raises(ValueError, match=str(size)):
            plan_parts(size, wanted, limits)
        return
    plan = plan_parts(size, wanted, limits)
    assert 1 <= plan.count <= most_parts
    assert limits.least_bytes <= plan.part_bytes <= limits.most_bytes
    last = plan.part(plan.count)
    assert last.offset + last.length == size
    assert plan.part(1).offset == 0
    assert 0 <= last.length <= plan.part_bytes


def test_a_small_plan_in_figures() -> None:
    plan = plan_parts(40 * MIB + 1, 16 * MIB)
    assert [(part.number, part.offset, part.length) for part in plan] == [
        (1, 0, 16 * MIB),
        (2, 16 * MIB, 16 * MIB),
        (3, 32 * MIB, 8 * MIB + 1),
    ]


def test_a_terabyte_gets_larger_parts_and_an_impossible_size_is_refused() -> None:
    plan = plan_parts(1024 * GIB, 16 * MIB)
    assert plan.part_bytes % MIB == 0
    assert plan.count <= 9_900
    with pytest.raises(ValueError, match=r"\d+"):
        plan_parts(5 * GIB * 10_000 + 1, 16 * MIB)


def test_the_composite_etag_is_the_one_of_the_protocol() -> None:
    parts = [hashlib.md5(b"a").digest(), hashlib.md5(b"b").digest()]
    assert composite_etag(parts) == f"{hashlib.md5(b''.join(parts)).hexdigest()}-2"
    assert is_composite(composite_etag(parts))
    assert not is_md5(composite_etag(parts))
    assert clean_etag('W/"abc"') == "abc"
    assert clean_etag(None) == ""


def crc32_of(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "big")


def test_a_digest_is_written_as_s3_has_it() -> None:
    assert Digest(crc32=crc32_of(b"123456789")).crc32_text == "y/Q5Jg=="
    assert Digest(b"md5").crc32_text == ""


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("SlowDown", 503, ErrorKind.THROTTLE),
        ("429", 429, ErrorKind.THROTTLE),
        ("InternalError", 500, ErrorKind.TRANSIENT),
        ("Whatever", 502, ErrorKind.TRANSIENT),
        ("InternalError", 200, ErrorKind.TRANSIENT),
        ("BadDigest", 400, ErrorKind.CORRUPT),
        ("ExpiredToken", 400, ErrorKind.AUTH),
        ("RequestTimeTooSkewed", 403, ErrorKind.SKEW),
        ("NoSuchUpload", 404, ErrorKind.GONE),
        ("PreconditionFailed", 412, ErrorKind.CONFLICT),
        ("AccessDenied", 403, ErrorKind.PERMANENT),
        ("NoSuchBucket", 404, ErrorKind.PERMANENT),
    ],
)
def test_a_code_has_one_kind(code: str, status: int, kind: ErrorKind) -> None:
    assert kind_of(code, status) is kind


def test_an_error_says_all_of_it() -> None:
    error = S3guiError(
        "No access", "The keys may not write", "Ask for it", code="X", request_id="7"
    )
    assert error.as_text().splitlines() == [
        "No access",
        "The keys may not write",
        "Ask for it",
        "Code: X",
        "Request id: 7",
    ]
    assert str(error) == "No access. The keys may not write"


def test_foreign_text_is_shown_safely() -> None:
    assert text.visible("plain") == "plain"
    assert text.visible("a\nb\x00\x7f") == "a␊b␀␡"
    assert text.visible("gpj\u202egnp.exe") == "gpj‹U+202E›gnp.exe"
    assert text.visible("\udcff") == "‹U+DCFF›"
    assert text.visible("👨\u200d👩\u200d👧 семья") == "👨\u200d👩\u200d👧 семья"
    assert len(text.visible("x" * 10_000)) == 1024


@pytest.fixture
def catalogue() -> Iterator[None]:
    class Shouting(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper()

    text.install(Shouting())
    yield
    text.install(gettext.NullTranslations())


@pytest.mark.usefixtures("catalogue")
def test_a_text_is_translated_when_it_is_asked_for() -> None:
    assert text.tr("pause") == "PAUSE"
    assert text.noop("pause") == "pause"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("s3.example.com", "https://s3.example.com"),
        (" https://s3.example.com/ ", "https://s3.example.com"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_endpoint_has_one_form(typed: str, kept: str) -> None:
    assert check_endpoint(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "ftp://x", "https://", "https://u:p@x", "https://x/bucket", "https://x?a=1", "http://x:y"],
)
def test_what_is_no_endpoint_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        check_endpoint(typed)


@pytest.mark.parametrize(
    ("endpoint", "loopback", "secure"),
    [
        ("http://127.0.0.2:1", True, False),
        ("https://localhost", True, True),
        ("http://[::1]", True, False),
        ("http://10.0.0.1", False, False),
    ],
)
def test_a_profile_knows_its_line(endpoint: str, loopback: bool, secure: bool) -> None:
    profile = Profile("id", "name", endpoint)
    assert (profile.is_loopback, profile.is_secure) == (loopback, secure)


def test_credentials_are_neither_printed_nor_pickled() -> None:
    keys = Credentials("AKIDEXAMPLE", "the-secret", "the-token")
    for shown in (repr(keys), str(keys), f"{keys}"):
        assert "AKID" not in shown
        assert "secret" not in shown
        assert "token" not in shown
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(keys)


def test_a_meter_breaks_the_wait_of_its_sender_once_stopped() -> None:
    calls: list[str] = []
    meter = Meter()
    meter.on_stop(lambda: calls.append("early"))
    meter.stop()
    assert calls == ["early"]
    meter.on_stop(lambda: calls.append("late"))
    assert calls == ["early", "late"]
    meter.on_stop(None)
    meter.stop()
    assert calls == ["early", "late"]
