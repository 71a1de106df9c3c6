"""Whose time is believed, and what is signed by it."""

from email.utils import formatdate

import pytest

from s3gui.domain.errors import S3guiError
from s3gui.domain.profile import Credentials, Profile
from s3gui.s3.clock import ServerClock, set_clock
from s3gui.s3.config import LANES, Timeouts, lane_config
from s3gui.s3.loading import make_client

NOW = 1_790_000_000.0
HOUR = 3600.0


@pytest.mark.parametrize(
    ("url", "believed"),
    [
        ("https://s3.example/b/k", True),
        ("https://b.s3.example/k", True),
        ("http://s3.example/b/k", False),
        ("https://s3.example.org/b/k", False),
        ("https://nots3.example/b/k", False),
        ("", False),
    ],
)
def test_only_the_endpoint_itself_is_believed(url: str, believed: bool) -> None:
    clock = ServerClock("https://s3.example", now=lambda: NOW)
    clock.learn(url, formatdate(NOW + HOUR))
    assert clock.offset_s == (HOUR if believed else 0)


def test_it_is_said_once_and_follows_the_server() -> None:
    said: list[S3guiError] = []
    clock = ServerClock("https://s3.example", said.append, now=lambda: NOW)
    for apart in (HOUR, HOUR + 2, 2 * HOUR):
        clock.learn("https://s3.example/", formatdate(NOW + apart))
    assert clock.offset_s == 2 * HOUR
    assert [error.code for error in said] == ["WrongClock"]
    assert clock.differs("20260921T141320Z")


async def test_what_is_presigned_keeps_to_this_computers_clock() -> None:
    profile = Profile(id="", name="", endpoint="https://s3.example")
    client = make_client(
        profile, Credentials("key", "secret"), lane_config(profile, LANES[0], Timeouts())
    )
    plain = await client.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    clock = ServerClock("https://s3.example")
    set_clock(client, clock)
    clock.offset_s = 48 * HOUR
    late = await client.generate_presigned_url("get_object", {"Bucket": "b", "Key": "k"})
    assert plain.partition("X-Amz-Date=")[2][:8] == late.partition("X-Amz-Date=")[2][:8]
