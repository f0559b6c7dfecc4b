"""The cameras' pages when something is wrong: told in words, by shape and colour, whole on a phone."""

from __future__ import annotations

import pytest
from tests.browser import assert_accessible, assert_no_overflow, screenshot
from tests.e2e.conftest import CAMERA

pytestmark = [pytest.mark.browser, pytest.mark.long]

# One camera silent by itself, and six others of one owner that a link lost, all of it begun through the services.
_ILL = """
import sys
from datetime import timedelta
from turnpike.site.services import prepare_records
prepare_records()
from django.utils import timezone
from turnpike.cameras import services as cameras
from turnpike.cameras.alarms import begin_alarms, end_alarms
from turnpike.cameras.health import AlarmKind
from turnpike.cameras.together import Spell, Traits
ids = [f"link-{number}" for number in range(6)]
for number, one in enumerate(ids):
    cameras.register_camera("tests", camera_id=one, name=f"Ring road, gantry {number + 1}", latitude=51.51 + number / 500,
        longitude=-0.1, heading_degrees=90, purpose="Tests", owner="Ring road maintenance")
now = timezone.now()
ms = round(now.timestamp() * 1000)
register = {one.camera_id: Traits(one.owner, "", "", one.latitude, one.longitude) for one in cameras.all_cameras()}
begin_alarms(AlarmKind.CLOCK, [Spell(sys.argv[1], ms - 10**7, ms)], register, now - timedelta(hours=30))
end_alarms(AlarmKind.CLOCK, [sys.argv[1]], now - timedelta(hours=29))
begin_alarms(AlarmKind.SILENT, [Spell(one, ms - 10**6, ms) for one in ids], register, now - timedelta(minutes=40))
begin_alarms(AlarmKind.UNSURE, [Spell(sys.argv[1], ms - 10**7, ms)], register, now - timedelta(minutes=5))
"""


def test_what_is_wrong_is_told_on_the_pages(road, browser):
    road.centre.ask(_ILL, CAMERA)
    # One whose reads would be refused anyway is marked so, and not by what is wrong with it.
    road.centre.give_case("link-2")
    page = browser.new_page()
    road.sign_in(page, "operator")
    page.goto(f"{road.url}/cameras/")
    told = page.locator("#alarms")
    assert "6 cameras are silent together; they belong to Ring road maintenance." in told.inner_text()
    assert page.locator("#cameras tr", has_text="gantry 3").get_by_text("Silent").count() == 1
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "cameras-with-alarms")
    told.get_by_role("link", name="What to do").click()
    assert "Clean lens and housing" in page.inner_text("main")
    assert "it stands" in page.inner_text("#alarms")
    assert_accessible(page)
    assert_no_overflow(page)
    screenshot(page, "camera-with-alarms")
