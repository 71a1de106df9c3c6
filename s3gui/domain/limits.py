"""How fast a person wants bytes to move: now, and at which hours of the day.

Both directions are counted apart, as a line does it: an upload that keeps to its limit leaves all
of the way down to a download (rclone's ``--bwlimit UP:DOWN`` means the same).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

#: What cannot be told from a line that stands still is no limit to set.
LEAST_BYTES_S = 1024
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_EVERY_DAY = frozenset(range(len(DAYS)))
_DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Rates:
    """Limits in bytes a second; 0 is none."""

    up: int = 0
    down: int = 0

    def __post_init__(self) -> None:
        """Brings what a hand-edited file says into what makes sense."""
        for name in ("up", "down"):
            value = getattr(self, name)
            object.__setattr__(self, name, max(value, LEAST_BYTES_S) if value > 0 else 0)


NO_LIMIT = Rates()


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of the day with limits of its own, by the clock on the wall.

    It may go over midnight; ``days`` are those it begins on. One that ends when it begins lasts
    a whole day.
    """

    #: Minutes since midnight.
    begins_min: int
    ends_min: int
    rates: Rates
    #: 0 is Monday.
    days: frozenset[int] = _EVERY_DAY

    def __post_init__(self) -> None:
        """A day has 1,440 minutes, and a stretch of no day stands for every day."""
        object.__setattr__(self, "begins_min", self.begins_min % _DAY_MIN)
        object.__setattr__(self, "ends_min", self.ends_min % _DAY_MIN)
        object.__setattr__(self, "days", (self.days & _EVERY_DAY) or _EVERY_DAY)

    def holds(self, wall: datetime) -> bool:
        """Whether it is such an hour. An hour that is there twice, or not at all, is no matter."""
        minute, today = wall.hour * 60 + wall.minute, wall.weekday()
        if self.begins_min < self.ends_min:
            return today in self.days and self.begins_min <= minute < self.ends_min
        yesterday = (today - 1) % len(DAYS)
        return (today in self.days and minute >= self.begins_min) or (
            yesterday in self.days and minute < self.ends_min
        )

    @property
    def is_every_day(self) -> bool:
        """Whether it does not matter which day it is."""
        return self.days == _EVERY_DAY

    def as_mapping(self) -> dict[str, object]:
        """As it stands in the settings."""
        return {
            "from": minute_text(self.begins_min),
            "to": minute_text(self.ends_min),
            "days": [name for number, name in enumerate(DAYS) if number in self.days],
            "up": self.rates.up,
            "down": self.rates.down,
        }

    @classmethod
    def from_mapping(cls, raw: Mapping[str, Any]) -> "Hours":
        """Reads what ``as_mapping`` wrote; days may be left out.

        Raises:
            ValueError: something is missing, or not what it should be.
        """
        try:
            days = frozenset(DAYS.index(name) for name in raw.get("days", ()))
            up, down = raw.get("up", 0), raw.get("down", 0)
            if type(up) is not int or type(down) is not int:
                raise ValueError(up, down)
            begins, ends = parse_minute(raw["from"]), parse_minute(raw["to"])
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(str(error)) from error
        return cls(begins, ends, Rates(up, down), days)


def in_force(always: Rates, hours: Sequence[Hours], wall: datetime) -> Rates:
    """The limits at a moment: those of the first stretch that holds, else ``always``."""
    return next((one.rates for one in hours if one.holds(wall)), always)


def minute_text(minute: int) -> str:
    """``08:00``."""
    return f"{minute // 60:02}:{minute % 60:02}"


def parse_minute(text: str) -> int:
    """Minutes since midnight.

    Raises:
        ValueError: it is not like ``08:00``; ``24:00`` is midnight.
    """
    hour, colon, minute = text.partition(":")
    if not colon or not (hour + minute).isdigit() or not (hour + minute).isascii():
        raise ValueError(text)
    total = int(hour) * 60 + int(minute)
    if int(minute) > 59 or total > _DAY_MIN:
        raise ValueError(text)
    return total % _DAY_MIN
