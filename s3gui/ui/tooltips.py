"""Tooltips of foreign text: Qt takes what looks like HTML for HTML."""

import html


def tooltip(text: str) -> str:
    """Plain text as a tooltip shows it, long lines wrapped; "" stays "", which is no tooltip.

    A file may be called ``<img src=…>``. So all of it is made HTML, with nothing in it but text.
    """
    return f'<p style="white-space:pre-wrap">{html.escape(text)}</p>' if text else ""
