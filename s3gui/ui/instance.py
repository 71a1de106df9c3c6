"""One window a state directory: a second start hands its place over to the first and ends.

The journal's lock decides who is first; this only carries "raise yourself, and open that place".
The socket lies in the state directory, which only its owner can enter. What comes in is one short
JSON line; it can show a place, never start a transfer and never carry a key.
"""

import json
import logging
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

_MAX_BYTES = 64 << 10
_WAIT_MS = 2_000
#: A path longer than this does not fit into a socket's address everywhere.
_MAX_PATH = 100

_log = logging.getLogger(__name__)


def _address(state_dir: Path) -> str | None:
    path = str(state_dir / "window.sock")
    return path if len(path.encode()) <= _MAX_PATH else None


class InstanceServer(QObject):
    """Listens for later starts with the same state directory."""

    #: The place to show, as it was typed; "" only raises the window.
    place_asked = Signal(str)

    def __init__(self, state_dir: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._on_connection)
        address = _address(state_dir)
        if address is None:
            return
        # Ours is the lock, so a socket that is there was left by a killed program.
        QLocalServer.removeServer(address)
        if not self._server.listen(address):
            _log.warning("later starts cannot reach this window: %s", self._server.errorString())

    def close(self) -> None:
        """Stops listening and removes the socket."""
        self._server.close()

    def _on_connection(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.readyRead.connect(self._on_ready_read)
            socket.disconnected.connect(socket.deleteLater)

    def _on_ready_read(self) -> None:
        socket = self.sender()
        if not isinstance(socket, QLocalSocket):
            return
        if not socket.canReadLine():
            if socket.bytesAvailable() > _MAX_BYTES:
                socket.abort()
            return
        line = bytes(socket.readLine(_MAX_BYTES).data())
        socket.disconnectFromServer()
        try:
            message = json.loads(line)
        except ValueError:
            return
        place = message.get("open", "") if isinstance(message, dict) else None
        if isinstance(place, str):
            self.place_asked.emit(place)


def hand_over(state_dir: Path, place: str) -> bool:
    """Asks the window that is open to show ``place``; ``False`` when none answers."""
    address = _address(state_dir)
    if address is None:
        return False
    socket = QLocalSocket()
    socket.connectToServer(address)
    if not socket.waitForConnected(_WAIT_MS):
        return False
    socket.write(json.dumps({"open": place}).encode() + b"\n")
    sent = socket.waitForBytesWritten(_WAIT_MS)
    socket.disconnectFromServer()
    return sent
