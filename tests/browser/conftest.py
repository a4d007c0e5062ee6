"""One Chromium and one site for all journeys. Where there is no Chromium, they are skipped and say so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.ports import free_port
from tests.site import Site

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """With the sample collection, as a new user has it."""
    started = Site(tmp_path_factory.mktemp("site"), free_port(), sample=True)
    started.start()
    yield started
    started.end()


@pytest.fixture
def context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    made = chromium.new_context(base_url=site.url, locale="en-GB")
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page that fails the test when the browser reports an error of script or security policy."""
    made = context.new_page()
    made.on("console", lambda message: _refuse(message.type, message.text))
    made.on("pageerror", lambda error: _refuse("error", str(error)))
    return made


def _refuse(kind: str, text: str) -> None:
    expected = ("status of 422", "status of 404", "status of 403")
    if kind == "error" and not any(part in text for part in expected):
        raise AssertionError(f"the browser's console says: {text}")
