"""Every screen at phone and desktop width: no axe violation, nothing wider than the window."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.site import Site

from .test_journey import sign_in

PUBLIC = ["", "search/", "search/?q=water", "search/?q=qqqqzzzz", "search/?kind=need&sort=newest", "accounts/login/",
          "accounts/signup/", "accounts/password/reset/", "about/help/", "about/privacy/", "about/accessibility/",
          "about/imprint/", "about/api/", "about/source/", "no-such-page/"]  # fmt: skip
MEMBER = ["desk/", "accounts/me/", "accounts/email/", "accounts/password/change/", "listings/new/",
          "listings/new/technology/", "listings/new/need/", "organisations/new/", "import/"]  # fmt: skip
STAFF = ["desk/", "moderation/", "desk/jobs/", "import/"]
WIDTHS = [375, 1280]


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, str]:
    """Addresses of pages that need somebody or something to exist."""
    out = site.python(
        "from tests.make import *;"
        "p=make_user('member@screens.example');p.set_password('correct horse battery staple');p.save();"
        "m=make_moderator(email='staff@screens.example');m.set_password('correct horse battery staple');m.save();"
        "o=make_organisation(owner=p,name='Screens Works');"
        "d=make_draft(organisation=o);s=make_submitted(organisation=o);"
        "from verdure.listings.models import Listing;"
        "t=Listing.objects.filter(source='sample',kind='technology').first();"
        "n=Listing.objects.filter(source='sample',kind='need').first();"
        "print(d.pk,s.pk,o.pk,t.pk,n.pk,t.organisation_id)"
    )
    return dict(zip(("draft", "submitted", "own", "technology", "need", "organisation"), out.split()[-6:], strict=True))


def violations(
    chromium: Browser, site: Site, addresses: list[str], *, email: str = "", dark: bool = False
) -> list[str]:
    found: list[str] = []
    scheme = "dark" if dark else "light"
    context = chromium.new_context(base_url=site.url, locale="en-GB", color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    if email:
        sign_in(page, email)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        for address in addresses:
            page.goto(address)
            result = Axe().run(page)
            found += [
                f"{address} {width}: {v['id']}: {v['nodes'][0]['html'][:120]}" for v in result.response["violations"]
            ]
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{address} {width}: wider than the window")
    context.close()
    return found


def test_public_screens(chromium: Browser, site: Site, people: dict[str, str]) -> None:
    more = [
        f"listings/{people['technology']}/",
        f"listings/{people['need']}/",
        f"organisations/{people['organisation']}/",
    ]
    assert violations(chromium, site, PUBLIC + more) == []


def test_public_screens_in_the_dark(chromium: Browser, site: Site, people: dict[str, str]) -> None:
    more = [f"listings/{people['technology']}/", f"organisations/{people['organisation']}/"]
    assert violations(chromium, site, [*PUBLIC[:3], *more], dark=True) == []


def test_member_screens(chromium: Browser, site: Site, people: dict[str, str]) -> None:
    draft = people["draft"]
    steps = ["basics", "text", "fit", "terms", "patents", "claims", "languages", "links"]
    more = [f"listings/{draft}/edit/", f"organisations/{people['own']}/edit/", f"listings/{draft}/"]
    more += [f"listings/{draft}/edit/{step}/" for step in steps]
    assert violations(chromium, site, MEMBER + more, email="member@screens.example") == []


def test_staff_screens(chromium: Browser, site: Site, people: dict[str, str]) -> None:
    more = [f"moderation/{people['submitted']}/"]
    assert violations(chromium, site, STAFF + more, email="staff@screens.example") == []


def test_arabic_is_written_from_the_right(chromium: Browser, site: Site) -> None:
    context = chromium.new_context(base_url=site.url, locale="ar")
    page = context.new_page()
    page.goto("")
    assert page.locator("html").get_attribute("dir") == "rtl"
    page.set_viewport_size({"width": 375, "height": 800})
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    context.close()


def test_first_visit_is_light(chromium: Browser, site: Site) -> None:
    """Under 100 kB over the wire without pictures."""
    context = chromium.new_context(base_url=site.url)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto("", wait_until="networkidle")
    assert len(sizes) >= 3
    assert sum(sizes) < 100_000
    context.close()
