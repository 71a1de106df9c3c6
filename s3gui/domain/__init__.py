"""Pure values and rules: standard library (and two of CRCs) only, no I/O, no asyncio."""
