"""Every button in any order, in any weather: the rules hold at each step and at the end."""

import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from machine.fetching import ETAGS, OBJECTS
from machine.person import Person
from machine.starts import SIZES

from s3gui.domain import parts
from s3gui.domain.errors import (
    AccessDenied,
    BadAnswer,
    ConnectionBroken,
    Corrupt,
    ErrorKind,
    NoSuchUpload,
    Offline,
    S3guiError,
    Stalled,
)
from s3gui.domain.origin import IfExists
from s3gui.domain.parts import MIB, PartLimits
from s3gui.domain.transfer import Transfer

LONG = bool(os.environ.get("S3GUI_LONG_TESTS"))
EXAMPLES, STEPS = (400, 100) if LONG else (25, 40)
OPS = (
    *("create", "send_part", "complete", "abort", "parts", "head", "put", "unfinished"),
    *("fetch", "part_layout"),
)
Make = Callable[[], S3guiError]
ERRORS: dict[str, Make] = {
    "broken": lambda: ConnectionBroken("Reset"),
    "stalled": lambda: Stalled("Nothing moves"),
    "offline": lambda: Offline("No line"),
    "denied": lambda: AccessDenied("No", code="AccessDenied"),
    "slow down": lambda: S3guiError("Slower", code="SlowDown", kind=ErrorKind.THROTTLE),
    "html": lambda: BadAnswer("A page"),
    "corrupt": lambda: Corrupt("Damaged", code="BadDigest"),
    "gone": lambda: NoSuchUpload("No such upload", code="NoSuchUpload"),
}
#: What says that the request was not carried out cannot come after it was.
UNTOLD = ("broken", "stalled", "html")
few = st.integers(1, 3)
some = st.sets(st.integers(0, 5), min_size=1, max_size=3)


class Buttons(RuleBasedStateMachine):
    """A person who does not wait for anything."""

    person: Person

    @initialize(
        checksums=st.booleans(),
        seed=st.integers(0, 2**16),
        names=st.permutations("abcd"),
        objects=st.permutations(sorted(OBJECTS)),
        etags=st.sampled_from(ETAGS),
    )
    def begin(
        self, checksums: bool, seed: int, names: list[str], objects: list[str], etags: str
    ) -> None:
        self.person = Person(checksums=checksums, seed=seed, etags=etags)
        for name, other in zip(names[:3], objects, strict=False):
            self.person.upload(name)
            self.person.download(other)

    def chosen(self, numbers: set[int]) -> list[Transfer]:
        rows = self.person.rows
        return [rows[number % len(rows)] for number in sorted(numbers)] if rows else []

    @rule(command=st.sampled_from(["pause", "resume", "retry", "keep", "drop"]), of=some)
    def press(self, command: str, of: set[int]) -> None:
        self.person.press(command, self.chosen(of))

    @rule(
        first=st.sampled_from(["pause", "keep", "drop"]),
        then=st.sampled_from(["pause", "resume", "retry", "keep", "drop"]),
        of=some,
        turns=st.integers(0, 8),
    )
    def press_twice(self, first: str, then: str, of: set[int], turns: int) -> None:
        self.person.press(first, self.chosen(of))
        self.person.turns(turns)
        self.person.press(then, self.chosen(of))

    @rule(of=some, steps=st.integers(-3, 3))
    def move(self, of: set[int], steps: int) -> None:
        self.person.move(self.chosen(of), steps)

    @rule(of=some)
    def remove(self, of: set[int]) -> None:
        self.person.remove(self.chosen(of))

    @rule(name=st.sampled_from(sorted(SIZES)))
    def upload(self, name: str) -> None:
        self.person.upload(name)

    @rule(name=st.sampled_from(sorted(SIZES)))
    def write_to_the_file(self, name: str) -> None:
        self.person.write(name, SIZES[name])

    @rule(name=st.sampled_from(sorted(OBJECTS)))
    def download(self, name: str) -> None:
        self.person.download(name)

    @rule(name=st.sampled_from(sorted(OBJECTS)))
    def replace_the_object(self, name: str) -> None:
        self.person.replace(name)

    @rule(at=st.sampled_from([1, MIB, 2 * MIB, 3 * MIB]))
    def replace_the_object_on_its_way(self, at: int) -> None:
        self.person.replace_at(at)

    @rule(name=st.sampled_from(sorted(OBJECTS)))
    def somebody_makes_a_file_there(self, name: str) -> None:
        self.person.meddle(name)

    @rule(of=some, policy=st.sampled_from([IfExists.RENAME, IfExists.SKIP, IfExists.ASK]))
    def decide(self, of: set[int], policy: IfExists) -> None:
        self.person.decide(self.chosen(of), policy)

    @precondition(lambda self: self.person.etags != "none")
    @rule(at=st.sampled_from([1, MIB, 3 * MIB]), times=few)
    def bytes_are_damaged(self, at: int, times: int) -> None:
        self.person.server.lie("fetch", "flip", part=at, times=times)

    @rule(at=st.sampled_from([1, MIB, 2 * MIB]))
    def line_breaks_in_a_range(self, at: int) -> None:
        self.person.server.fail("fetch", ERRORS["broken"], part=at, after_bytes=MIB // 2)

    @rule(count=st.integers(1, 80))
    def turns(self, count: int) -> None:
        self.person.turns(count)

    @rule(seconds=st.sampled_from([0.2, 3.0, 20.0, 70.0]))
    def wait(self, seconds: float) -> None:
        self.person.wait(seconds)

    @rule(op=st.sampled_from(OPS), error=st.sampled_from(sorted(ERRORS)), times=few)
    def fault(self, op: str, error: str, times: int) -> None:
        self.person.server.fail(op, ERRORS[error], times=times)

    @rule(op=st.sampled_from(OPS), error=st.sampled_from(UNTOLD), times=few)
    def lost_answer(self, op: str, error: str, times: int) -> None:
        self.person.server.fail(op, ERRORS[error], times=times, applied=True)

    @rule(op=st.sampled_from(OPS), times=few, applied=st.booleans())
    def slow_answer(self, op: str, times: int, applied: bool) -> None:
        self.person.server.hold(op, times=times, applied=applied)

    @rule(part=few)
    def line_breaks_in_a_part(self, part: int) -> None:
        self.person.server.fail("send_part", ERRORS["broken"], part=part, after_bytes=MIB // 2)

    @rule()
    def fair_weather(self) -> None:
        self.person.server.clear_rules()

    @precondition(lambda self: self.person.server.uploads)
    @rule(which=st.integers(0, 5))
    def somebody_aborts_an_upload(self, which: int) -> None:
        uploads = self.person.server.uploads
        uploads.pop(sorted(uploads)[which % len(uploads)])

    @rule(what=st.sampled_from(["sign in", "expired", "disconnect", "sign in"]))
    def connection(self, what: str) -> None:
        match what:
            case "sign in":
                self.person.sign_in()
            case "expired":
                self.person.lose_keys()
            case _:
                self.person.disconnect()

    @rule(works=st.booleans())
    def disk(self, works: bool) -> None:
        if works:
            self.person.mend_disk()
        else:
            self.person.break_disk()

    @rule()
    def quit_and_start(self) -> None:
        self.person.mend_disk()
        self.person.quit_and_start()

    @rule()
    def kill_and_start(self) -> None:
        self.person.kill_and_start()

    @rule()
    def settle(self) -> None:
        self.person.settle()

    @invariant()
    def the_rules_hold(self) -> None:
        self.person.check()

    def teardown(self) -> None:
        if not hasattr(self, "person"):
            return
        try:
            self.person.finish()
        finally:
            self.person.end()


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers insist on 5 MiB; what is looked for here does not depend on it."""
    monkeypatch.setattr(parts, "PartLimits", lambda: PartLimits(least_bytes=MIB))


@pytest.mark.timeout(7200 if LONG else 120)
def test_every_button_in_any_order() -> None:
    run_state_machine_as_test(
        Buttons,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
