"""Sample buckets that show every pane at its best. Written once for a directory.

Small files come from ``resources/demo``. Big ones are holes: nothing of them is on the disk, and
their ETags are the true ones of that many zeros, so that a download of one verifies. Each says in
its metadata that it is a sample.
"""

import time
from collections.abc import Sequence
from hashlib import md5

from s3gui.assets import asset
from s3gui.demo.access import canned
from s3gui.demo.contents import Segment
from s3gui.demo.database import remember, state
from s3gui.demo.objects import Attributes, NewVersion
from s3gui.demo.storage import Storage
from s3gui.domain.integrity import composite_etag

#: The parts of a sample that is a hole, and the MD5 of that many zeros.
HOLE_PART_BYTES = 256 << 20
HOLE_PART_MD5 = "1f5039e50bd66b290c56684d8550c6c2"
MANY = 3000
_DAY_S = 86_400.0
_SAMPLE = {"sample": "s3gui demo, filled with zeros"}
_BUCKETS = (
    ("archive", "eu-north-1", 900),
    ("backups", "us-east-1", 700),
    ("photos", "eu-west-1", 1400),
    ("site-assets", "us-east-1", 400),
    ("telemetry", "ap-southeast-2", 60),
)
_TYPES = {
    "css": "text/css",
    "html": "text/html; charset=utf-8",
    "jpg": "image/jpeg",
    "js": "text/javascript",
    "json": "application/json",
    "mov": "video/quicktime",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tar": "application/x-tar",
    "txt": "text/plain; charset=utf-8",
    "zst": "application/zstd",
}
_PHOTOS = (
    ("2024/2024-06-21 white nights/IMG_0412.jpg", "dusk.jpg", 880),
    ("2024/2024-06-21 white nights/IMG_0413.jpg", "night.jpg", 880),
    ("2024/2024-12-30 first snow/IMG_1207.jpg", "snow.jpg", 690),
    ("2025/2025-04-02 harbour/IMG_2201.jpg", "dawn.jpg", 590),
    ("2025/2025-04-02 harbour/IMG_2202.jpg", "noon.jpg", 590),
    ("2026/Байкал 🏔️/рассвет.jpg", "dawn.jpg", 120),
    ("2026/Байкал 🏔️/ночь, выдержка 30 с.jpg", "night.jpg", 119),
    ("2026/Байкал 🏔️/снег & лёд (2).jpg", "snow.jpg", 118),
    ("covers/thumbnail.png", "thumbnail.png", 40),
)


def add_samples(storage: Storage) -> None:
    """Fills a directory that was never filled; one transaction, so never half of it."""
    if state(storage.database, "samples"):
        return
    now = time.time()
    with storage.contents.changing():
        for name, region, age_days in _BUCKETS:
            acl = canned("public-read" if name == "site-assets" else "private")
            storage.buckets.create(name, region, acl, now - age_days * _DAY_S)
        storage.buckets.set_versioning("backups", "Enabled")
        writer = _Writer(storage, now)
        _fill_backups(writer)
        _fill_photos(writer)
        _fill_site(writer)
        _fill_archive(writer)
        _fill_telemetry(writer)
        remember(storage.database, "samples", "1")


class _Writer:
    """Puts samples into a storage, each with an age in days."""

    def __init__(self, storage: Storage, now: float) -> None:
        self.storage = storage
        self._now = now

    def when(self, age_days: float) -> float:
        """Unix time of something that old, not on the full hour for all."""
        return self._now - age_days * _DAY_S - (age_days * 7919) % 3600

    def small(self, place: str, data: bytes, age_days: float, made: Attributes) -> None:
        """An object with its bytes on the disk. ``place`` is bucket/key."""
        bucket, _, key = place.partition("/")
        file = self.storage.contents.new_file()
        file.write_bytes(data)
        content = self.storage.contents.add(file, len(data))
        etag = md5(data, usedforsecurity=False).hexdigest()
        modified = self.when(age_days)
        new = NewVersion(key.encode(), content, len(data), etag, made, modified=modified)
        self.storage.objects.put(bucket, new)

    def hole(self, place: str, parts: int, age_days: float, made: Attributes) -> None:
        """An object as large as that many parts, of zeros that are not on the disk."""
        bucket, _, key = place.partition("/")
        pieces = [(Segment(None, 0, HOLE_PART_BYTES), number + 1) for number in range(parts)]
        new = NewVersion(
            key.encode(),
            self.storage.contents.add_segments(pieces, parts),
            parts * HOLE_PART_BYTES,
            composite_etag([bytes.fromhex(HOLE_PART_MD5)] * parts),
            made,
            modified=self.when(age_days),
        )
        self.storage.objects.put(bucket, new)


def _file(name: str) -> bytes:
    return asset("demo", name).read_bytes()


def _made(
    key: str,
    *,
    metadata: dict[str, str] | None = None,
    storage_class: str = "STANDARD",
    acl: str = "private",
    tags: Sequence[tuple[str, str]] = (),
    **headers: str,
) -> Attributes:
    """Attributes of a sample; the type goes by the key's ending."""
    kind = _TYPES.get(key.rpartition(".")[2], "binary/octet-stream")
    kept = {"Content-Type": kind} | {
        name.replace("_", "-").title(): value for name, value in headers.items()
    }
    return Attributes(kept, metadata or {}, storage_class, canned(acl), tags)


def _fill_backups(writer: _Writer) -> None:
    nightly = _made(
        "x.zst", metadata=_SAMPLE | {"host": "db1", "tool": "pg_dump 17"}, tags=[("keep", "90d")]
    )
    for age_days, parts in ((21, 301), (14, 306), (7, 310), (0.4, 313)):
        writer.hole("backups/postgres/orders.sql.zst", parts, age_days, nightly)
    for age_days, parts in ((14, 24), (7, 25)):
        writer.hole("backups/postgres/customers.sql.zst", parts, age_days, nightly)
    writer.hole("backups/postgres/sessions.sql.zst", 9, 40, nightly)
    writer.storage.objects.mark_deleted("backups", b"postgres/sessions.sql.zst", writer.when(12))
    writer.hole("backups/vm/web-1.qcow2", 160, 5, _made("x.qcow2", metadata=_SAMPLE))
    text = _made("x.txt", metadata={"author": "ops"})
    writer.small("backups/README.txt", _file("restore.txt")[:120], 60, text)
    writer.small("backups/README.txt", _file("restore.txt"), 9, text)
    manifest = b'{"orders.sql.zst": 84020297728, "customers.sql.zst": 6710886400}\n'
    writer.small("backups/postgres/manifest.json", manifest, 0.4, _made("x.json"))
    log = _made("x.txt")
    for day in range(1, 8):
        line = f"2026-03-{day:02} 02:14 резервная копия снята, ошибок нет ✅\n".encode()
        writer.small(f"backups/логи/2026-03-{day:02}.txt", line, 30 - day, log)


def _fill_photos(writer: _Writer) -> None:
    for key, source, age_days in _PHOTOS:
        camera = {"camera": "X-T5", "exposure": "1/250"}
        writer.small(f"photos/{key}", _file(source), age_days, _made(key, metadata=camera))
    report = "Отчёты/Квартал 1.txt"
    writer.small(f"photos/{report}", _file("report.txt"), 25, _made(report))
    raw = _made("x", metadata=_SAMPLE, storage_class="STANDARD_IA")
    for number in range(2201, 2205):
        writer.hole(f"photos/2025/2025-04-02 harbour/RAW/IMG_{number}.raf", 1, 590, raw)
    writer.small("photos/2026/", b"", 130, _made("x", content_type="application/x-directory"))


def _fill_site(writer: _Writer) -> None:
    files = (
        ("index.html", "index.html", "no-cache"),
        ("css/site.css", "site.css", "public, max-age=31536000, immutable"),
        ("js/site.js", "site.js", "public, max-age=31536000, immutable"),
        ("img/logo.svg", "logo.svg", "public, max-age=86400"),
        ("img/cover.jpg", "noon.jpg", "public, max-age=86400"),
    )
    for key, source, cache in files:
        public = _made(
            key,
            acl="public-read",
            tags=[("site", "harbour")],
            cache_control=cache,
            metadata={"deployed-by": "ci", "commit": "4f1c2ab"},
            content_language="en",
        )
        writer.small(f"site-assets/{key}", _file(source), 3, public)
    price = _made("prices.txt", content_disposition='attachment; filename="prices.txt"')
    writer.small("site-assets/private/prices.txt", b"A2 print: 120\nA1 print: 240\n", 20, price)


def _fill_archive(writer: _Writer) -> None:
    projects = (
        ("projects/2022.tar", 640, 800, "DEEP_ARCHIVE"),
        ("projects/2023.tar", 724, 520, "GLACIER"),
        ("projects/2024.tar", 811, 200, "GLACIER"),
        ("projects/2025.tar", 930, 90, "GLACIER_IR"),
        ("footage/2025-pier-timelapse.mov", 92, 150, "STANDARD_IA"),
        ("footage/2026-harbour-teaser.mov", 4, 10, "STANDARD"),
    )
    for key, parts, age_days, storage_class in projects:
        made = _made(key, metadata=_SAMPLE, storage_class=storage_class)
        writer.hole(f"archive/{key}", parts, age_days, made)
    uploads, contents = writer.storage.uploads, writer.storage.contents
    key = "footage/2026-harbour-4k.mov"
    made = _made(key, metadata=_SAMPLE)
    upload = uploads.create("archive", key.encode(), made, started=writer.when(3))
    for number in range(1, 38):
        content = contents.add_segments([(Segment(None, 0, HOLE_PART_BYTES), 1)], 0)
        uploads.put_part(upload, number, HOLE_PART_MD5, HOLE_PART_BYTES, content, "")


def _fill_telemetry(writer: _Writer) -> None:
    """Many small keys that share one blob: a listing of several pages."""
    data = b'{"temperature_c": 4.2, "humidity": 0.71, "wind_m_s": 6.0}\n'
    file = writer.storage.contents.new_file()
    file.write_bytes(data)
    content = writer.storage.contents.add(file, len(data))
    etag = md5(data, usedforsecurity=False).hexdigest()
    template = NewVersion(b"", content, len(data), etag, _made("x.json"))
    keys = (
        (f"many/reading-{number:05}.json".encode(), writer.when(30 - number / 100))
        for number in range(MANY)
    )
    writer.storage.objects.put_many("telemetry", template, keys)
