"""What is known of a server's conditions, and what makes an object like another."""

import pytest

from s3gui.domain.conditions import ANYTHING, NOTHING_THERE, Condition, ConditionFacts, Write
from s3gui.domain.encryption import CustomerKey, hides_md5
from s3gui.domain.entries import ObjectDetails, ObjectOptions
from s3gui.domain.location import Location

MATCH = Condition(if_match="e")
KEY = CustomerKey(bytes(32))


def test_a_condition_of_nothing_is_none() -> None:
    assert not ANYTHING
    assert NOTHING_THERE
    assert MATCH


def test_each_call_and_each_kind_of_condition_is_learnt_by_itself() -> None:
    facts = ConditionFacts()
    assert facts.of("b", Write.PUT, MATCH) is None

    facts.kept("b", Write.PUT, NOTHING_THERE)

    assert facts.of("b", Write.PUT, NOTHING_THERE) is True
    assert facts.of("b", Write.PUT, MATCH) is None
    assert facts.of("b", Write.PUT) is None
    assert facts.of("b", Write.COMPLETE, NOTHING_THERE) is None
    facts.kept("b", Write.PUT, MATCH)
    assert facts.of("b", Write.PUT) is True


def test_what_was_ignored_once_is_not_trusted_again() -> None:
    facts = ConditionFacts()
    facts.kept("b", Write.PUT, MATCH)
    facts.ignored("b", Write.PUT, MATCH)
    facts.kept("b", Write.PUT, MATCH)
    assert facts.of("b", Write.PUT, MATCH) is False
    assert facts.of("b", Write.PUT) is False


def test_of_two_conditions_it_is_not_known_which_was_kept() -> None:
    facts = ConditionFacts()
    facts.kept("b", Write.PUT, Condition(if_none_match=True, if_match="e"))
    assert facts.of("b", Write.PUT, MATCH) is None


@pytest.mark.parametrize(
    ("encryption", "hidden"),
    [("", False), ("AES256", False), ("aws:kms", True), ("aws:kms:dsse", True), ("SSE-C", True)],
)
def test_which_encryption_hides_the_md5(encryption: str, hidden: bool) -> None:
    assert hides_md5(encryption) is hidden


def test_options_with_a_key_say_so_even_when_the_key_is_gone() -> None:
    options = ObjectOptions(customer_key=KEY)
    assert (options.encryption, options.lacks_key) == ("SSE-C", False)
    assert ObjectOptions(encryption="SSE-C").lacks_key


def test_what_makes_an_object_like_another() -> None:
    details = ObjectDetails(
        Location("b", "k"),
        1,
        "e",
        content_type="text/plain",
        storage_class="GLACIER_IR",
        metadata={"a": "b"},
        headers={
            "Cache-Control": "no-cache",
            "Content-Disposition": "attachment",
            "Content-Encoding": "gzip",
            "Content-Language": "ru",
            "Expires": "0",
            "x-amz-website-redirect-location": "/there",
        },
        encryption="aws:kms",
        kms_key_id="key",
    )

    assert ObjectOptions.kept(details, {"t": "v"}, "private") == ObjectOptions(
        content_type="text/plain",
        metadata={"a": "b"},
        cache_control="no-cache",
        storage_class="GLACIER_IR",
        acl="private",
        tags={"t": "v"},
        content_disposition="attachment",
        content_encoding="gzip",
        content_language="ru",
        expires="0",
        website_redirect="/there",
        encryption="aws:kms",
        kms_key_id="key",
    )
    sealed = ObjectDetails(Location("b", "k"), 1, "e", encryption="SSE-C")
    assert ObjectOptions.kept(sealed) == ObjectOptions()


def test_what_one_bucket_showed_says_nothing_of_another() -> None:
    facts = ConditionFacts()
    facts.kept("plain", Write.PUT, NOTHING_THERE)
    facts.ignored("versioned", Write.PUT, NOTHING_THERE)
    assert facts.of("plain", Write.PUT, NOTHING_THERE) is True
    assert facts.of("versioned", Write.PUT, NOTHING_THERE) is False
    assert facts.of("third", Write.PUT, NOTHING_THERE) is None
