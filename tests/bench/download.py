"""Download speed of the window and of the command against s5cmd and rclone, in turns.

``PYTHONPATH=tests python -m bench.download [--rounds 5] [--gib 4] [--to /dev/shm] [--tls]
[--no-checksums] [--many COUNT BYTES] [--json FILE] [--strict]``

One large object, from a server on loopback that is never the bottleneck (``well.py``; what plain
sockets get out of it is measured, too). The window is the whole program on a virtual display,
measured from the request to *Completed*; ``s3gui download`` and the peers (from PyPI) from the
start of their process to its end. Ours proves the CRC-32 of the whole, or with ``--no-checksums``
the ETag of all parts; theirs prove nothing of such an object.

With ``--many`` it is so many small objects instead: files a second.
"""

import argparse
import contextlib
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from bench import s3ui, sockets
from bench.well import BUCKET, KEY, MANY
from bench.window import Errand
from gui.desktop import Desktop
from gui.files import MIB
from gui.program import ROOT, Program
from gui.server import PROFILE_ID, save_connection
from servers.tls import Authority

#: Targets of the project: times the best peer, resident bytes, milliseconds at p99 and at most.
FASTER, PEAK_BYTES, LATE_MS, MOST_LATE_MS = 1.0, 250 * MIB, 16, 50
#: Where no disk is the bottleneck.
_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own is made there
_OURS = ("s3gui", "s3gui download")
_KEYS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench-secret"}
_REGION = {"AWS_REGION": "us-east-1"}
_TUNED_RCLONE = ("--multi-thread-streams", "8", "--multi-thread-chunk-size", "64M")
Figures = dict[str, Any]


@dataclass(frozen=True)
class Source:
    """Where the object is; ``ca`` is "" over plain HTTP."""

    endpoint: str
    size: int
    ca: str = ""
    #: How many small ones there are instead, of ``size`` bytes each.
    many: int = 0


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser("bench.download", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gib", type=float, default=4)
    parser.add_argument("--to", type=Path, default=_MEMORY, help="the folder it goes to")
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--no-checksums", action="store_true")
    parser.add_argument("--many", nargs=2, type=int, metavar=("COUNT", "BYTES"), default=(0, 0))
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 below the targets")
    options = parser.parse_args(arguments)
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3gui-bench-")))
        to = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=options.to)))
        source = stack.enter_context(
            well(
                *(work, options.gib),
                tls=options.tls,
                checksums=not options.no_checksums,
                many=options.many,
            )
        )
        if source.many:
            show_many(source, measure_many(source, work, to, options.rounds))
            return 0
        runs = measure(source, work, to, options.rounds)
    result = summary(runs)
    show(result)
    if options.json:
        options.json.write_text(json.dumps({**result, "runs": runs}, indent=1), encoding="utf-8")
    return 1 if options.strict and not all(result["reached"].values()) else 0


@contextlib.contextmanager
def well(
    folder: Path, gib: float, *, tls: bool, checksums: bool, many: Sequence[int] = (0, 0)
) -> Iterator[Source]:
    """The server, in a process of its own."""
    words, ca = [sys.executable, "-m", "bench.well", str(gib)], ""
    words += ["--many", *map(str, many)] if many[0] else []
    words += [] if checksums else ["--no-checksums"]
    if tls:
        authority = Authority()
        ca = authority.bundle(folder)
        words += ["--tls", *map(str, authority.files(folder, "127.0.0.1"))]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env) as process:
        try:
            assert process.stdout is not None
            endpoint = json.loads(process.stdout.readline())["endpoint"]
            yield Source(endpoint, many[1] or round(gib * 1024) * MIB, ca, many[0])
        finally:
            process.kill()


def measure(source: Source, work: Path, to: Path, rounds: int) -> dict[str, list[Figures]]:
    """All clients in turns, after one turn that does not count: memory is touched for the first
    time then.
    """
    who: dict[str, Callable[[Path], Figures]] = {
        "s3gui": lambda folder: _window(source, folder, to),
        "s3gui download": lambda folder: _command(_ours(source, folder, to), _env(source)),
        "rclone": lambda _: _command(_rclone(to), _env(source)),
        "rclone tuned": lambda _: _command([*_rclone(to), *_TUNED_RCLONE], _env(source)),
        "s5cmd": lambda _: _command(_s5cmd(source, to), _env(source)),
        "plain sockets": lambda _: sockets.drain(source.endpoint, source.ca, source.size),
    }
    if theirs := s3ui.python(ROOT):
        who["s3ui"] = lambda folder: _command(
            s3ui.command(
                *(theirs, source.endpoint, BUCKET, folder),
                down=KEY,
                to=str(to / KEY),
                size=str(source.size),
            ),
            {**_env(source), "HOME": str(work)},
        )
    _command(_rclone(to), _env(source))
    runs: dict[str, list[Figures]] = {name: [] for name in who}
    for number in range(rounds):
        for name, run in who.items():
            if number and name == "s3ui":
                continue  # far behind the others: one round tells it
            shutil.rmtree(to, ignore_errors=True)
            to.mkdir()
            folder = work / f"{name}-{number}"
            folder.mkdir()
            figures = run(folder)
            if name != "plain sockets" and (to / KEY).stat().st_size != source.size:
                sys.exit(f"{name} did not bring it whole")
            figures["mib_per_s"] = source.size / MIB / figures["seconds"]
            figures["cpu_s_per_gib"] = figures["cpu_s"] / (source.size / MIB / 1024)
            runs[name].append(figures)
            _say(f"{name:15} {figures['mib_per_s']:7.0f} MiB/s")
    return runs


def measure_many(source: Source, work: Path, to: Path, rounds: int) -> dict[str, list[Figures]]:
    """The small objects, by the window, the command and the peers in turns."""
    bin_, env = Path(sys.executable).parent, _env(source)
    rclone = [str(bin_ / "rclone"), "copy", f"bench:{BUCKET}/{MANY}", str(to)]
    s5cmd = [str(bin_ / "s5cmd"), "--endpoint-url", source.endpoint, "cp"]
    rclone += ["--config", "", "-q", "--transfers", "32"]
    s5cmd += [f"s3://{BUCKET}/{MANY}*", f"{to}/"]
    who: dict[str, Callable[[Path], Figures]] = {
        "s3gui": lambda folder: _window(source, folder, to, MANY),
        "s3gui download": lambda folder: _command(_ours(source, folder, to, MANY, f"{to}/"), env),
        "rclone tuned": lambda _: _command(rclone, env),
        "s5cmd": lambda _: _command(s5cmd, env),
    }
    runs: dict[str, list[Figures]] = {name: [] for name in who}
    for number in range(rounds):
        for name, run in who.items():
            shutil.rmtree(to, ignore_errors=True)
            to.mkdir()
            folder = work / f"{name}-{number}"
            folder.mkdir()
            figures = run(folder)
            if sum(path.stat().st_size == source.size for path in to.rglob("*")) < source.many:
                sys.exit(f"{name} did not bring all")
            runs[name].append(figures)
    return runs


def show_many(source: Source, runs: dict[str, list[Figures]]) -> None:
    """Prints the medians."""
    _say("\n| | files/s | CPU ms/file | peak MiB |\n|---|---|---|---|")
    for name, some in runs.items():
        rate = source.many / statistics.median(run["seconds"] for run in some)
        cpu_ms = 1000 * statistics.median(run["cpu_s"] for run in some) / source.many
        peak = max(run["peak_bytes"] for run in some) / MIB
        _say(f"| {name} | {rate:.0f} | {cpu_ms:.2f} | {peak:.0f} |")
    _say(f"\ntick late, ms: {_lateness(runs['s3gui'])}")


def _window(source: Source, work: Path, to: Path, key: str = KEY) -> Figures:
    """One download, or that of a prefix, through the program's own queue."""
    with Desktop(work) as desktop:
        desktop.unlock_keyring()
        state = work / "state"
        ready = {"endpoint": source.endpoint, "ca_bundle": source.ca}
        ready |= {"access_key": "bench", "secret_key": "bench-secret"}
        save_connection(desktop, state, ready)
        errand = Errand(PROFILE_ID, BUCKET, key=key, size=source.size, folder=str(to))
        told = {"BENCH_ERRAND": errand.text(), "PYTHONPATH": str(ROOT / "tests")}
        arguments = ["--state-dir", str(state)]
        with Program(desktop, arguments, env=told, module="bench.window") as program:
            figures: Figures = program.wait("bench", timeout_s=600)
    if not figures["ok"] or not figures["verified"].keys() <= {"full", "etag"}:
        sys.exit(f"the download failed, or was not proved: {figures['problems']}")
    return figures


def _ours(source: Source, work: Path, to: Path, key: str = KEY, place: str = "") -> list[str]:
    words = [sys.executable, "-m", "s3gui", "download", f"s3://{BUCKET}/{key}"]
    words += [place or str(to / KEY)]
    words += ["--endpoint", source.endpoint, "--region", "us-east-1", "--addressing", "path"]
    words += ["--keys-from-env", "--state-dir", str(work / "state")]
    return words + (["--ca-bundle", source.ca] if source.ca else [])


def _rclone(to: Path) -> list[str]:
    program = str(Path(sys.executable).parent / "rclone")
    return [program, "copyto", f"bench:{BUCKET}/{KEY}", str(to / KEY), "--config", "", "-q"]


def _s5cmd(source: Source, to: Path) -> list[str]:
    program = str(Path(sys.executable).parent / "s5cmd")
    return [program, "--endpoint-url", source.endpoint, "cp", f"s3://{BUCKET}/{KEY}", str(to / KEY)]


def _env(source: Source) -> dict[str, str]:
    remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": source.endpoint}
    remote |= {"ACCESS_KEY_ID": "bench", "SECRET_ACCESS_KEY": "bench-secret"}
    named = {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in remote.items()}
    env = {"PATH": os.environ["PATH"], **_KEYS, **_REGION, **named}
    env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    return {**env, **(_trust(source.ca) if source.ca else {})}


def _trust(ca: str) -> dict[str, str]:
    return {"SSL_CERT_FILE": ca, "AWS_CA_BUNDLE": ca}


def _command(words: Sequence[str], env: dict[str, str]) -> Figures:
    began, cpu_began, peak = time.perf_counter(), _children_cpu(), 0
    with psutil.Popen(words, env=env, cwd=ROOT, stdout=subprocess.DEVNULL) as one:
        while one.poll() is None:
            with contextlib.suppress(psutil.NoSuchProcess):
                peak = max(peak, one.memory_info().rss)
            time.sleep(0.02)
    seconds = time.perf_counter() - began
    if one.returncode:
        sys.exit(f"{words[0]} failed with {one.returncode}")
    return {"seconds": seconds, "cpu_s": _children_cpu() - cpu_began, "peak_bytes": peak}


def _children_cpu() -> float:
    """CPU seconds of all children that have ended."""
    times = os.times()
    return times.children_user + times.children_system


def summary(runs: dict[str, list[Figures]]) -> Figures:
    """The medians, the lateness of all rounds together, and which targets were reached."""
    rows = {
        name: {
            "mib_per_s": round(statistics.median(run["mib_per_s"] for run in some)),
            "cpu_s_per_gib": round(statistics.median(run["cpu_s_per_gib"] for run in some), 2),
            "peak_mib": round(max(run["peak_bytes"] for run in some) / MIB),
        }
        for name, some in runs.items()
    }
    late = _lateness(runs["s3gui"])
    best = max(
        row["mib_per_s"] for name, row in rows.items() if name.startswith(("rcl", "s3ui", "s5"))
    )
    return {
        "median": rows,
        "times_best": {name: round(rows[name]["mib_per_s"] / best, 2) for name in _OURS},
        "tick_late_ms": late,
        "reached": {
            f"the window: {FASTER} times the best": rows["s3gui"]["mib_per_s"] >= FASTER * best,
            f"under {PEAK_BYTES // MIB} MiB": rows["s3gui"]["peak_mib"] < PEAK_BYTES // MIB,
            f"tick late by at most {LATE_MS} ms at p99": late["p99"] <= LATE_MS,
            f"tick late by at most {MOST_LATE_MS} ms at most": late["max"] <= MOST_LATE_MS,
        },
    }


def _lateness(runs: Sequence[Figures]) -> dict[str, float]:
    """Of the ticks of all rounds together, in milliseconds."""
    late = sorted(ms for run in runs for ms in run["late_ms"])
    p99 = late[math.ceil(len(late) * 0.99) - 1]
    return {"p99": round(p99, 1), "max": round(late[-1], 1), "ticks": len(late)}


def show(result: Figures) -> None:
    """Prints a summary."""
    _say("\n| | MiB/s | CPU s/GiB | peak MiB |\n|---|---|---|---|")
    for name, row in result["median"].items():
        _say(f"| {name} | {row['mib_per_s']} | {row['cpu_s_per_gib']} | {row['peak_mib']} |")
    for name, times in result["times_best"].items():
        _say(f"\n{name}: {times} times as fast as the best peer")
    _say(f"tick late, ms: {result['tick_late_ms']}")
    for target, is_reached in result["reached"].items():
        _say(f"{'reached' if is_reached else 'MISSED '}  {target}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
