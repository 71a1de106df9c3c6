"""Qt models over domain values; they format, and never ask a server."""
