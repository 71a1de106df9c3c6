"""The menu bar, the toolbar and the context menus: where the commands are found."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QLineEdit,
    QMenu,
    QMenuBar,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from s3gui.domain.profile import Profile
from s3gui.domain.text import tr, visible
from s3gui.ui.actions import Actions
from s3gui.ui.icons import icon
from s3gui.ui.theme import ICON, Tone


def fill_menu_bar(bar: QMenuBar, does: Actions, columns: Callable[[QMenu], None]) -> QMenu:
    """Fills the menu bar; returns the menu of saved connections, filled by its owner."""
    storage = bar.addMenu(tr("&Storage"))
    storage.addAction(does.connect_new)
    saved = storage.addMenu(icon("plug"), tr("&Open a connection"))
    storage.addActions([does.close_connection, does.edit_connection, does.remove_connection])
    storage.addSeparator()
    storage.addAction(does.quit)
    edit = bar.addMenu(tr("&Edit"))
    edit.addActions([does.cut, does.copy, does.paste])
    edit.addSeparator()
    edit.addActions([does.select_all, does.filter])
    objects = bar.addMenu(tr("&Objects"))
    objects.addActions([does.upload_files, does.upload_folder])
    objects.addSeparator()
    objects.addActions([does.download, does.download_as])
    objects.addSeparator()
    objects.addActions([does.copy_to, does.move_to, does.rename])
    objects.addSeparator()
    objects.addAction(does.copy_address)
    objects.addSeparator()
    opens = objects.addMenu(tr("Dou&ble click on an object"))
    opens.addActions(does.opens.actions())
    view = bar.addMenu(tr("&View"))
    view.addActions([does.refresh, does.stop])
    view.addSeparator()
    view.addActions([does.show_tree, does.show_details, does.show_transfers])
    view.addActions([does.history, does.verification])
    columns_menu = view.addMenu(tr("C&olumns"))
    columns_menu.aboutToShow.connect(lambda: columns(columns_menu))
    view.addSeparator()
    view.addMenu(tr("T&heme")).addActions(does.themes.actions())
    view.addMenu(tr("&Language")).addActions(does.languages.actions())
    go = bar.addMenu(tr("&Go"))
    go.addActions([does.back, does.forward, does.up])
    go.addSeparator()
    go.addAction(does.edit_path)
    bar.addMenu(tr("&Help")).addAction(does.about)
    return saved


def make_toolbar(does: Actions, window: QWidget) -> tuple[QToolBar, QMenu, QLineEdit]:
    """The toolbar, the menu of its Connect button, and the filter box."""
    bar = QToolBar(tr("Toolbar"), window)
    bar.setObjectName("toolbar")
    bar.setMovable(False)
    bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    bar.setIconSize(QSize(ICON, ICON))
    connect_menu = QMenu(bar)
    bar.addWidget(_menu_button(does.connect_new, tr("Connect"), connect_menu, bar))
    bar.addSeparator()
    bar.addActions([does.back, does.forward, does.up, does.refresh])
    for action in (does.back, does.forward, does.up, does.refresh):
        button = bar.widgetForAction(action)
        button.setAccessibleName(action.text().replace("&", ""))
    bar.addSeparator()
    upload_menu = QMenu(bar)
    upload_menu.addActions([does.upload_files, does.upload_folder])
    upload_menu.addSeparator()
    upload_menu.addAction(does.paste)
    upload = _menu_button(does.upload_files, tr("Upload"), upload_menu, bar)
    upload.setIcon(icon("upload"))
    does.upload_files.changed.connect(lambda: upload.setIcon(icon("upload")))
    bar.addWidget(upload)
    bar.addAction(does.download)
    download = bar.widgetForAction(does.download)
    if isinstance(download, QToolButton):
        download.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    spring = QWidget()
    spring.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
    bar.addWidget(spring)
    field = _filter_field()
    bar.addWidget(field)
    bar.addActions([does.show_details])
    bar.widgetForAction(does.show_details).setAccessibleName(tr("Details"))
    return bar, connect_menu, field


def _menu_button(action: QAction, words: str, menu: QMenu, parent: QWidget) -> QToolButton:
    """A button that does its first command, with an arrow for the others."""
    button = QToolButton(parent)
    button.setDefaultAction(action)
    button.setText(words)
    # A default action writes its own text back whenever it changes.
    action.setIconText(words)
    button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setMenu(menu)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _filter_field() -> QLineEdit:
    field = QLineEdit()
    field.setObjectName("filter")
    field.setPlaceholderText(tr("Filter by name"))
    field.setAccessibleName(tr("Filter by name"))
    field.setClearButtonEnabled(True)
    field.addAction(icon("search", Tone.MUTED), QLineEdit.ActionPosition.LeadingPosition)
    field.setMinimumWidth(180)
    field.setMaximumWidth(260)
    return field


def fill_connections_menu(
    menu: QMenu,
    profiles: Sequence[Profile],
    is_open: Callable[[str], bool],
    chosen: Callable[[str], None],
    new: QAction | None = None,
) -> None:
    """The saved connections, those that are open with another icon."""
    menu.clear()
    for profile in profiles:
        opened = is_open(profile.id)
        drawing = icon("plug-connected", Tone.OK) if opened else icon("plug", Tone.MUTED)
        action = menu.addAction(drawing, visible(profile.name, 80).replace("&", "&&"))
        action.triggered.connect(lambda _checked=False, key=profile.id: chosen(key))
    if new is not None:
        menu.addSeparator()
        menu.addAction(new)
    menu.menuAction().setEnabled(bool(menu.actions()))


def objects_menu(does: Actions, parent: QWidget, open_row: Callable[[], None] | None) -> QMenu:
    """The context menu of the object table; ``open_row`` where a folder is under the pointer."""
    menu = passing_menu(parent)
    if open_row is not None:
        menu.addAction(icon("folder"), tr("&Open")).triggered.connect(open_row)
    if does.copy.isEnabled():
        menu.addActions([does.download, does.download_as])
        menu.addSeparator()
        menu.addAction(does.copy_address)
        menu.addSeparator()
        menu.addActions([does.cut, does.copy, does.paste])
        menu.addSeparator()
        menu.addActions([does.copy_to, does.move_to, does.rename])
    else:
        menu.addActions([does.upload_files, does.upload_folder, does.paste])
        menu.addSeparator()
        menu.addActions([does.select_all, does.refresh])
    menu.addSeparator()
    menu.addAction(does.show_details)
    return menu


def passing_menu(parent: QWidget) -> QMenu:
    """A menu that is gone when it is closed."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def node_menu(
    parent: QWidget, entries: Sequence[tuple[str, str, Callable[[], None]] | None]
) -> QMenu:
    """The context menu of a line of the tree: icon, words and what is done; ``None`` is a line."""
    menu = passing_menu(parent)
    for entry in entries:
        if entry is None:
            menu.addSeparator()
            continue
        drawing, words, does = entry
        menu.addAction(icon(drawing), words).triggered.connect(lambda _on=False, does=does: does())
    return menu
