"""How uploads to a connection are made, as the person chose it last; never with a secret."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from s3gui.domain.entries import ObjectOptions
from s3gui.domain.origin import IfExists
from s3gui.settings import write_private

FILE_NAME = "uploads.json"
_TEXTS = (
    "storage_class",
    "acl",
    "cache_control",
    "content_disposition",
    "content_encoding",
    "content_language",
    "encryption",
    "kms_key_id",
)
_PAIRS = ("metadata", "tags")


@dataclass(frozen=True, slots=True)
class UploadChoices:
    """What the sheet asks for. The customer key of ``options`` is never written."""

    if_exists: IfExists = IfExists.ASK
    options: ObjectOptions = field(default_factory=ObjectOptions)
    #: Masks and types, a line each.
    content_types: str = ""
    #: Bytes of a part; 0: as the settings say.
    part_bytes: int = 0

    def as_mapping(self) -> dict[str, Any]:
        """What is kept of it; what is empty is left out."""
        kept: dict[str, Any] = {name: str(getattr(self.options, name)) for name in _TEXTS}
        kept |= {name: dict(getattr(self.options, name)) for name in _PAIRS}
        kept |= {"content_types": self.content_types, "part_bytes": self.part_bytes}
        return {"if_exists": self.if_exists.value} | {k: v for k, v in kept.items() if v}

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> "UploadChoices":
        """Out of what was kept; what does not fit is left at its default."""
        options: dict[str, Any] = {name: _text(raw.get(name)) for name in _TEXTS}
        options |= {name: _pairs(raw.get(name)) for name in _PAIRS}
        known = {policy.value: policy for policy in IfExists}
        part_bytes = raw.get("part_bytes")
        return cls(
            if_exists=known.get(_text(raw.get("if_exists")), IfExists.ASK),
            options=ObjectOptions(**options),
            content_types=_text(raw.get("content_types")),
            part_bytes=part_bytes if isinstance(part_bytes, int) and part_bytes > 0 else 0,
        )

    def without_key(self) -> "UploadChoices":
        """The same, fit to be remembered."""
        options = replace(self.options, customer_key=None)
        return replace(self, options=options)


def _text(raw: object) -> str:
    return raw if isinstance(raw, str) else ""


def _pairs(raw: object) -> dict[str, str]:
    if not isinstance(raw, dict):
        return {}
    return {name: value for name, value in raw.items() if isinstance(value, str)}


def load(state_dir: Path) -> dict[str, UploadChoices]:
    """What is remembered, by the id of the connection. Blocks."""
    try:
        raw = json.loads((state_dir / FILE_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        # Not there yet, or damaged: nothing is remembered, and the next choice is written anew.
        return {}
    kept = raw.items() if isinstance(raw, dict) else ()
    return {id_: UploadChoices.from_mapping(one) for id_, one in kept if isinstance(one, dict)}


def save(state_dir: Path, choices: Mapping[str, UploadChoices]) -> None:
    """Writes all of it in one step. Blocks.

    Raises:
        OSError: it cannot be written.
    """
    raw = {id_: one.as_mapping() for id_, one in choices.items()}
    write_private(state_dir / FILE_NAME, json.dumps(raw, indent=2) + "\n")
