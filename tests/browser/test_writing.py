"""Writing and moderating as people's browsers do it: saved while typing, two tabs, no script at all, by keys alone."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.site import Site

from .test_journey import PASSWORD, sign_in


@pytest.fixture(scope="module")
def seeded(site: Site) -> dict[str, int]:
    """An owner's draft, and two listings in the queue."""
    out = site.python(
        "from tests.make import *;"
        f"p=make_user('writer@writing.example');p.set_password('{PASSWORD}');p.save();"
        f"m=make_moderator(email='moderator@writing.example');m.set_password('{PASSWORD}');m.save();"
        "o=make_organisation(owner=p,name='Writing Works');"
        "d=make_draft(technology_record('Wind pump'),organisation=o);"
        "e=make_draft(technology_record('Rope pump',fields=(),deals=(),readiness=None),organisation=o);"
        "a=make_submitted(technology_record('First in the queue'),organisation=o);"
        "b=make_submitted(technology_record('Second in the queue'),organisation=o);"
        "print(d.pk,e.pk,a.pk,b.pk)"
    )
    return dict(zip(("draft", "empty", "first", "second"), map(int, out.split()[-4:]), strict=True))


def test_typing_is_kept_without_a_button(page: Page, seeded: dict[str, int]) -> None:
    sign_in(page, "writer@writing.example")
    address = f"listings/{seeded['draft']}/edit/text/"
    page.goto(address)
    page.locator("#id_advantages").fill("No fuel")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saved at")
    page.locator("#id_advantages").fill("No fuel, no noise")
    page.get_by_role("link", name="Overview").click()  # before the two seconds are over
    page.wait_for_url("**/edit/")
    end = time.monotonic() + 10  # the browser sends it behind the new page's back
    while time.monotonic() < end and page.locator("#id_advantages").count() == 0:
        page.goto(address)
        if page.locator("#id_advantages").input_value() != "No fuel, no noise":
            page.goto("about/help/")
    expect(page.locator("#id_advantages")).to_have_value("No fuel, no noise")


def test_saving_while_an_autosave_is_on_its_way_is_no_conflict(page: Page, seeded: dict[str, int]) -> None:
    sign_in(page, "writer@writing.example")
    page.goto(f"listings/{seeded['draft']}/edit/text/")
    page.route("**/autosave/", slow)
    page.locator("#id_keywords").fill("wind")
    expect(page.locator("[data-autosave-status]")).to_contain_text("Saving…")
    page.locator("#id_keywords").fill("wind, rope")
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/edit/fit/")
    page.go_back()
    expect(page.locator("#id_keywords")).to_have_value("wind, rope")


def slow(route: Route) -> None:
    time.sleep(1.5)
    route.continue_()


def test_two_tabs_lose_nothing(chromium: Browser, site: Site, seeded: dict[str, int]) -> None:
    context = chromium.new_context(base_url=site.url, locale="en-GB")
    one, two = context.new_page(), context.new_page()
    sign_in(one, "writer@writing.example")
    for tab in (one, two):
        tab.goto(f"listings/{seeded['draft']}/edit/basics/")
    two.locator("#id_title").fill("Wind pump with rope")
    two.get_by_role("button", name="Save", exact=True).click()
    two.wait_for_load_state()
    one.locator("#id_title").fill("Wind pump with tail")
    expect(one.locator("[data-autosave-status]")).to_contain_text("changed elsewhere")
    one.get_by_role("button", name="Save and go on").click()
    expect(one.locator("section.notice .diff del")).to_have_text("rope")
    expect(one.locator("section.notice .diff ins")).to_have_text("tail")
    expect(one.locator("section.notice")).to_be_focused()
    expect(one.locator("#id_title")).to_have_value("Wind pump with tail")
    one.get_by_role("button", name="Save mine").click()
    one.wait_for_url("**/edit/text/")
    context.close()


def test_listing_is_written_and_handed_in_without_script(chromium: Browser, site: Site, seeded: dict[str, int]) -> None:
    context = chromium.new_context(base_url=site.url, locale="en-GB", java_script_enabled=False)
    page = context.new_page()
    sign_in(page, "writer@writing.example")
    page.goto(f"listings/{seeded['empty']}/edit/fit/")
    page.get_by_text("Water", exact=True).click()  # a heading of the tree opens
    page.get_by_label("Desalination").check()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/edit/terms/")
    page.locator("#id_readiness").select_option("7")
    page.get_by_label("Product or service supply").check()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/edit/patents/")
    page.goto(f"listings/{seeded['empty']}/edit/")
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_text("Handed in.")).to_be_visible()
    context.close()


def test_tree_is_narrowed_by_typing(page: Page, seeded: dict[str, int]) -> None:
    sign_in(page, "writer@writing.example")
    page.goto(f"listings/{seeded['draft']}/edit/fit/")
    page.locator("#id_places [data-tree-find]").fill("cote d")
    expect(page.locator("#id_places label:visible")).to_have_text([re.compile("Côte d.Ivoire")])
    page.locator("#id_places [data-tree-find]").fill("")
    expect(page.locator("#id_places label:visible")).to_have_count(0)  # closed again: nothing is chosen


def test_queue_is_answered_by_keys_alone(page: Page, seeded: dict[str, int]) -> None:
    sign_in(page, "moderator@writing.example")
    page.goto(f"moderation/{seeded['first']}/")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Approve")).to_be_focused()  # it takes Enter to publish
    page.keyboard.press("c")
    expect(page.locator("#id_message")).to_be_focused()
    page.keyboard.type("Say which crack, and jack")
    expect(page.locator("#id_message")).to_have_value("Say which crack, and jack")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("“First in the queue”: the owner is asked for changes.")).to_be_visible()
    expect(page.locator("h1")).to_have_text("Second in the queue")


def test_keys_can_be_turned_off(page: Page, seeded: dict[str, int]) -> None:
    sign_in(page, "moderator@writing.example")
    page.goto(f"moderation/{seeded['second']}/")
    page.get_by_label(re.compile("Keys on this page")).uncheck()
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page.locator("#id_message")).not_to_be_focused()
