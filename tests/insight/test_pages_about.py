"""The pages about the site, and the operator's own in their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

SLUGS = ["help", "privacy", "accessibility", "imprint", "api", "source"]


def about(slug: str) -> str:
    return reverse("page", args=[slug])


@pytest.mark.django_db
@pytest.mark.parametrize("slug", SLUGS)
def test_page_is_served_with_its_title_and_headings(client: Client, slug: str) -> None:
    page = client.get(about(slug))
    html = page.content.decode()
    assert page.status_code == 200
    assert f"<h1>{page.context['title']}</h1>" in html
    assert ("<h2>" in html) == (slug not in ("api", "source"))


@pytest.mark.django_db
def test_every_page_of_the_footer_exists(client: Client) -> None:
    html = client.get(about("help")).content.decode()
    assert [about(slug) in html for slug in SLUGS] == [True] * len(SLUGS)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", ["no-such-page", "README", "help.fr"])
def test_other_names_are_not_found(client: Client, slug: str) -> None:
    assert client.get(f"/about/{slug}/").status_code == 404


@pytest.mark.django_db
def test_operators_own_text_goes_first_and_follows_the_language(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.HOME = tmp_path
    pages = tmp_path / "pages"
    pages.mkdir()
    (pages / "imprint.md").write_text(
        "# Who we are\n\nThe Office, <script>alert(1)</script> 1 Street.", encoding="utf-8"
    )
    (pages / "imprint.fr.md").write_text("# Qui nous sommes\n\nL'Office.", encoding="utf-8")
    page = client.get(about("imprint"))
    assert (page.context["title"], page.context["written_in"]) == ("Who we are", "en")
    assert "<script>alert" not in str(page.context["body"])
    page = client.get(about("imprint"), headers={"accept-language": "fr"})
    assert (page.context["title"], page.context["written_in"]) == ("Qui nous sommes", "fr")
    page = client.get(about("privacy"), headers={"accept-language": "fr"})
    assert (page.context["title"], page.context["written_in"]) == ("Privacy", "en")
