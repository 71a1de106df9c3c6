"""The composition root without a window: the same parts on a plain asyncio loop."""
