"""A real S3 that strangers wrote: Ceph's monitor, one disk and the RADOS gateway, on loopback."""

import json
import secrets
import shutil
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from processes import Processes, ProgramError, until
from servers.ceph.conf import POOLS, REGION, STORAGE_CLASSES, Ports, conf, pool_commands
from servers.server import User
from servers.tls import Authority

from s3gui.domain.profile import Credentials

_NEEDED = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "monmaptool")
_COMMAND_S = 120


class CephError(ProgramError):
    """A daemon or a command of it failed; the text is the end of what it said."""


def missing() -> str:
    """Why there can be no Ceph on this machine, in words; "" when there can."""
    if not sys.platform.startswith("linux"):
        return "Ceph needs Linux"
    lacking = [name for name in _NEEDED if shutil.which(name) is None]
    return f"not installed: {', '.join(lacking)}" if lacking else ""


class Cluster:
    """A fresh, empty storage as a context manager; nothing of it is left when the block ends.

    Attributes:
        folder: data, logs and keys; made, and removed in the end.
        endpoint: HTTP. ``endpoint_tls`` is the same storage over HTTPS.
        ca_bundle: whom to trust for it.
        alice: owns what a test makes.
        bob: somebody else.
    """

    alice: User
    bob: User

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ports = Ports(*_free_ports(3), first=_free_ports(1)[0])
        self.endpoint = f"http://127.0.0.1:{self._ports.http}"
        self.endpoint_tls = f"https://127.0.0.1:{self._ports.https}"
        self.ca_bundle = str(folder / "ca.pem")
        self._conf = folder / "ceph.conf"
        self._processes = Processes(folder, _environment(self._conf))
        self._fsid = str(uuid.uuid4())

    def __enter__(self) -> Self:
        if why := missing():
            raise CephError(why)
        try:
            self._lay_out()
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def user(self, user_id: str, name: str) -> User:
        """Makes a user with random keys."""
        keys = Credentials(secrets.token_hex(10).upper(), secrets.token_urlsafe(30))
        words = ["user", "create", f"--uid={user_id}", f"--display-name={name}"]
        words += [f"--access-key={keys.access_key}", f"--secret-key={keys.secret_key}"]
        self._run(["radosgw-admin", *words, "--max-buckets=10000"])
        return User(user_id, name, keys)

    def is_healthy(self) -> bool:
        """Whether the gateway answers, over HTTP and over HTTPS."""
        trusting = ssl.create_default_context(cafile=self.ca_bundle)
        return _answers(self.endpoint, None) and _answers(self.endpoint_tls, trusting)

    # From an empty folder to a gateway

    def _lay_out(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("run", "logs", "mon", "osd", "rgw", "crash"):
            (self.folder / name).mkdir()
        self._conf.write_text(conf(self.folder, self._fsid, self._ports), encoding="utf-8")
        authority = Authority()
        authority.bundle(self.folder)
        authority.files(self.folder, "127.0.0.1", "localhost", "s3.localhost", "*.s3.localhost")

    def _start(self) -> None:
        self._start_monitor()
        self._start_disk()
        said = self._run(["ceph"], text=pool_commands())
        pools = self._json(["ceph", "osd", "pool", "ls", "-f", "json"])
        if lacking := {f"default.rgw.{name}" for name in POOLS} - set(pools):
            raise CephError(f"pools were not made: {sorted(lacking)}: {said}")
        self._make_zone()
        self.alice, self.bob = self.user("alice", "Alice"), self.user("bob", "Bob")
        self._start_gateway()

    def _start_monitor(self) -> None:
        where = f"[v2:127.0.0.1:{self._ports.mon}/0]"
        monmap = self.folder / "monmap"
        make = ["monmaptool", "--create", "--fsid", self._fsid, "--addv", "a", where, monmap]
        self._run(make)
        self._run(["ceph-mon", "--mkfs", "-i", "a", "--monmap", monmap, "--no-mon-config"])
        self._daemon("ceph-mon", "-i", "a")
        self._run(["ceph", "--connect-timeout", "30", "mon", "stat"])

    def _start_disk(self) -> None:
        disk = str(uuid.uuid4())
        self._run(["ceph", "osd", "new", disk, "0"])
        mkfs = ["ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk, "--no-mon-config"]
        self._run(mkfs)
        daemon = self._daemon("ceph-osd", "-i", "0")

        def is_up() -> bool:
            self._look_after(daemon, "ceph-osd")
            return bool(self._json(["ceph", "osd", "stat", "-f", "json"])["num_up_osds"])

        until(is_up, "the disk of Ceph", _COMMAND_S)

    def _make_zone(self) -> None:
        """Gives the region its name, and the storage classes that Amazon has."""
        self._run(["radosgw-admin", "realm", "create", "--rgw-realm=default", "--default"])
        group = ["--rgw-zonegroup=default"]
        zone = [*group, "--rgw-zone=default"]
        self._run(["radosgw-admin", "zonegroup", "create", *group, "--master", "--default"])
        self._run(["radosgw-admin", "zone", "create", *zone, "--master", "--default"])
        told = self._json(["radosgw-admin", "zonegroup", "get", *group])
        told |= {"api_name": REGION, "hostnames": ["s3.localhost"]}
        for target in told["placement_targets"]:
            target["storage_classes"] = sorted(STORAGE_CLASSES)
        self._set("zonegroup", group, told)
        told = self._json(["radosgw-admin", "zone", "get", *group, "--rgw-zone=default"])
        for pool in told["placement_pools"]:
            for name in STORAGE_CLASSES:
                pool["val"]["storage_classes"].setdefault(
                    name, {"data_pool": "default.rgw.buckets.data"}
                )
        self._set("zone", zone, told)
        self._run(["radosgw-admin", "period", "update", "--commit"])

    def _set(self, what: str, options: Sequence[str], told: Any) -> None:
        file = self.folder / f"{what}.json"
        file.write_text(json.dumps(told), encoding="utf-8")
        self._run(["radosgw-admin", what, "set", *options, "--infile", file])

    def _start_gateway(self) -> None:
        ports, folder = self._ports, self.folder
        front = f"beast endpoint=127.0.0.1:{ports.http} ssl_endpoint=127.0.0.1:{ports.https}"
        front += f" ssl_certificate={folder}/cert.pem ssl_private_key={folder}/key.pem"
        daemon = self._daemon("radosgw", "--id", "rgw.main", "--rgw-frontends", front)

        def is_ready() -> bool:
            self._look_after(daemon, "radosgw")
            return self.is_healthy()

        until(is_ready, "Ceph's gateway", _COMMAND_S)

    # Its programs

    def _daemon(self, program: str, *options: str) -> "subprocess.Popen[bytes]":
        return self._processes.start([program, "-f", *options, "--no-mon-config"])

    def _look_after(self, daemon: "subprocess.Popen[bytes]", name: str) -> None:
        if daemon.poll() is not None:
            said = (self.folder / "logs" / f"{name}.log").read_text(errors="replace")
            raise CephError(f"{name} ended with {daemon.returncode}: {said[-2000:]}")

    def _run(self, words: Sequence[str | Path], text: str | None = None) -> str:
        try:
            done = subprocess.run(
                [str(word) for word in words],
                env=self._processes.env,
                cwd=self.folder,
                input=text or "",
                capture_output=True,
                text=True,
                errors="replace",
                timeout=_COMMAND_S,
                check=False,
            )
        except subprocess.TimeoutExpired as slow:
            raise CephError(f"{words} took more than {_COMMAND_S} s") from slow
        if done.returncode:
            raise CephError(f"{words} failed: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def _json(self, words: Sequence[str]) -> Any:
        return json.loads(self._run(words))

    def _end(self) -> None:
        self._processes.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def _environment(conf_file: Path) -> dict[str, str]:
    return {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "CEPH_CONF": str(conf_file),
        "LC_ALL": "C.UTF-8",
    }


def _answers(endpoint: str, trusting: ssl.SSLContext | None) -> bool:
    direct = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
    )
    try:
        with direct.open(f"{endpoint}/swift/healthcheck", timeout=3) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _free_ports(count: int) -> list[int]:
    """Ports of loopback that nobody listens on now."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
