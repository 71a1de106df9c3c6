"""Carries a command out on a plain asyncio loop, and turns how it ended into an exit code."""

import argparse
import asyncio
import logging
import os
import signal
import sys
import threading
from contextlib import AsyncExitStack
from types import FrameType
from typing import TYPE_CHECKING

from s3gui import diagnostics, settings
from s3gui.accounts import KeyringAccounts
from s3gui.cli.json_lines import JsonOutput
from s3gui.cli.output import Output, OutputFailed
from s3gui.cli.record_options import RECORD_ACTIONS
from s3gui.cli.setup import EXIT_FAILED, EXIT_INTERRUPTED, exit_code_of
from s3gui.cli.terminal import TextOutput
from s3gui.domain.errors import LocalFileError, S3guiError, Unexpected
from s3gui.domain.ports import Session
from s3gui.domain.profile import Profile
from s3gui.domain.text import tr, visible
from s3gui.opening import choose_profile, saved_profile
from s3gui.transfers.connections import Connections

if TYPE_CHECKING:
    from s3gui.cli.engine import Engine

#: After a signal everything has this long to stop; then the process ends as it stands, which loses
#: no more than ``kill -9`` does: the parts in flight.
STOP_LIMIT_S = 4.5
_SIGNALS = (signal.SIGINT, signal.SIGTERM)

_log = logging.getLogger(__name__)


def run(args: argparse.Namespace) -> int:
    """Runs ``args.command``; returns the exit code of the process."""
    output: Output = JsonOutput(sys.stdout) if args.json else TextOutput(sys.stdout, sys.stderr)
    try:
        handler = diagnostics.log_to(args.state_dir)
    except OSError as error:
        return _refuse(output, _unusable_state_dir(args, error))
    try:
        with asyncio.Runner() as runner:
            return runner.run(_until_signal(args, output))
    except BrokenPipeError:
        # Whoever read our output has left (``s3gui ls | head``): nothing more can be said, also
        # not by the interpreter when it flushes at its end.
        _leave_stdout()
        return EXIT_FAILED
    except OutputFailed as error:
        _leave_stdout()
        sys.stderr.write(tr("The output cannot be written: {why}").format(why=error) + "\n")
        return EXIT_FAILED
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


async def _until_signal(args: argparse.Namespace, output: Output) -> int:
    interruption = _Interruption()
    interruption.watch()
    try:
        return await _carry_out(args, output)
    except asyncio.CancelledError:
        if not interruption.came:
            raise
        return EXIT_INTERRUPTED
    except S3guiError as error:
        return _refuse(output, error)
    except (BrokenPipeError, OutputFailed):
        raise
    except Exception as error:  # noqa: BLE001  the funnel: logged, and told in words
        _log.exception("a fault of ours")
        return _refuse(
            output,
            Unexpected(
                tr("Something went wrong in s3gui itself"),
                diagnostics.redaction.clean(f"{type(error).__name__}: {error}"),
                tr("The log has more: {path}").format(
                    path=visible(str(args.state_dir / diagnostics.FILE_NAME))
                ),
            ),
        )
    finally:
        interruption.over()


async def _carry_out(args: argparse.Namespace, output: Output) -> int:
    # botocore and the engine are loaded for a command only, not for --help or the window.
    from s3gui.s3.session import S3Gateway

    async with AsyncExitStack() as stack:
        accounts = KeyringAccounts(args.state_dir)
        stack.callback(accounts.close)
        gateway = S3Gateway()
        gateway.watch(output.error)
        connections = Connections(gateway, accounts)
        stack.push_async_callback(connections.close_all)
        if args.command in {"ls", "unfinished"}:
            profile = await _storage(args, accounts, stack)
            return await _list(args, await connections.open(profile.id), output)
        if args.command == "verify":
            return await _verify(args, accounts, connections, stack, output)
        if args.command == "transfers" and args.action in RECORD_ACTIONS:
            return await _look_back(args, accounts, output)
        from s3gui.cli.engine import Engine

        saved = [profile.id for profile in await accounts.profiles()]
        engine = Engine(args.state_dir, connections, settings.load(args.state_dir), output, saved)
        if args.command == "upload":
            from s3gui.cli.upload import upload

            profile = await _storage(args, accounts, stack)
            return await upload(args, profile, engine, output)
        if args.command == "download":
            from s3gui.cli.download import download

            profile = await _storage(args, accounts, stack)
            return await download(args, profile, engine, output)
        if args.command in {"copy", "move"}:
            return await _copy(args, accounts, stack, engine, output)
        from s3gui.cli.transfers import transfers

        if args.demo or args.profile or args.endpoint:
            await _storage(args, accounts, stack)
        return await transfers(args, engine, output)


async def _list(args: argparse.Namespace, session: Session, output: Output) -> int:
    from s3gui.cli.listing import ls
    from s3gui.cli.unfinished import unfinished

    return await (ls if args.command == "ls" else unfinished)(args, session, output)


async def _copy(
    args: argparse.Namespace,
    accounts: KeyringAccounts,
    stack: AsyncExitStack,
    engine: "Engine",
    output: Output,
) -> int:
    from s3gui.cli.copy import copy

    source = target = await _storage(args, accounts, stack)
    if args.to_profile is not None:
        target = saved_profile(await accounts.profiles(), args.to_profile)
    return await copy(args, source, target, engine, output)


async def _verify(
    args: argparse.Namespace,
    accounts: KeyringAccounts,
    connections: Connections,
    stack: AsyncExitStack,
    output: Output,
) -> int:
    from s3gui.cli.verify import pair_of, verify_ids, verify_pair

    if (pair := pair_of(args.targets)) is not None:
        return await verify_pair(pair, await _storage(args, accounts, stack), connections, output)
    if args.demo or args.profile or args.endpoint:
        await _storage(args, accounts, stack)
    return await verify_ids(args, connections, output)


async def _look_back(args: argparse.Namespace, accounts: KeyringAccounts, output: Output) -> int:
    from s3gui.cli.history import history
    from s3gui.cli.receipts import receipt

    if args.action == "history":
        return await history(args, output)
    if args.endpoint:
        await choose_profile(args, accounts)
    return await receipt(args, accounts, output)


async def _storage(
    args: argparse.Namespace, accounts: KeyringAccounts, stack: AsyncExitStack
) -> Profile:
    if not args.demo:
        return await choose_profile(args, accounts)
    from s3gui.demo.launch import DemoServer

    server = await stack.enter_async_context(DemoServer(args.state_dir / "demo"))
    accounts.add_temporary(server.profile, server.credentials)
    return server.profile


def _refuse(output: Output, error: S3guiError) -> int:
    output.error(error)
    return exit_code_of(error)


def _leave_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unusable_state_dir(args: argparse.Namespace, error: OSError) -> LocalFileError:
    return LocalFileError(
        tr("The state folder cannot be used"),
        f"{visible(str(args.state_dir))}: {error.strerror or type(error).__name__}",
        tr("Give another one with --state-dir."),
    )


class _Interruption:
    """Ctrl-C and SIGTERM: the first cancels the command, the second ends the process at once."""

    def __init__(self) -> None:
        self.came = False
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._limit = threading.Timer(STOP_LIMIT_S, os._exit, [EXIT_INTERRUPTED])
        self._limit.daemon = True

    def watch(self) -> None:
        for number in _SIGNALS:
            try:
                self._loop.add_signal_handler(number, self._ask)
            except NotImplementedError:  # Windows
                signal.signal(number, self._ask_from_handler)

    def over(self) -> None:
        self._limit.cancel()
        for number in _SIGNALS:
            try:
                self._loop.remove_signal_handler(number)
            except NotImplementedError:  # Windows
                signal.signal(number, signal.SIG_DFL)

    def _ask_from_handler(self, _number: int, _frame: FrameType | None) -> None:
        self._loop.call_soon_threadsafe(self._ask)

    def _ask(self) -> None:
        if self.came:
            os._exit(EXIT_INTERRUPTED)
        self.came = True
        self._limit.start()
        if self._task is not None:
            self._task.cancel()
