"""The main job, as people do it: find, offer, moderate, match, withdraw."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser, Page, expect

from tests.site import Site

DESCRIPTION = (
    "Sea water runs over a black wick under a sloped pane. The sun evaporates it, the vapour condenses on the pane and"
    " runs into a gutter. One square metre gives four litres of drinking water a day without grid electricity."
)
PATIENCE = 60.0  # seconds
TITLE = "Zwitterion wick solar still"
PASSWORD = "correct horse battery staple"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("accounts/login/")
    page.locator("[name=login]").fill(email)
    page.locator("[name=password]").fill(password)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk/")


def test_visitor_finds_a_technology(page: Page) -> None:
    page.goto("")
    page.get_by_label("What do you need, or what do you offer?").fill("solar desalination of sea water")
    page.locator("main").get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", name="results")).to_be_visible()
    page.get_by_role("link").filter(has_text="desalination").first.click()
    expect(page.locator("h1")).to_contain_text("desalin", ignore_case=True)
    expect(page.get_by_role("heading", name="Needs it fits")).to_be_visible()


def test_search_address_holds_the_whole_query(page: Page, chromium: Browser, site: Site) -> None:
    page.goto("search/?q=water")
    page.locator("[name=kind][value=need]").check()
    page.wait_for_url(re.compile("kind=need"))
    heading = page.locator("#results-count").inner_text()
    other = chromium.new_context(base_url=site.url, java_script_enabled=False)
    again = other.new_page()
    again.goto(page.url)
    assert again.locator("#results-count").inner_text() == heading
    other.close()


def test_misspelt_word_gets_a_suggestion(page: Page) -> None:
    page.goto("search/?q=dessalination")
    expect(page.get_by_text("Did you mean")).to_be_visible()


def test_offer_is_written_moderated_matched_and_withdrawn(chromium: Browser, site: Site) -> None:
    """Sign-up to withdrawal, with the need's page of another organisation as the witness."""
    need = seeded_need(site)
    contexts = [chromium.new_context(base_url=site.url, locale="en-GB") for _ in range(3)]
    provider, moderator, visitor = (context.new_page() for context in contexts)
    for page in (provider, moderator, visitor):
        page.set_default_timeout(20_000)
        page.on("dialog", lambda dialog: dialog.accept())

    sign_up(provider)
    overview = write_offer(provider)
    hand_in(provider, overview)
    sign_in(moderator, "moderator@journey.example")
    open_in_queue(moderator)
    moderator.locator("[name=message]").fill("Please name the test conditions.")
    moderator.get_by_role("button", name="Ask for a change").click()
    expect(moderator.get_by_text("asked for changes")).to_be_visible()

    provider.goto(overview)
    expect(provider.get_by_text("Please name the test conditions.").first).to_be_visible()
    provider.goto(f"{overview}text/")
    provider.locator("main [name=description]").fill(f"{DESCRIPTION} Measured in July at 6 kWh/m² a day.")
    provider.get_by_role("button", name="Save and go on").click()
    hand_in(provider, overview)
    open_in_queue(moderator)
    expect(moderator.locator("ins").filter(has_text="Measured in July").first).to_be_visible()
    moderator.get_by_role("button", name="Approve").click()
    expect(moderator.get_by_text("published.")).to_be_visible()

    wait_until(visitor, need, TITLE, shown=True)
    row = visitor.locator(".match").filter(has_text=TITLE)
    expect(row.locator(".reasons")).to_contain_text("same field: Desalination")
    visitor.goto("search/?q=zwitterion+wick")
    expect(visitor.get_by_role("link", name=TITLE)).to_be_visible()

    provider.goto(overview)
    provider.get_by_role("button", name="Withdraw").click()
    expect(provider.get_by_text("Withdrawn. It is out of the search")).to_be_visible()
    wait_until(visitor, need, TITLE, shown=False)
    visitor.goto("search/?q=zwitterion+wick")
    expect(visitor.get_by_role("link", name=TITLE)).to_have_count(0)
    for context in contexts:
        context.close()


def sign_up(page: Page) -> None:
    """An account, and an organisation to write for."""
    page.goto("accounts/signup/")
    page.locator("[name=name]").fill("Provider of the test")
    page.locator("[name=email]").fill("provider@journey.example")
    page.locator("[name=password1]").fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    page.wait_for_url("**/desk/")
    page.goto("organisations/new/")
    page.locator("main [name=name]").fill("Still Works")
    page.locator("[name=type]").select_option("company")
    page.locator("[name=country]").select_option("KE")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/listings/new/")


def write_offer(page: Page) -> str:
    """A technology, step by step; the address of its overview."""
    page.get_by_role("link", name="Offer a technology").first.click()
    page.locator("[name=organisation]").select_option(label="Still Works")
    page.locator("[name=title]").fill(TITLE)
    page.locator("[name=summary]").fill(
        "Makes drinking water from sea water for a dry island without grid electricity."
    )
    page.get_by_role("button", name="Save and go on").click()
    page.locator("main [name=description]").fill(DESCRIPTION)
    page.get_by_role("button", name="Save and go on").click()
    page.locator("summary").filter(has_text="Water").first.click()
    page.locator("[name=fields][value='water.desalination']").check()
    page.get_by_role("button", name="Save and go on").click()
    page.locator("[name=readiness]").select_option("7")
    page.locator("[name=ip_status]").select_option("none")
    page.locator("[name=deals][value=supply]").check()
    page.get_by_role("button", name="Save and go on").click()
    page.wait_for_url("**/patents/")
    return page.url.removesuffix("patents/")


def hand_in(page: Page, overview: str) -> None:
    page.goto(overview)
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_text("Handed in.")).to_be_visible()


def open_in_queue(page: Page) -> None:
    page.goto("moderation/")
    page.get_by_role("link").filter(has_text=TITLE).click()


def seeded_need(site: Site) -> str:
    """A public need of another organisation, and the moderator; the need's address."""
    out = site.python(
        "from tests.make import *;"
        "m=make_moderator(email='moderator@journey.example');"
        f"m.set_password('{PASSWORD}');m.save();"
        "n=make_need('Sea water to drinking water for a dry island without grid');"
        "print(n.get_absolute_url())"
    )
    return out.strip().splitlines()[-1]


def wait_until(page: Page, address: str, text: str, *, shown: bool) -> None:
    """Until the page shows the text, or no longer does. Says how long it took; a busy machine may take its time."""
    since = time.monotonic()
    while time.monotonic() - since < PATIENCE:
        page.goto(address.lstrip("/"))
        if (page.get_by_text(text).count() > 0) == shown:
            print(f"{'shown' if shown else 'gone'} after {time.monotonic() - since:.1f} s")  # noqa: T201
            return
        time.sleep(0.2)
    raise AssertionError(f"after {PATIENCE} s “{text}” is {'not shown' if shown else 'still shown'}")
