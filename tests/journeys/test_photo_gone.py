"""A photo whose file the daily check found gone: the officer reads it beside the photo, before anything is tried."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from backoffice.dossier import orphans
from backoffice.dossier.house import house
from backoffice.dossier.photos import file_names
from backoffice.kernel import clock
from backoffice.kernel.db import transaction
from backoffice.models import PhotoKind
from tests.desk.pictures import add_photos, photo_of
from tests.factories import make_declaration, make_officer
from tests.journeys.looking import violations
from tests.journeys.officers import be_signed_in

pytestmark = pytest.mark.browser
TOLD = "mất tệp ảnh: xin chụp lại"


@pytest.fixture
def path(database: None) -> str:
    """The page of a declaration whose front has lost its file."""
    store = house().store
    store.delete([blob.key for blob in store.listed()])  # of former tests: their rows are gone, not their files
    with transaction() as session:
        make_officer(session, "tieptan")
        made = make_declaration(session)
    add_photos(made)
    front = photo_of(made, PhotoKind.ID_FRONT)
    store.delete(file_names(front.id))
    with clock.at(clock.now() + orphans.SETTLED + timedelta(minutes=1)):
        check = orphans.begin()
        while orphans.step(check):
            pass
    return f"/desk/{made.receipt_code}"


@pytest.mark.parametrize("size", [(1366, 768), (390, 844)], ids=["counter", "phone"])
def test_the_officer_reads_that_the_file_is_gone_and_what_to_do(
    page: Page, address: str, path: str, size: tuple[int, int]
) -> None:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    be_signed_in(page, address)
    page.goto(f"{address}{path}")
    page.wait_for_selector("[data-photos][data-begun]")
    expect(page.locator("#small_id_front")).to_contain_text(TOLD)
    expect(page.locator("#small_portrait")).not_to_contain_text(TOLD)
    assert not violations(page)
