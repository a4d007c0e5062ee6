"""The main job, as people do it: find, offer, moderate, match, withdraw."""

from __future__ import annotations

import time

from playwright.sync_api import Browser, Page, expect

from tests.site import Site

DESCRIPTION = (
    "Sea water runs over a black wick under a sloped pane. The sun evaporates it, the vapour condenses on the pane and"
    " runs into a gutter. One square metre gives four litres of drinking water a day without grid electricity."
)
PASSWORD = "correct horse battery staple"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    page.goto("accounts/login/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(password)
    page.locator("main").get_by_role("button", name="Sign In").click()
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
    page.get_by_label("need", exact=False).first.check()
    page.wait_for_url("**kind=need**")
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

    provider.goto("accounts/signup/")
    provider.get_by_label("Your name").fill("Provider of the test")
    provider.get_by_label("Email").fill("provider@journey.example")
    provider.get_by_label("Password", exact=True).fill(PASSWORD)
    provider.locator("main").get_by_role("button", name="Sign Up").click()
    provider.wait_for_url("**/desk/")

    provider.goto("organisations/new/")
    provider.get_by_label("name", exact=False).first.fill("Still Works")
    provider.get_by_label("Country").select_option("KE")
    provider.get_by_role("button", name="Save").click()
    provider.wait_for_url("**/listings/new/")
    provider.get_by_role("link", name="Offer a technology").first.click()
    provider.get_by_label("In whose name").select_option(label="Still Works")
    provider.get_by_label("Title").fill("Zwitterion wick solar still")
    provider.get_by_label("Summary").fill(
        "Makes drinking water from sea water for a dry island without grid electricity."
    )
    provider.get_by_role("button", name="Save and go on").click()
    provider.get_by_label("How it works").fill(DESCRIPTION)
    provider.get_by_role("button", name="Save and go on").click()
    provider.get_by_label("Fields", exact=False).first.select_option("water.desalination")
    provider.get_by_role("button", name="Save and go on").click()
    provider.get_by_label("Readiness").select_option("7")
    provider.get_by_label("Protection").select_option("none")
    provider.get_by_label("product or service supply").check()
    provider.get_by_role("button", name="Save and go on").click()
    provider.get_by_role("link", name="Overview and preview").click()
    provider.get_by_role("button", name="Hand in for review").click()
    expect(provider.get_by_text("Handed in.")).to_be_visible()
    edit_url = provider.url

    sign_in(moderator, "moderator@journey.example")
    moderator.goto("moderation/")
    moderator.get_by_role("link").filter(has_text="Zwitterion wick").click()
    moderator.get_by_label("Message to the owner").fill("Please name the test conditions.")
    moderator.get_by_role("button", name="Ask for a change").click()
    expect(moderator.get_by_text("asked for changes")).to_be_visible()

    provider.goto(edit_url)
    expect(provider.get_by_text("Please name the test conditions.").first).to_be_visible()
    provider.get_by_role("link", name="In detail").click()
    provider.get_by_label("How it works").fill(f"{DESCRIPTION} Measured in July at 6 kWh/m² a day.")
    provider.get_by_role("button", name="Save and go on").click()
    provider.goto(edit_url)
    provider.get_by_role("button", name="Hand in for review").click()
    expect(provider.get_by_text("Handed in.")).to_be_visible()

    moderator.goto("moderation/")
    moderator.get_by_role("link").filter(has_text="Zwitterion wick").click()
    expect(moderator.locator("ins").filter(has_text="Measured in July").first).to_be_visible()
    moderator.get_by_role("button", name="Approve").click()
    expect(moderator.get_by_text("Approved.")).to_be_visible()
    published = time.monotonic()

    assert seconds_until(visitor, need, "Zwitterion wick solar still", shown=True, since=published) <= 5
    row = visitor.locator(".match").filter(has_text="Zwitterion wick")
    expect(row.locator(".reasons")).to_contain_text("Desalination", ignore_case=True)
    visitor.goto("search/?q=zwitterion+wick")
    expect(visitor.get_by_role("link", name="Zwitterion wick solar still")).to_be_visible()

    provider.on("dialog", lambda dialog: dialog.accept())
    provider.goto(edit_url)
    provider.get_by_role("button", name="Withdraw").click()
    expect(provider.get_by_text("Withdrawn. It is out of the search")).to_be_visible()
    withdrawn = time.monotonic()
    assert seconds_until(visitor, need, "Zwitterion wick solar still", shown=False, since=withdrawn) <= 5
    visitor.goto("search/?q=zwitterion+wick")
    expect(visitor.get_by_role("link", name="Zwitterion wick solar still")).to_have_count(0)
    for context in contexts:
        context.close()


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


def seconds_until(page: Page, address: str, text: str, *, shown: bool, since: float) -> float:
    """How long after `since` the page shows the text, or no longer does; at most 20 s are waited."""
    while (waited := time.monotonic() - since) < 20:
        page.goto(address.lstrip("/"))
        if (page.get_by_text(text).count() > 0) == shown:
            return time.monotonic() - since
        time.sleep(0.2)
    return waited
