"""One demo server for the room; each test has a bucket of its own."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from demo.running import Running


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with Running(tmp_path_factory.mktemp("demo"), ["--empty"]) as running:
        yield running


@pytest.fixture(scope="session")
def s3(demo: Running) -> Any:
    return demo.client()


@pytest.fixture
def bucket(s3: Any) -> str:
    name = f"b-{uuid.uuid4().hex[:20]}"
    s3.create_bucket(Bucket=name)
    return name


def _error_code(call: Any, /, *args: Any, **kwargs: Any) -> str:
    from botocore.exceptions import ClientError

    with pytest.raises(ClientError) as caught:
        call(*args, **kwargs)
    return str(caught.value.response["Error"]["Code"])


@pytest.fixture(scope="session")
def refused() -> Any:
    """Calls a client's method that must fail, and gives the code it failed with."""
    return _error_code
