"""All that moves bytes, side by side: ``PYTHONPATH=tests python -m bench [--rounds 5] [--gib 4]``.

``[--only http|https] [--no-download] [--memory] [--json FILE] [--strict]``

One large file up and down, five thousand of 4 KiB and two hundred of 1 MiB up, over HTTP and then
over HTTPS; the window against s5cmd and rclone, and what the sink itself can take. ``--memory``
sends sparse files of 1 and of 50 GiB besides, to see that the memory stays where it is.
"""

import argparse
import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench import download, upload
from bench.ceiling import small_puts
from gui.files import MIB

Figures = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser("bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gib", type=float, default=4)
    parser.add_argument("--from", dest="source", type=Path, default=upload.MEMORY)
    parser.add_argument("--only", choices=("http", "https"))
    parser.add_argument("--no-download", action="store_true")
    parser.add_argument("--memory", action="store_true")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 below the targets")
    options = parser.parse_args(arguments)
    results: dict[str, Figures] = {"machine": machine()}
    _say(json.dumps(results["machine"]))
    for scheme in ("http", "https"):
        if options.only in {None, scheme}:
            results |= _over(scheme, options)
    if options.memory:
        results["memory"] = memory(options.source)
        _say(f"peak MiB by GiB sent: {results['memory']['peak_mib']}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    missed = [
        f"{name}: {target}"
        for name, result in results.items()
        for target, is_reached in result.get("reached", {}).items()
        if not is_reached
    ]
    _say("\n".join(["", *(f"MISSED  {line}" for line in missed)]) if missed else "\nall reached")
    return 1 if options.strict and missed else 0


def _over(scheme: str, options: argparse.Namespace) -> dict[str, Figures]:
    tls, results = scheme == "https", {}
    for word, scenario in upload.scenarios(options.gib).items():
        runs = upload.measure(scenario, options.rounds, options.source, tls=tls)
        results[f"{word}, {scheme}"] = {
            **upload.summary(scenario, runs, tls=tls),
            "runs": runs,
        }
        _say(f"\n{scheme.upper()}")
        upload.show(scenario, results[f"{word}, {scheme}"])
    with tempfile.TemporaryDirectory() as folder, upload.sink(Path(folder), tls=tls) as place:
        ceiling = small_puts(place.endpoint, place.ca)
        _say(f"the sink itself: {ceiling} requests of 4 KiB a second")
        results[f"sink, {scheme}"] = {"small_puts_per_s": ceiling}
    if not options.no_download:
        _say(f"\n{scheme.upper()}\n\none object of {options.gib:g} GiB down")
        results[f"down, {scheme}"] = _down(options, tls=tls)
    return results


def _down(options: argparse.Namespace, *, tls: bool) -> Figures:
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3gui-bench-")))
        to = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.source)))
        source = stack.enter_context(download.well(work, options.gib, tls=tls, checksums=True))
        runs = download.measure(source, work, to, options.rounds)
    result = download.summary(runs)
    download.show(result)
    return {**result, "runs": runs}


def memory(source: Path) -> Figures:
    """Peak of the window's memory with sparse files of 1 and of 50 GiB."""
    peaks: dict[str, int] = {}
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3gui-bench-")))
        files = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=source)))
        place = stack.enter_context(upload.sink(work, tls=False))
        for gib in (1, 50):
            path, folder = files / f"{gib}.bin", work / f"{gib}"
            path.touch()
            os.truncate(path, gib * 1024 * MIB)
            folder.mkdir()
            figures = upload.window(folder, place, path)
            peaks[f"{gib}"] = round(figures["peak_bytes"] / MIB)
    limit = upload.PEAK_BYTES // MIB
    return {"peak_mib": peaks, "reached": {f"under {limit} MiB": max(peaks.values()) <= limit}}


def machine() -> Figures:
    """What it was measured on."""

    def version(name: str, *words: str) -> str:
        program = Path(sys.executable).parent / name
        told = subprocess.run([program, *words], capture_output=True, text=True, check=False)
        return told.stdout.splitlines()[0] if told.stdout else ""

    return {
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "s5cmd": version("s5cmd", "version"),
        "rclone": version("rclone", "version"),
    }


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
