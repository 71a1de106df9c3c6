"""The sample buckets."""

from s3gui.demo.storage import Storage


def add_samples(storage: Storage) -> None:
    """Fills a new directory; does nothing in one that was filled before."""
