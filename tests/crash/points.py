"""The moments at which the program is killed, as data: a name, where it is, what comes after.

``inside`` is a method at which the program kills itself (see ``child.py``); ``wire`` a request at
which it is killed from outside, either before the storage hears of it or after it was carried out
and before it is answered. A new kind of transfer adds its moments here, and a scene (``scenes.py``)
that says what is started and what has to come of it.
"""

from dataclasses import dataclass, replace
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
    #: "module:Class.method" (or "module:function") and whether before its call or after what it
    #: returned is done.
    inside: str = ""
    when: str = "after"
    nth: int = 1
    #: Method and query of the request, and whose it is: regular expressions.
    wire: tuple[str, str] = ("", "")
    path: str = ""
    #: The request was carried out, and its answer is lost.
    carried_out: bool = False
    scene: str = "upload"
    #: Rows that have to be there afterwards; ``None`` for all of the scene.
    rows: int | None = None
    #: Uploads that the next start cannot know of, and that the journal has to name all the same.
    unknown: int = 0
    #: The next start has to wait for an outcome for a minute; its clock is hastened.
    waits: bool = False
    #: Not in the short run: its neighbours are there.
    seldom: bool = False
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
_FILE = "s3gui.transfers.downloading.target:"
_FIRST, _SECOND = "a%20first", "b%20second"


def _in(where: str, when: str = "after", nth: int = 1) -> dict[str, Any]:
    return {"inside": where, "when": when, "nth": nth}


#: The first object comes in ranges, the second one in a single answer.
DOWNLOAD = (
    Point("before the rows are queued", **_at("add", "before"), rows=0, seldom=True),
    Point("queued", **_at("add"), seldom=True),
    Point("a HEAD that never arrives", wire=("HEAD", "^$"), path=_FIRST, seldom=True),
    Point("a HEAD without its answer", wire=("HEAD", "^$"), path=_FIRST, carried_out=True),
    Point("about to make the .part", **_in(_FILE + "PartFile.create", "before"), seldom=True),
    Point("the .part made, without its bytes", **_in(_FILE + "_reserve", "before")),
    Point("the .part made, not committed", **_in(_FILE + "PartFile.create")),
    Point("the .part about to be committed", **_at("reads", "before"), seldom=True),
    Point("the .part committed, not which file it is", **_at("reads")),
    Point("the .part committed", **_at("compared")),
    Point("a range that never arrives", wire=("GET", ""), path=_FIRST, nth=3, seldom=True),
    Point(
        "a range without its answer",
        wire=("GET", ""),
        path=_FIRST,
        nth=3,
        carried_out=True,
        on_ceph=True,
    ),
    Point("a range arrived, not on the disk", **_in(_FILE + "PartFile.sync", "before", 2)),
    Point("a range on the disk, not committed", **_at("part_done", "before", 2)),
    Point("a range committed", **_at("part_done", nth=2)),
    Point("all ranges committed", **_at("part_done", nth=4), seldom=True),
    Point("completing about to be journaled", **_at("completing", "before"), seldom=True),
    Point("completing journaled", **_at("completing")),
    Point("dressed, without its name", **_in(_FILE + "give_name", "before")),
    Point("named, not committed", **_in(_FILE + "give_name"), on_ceph=True),
    Point("the name on the disk, not committed", **_in(_FILE + "PartFile.finish"), seldom=True),
    Point("done about to be committed", **_at("done", "before"), seldom=True),
    Point("done and committed", **_at("done")),
    Point("in one: the .part made", **_in(_FILE + "PartFile.create", nth=2)),
    Point(
        "in one: without its answer",
        wire=("GET", ""),
        path=_SECOND,
        carried_out=True,
        seldom=True,
    ),
    Point("in one: completing journaled", **_at("completing", nth=2)),
    Point("in one: named, not committed", **_in(_FILE + "give_name", nth=2), on_ceph=True),
    Point("in one: done and committed", **_at("done", nth=2), seldom=True),
)
_SMALL = "s3gui.transfers.downloading.small_"
#: Objects of which dozens are on their way at once.
SMALL = (
    Point("the .parts about to be written", **_in(_SMALL + "disk:write", "before"), seldom=True),
    Point("some .parts made", **_in(_SMALL + "disk:make_in", nth=3)),
    Point("the .parts written", **_in(_SMALL + "disk:write"), seldom=True),
    Point("not journaled yet", **_in(_SMALL + "store:intended", "before"), seldom=True),
    Point("journaled, without their names", **_in(_SMALL + "store:intended")),
    Point("some dressed", **_in(_SMALL + "disk:dress", nth=3), seldom=True),
    Point("about to be named", **_in(_SMALL + "disk:give_name", "before"), seldom=True),
    Point("some named", **_in(_SMALL + "disk:give_name", nth=3)),
    Point("some named, some journaled", **_in(_SMALL + "disk:give_name", nth=30), on_ceph=True),
    Point("named, not committed", **_in(_SMALL + "store:named", "before")),
    Point("done and committed", **_in(_SMALL + "store:named")),
    Point("one without its answer", wire=("GET", ""), path=r"/\d{3}$", nth=5, carried_out=True),
)
_DISCARD = "s3gui.transfers.downloading.growing:discard"
DROPPING = (
    Point("about to remove the .part", **_in(_DISCARD, "before")),
    Point("the .part removed, not committed", **_in(_DISCARD), on_ceph=True),
    Point("cancelled, not committed", **_at("change", "before")),
    Point("cancelled and committed", **_at("change")),
)
POINTS = (
    UPLOAD
    + ABORTING
    + tuple(replace(point, scene="download") for point in DOWNLOAD)
    + tuple(replace(point, scene="drop") for point in DROPPING)
    + tuple(replace(point, scene="small") for point in SMALL)
)
