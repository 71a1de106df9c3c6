"""The headless ``packaging/dev.py run``: a person's first five minutes, on a virtual display.

Starts the program on its demo storage, drags a real file of 200 MB out of a real file manager onto
the object table, waits until it is stored, reads it back with a client that is not ours, and leaves
pictures and a report in ``build/``. Exits with 1 if anything is not as it should be.
"""

import json
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from gui.desktop import Desktop
from gui.files import FolderWindow, write_file
from gui.program import ROOT, TABLE, Line, Program, empty_spot
from gui.storage import Storage
from processes import ProgramError
from servers.ceph.cluster import Cluster
from servers.ceph.window import keys, make_buckets, options

BUILD = ROOT / "build"
SIZE = 200 * 1000 * 1000
NAME = "отпуск 2026 🎥.mov"
#: One of the demo's.
_BUCKET = "archive"
#: Beside the file manager's window.
_PLACE = (476, 28, 1276, 940)


def main(arguments: Sequence[str], build: Path = BUILD) -> int:
    """Does all of it; returns the exit code."""
    work = build / "desktop"
    shutil.rmtree(work, ignore_errors=True)
    (work / "source").mkdir(parents=True)
    _say(f"Writing {NAME}, {SIZE} bytes")
    source = write_file(work / "source" / NAME, SIZE)
    try:
        with Desktop(work) as desktop, ExitStack() as stack:
            ceph = None
            if "--ceph" in arguments:
                arguments = [word for word in arguments if word != "--ceph"]
                _say("Starting Ceph")
                ceph = stack.enter_context(Cluster(work / "ceph"))
                make_buckets(ceph)
            report = _show(desktop, arguments, build, ceph)
    except ProgramError as problem:
        _say(f"FAILED: {problem}\nLogs are in {work / 'logs'}")
        return 1
    report |= {"sha256_source": source, "size_source": SIZE}
    same = (report["sha256_stored"], report["size_stored"]) == (source, SIZE)
    report["ok"] = same
    _write(report, build)
    shutil.rmtree(work / "source")
    _say("The object is whole." if same else "FAILED: what is stored is not what was dropped.")
    return 0 if same else 1


def _show(desktop: Desktop, arguments: Sequence[str], build: Path, ceph: Cluster | None) -> Line:
    pictures = []

    def picture(name: str) -> None:
        pictures.append(desktop.grab(build / f"{name}.png").name)

    state = desktop.folder / "state"
    where, env = (["--demo"], {}) if ceph is None else (options(ceph), keys(ceph))
    words = [*where, "--state-dir", str(state), *arguments]
    with Program(desktop, words, env=env) as program:
        program.place(_PLACE)
        table = program.open_bucket(_BUCKET)
        picture("1-start")
        folder = FolderWindow(desktop, desktop.folder / "source")
        desktop.carry(folder.take_all(), empty_spot(table))
        picture("2-dragging")
        began = time.monotonic()
        desktop.xdo("mouseup", 1)
        _say("Dropped; uploading")
        program.wait(lambda line: line.get("parts_done", 0) >= 3, "three parts to be stored")
        picture("3-uploading")
        (row,) = program.until_stored(1, timeout_s=300)
        seconds = time.monotonic() - began
        program.row(TABLE, NAME)
        picture("4-done")
        bucket, _, key = row["location"].removeprefix("s3://").partition("/")
        with program.storage() if ceph is None else _storage(ceph) as storage:
            size, digest = storage.read_back(bucket, key)
    return {
        "location": row["location"],
        "size_stored": size,
        "sha256_stored": digest,
        "seconds": round(seconds, 2),
        "verified": row["verified"],
        "etag": row["etag"],
        "parts": row["parts_total"],
        "pictures": pictures,
    }


def _storage(ceph: Cluster) -> Storage:
    own = ceph.alice.credentials
    return Storage(ceph.endpoint, own.access_key, own.secret_key)


def _write(report: Line, build: Path) -> None:
    text = json.dumps(report, ensure_ascii=False, indent=2)
    (build / "report.json").write_text(text + "\n", encoding="utf-8")
    rows = [f"| {name} | {value} |" for name, value in report.items() if name != "pictures"]
    shown = [f"![{Path(name).stem}]({name})" for name in report["pictures"]]
    head = ["# A file of 200 MB, dropped on the window", "", "| what | value |", "|---|---|"]
    lines = [*head, *rows, "", *shown]
    (build / "report.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _say(f"\n{text}\n\nReport and pictures: {build}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
