"""Pure values and rules: standard library (and a quicker CRC-32) only, no I/O, no asyncio."""
