"""The moments at which the program is killed, as data: a name, where it is, what comes after.

``inside`` is a method at which the program kills itself (see ``child.py``); ``wire`` a request at
which it is killed from outside, either before the storage hears of it or after it was carried out
and before it is answered. A new kind of transfer adds its moments here, and a scene (``scenes.py``)
that says what is started and what has to come of it.
"""

from dataclasses import dataclass
from typing import Any

_JOURNAL = "s3gui.transfers.journal:Journal."
CREATE = ("POST", "^uploads(=|$|&)")
COMPLETE = ("POST", "^uploadId=|&uploadId=")
ABORT = ("DELETE", "uploadId=")


def part(number: int) -> tuple[str, str]:
    """UploadPart of one number."""
    return "PUT", rf"\bpartNumber={number}(&|$)"


@dataclass(frozen=True)
class Point:
    """One moment."""

    name: str
    #: "module:Class.method" and whether before its call or after what it returned is done.
    inside: str = ""
    when: str = "after"
    nth: int = 1
    #: Method and query of the request.
    wire: tuple[str, str] = ("", "")
    #: The request was carried out, and its answer is lost.
    carried_out: bool = False
    scene: str = "upload"
    #: Rows that have to be there afterwards; ``None`` for all of the scene.
    rows: int | None = None
    #: Uploads that the next start cannot know of, and that the journal has to name all the same.
    unknown: int = 0
    #: The next start has to wait for an outcome for a minute; its clock is hastened.
    waits: bool = False
    #: On Ceph in every run, and not on the demo storage; a long run has all on both.
    on_ceph: bool = False


def _at(method: str, when: str = "after", nth: int = 1) -> dict[str, Any]:
    return {"inside": _JOURNAL + method, "when": when, "nth": nth}


UPLOAD = (
    Point("before the rows are queued", **_at("add", "before"), rows=0),
    Point("queued", **_at("add")),
    Point("about to create", **_at("intend")),
    Point("creating, and it never arrives", wire=CREATE),
    Point("creating, carried out", wire=CREATE, carried_out=True, unknown=1, on_ceph=True),
    Point("created, the id not committed", **_at("created", "before"), unknown=1),
    Point("created, the id committed", **_at("created")),
    Point("a part that never arrives", wire=part(2)),
    Point("a part without its answer", wire=part(2), carried_out=True, on_ceph=True),
    Point("a part before its commit", **_at("part_done", "before", 2)),
    Point("a part committed", **_at("part_done", nth=2)),
    Point("completing journaled", **_at("completing"), waits=True),
    Point("a Complete that never arrives", wire=COMPLETE, waits=True),
    Point("a Complete without its answer", wire=COMPLETE, carried_out=True, on_ceph=True),
    Point("completed, not committed", **_at("done", "before")),
    Point("completed and committed", **_at("done")),
)
ABORTING = (
    Point("about to abort, not committed", **_at("change", "before"), scene="abort"),
    Point("to be aborted, committed", **_at("change"), scene="abort"),
    Point("an Abort that never arrives", wire=ABORT, scene="abort"),
    Point("an Abort without its answer", wire=ABORT, carried_out=True, scene="abort", on_ceph=True),
    Point("aborted, not committed", **_at("aborted", "before"), scene="abort"),
    Point("aborted and committed", **_at("aborted"), scene="abort"),
)
POINTS = UPLOAD + ABORTING
