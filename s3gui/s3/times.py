"""Times in headers of S3."""

import email.utils

#: What a cache takes for any date that it cannot read, "0" for one (RFC 9111, 5.3): the past.
_LONG_AGO = "Thu, 01 Jan 1970 00:00:00 GMT"


def http_date(text: str) -> str:
    """An ``Expires`` that botocore takes and that means what ``text`` means."""
    try:
        return email.utils.format_datetime(email.utils.parsedate_to_datetime(text), usegmt=True)
    except (TypeError, ValueError):
        return _LONG_AGO
