"""The options of an upload in the journal: all of them but the customer's key."""

import json
from dataclasses import fields

from s3gui.domain.encryption import CustomerKey
from s3gui.domain.entries import ObjectOptions
from s3gui.transfers.row_store import _option_items

FULL = ObjectOptions(
    *("text/plain", {"a": "b"}, "no-cache", "STANDARD_IA", "private", {"t": "v"}),
    *("attachment", "gzip", "ru", "0", "/there", "aws:kms", "key"),
)


def journaled(options: ObjectOptions) -> str:
    return json.dumps(dict(_option_items(options)))


def test_every_option_comes_back() -> None:
    unset = {one.name for one in fields(ObjectOptions) if not getattr(FULL, one.name)}
    assert unset == {"customer_key"}, "this test knows them all"
    assert ObjectOptions(**json.loads(journaled(FULL))) == FULL


def test_a_customers_key_stays_out_and_is_missed() -> None:
    key = CustomerKey(bytes(range(32)))
    text = journaled(ObjectOptions(customer_key=key))
    assert key.base64 not in text
    assert key.md5 not in text
    assert ObjectOptions(**json.loads(text)).lacks_key
