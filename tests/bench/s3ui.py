"""s3ui (PyPI) as a peer: its own queue and workers, without its window.

It brings PyQt6 and boto3, so it is installed into an environment of its own, in ``build/`` of the
tree, where it installs at all. This file is also what runs there, as a script: a bucket, a folder
of keys and the files to send, or a key and the file to write.
"""

import json
import subprocess
import sys
from pathlib import Path

VERSION = "1.2.0"


def python(root: Path) -> Path | None:
    """The Python that has it, installed if need be; ``None``, and a word, where that cannot be."""
    home = root / "build" / f"bench-s3ui-{VERSION}"
    found = home / "bin" / "python"
    if (home / "complete").exists():
        return found
    pip = [found, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", f"s3ui=={VERSION}"]
    for words in ([sys.executable, "-m", "venv", "--clear", home], pip):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            sys.stdout.write(f"s3ui does not install here: {lines[-1]}\n")
            return None
    (home / "complete").touch()
    return found


def command(interpreter: Path, endpoint: str, bucket: str, work: Path, **job: str) -> list[str]:
    """What to run. ``job``: ``up`` and ``prefix``, or ``down`` (a key) and ``to`` (a file)."""
    told = {"endpoint": endpoint, "bucket": bucket, "work": str(work), **job}
    # -P: or this file would be what it imports.
    return [str(interpreter), "-P", __file__, json.dumps(told)]


def _main(told: dict[str, str]) -> int:
    """In its environment: queues what its window would queue, and waits for the last of it."""
    from PyQt6.QtCore import QCoreApplication  # type: ignore[import-not-found,unused-ignore]
    from s3ui.core.credentials import Profile  # type: ignore[import-not-found,unused-ignore]
    from s3ui.core.s3_client import S3Client  # type: ignore[import-not-found,unused-ignore]
    from s3ui.core.transfers import TransferEngine  # type: ignore[import-not-found,unused-ignore]
    from s3ui.db.database import Database  # type: ignore[import-not-found,unused-ignore]

    app = QCoreApplication([])
    keys = ("bench", "bench-secret", "us-east-1")
    client = S3Client(Profile("bench", *keys, told["endpoint"]))
    database = Database(Path(told["work"]) / "s3ui.sqlite3")
    bucket = told["bucket"]
    made = database.execute("INSERT INTO buckets (name, profile) VALUES (?, 'bench')", (bucket,))
    engine = TransferEngine(client, database, bucket, profile="bench")
    if "up" in told:
        source = Path(told["up"])
        files = sorted(source.iterdir()) if source.is_dir() else [source]
        jobs = [(f"{told['prefix']}/{path.name}", "upload", path) for path in files]
        sizes = [path.stat().st_size for path in files]
    else:
        jobs, sizes = [(told["down"], "download", Path(told["to"]))], [int(told["size"])]
    database.executemany(
        "INSERT INTO transfers (bucket_id, object_key, direction, total_bytes, local_path)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            (made.lastrowid, key, direction, size, str(path))
            for (key, direction, path), size in zip(jobs, sizes, strict=True)
        ],
    )
    left = len(jobs)

    def over(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            app.quit()

    def failed(_: int, *words: str) -> None:
        sys.stderr.write("\n".join(words))
        app.exit(1)

    engine.transfer_finished.connect(over)
    engine.transfer_error.connect(failed)
    engine.start_pending()
    code: int = app.exec()
    return code


if __name__ == "__main__":
    sys.exit(_main(json.loads(sys.argv[1])))
