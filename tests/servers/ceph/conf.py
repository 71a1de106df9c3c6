"""What a Ceph cluster of one machine is told; the names are those of Ceph's documentation."""

from dataclasses import dataclass
from pathlib import Path

#: The classes that Amazon S3 has too; all of them are the same disk here.
STORAGE_CLASSES = (
    "STANDARD",
    "STANDARD_IA",
    "ONEZONE_IA",
    "INTELLIGENT_TIERING",
    "GLACIER",
    "GLACIER_IR",
    "DEEP_ARCHIVE",
    "REDUCED_REDUNDANCY",
)
POOLS = ("control", "log", "meta", "buckets.index", "buckets.data", "buckets.non-ec")
REGION = "us-east-1"
#: Files of the disk; they are sparse.
_DISK_BYTES = 48 << 30

_CONF = """\
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon_port}/0]
# No cephx: it listens on the loopback address only. The gateway's default mode of talking to the
# monitor, "secure", cannot do without.
auth cluster required = none
auth service required = none
auth client required = none
ms mon client mode = crc
ms mon cluster mode = crc
ms mon service mode = crc
public addr = 127.0.0.1
cluster addr = 127.0.0.1
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
ms bind ipv6 = false
ms bind port min = {first_port}
ms bind port max = {last_port}
ms async op threads = 2
run dir = {folder}/run
admin socket = {folder}/run/$name.asok
pid file =
log file = {folder}/logs/$name.log
log to stderr = false
err to stderr = true
crash dir = {folder}/crash
# One copy of everything.
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon max pg per osd = 2000
mon allow pool size one = true
mon warn on pool no redundancy = false
mon data avail warn = 1
mon data avail crit = 1
mon osd full ratio = .97
mon osd nearfull ratio = .95
mon osd backfillfull ratio = .96
paxos propose interval = 0.05
paxos min wait = 0.02
[mon]
mon data = {folder}/mon
[osd]
osd data = {folder}/osd
osd objectstore = bluestore
osd memory target = 1073741824
osd fast shutdown = true
osd op queue = wpq
osd op num shards = 4
osd op num threads per shard = 1
bluestore block create = true
bluestore block size = {disk_bytes}
bluestore block db create = false
bluestore block wal create = false
bluestore fsck on mount = false
# These data need not outlive a power cut.
bdev flock retry = 0
[client]
rgw data = {folder}/rgw
rgw dns name = s3.localhost
rgw thread pool size = 128
rgw num control oids = 1
rgw lc max worker = 1
rgw enable ops log = false
# What was deleted is off the disk at once: a run writes many gigabytes.
rgw gc obj min wait = 1
rgw gc processor period = 5
rgw gc processor max time = 5
"""


@dataclass(frozen=True)
class Ports:
    """Where it listens on 127.0.0.1."""

    mon: int
    http: int
    https: int
    #: The first of 20 for the disk's daemon.
    first: int


def conf(folder: Path, fsid: str, ports: Ports) -> str:
    """The whole ``ceph.conf``."""
    return _CONF.format(
        folder=folder,
        fsid=fsid,
        mon_port=ports.mon,
        first_port=ports.first,
        last_port=ports.first + 20,
        disk_bytes=_DISK_BYTES,
    )


def pool_commands() -> str:
    """The input of ``ceph`` that makes the gateway's pools: one process instead of twelve."""
    names = [f"default.rgw.{name}" for name in POOLS]
    made = [f"osd pool create {name} 8 8" for name in names]
    return "\n".join(made + [f"osd pool application enable {name} rgw" for name in names])
