"""No redirect is followed (M1), and none makes botocore turn in circles (M2)."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from s3.http_kit import Held, Zeros, client_on, put
from servers.lies import Answer, error_body
from servers.lying import LyingServer

from s3gui.domain.errors import ErrorKind, RedirectRefused
from s3gui.domain.parts import Meter
from s3gui.s3.http import RegionRedirect, Terms, wire_terms

TOKEN = "session-token-of-somebody"


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
async def test_an_upload_is_not_sent_to_another_host(
    lying: LyingServer, lying_http: LyingServer, ca_bundle: str, status: int
) -> None:
    """M1: neither the body nor the token, and never from HTTPS to HTTP."""
    lying.on(Answer(status, headers={"Location": f"{lying_http.endpoint}/x?secret=1"}))
    async with client_on(lying, verify=ca_bundle, token=TOKEN, attempts=4) as client:
        with pytest.raises(RedirectRefused) as caught:
            await put(client, Zeros(), 1000)
    assert len(lying.log) == 1
    assert lying_http.connections == 0
    text = caught.value.as_text()
    assert "127.0.0.1" in text
    assert "secret" not in text
    assert TOKEN not in text


async def test_a_download_does_not_take_the_bytes_of_another_host(
    lying_http: LyingServer, lying_https: LyingServer
) -> None:
    lying_http.on(Answer(302, headers={"Location": f"{lying_https.endpoint}/bucket/key"}))
    sink = Held()
    async with client_on(lying_http) as client:
        with wire_terms(Terms(sink=sink, meter=Meter())), pytest.raises(RedirectRefused):
            await client.get_object(Bucket="bucket", Key="key")
    assert lying_https.connections == 0
    assert not sink.offsets


@pytest.mark.parametrize("status", [301, 302, 307])
@pytest.mark.parametrize("region", [None, "x@127.0.0.1:1/#", "-", ""])
async def test_a_server_that_redirects_everything_is_asked_once(
    lying: LyingServer, ca_bundle: str, status: int, region: str | None
) -> None:
    """M2: HeadBucket on HeadBucket, 108 of them. A region that is none changes nothing."""
    headers = {"Location": "http://elsewhere.invalid/"}
    if region is not None:
        headers["x-amz-bucket-region"] = region
    lying.on(Answer(status, headers=headers))
    async with client_on(lying, verify=ca_bundle, attempts=4) as client:
        with pytest.raises(RedirectRefused, match=r"elsewhere\.invalid"):
            await client.list_objects_v2(Bucket="bucket")
    assert len(lying.log) == 1


@pytest.mark.parametrize("status", [301, 307])
async def test_a_bucket_of_another_region_is_asked_for_there_once_at_the_same_host(
    lying: LyingServer, ca_bundle: str, status: int
) -> None:
    headers = {"x-amz-bucket-region": "eu-west-3", "Location": "http://elsewhere.invalid/"}
    lying.on(Answer(status, error_body("PermanentRedirect"), headers))
    async with client_on(lying, verify=ca_bundle) as client:
        with pytest.raises(ClientError) as caught:
            await client.list_objects_v2(Bucket="bucket")
    answer: Any = caught.value.response
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-amz-bucket-region"] == "eu-west-3"
    regions = [request.headers["authorization"].split("/")[2] for request in lying.log]
    assert regions == ["us-east-1", "eu-west-3"]


async def test_the_region_is_kept_where_botocore_would_not_act_on_it(
    lying_http: LyingServer,
) -> None:
    headers = {"x-amz-bucket-region": "eu-west-3", "Location": "http://elsewhere.invalid/"}
    lying_http.on(Answer(302, headers=headers))
    async with client_on(lying_http) as client:
        with pytest.raises(RegionRedirect) as caught:
            await client.head_bucket(Bucket="bucket")
    assert (caught.value.region, caught.value.kind) == ("eu-west-3", ErrorKind.REGION)
    assert len(lying_http.log) == 1


async def test_not_modified_is_an_answer(lying_http: LyingServer) -> None:
    lying_http.on(Answer(304))
    async with client_on(lying_http) as client:
        with pytest.raises(ClientError) as caught:
            await client.get_object(Bucket="bucket", Key="key", IfNoneMatch='"x"')
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 304


@pytest.mark.parametrize("location", ["http://[", "//", "\\evil", "http://\u202eevil/", "x" * 9000])
async def test_a_location_that_is_none(lying_http: LyingServer, location: str) -> None:
    lying_http.on(Answer(302, headers={"Location": location}))
    async with client_on(lying_http) as client:
        with pytest.raises(RedirectRefused) as caught:
            await client.head_bucket(Bucket="bucket")
    assert "\u202e" not in caught.value.as_text()
    assert len(caught.value.as_text()) < 1000
