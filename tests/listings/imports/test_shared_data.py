"""Real records of several sources: all accounted for, and a second time nothing changes."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import call_command

from tests.data import shared_data
from verdure.listings.models import ImportRun, Listing

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

SOURCES = {
    "cordis-cleantech/projects.jsonl": 815,
    "opensustain-tech/projects.jsonl": 1_313,
    "nasa-techport/projects_slim.jsonl": 378,
}


def load(name: str) -> ImportRun:
    call_command("import", str(shared_data(name)), stdout=StringIO())
    return ImportRun.objects.earliest("-pk")


@pytest.mark.parametrize(("name", "number"), SOURCES.items())
def test_every_record_is_loaded_or_rejected_and_a_second_run_changes_nothing(name: str, number: int) -> None:
    first = load(name)
    assert first.position == number == first.added + first.rejected
    assert first.added == Listing.objects.count() >= number - 1
    versions = list(Listing.objects.values_list("pk", "version", "updated_at"))
    second = load(name)
    assert (second.added, second.changed, second.unchanged, second.rejected) == (0, 0, first.added, first.rejected)
    assert list(Listing.objects.values_list("pk", "version", "updated_at")) == versions
    assert not Listing.objects.filter(licence="").exists()


@pytest.mark.parametrize("name", ["epo-ops-xml", "uspto-xml"])
def test_folder_of_patent_documents_is_accounted_for(name: str) -> None:
    first = load(name)
    assert first.added == Listing.objects.count() > 0
    assert first.position == first.added + first.unchanged + first.rejected
    second = load(name)
    assert (second.added, second.changed, second.position) == (0, 0, first.position)
    assert second.rejected == first.rejected
