"""Which storage, with which keys: out of the options, the saved connections, the environment.

Shared by the window and the command line.
"""

import argparse
import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from s3gui.accounts import KeyringAccounts
from s3gui.domain.errors import S3guiError
from s3gui.domain.profile import Addressing, Credentials, Profile
from s3gui.domain.text import tr, visible


class WrongUsage(S3guiError):
    """The options do not say enough, or contradict what is saved."""

    default_code = "Usage"


def profile_id_of(endpoint: str) -> str:
    """The id of a connection that is not saved, the same each time.

    The journal names its transfers by it, so the same command finds them again after a restart,
    also with new keys: keys that expire are replaced by others with another access key.
    """
    return hashlib.sha256(endpoint.encode()).hexdigest()[:32]


def keys_from(environment: Mapping[str, str]) -> Credentials:
    """The keys that ``--keys-from-env`` stands for.

    Raises:
        WrongUsage: one of the two is not set.
    """
    access = environment.get("AWS_ACCESS_KEY_ID", "")
    secret = environment.get("AWS_SECRET_ACCESS_KEY", "")
    if not access or not secret:
        raise WrongUsage(
            tr("There are no keys in the environment"),
            tr("--keys-from-env needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."),
        )
    return Credentials(access, secret, environment.get("AWS_SESSION_TOKEN", ""))


async def choose_profile(args: argparse.Namespace, accounts: KeyringAccounts) -> Profile:
    """The connection that the options name; without any, the only one that is saved.

    What the options change is held in memory; nothing is saved.

    Raises:
        WrongUsage: no such connection, several to choose from, no keys in the environment.
        NeedsCredentials: its keys are not to be had.
    """
    credentials = keys_from(os.environ) if args.keys_from_env else None
    if args.endpoint:
        plain = Profile(profile_id_of(args.endpoint), args.endpoint, args.endpoint)
    else:
        plain = saved_profile(await accounts.profiles(), args.profile)
    profile = _with_options(plain, args)
    if credentials is None and profile != plain:
        credentials = await accounts.credentials(plain.id)
    if credentials is not None:
        accounts.add_temporary(profile, credentials)
    return profile


def _with_options(profile: Profile, args: argparse.Namespace) -> Profile:
    changes: dict[str, Any] = {}
    if args.region:
        changes["region"] = args.region
    if args.addressing:
        changes["addressing"] = Addressing(args.addressing)
    if args.ca_bundle:
        changes["ca_bundle"] = str(args.ca_bundle)
    return replace(profile, **changes)


def saved_profile(profiles: list[Profile], name: str | None) -> Profile:
    """The saved connection of that name or id; without one the only one that there is.

    Raises:
        WrongUsage: there is none, or there are several.
    """
    names = ", ".join(visible(profile.name) for profile in profiles)
    if name is None:
        if len(profiles) == 1:
            return profiles[0]
        if not profiles:
            raise WrongUsage(
                tr("There is no saved connection"),
                hint=tr("Give --endpoint and --keys-from-env, or save one in the window."),
            )
        raise WrongUsage(
            tr("Several connections are saved"),
            tr("They are: {names}").format(names=names),
            tr("Say which one with --profile."),
        )
    exact = [profile for profile in profiles if name in {profile.name, profile.id}]
    alike = [profile for profile in profiles if profile.name.casefold() == name.casefold()]
    for found in (exact, alike):
        if len(found) == 1:
            return found[0]
    if exact or alike:
        raise WrongUsage(
            tr("Several connections are called {name}").format(name=visible(name)),
            tr("Their ids are: {ids}").format(ids=", ".join(p.id for p in exact or alike)),
            tr("Say which one with --profile and its id."),
        )
    raise WrongUsage(
        tr("There is no connection {name}").format(name=visible(name)),
        tr("They are: {names}").format(names=names) if names else "",
        tr("Say which one with --profile."),
    )
