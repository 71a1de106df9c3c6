"""The composition root of the window: QApplication on the qasync loop, wiring, errors, shutdown.

The window is shown with nothing but Qt imported; botocore, the keyring, the journal and the demo
storage are loaded behind it, in threads and a child process.
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

os.environ.setdefault("QT_API", "pyside6")  # qasync otherwise takes the first binding it finds

from PySide6.QtCore import QEvent, QLibraryInfo, QLocale, QObject, QTimer, QTranslator
from PySide6.QtWidgets import QApplication, QWidget
from qasync import QEventLoop

from s3gui import __version__, diagnostics, languages
from s3gui import settings as stored_settings
from s3gui.accounts import KeyringAccounts
from s3gui.domain.errors import JournalError, S3guiError
from s3gui.domain.location import Location
from s3gui.domain.transfer import Direction
from s3gui.opening import choose_profile
from s3gui.s3.loading import warm_up
from s3gui.s3.session import S3Gateway
from s3gui.settings import Settings
from s3gui.transfers.connections import Connections
from s3gui.transfers.history import History
from s3gui.transfers.journal import Journal
from s3gui.transfers.queue import TransferQueue
from s3gui.transfers.verifying import Verifier
from s3gui.ui import later, probe
from s3gui.ui.browsing import Place
from s3gui.ui.dialogs import ask
from s3gui.ui.dialogs.problem import ProblemDialog
from s3gui.ui.flow.leaving import Leaving
from s3gui.ui.flow.reading_on import ReadingOn
from s3gui.ui.flow.records import RecordsFlow
from s3gui.ui.icons import program_icon
from s3gui.ui.instance import InstanceServer, hand_over
from s3gui.ui.main_window import MainWindow
from s3gui.ui.services import Services
from s3gui.ui.tasks import Tasks
from s3gui.ui.theme import Theme
from s3gui.ui.widgets.transfers_pane import TransfersPane

_log = logging.getLogger(__name__)
_SWITCH_S = 0.001


def run_window(args: argparse.Namespace) -> int:
    """Shows the window; returns the exit code of the process when it is closed for good."""
    if hand_over(args.state_dir, str(args.where or "")):
        return 0
    # A thread that computes in Python lets the window's have the interpreter after this long.
    sys.setswitchinterval(_SWITCH_S)
    handler = diagnostics.log_to(args.state_dir)
    app = _application(languages.current())
    try:
        with asyncio.Runner(loop_factory=lambda: QEventLoop(app)) as runner:
            return runner.run(_Program(app, args).run())
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()


def _application(language: str) -> QApplication:
    app = QApplication([sys.argv[0]])
    app.setApplicationName("s3gui")
    app.setApplicationDisplayName("s3gui")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("s3gui")
    app.setWindowIcon(program_icon())
    # A closed dialog, or the window going to the tray, is not the end of the program.
    app.setQuitOnLastWindowClosed(False)
    QLocale.setDefault(QLocale(language) if language != languages.SOURCE else QLocale.system())
    translator = QTranslator(app)
    if translator.load(
        QLocale(language),
        "qtbase",
        "_",
        QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath),
    ):
        app.installTranslator(translator)
    return app


class _Program:
    """The parts, from the first frame to the last line of the journal."""

    def __init__(self, app: QApplication, args: argparse.Namespace) -> None:
        self._app = app
        self._args = args
        self._state_dir: Path = args.state_dir
        self._over = asyncio.Event()
        self._tasks = Tasks(self._on_task_error)
        settings = stored_settings.load(self._state_dir)
        gateway = S3Gateway()
        self._accounts = KeyringAccounts(self._state_dir)
        self._connections = Connections(gateway, self._accounts)
        journal = Journal(self._state_dir)
        self._queue = TransferQueue(journal, self._connections, settings)
        gateway.watch(self._queue.tell)
        theme = Theme(app, settings.theme)
        pane = TransfersPane(self._queue, self._tasks, self._drop_hint)
        self._pane = pane
        self._window = MainWindow(
            Services(
                connections=self._connections,
                accounts=self._accounts,
                gateway=gateway,
                queue=self._queue,
                settings=settings,
                state_dir=self._state_dir,
                tasks=self._tasks,
            ),
            transfers_pane=pane,
            theme=theme,
        )
        history = History(journal)
        self._history = history
        self._records = RecordsFlow(
            self._window,
            pane,
            history,
            Verifier(self._connections, lambda: self._queue.meter(Direction.DOWNLOAD)),
        )
        self._reading_on = ReadingOn(self._window)
        self._leaving = Leaving(
            self._window,
            self._queue,
            self._tasks,
            lambda: self._window.settings.on_close,
            self._window.remember_on_close,
        )
        self._putting_away = AsyncExitStack()
        self._instance: InstanceServer | None = None
        self._queue_runs = False
        self._exit_code = 0
        report = os.environ.get(probe.VARIABLE)
        self._probe = probe.Probe(self._window, self._queue, Path(report)) if report else None
        self._connect()

    def _drop_hint(self) -> str:
        return self._window.drop_hint()

    def _connect(self) -> None:
        self._window.close_requested.connect(self._leaving.close_window)
        self._window.quit_requested.connect(self._leaving.quit)
        self._window.settings_changed.connect(self._on_settings_changed)
        self._pane.summary_changed.connect(self._leaving.tell)
        self._leaving.left.connect(self._over.set)

    async def run(self) -> int:
        """Shows the window and waits until it is left; then everything is put away in order."""
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._on_loop_error)
        sys.excepthook = self._on_slot_error
        for number in (signal.SIGINT, signal.SIGTERM):
            # Like a quit that asks nothing: what runs goes on at the next start.
            with contextlib.suppress(NotImplementedError):  # Windows
                loop.add_signal_handler(number, self._over.set)
        painted = _FirstFrame(self._window)
        self._window.show()
        await painted.out
        opening = self._tasks.start(self._open(), name="start")
        await self._over.wait()
        opening.cancel()
        await asyncio.wait([opening])
        await self._put_away()
        return self._exit_code

    async def _open(self) -> None:
        """Behind the window: botocore, the demo, the journal; then the first listing."""
        warm = self._tasks.start(asyncio.to_thread(warm_up), name="loading botocore")
        place = None
        try:
            place = await self._named_place()
        except S3guiError as error:
            # The others are still there to be opened.
            self._window.show_problem(error)
        await asyncio.wait([warm])
        try:
            await self._start_queue()
        except JournalError as error:
            # Without its journal nothing can be moved safely.
            self._exit_code = 1
            await ask(ProblemDialog(error, self._window))
            self._over.set()
            return
        self._queue_runs = True
        self._tasks.start(later.load(), name="loading dialogs")
        self._tasks.start(
            self._history.trim(self._window.settings.history_rows), name="trimming the history"
        )
        self._instance = InstanceServer(self._state_dir, self._window)
        self._instance.place_asked.connect(self._on_place_asked)
        await self._window.start(place)
        if place is None and self._args.where is not None:
            self._window.go_to_here(self._args.where)

    async def _start_queue(self) -> None:
        """With the collector off since the start: what was loaded until now stays.

        botocore's models and the rows of the list are hundreds of thousands of objects: walking
        them held the window for 50 ms and more, while they came and each time afterwards.
        """
        try:
            await self._queue.start()
        finally:
            gc.freeze()
            gc.enable()

    async def _named_place(self) -> Place | None:
        """The storage that the command line names; ``None``: the one that was open last."""
        args = self._args
        if args.demo:
            return await self._start_demo()
        if args.profile or args.endpoint:
            profile = await choose_profile(args, self._accounts)
            return Place(profile.id, args.where)
        return None

    async def _start_demo(self) -> Place:
        from s3gui.demo.launch import DemoServer

        demo = await self._putting_away.enter_async_context(DemoServer(self._state_dir / "demo"))
        self._accounts.add_temporary(demo.profile, demo.credentials)
        if self._probe is not None:
            keys = demo.credentials
            self._probe.demo(demo.profile.endpoint, keys.access_key, keys.secret_key)
        return Place(demo.profile.id, self._args.where)

    async def _put_away(self) -> None:
        """Nothing is lost from here on: what runs is in the journal, and goes on at the next start.

        First what listens, then the work, then the lines it used, at last the demo storage.
        """
        if self._instance is not None:
            self._instance.close()
        self._leaving.stop()
        self._records.close()
        self._reading_on.close()
        self._window.hide()
        await self._tasks.cancel_all()
        if self._queue_runs:
            await self._queue.close()
        self._pane.close_feed()
        if self._probe is not None:
            self._probe.close()
        self._window.close_for_good()
        await self._tasks.cancel_all()
        await self._connections.close_all()
        await self._putting_away.aclose()
        self._accounts.close()

    # Errors that nobody else caught; the window stays ------------------------------------------

    def _on_task_error(self, error: Exception, name: str) -> None:
        if not isinstance(error, S3guiError):
            _log.error("%s failed", name, exc_info=error)
        self._window.show_error(error)

    def _on_loop_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        _log.error("%s", context.get("message"), exc_info=error)
        if isinstance(error, Exception):
            self._window.show_error(error)

    def _on_slot_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        _log.error("in a slot", exc_info=(kind, error, trace))
        if isinstance(error, Exception):
            self._window.show_error(error)
        else:
            self._over.set()

    # Slots -------------------------------------------------------------------------------------

    def _on_settings_changed(self, settings: Settings) -> None:
        self._queue.settings = settings

    def _on_place_asked(self, place: str) -> None:
        self._leaving.come_back()
        with contextlib.suppress(ValueError):
            self._window.go_to_here(Location.parse(place))


class _FirstFrame(QObject):
    """Knows when the window's first frame is on its way to the screen."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.out: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._window = window
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Waits for the paint event."""
        if event.type() is QEvent.Type.Paint:
            self._window.removeEventFilter(self)
            QTimer.singleShot(0, self, self._on_painted)
        return super().eventFilter(watched, event)

    def _on_painted(self) -> None:
        if not self.out.done():
            self.out.set_result(None)
