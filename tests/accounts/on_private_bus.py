"""Run by ``test_real_keyring.py`` in a child, on a session bus of its own with a real keyring.

``python on_private_bus.py STEP STATE_DIR`` does one step and prints one JSON value.
"""

import asyncio
import json
import sys
from contextlib import closing
from pathlib import Path

from s3gui.accounts import KeyringAccounts, KeyringProblem
from s3gui.accounts.vault import Vault
from s3gui.domain.errors import NeedsCredentials
from s3gui.domain.profile import Credentials, Profile

PROFILE = Profile("0123abcd", "Архив", "https://storage.example.com")
KEYS = Credentials("AKIAREAL", "секрет+/=secret")


async def do(step: str, accounts: KeyringAccounts) -> object:
    match step:
        case "problem":
            return await accounts.keyring_problem()
        case "save":
            return await accounts.save(PROFILE, KEYS, keep=True)
        case "replace":
            return await accounts.save(PROFILE, Credentials("NEW", "newer"), keep=True)
        case "unkeep":
            return await accounts.save(PROFILE, KEYS, keep=False)
        case "remove":
            return await accounts.remove(PROFILE.id)
        case "keys":
            found = await accounts.credentials(PROFILE.id)
            return [found.access_key, found.secret_key]
    return await asyncio.to_thread(entries)


async def run(step: str, state_dir: Path) -> object:
    accounts = KeyringAccounts(state_dir, Vault(limit_s=20))
    try:
        return await do(step, accounts)
    except (NeedsCredentials, KeyringProblem) as error:
        return {"error": type(error).__name__, "code": error.code, "detail": error.detail}
    finally:
        accounts.close()


def entries() -> list[dict[str, object]]:
    """What the keyring holds, asked without the code under test."""
    import secretstorage

    with closing(secretstorage.dbus_init()) as bus:
        found = secretstorage.get_default_collection(bus).get_all_items()
        return [
            {"attributes": item.get_attributes(), "secret": item.get_secret().decode()}
            for item in found
        ]


if __name__ == "__main__":
    state = Path(sys.argv[-1])
    for name in sys.argv[1:-1]:
        print(json.dumps(asyncio.run(run(name, state))), flush=True)  # noqa: T201  its answer
