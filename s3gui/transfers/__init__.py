"""The engine: asyncio and domain. No Qt, no AWS."""
