"""What the tests of upload tokens share."""

import sqlite3
from contextlib import closing
from pathlib import Path

from fake_server import MemoryServer
from transfers.existing import KEY
from transfers.kit import House, content

from s3gui.domain.encryption import Encryption
from s3gui.domain.entries import ObjectOptions
from s3gui.domain.errors import ConnectionBroken
from s3gui.domain.etags import UPLOAD_TOKEN
from s3gui.domain.location import Location
from s3gui.domain.origin import IfExists
from s3gui.domain.transfer import Transfer

LOST = ConnectionBroken("Reset")
KMS = ObjectOptions(encryption=Encryption.KMS)


async def upload(
    house: House,
    path: Path,
    options: ObjectOptions = KMS,
    policy: IfExists = IfExists.OVERWRITE,
) -> Transfer:
    await house.queue.upload("p", Location("b"), [path], options, if_exists=policy)
    return house.queue.transfers[-1]


def token(server: MemoryServer, key: str = "file.bin") -> str:
    """Of the newest object of a key; "" for none."""
    return server.latest(Location("b", key)).options.metadata.get(UPLOAD_TOKEN, "")


def journaled(house: House) -> str:
    with closing(sqlite3.connect(house.folder / "state" / "transfers.sqlite3")) as database:
        ((told,),) = database.execute("SELECT upload_token FROM transfer").fetchall()
    return str(told)


def put_as_long(server: MemoryServer, path: Path) -> None:
    """Somebody else's object, of the same size and newer, with the ETag of a KMS."""
    server.put_directly(KEY, bytes(len(content(path))), "e" * 32)
