"""Saved connections on disk; their keys in the OS keyring or in memory, never in a file."""

from s3gui.accounts.accounts import KeyringAccounts
from s3gui.accounts.errors import KeyringProblem

__all__ = ["KeyringAccounts", "KeyringProblem"]
