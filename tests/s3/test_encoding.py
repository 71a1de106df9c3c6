"""Keys and markers as servers write them: encoded, plain, and one of each in one answer."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from s3gui.s3.encoding import decoder, last_of, next_marker

ENCODED = decoder({"EncodingType": "url"})
PLAIN = decoder({})
KEYS = ["a", "a b", "a+b", "a%20b", "a%2Bb", "папка/ё +%.bin", "100%", "%", "x\x01y", "~!*'()"]


@pytest.mark.parametrize("key", KEYS)
def test_a_marker_is_read_right_whether_it_is_encoded_or_not(key: str) -> None:
    assert next_marker(quote(key), key, ENCODED) == key
    assert next_marker(key, key, ENCODED) == key
    assert next_marker(key, key, PLAIN) == key


@given(st.text(min_size=1))
def test_a_marker_of_any_last_key_comes_back(key: str) -> None:
    assert next_marker(key, key, ENCODED) == key
    try:
        encoded = quote(key)
    except UnicodeEncodeError:
        return  # half a character: no server can list it
    assert next_marker(encoded, key, ENCODED) == key


@pytest.mark.parametrize("told", ["a b", "ё", "100%", "5%x"])
def test_what_stands_in_no_encoded_text_is_plain(told: str) -> None:
    assert next_marker(told, "another", ENCODED) == told


def test_no_marker_and_one_that_is_no_utf8_lead_nowhere() -> None:
    assert next_marker(None, "", ENCODED) == ""
    assert next_marker("%ff", "a", ENCODED) == ""


def test_the_last_row_is_the_greatest_of_all_lists() -> None:
    answer = {
        "Contents": [{"Key": "a"}, {"Key": "b%20c"}, {}],
        "CommonPrefixes": [{"Prefix": "b%2F"}],
    }
    lists = (("Contents", "Key"), ("CommonPrefixes", "Prefix"))
    assert last_of(answer, *lists, decode=ENCODED) == "b/"
    assert last_of({}, *lists, decode=ENCODED) == ""
