"""A person at the queue, and what has to be true whatever is pressed, in whatever weather."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from fakes import KEYS, profile
from machine.fetching import Fetching
from machine.starts import LASTING, Asked

from s3gui.domain.errors import JournalError
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import ENDED, Direction, State, Transfer, Waiting

#: What is waited for at most: half an hour of a server that is too busy, and the sweep.
_LONG_S = 3 * 3600.0
#: Rows that a command is not for are left alone by it.
_NOT_FOR = {"resume": ENDED, "retry": {State.PAUSED, State.COMPLETED}}


class Person(Fetching):
    """Presses buttons, and looks whether what comes of them is right."""

    # What a person does

    def press(self, command: str, rows: list[Transfer]) -> None:
        """One of the buttons, for some rows."""
        ids = [row.id for row in rows]
        queue = self.start.queue
        buttons: dict[str, Callable[[], None]] = {
            "pause": lambda: queue.pause(ids),
            "resume": lambda: queue.resume(ids),
            "retry": lambda: queue.retry(ids),
            "keep": lambda: queue.abort(ids, keep_parts=True),
            "drop": lambda: queue.abort(ids, keep_parts=False),
        }

        def press() -> None:
            for row in rows:
                if row.state not in _NOT_FOR.get(command, ()):
                    self.asked[row.id] = self._asking(command, row)
            buttons[command]()

        self._at_once(press)

    def _asking(self, command: str, row: Transfer) -> Asked:
        before = self.asked.get(row.id)
        cancels = before is not None and (before.after_cancel or before.command in {"keep", "drop"})
        return Asked(command, row.state, cancels)

    def decide(self, rows: list[Transfer], policy: IfExists) -> None:
        """What becomes of files that are there already, of downloads."""
        rows = [row for row in rows if row.direction is Direction.DOWNLOAD]
        ids = [row.id for row in rows]

        def decide() -> None:
            for row in rows:
                if row.state is State.SKIPPED or row.waiting is Waiting.CONFLICT:
                    self.asked[row.id] = self._asking("retry", row)
            self.start.queue.decide(ids, policy)

        self._at_once(decide)

    def move(self, rows: list[Transfer], steps: int) -> None:
        """Up or down in the order."""
        before = self.rows
        self._at_once(lambda: self.start.queue.move([row.id for row in rows], steps))
        assert sorted(row.id for row in self.rows) == sorted(row.id for row in before)

    def remove(self, rows: list[Transfer]) -> None:
        """Off the list."""
        self._at_once(lambda: self.start.queue.remove([row.id for row in rows]))
        self.removed |= {row.id for row in rows} - {row.id for row in self.rows}

    def upload(self, name: str) -> None:
        """Drops a file on the window; that cannot be done while the disk is broken."""
        try:
            self.run(self.start.queue.upload("p", Location("b"), [self.path(name)]))
        except JournalError:
            assert self.start.writer.is_broken

    def _at_once(self, press: Callable[[], None]) -> None:
        async def pressed() -> None:
            press()

        self.run(pressed())

    def lose_keys(self) -> None:
        self.server.refuses = True

    def sign_in(self) -> None:
        """With keys that work."""
        self.server.refuses = False
        self.run(self.start.connections.adopt(profile(), KEYS))

    def disconnect(self) -> None:
        self.run(self.start.connections.close("p"))

    # What has to be true

    def known_uploads(self) -> set[str]:
        """All that the journal has: of rows, and still to be aborted."""
        look = self.start.writer.look
        ids = look("SELECT upload_id FROM transfer UNION SELECT upload_id FROM abort_todo")
        return {id_ for (id_,) in ids}

    def check(self) -> None:
        """At any moment."""
        assert not self.server.wrongs, self.server.wrongs
        assert not self.loop.failures, self.loop.failures
        for row in self.rows:
            self._check_row(row)
        self._check_server()
        self.check_downloads()

    def _check_row(self, row: Transfer) -> None:
        if row.state is State.COMPLETED:
            if row.direction is Direction.UPLOAD:  # of a download it was looked at in that moment
                stored = self.server.data(row.location.key)
                assert stored in self.contents[row.path.name], f"row {row.id}: a false Done"
        elif row.parts:
            moved = sum(part.moved for part in row.parts)
            assert row.moved == moved, f"row {row.id}: {row.moved}, its parts {moved}"
        others = [other for other in self.rows if other.location == row.location]
        if row.state in LASTING and len(others) == 1:
            busy = self.server.is_busy_with(row.location.key, row.upload_id)
            assert not busy, f"row {row.id} is {row.state} and its bytes are on the wire"

    def _check_server(self) -> None:
        """Each upload is of one row, or to be aborted, or of a Create without an answer."""
        look = self.start.writer.look
        known = self.known_uploads()
        unsure = Counter(
            bytes(key).decode()
            for (key,) in look(
                "SELECT key FROM lost_create UNION ALL"
                " SELECT key FROM transfer WHERE create_intent_at IS NOT NULL"
            )
        )
        for upload_id, held in self.server.uploads.items():
            if upload_id not in known:
                unsure[held.location.key] -= 1
        unknown = {key: -count for key, count in unsure.items() if count < 0}
        assert not unknown, f"uploads on the server that nobody knows of: {unknown}"

    def settle(self) -> None:
        """The weather is fair, the keys work, and there is time for everything."""
        self.server.clear_rules()
        self.server.before_fetch.clear()
        self.mend_disk()
        self.sign_in()
        # After the journal could not be written nothing runs until something is pressed.
        self._at_once(self.start.queue._dispatcher.go_on)
        self.wait(_LONG_S)
        self.check()
        self.check_settled()
        for row in self.rows:
            self._check_wish(row)
        kept = {row.upload_id for row in self.rows if row.upload_id}
        left = set(self.server.uploads) - kept
        assert not left, f"left on the server: {left}"

    def _check_wish(self, row: Transfer) -> None:
        """The last command won."""
        asked = self.asked.get(row.id, Asked("upload", State.QUEUED))
        told = f"row {row.id} is {row.state} ({row.error}) after {asked}"
        assert row.state in ENDED | {State.PAUSED}, told
        if row.state is State.COMPLETED or asked.command == "killed":
            return
        if _rests(row):
            assert asked.command not in {"keep", "drop"} or row.state is asked.shown, told
            return
        if asked.command in {"keep", "drop"}:
            unsure = row.error is not None and row.error.code == "OutcomeUnknown"
            assert row.state is State.CANCELLED or unsure, told
            return
        taken = _places_of(self.rows)[_place_of(row)] > 1
        if row.state is State.CANCELLED and not taken:  # else it may have been told so
            unmoved = asked.shown is State.CANCELLED and asked.command in {"pause", "resume"}
            assert unmoved or (asked.after_cancel and asked.command == "pause"), told
        if row.state is State.PAUSED:
            unmoved = asked.shown is State.PAUSED and asked.command == "retry"
            assert unmoved or asked.command == "pause", told
        if asked.command == "pause" and asked.shown in {State.QUEUED, State.RUNNING}:
            assert row.state in {State.PAUSED, State.FAILED, State.CANCELLED}, told

    def finish(self) -> None:
        """Everything is brought home: nothing is lost, twice, or left."""
        self.settle()
        for _ in range(4):
            self.press("resume", [row for row in self.rows if row.state is State.PAUSED])
            self.press("retry", [row for row in self.rows if row.state in ENDED])
            self.settle()
        states = {row.id: (row.state, row.error) for row in self.rows}
        taken = _places_of(self.rows)
        for row in self.rows:
            if row.state is not State.COMPLETED and not _rests(row):
                assert taken[_place_of(row)] > 1, states
        assert not self.start.writer.look("SELECT * FROM abort_todo")
        assert not self.start.writer.look("SELECT * FROM lost_create")

    def end(self) -> None:
        """Ends the program; nothing of it is left."""
        try:
            self._quit()
            assert not self.loop.failures, self.loop.failures
        finally:
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.turns(50)
            self.start.writer.die()
            self.loop.close()
            shutil.rmtree(self.folder)


def _rests(row: Transfer) -> bool:
    """A download whose file is there already, and which the policy leaves alone for that."""
    waits = row.state is State.PAUSED and row.waiting is Waiting.CONFLICT
    rests = row.direction is Direction.DOWNLOAD and (waits or row.state is State.SKIPPED)
    return rests and row.path.exists()


def _place_of(row: Transfer) -> Path | str:
    return row.path if row.direction is Direction.DOWNLOAD else row.location.key


def _places_of(rows: list[Transfer]) -> Counter[Path | str]:
    return Counter(_place_of(row) for row in rows)
