"""Saved connections, and their keys in the OS keyring. No Qt."""
