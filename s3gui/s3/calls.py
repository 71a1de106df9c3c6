"""Calls of a client by their lean way, which is loaded with the first of them, as botocore is."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from s3gui.s3.lean_call import LeanCalls


class Calls:
    """Of one client; see ``lean_call``."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def call(self, method: str, params: Mapping[str, Any]) -> Any:
        """What ``getattr(client, method)(**params)`` gives, and raises."""
        return await self._lean.call(method, params)

    @cached_property
    def _lean(self) -> "LeanCalls":
        from s3gui.s3.lean_call import LeanCalls

        return LeanCalls(self._client)
