"""What a place is called in a line of its own."""

from s3gui.domain.location import DELIMITER, Location


def place_label(where: Location) -> str:
    """The last part of a place's path, not yet safe to show; ``/`` for a part without a name.

    ``Location.name`` falls back on the bucket, which is no name for the prefix ``/``.
    """
    if not where.key:
        return where.bucket
    return where.key.removesuffix(DELIMITER).rpartition(DELIMITER)[2] or DELIMITER
