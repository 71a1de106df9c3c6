"""Bad weather before a storage: a part of all requests is refused, cut off or damaged."""

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from servers.front import Forward, Reply
from servers.lies import Reset, throttle
from servers.talk import Action, Request, Talk, head_of

#: How many of a hundred requests meet what.
ODDS: Mapping[str, float] = {"503": 20, "429": 5, "reset": 3, "flip": 1}


@dataclass(frozen=True)
class _FlippedAnswer(Forward):
    """Carried out, and one byte of the answer's body is another on the way back."""

    place: float = 0.5

    def _altered(self, reply: Reply) -> Reply:
        body = bytearray(reply.body)
        if body:
            body[int(self.place * (len(body) - 1))] ^= 0xFF
        return Reply(reply.status, reply.headers, bytes(body))


@dataclass(frozen=True)
class _CutAnswer(Forward):
    """Carried out, and the line breaks in the middle of the answer's body."""

    place: float = 0.5

    def _answer(self, talk: Talk, reply: Reply) -> None:
        headers = {**reply.headers, "content-length": str(len(reply.body))}
        talk.request.status = reply.status
        talk.send(head_of(reply.status, headers) + reply.body[: int(self.place * len(reply.body))])
        talk.reset()


class Weather(Action):
    """Draws for each request what becomes of it; ``struck`` counts what did."""

    def __init__(self, seed: int, odds: Mapping[str, float] = ODDS) -> None:
        self._chance = random.Random(seed)
        self._odds = odds
        self.struck: Counter[str] = Counter()

    def __call__(self, talk: Talk) -> None:
        with talk.server.changed:
            name, action = self._draw(talk.request)
            self.struck[name] += 1
            talk.server.log.clear()  # half an hour of requests is of no use to anybody
        action(talk)

    def _draw(self, request: Request) -> tuple[str, Action]:
        drawn = self._chance.uniform(0, 100)
        for name, odds in self._odds.items():
            if drawn < odds:
                return self._made(name, request)
            drawn -= odds
        return "none", Forward()

    def _made(self, name: str, request: Request) -> tuple[str, Action]:
        if name in {"503", "429"}:
            return name, throttle(int(name))
        where = self._chance.random()
        if name == "reset":
            return self._reset(where, request)
        if request.method == "PUT" and request.length:
            return "flip", Forward(flip=int(where * request.length))
        if request.method == "GET" and not request.query:
            return "flip answer", _FlippedAnswer(place=where)
        return "none", Forward()

    def _reset(self, where: float, request: Request) -> tuple[str, Action]:
        """Half of them after all was done, so that the answer is lost, or a part of it."""
        if self._chance.random() < 0.5:
            if request.method == "GET" and not request.query:
                return "reset in the answer", _CutAnswer(place=where)
            return "reset, carried out", Forward(then="reset")
        return "reset", Reset(after_body=int(where * request.length))
