"""What this program is, its version and licences."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from s3gui import __version__
from s3gui.domain.text import tr


def about_box(parent: QWidget) -> QMessageBox:
    """The dialog, not opened yet."""
    box = QMessageBox(parent)
    box.setWindowTitle(tr("About s3gui"))
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(f"s3gui {__version__}")
    box.setInformativeText(
        tr("Moves big files into any S3-compatible storage, and shows what is there.")
        + "\n\n"
        + tr("MIT licence. Icons: Tabler Icons, MIT. Built with Qt and PySide6, LGPL.")
    )
    box.addButton(tr("Close"), QMessageBox.ButtonRole.RejectRole)
    return box
