"""Going to places, and back."""

import asyncio

import pytest
from PySide6.QtWidgets import QApplication
from ui.kit import PROFILE, World
from ui.transfers.signals import until

from s3gui.domain.entries import Page
from s3gui.domain.errors import S3guiError
from s3gui.domain.location import Location
from s3gui.ui.browsing import Browsing, Place

A, B = Place(PROFILE.id, Location("a")), Place(PROFILE.id, Location("b"))


@pytest.fixture
def browsing(qapp: QApplication, world: World) -> Browsing:
    world.storage.put("a", "one")
    world.storage.put("a", "folder/two")
    world.storage.put("b", "three")
    return Browsing(world.connections, world.tasks, qapp)


async def test_pages_come_until_the_end(browsing: Browsing, world: World) -> None:
    world.storage.page_size = 1
    pages: list[Page] = []
    ended: list[bool] = []
    browsing.page_arrived.connect(pages.append)
    browsing.listing_ended.connect(ended.append)
    browsing.go(A)
    assert browsing.is_listing
    await until(lambda: bool(ended))
    assert [page.location for page in pages] == [A.location] * 2
    assert ended == [True]
    assert not browsing.is_listing
    await world.connections.close_all()


async def test_a_listing_ends_when_the_person_goes_on(browsing: Browsing, world: World) -> None:
    gate = world.storage.gates["list"] = asyncio.Event()
    pages: list[Page] = []
    browsing.page_arrived.connect(pages.append)
    browsing.go(A)
    await until(lambda: world.storage.count("list") == 1)
    browsing.go(B)
    await until(lambda: world.storage.count("list") == 2)
    gate.set()
    await until(lambda: not browsing.is_listing)
    assert [page.location for page in pages] == [B.location]
    await world.connections.close_all()


async def test_back_and_forward(browsing: Browsing, world: World) -> None:
    browsing.go(A)
    browsing.go(B)
    assert (browsing.can_go_back, browsing.can_go_forward) == (True, False)
    browsing.back()
    assert browsing.place == A
    assert (browsing.can_go_back, browsing.can_go_forward) == (False, True)
    browsing.forward()
    assert browsing.place == B
    browsing.back()
    browsing.go(Place(PROFILE.id, Location("a", "folder/")))
    assert not browsing.can_go_forward
    await until(lambda: not browsing.is_listing)
    await world.connections.close_all()


async def test_a_refresh_is_no_step(browsing: Browsing, world: World) -> None:
    browsing.go(A)
    browsing.refresh()
    browsing.go(A)
    assert not browsing.can_go_back
    await until(lambda: not browsing.is_listing)
    await world.connections.close_all()


async def test_up_ends_at_the_bucket(browsing: Browsing, world: World) -> None:
    browsing.go(Place(PROFILE.id, Location("a", "x/y/")))
    browsing.up()
    browsing.up()
    assert browsing.place == A
    assert not browsing.can_go_up
    browsing.up()
    assert browsing.place == A
    await until(lambda: not browsing.is_listing)
    await world.connections.close_all()


async def test_an_error_is_told_and_ends_the_listing(browsing: Browsing, world: World) -> None:
    error = world.storage.failing["list"] = S3guiError("Denied")
    told: list[Exception] = []
    browsing.listing_failed.connect(told.append)
    browsing.go(A)
    await until(lambda: bool(told))
    assert told == [error]
    assert not browsing.is_listing
    await world.connections.close_all()


async def test_a_forgotten_connection_is_in_no_step(browsing: Browsing, world: World) -> None:
    browsing.go(A)
    browsing.go(Place("other"))
    browsing.go(B)
    browsing.forget(PROFILE.id)
    assert browsing.place is None
    assert not browsing.can_go_forward
    await until(lambda: not world.tasks.running)
    await world.connections.close_all()


async def test_stopping_keeps_the_place(browsing: Browsing, world: World) -> None:
    world.storage.gates["list"] = asyncio.Event()
    told: list[str] = []
    browsing.listing_ended.connect(lambda _complete: told.append("ended"))
    browsing.listing_stopped.connect(lambda: told.append("stopped"))
    browsing.go(A)
    await until(lambda: world.storage.count("list") == 1)
    browsing.stop()
    assert told == ["stopped"]
    assert browsing.place == A
    await world.tasks.cancel_all()
    await world.connections.close_all()
