"""`verdure export`: what it writes, import reads back equal."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from tests.listings.imports.make_files import record
from tests.make import make_draft, make_need, make_organisation, make_technology, owner_of, technology_record
from verdure.accounts.models import Organisation, User
from verdure.listings import actions, content, formats, origins
from verdure.listings.models import Listing
from verdure.listings.records import ClaimRecord, ListingRecord, PatentRecord, TextRecord

pytestmark = pytest.mark.django_db

FULL: dict[str, Any] = {
    "texts": (
        TextRecord(
            language="fr",
            title="Distillateur « solaire »; =1+1",
            summary="Eau douce,\nchaque jour",
            description="Première ligne\n\nSeconde \"ligne\"\tavec, des; signes\n" + "long " * 8_000,
            keywords=("eau; douce", "sel, mer"),
        ),
        TextRecord(language="ar", title="مقطر شمسي", origin="machine", made_from="fr"),
    ),
    "fields": ("water.desalination", "energy.solar.thermal"),
    "goals": (6, 7),
    "places": ("KE", "002"),
    "deals": ("supply", "licence_exclusive"),
    "developed_in": ("FR",),
    "deployed_in": ("MA", "TN"),
    "ipc": ("C02F1/14",),
    "cpc": ("Y02A20/212",),
    "website": "https://example.org/still?a=1&b=2",
    "patents": (PatentRecord(office="EP", number="1234567", kind_code="B1", status="granted", filed=date(2020, 1, 2)),),
    "claims": (ClaimRecord(metric="yield", unit="l/m²/day", baseline=Decimal("2.5"), value=Decimal("4E+2")),),
    "amount_min": Decimal("1200"),
    "amount_max": Decimal("3400.50"),
    "currency": "EUR",
    "dated": date(2024, 5, 6),
}  # fmt: skip


def everything() -> list[ListingRecord]:
    return [origins.exported(listing) for listing in content.with_content(Listing.objects.order_by("pk"))]


def export(path: Path, *arguments: str) -> list[ListingRecord]:
    call_command("export", str(path), *arguments, stdout=StringIO())
    items = list(formats.read(path))
    assert [item for item in items if not isinstance(item, formats.Parsed)] == []
    return [item.record for item in items if isinstance(item, formats.Parsed)]


def load_from(path: Path) -> str:
    out = StringIO()
    call_command("import", str(path), stdout=out)
    return out.getvalue().strip()


def make_collection() -> None:
    """Of a source and of members, as public as not."""
    actions.load([record(1, **FULL), record(5), record(2)], by=None)
    make_technology("Wind pump", organisation=make_organisation(name="Río Alto", description="Pumps\n\nand tanks"))
    make_need(organisation=make_organisation(name="Río Alto", country="CL"))
    make_draft(technology_record("Not public"))


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
def test_export_is_read_back_equal_in_an_empty_database(tmp_path: Path, ending: str) -> None:
    make_collection()
    path = tmp_path / f"all.{ending}"
    before = everything()
    assert export(path, "--all-states") == before

    Listing.objects.all().delete()
    Organisation.objects.all().delete()
    assert load_from(path) == "read 6 = 6 added + 0 changed + 0 unchanged + 0 rejected"
    assert everything() == before
    assert load_from(path) == "read 6 = 0 added + 0 changed + 6 unchanged + 0 rejected"


@pytest.mark.parametrize("ending", ["jsonl", "csv", "xlsx"])
def test_export_changes_nothing_where_it_came_from(tmp_path: Path, ending: str) -> None:
    make_collection()
    path = tmp_path / f"all.{ending}"
    export(path)
    versions = list(Listing.objects.values_list("pk", "version", "updated_at"))
    assert load_from(path) == "read 5 = 0 added + 0 changed + 5 unchanged + 0 rejected"
    assert list(Listing.objects.values_list("pk", "version", "updated_at")) == versions


def test_export_writes_public_listings_unless_told_otherwise(tmp_path: Path) -> None:
    make_collection()

    def titles(*arguments: str) -> list[str]:
        return [item.texts[0].title for item in export(tmp_path / "some.jsonl", *arguments)]

    full = "Distillateur « solaire »; =1+1"
    water, public = "Drinking water for a dry island", "Solar still number 5"
    assert titles() == [full, public, "Solar still number 2", "Wind pump", water]
    assert titles("--kind", "need") == [public, water]
    assert titles("--source", "somewhere") == [full, public, "Solar still number 2"]
    assert titles("--source", "verdure") == ["Wind pump", water]
    assert titles("--source", "verdure", "--all-states") == ["Wind pump", water, "Not public"]


@time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False)
def test_export_gives_members_listings_an_id_that_stays(tmp_path: Path) -> None:
    listing = make_technology()
    [out] = export(tmp_path / "one.jsonl")
    assert out.provenance is not None
    listing.refresh_from_db()
    assert out.provenance.source_id == origins.own_id(listing) == f"{listing.pk}-{1_803_902_400_000_000:x}"
    assert origins.primary_key(out.provenance.source_id) == listing.pk


def test_export_gives_an_organisations_uploads_an_id_that_no_other_site_has(tmp_path: Path) -> None:
    owner = make_organisation()
    actions.load([record(1)], by=owner_of(owner), owner=owner)
    [out] = export(tmp_path / "one.jsonl", "--all-states")
    assert out.provenance is not None
    assert (out.provenance.source, out.provenance.source_id) == ("verdure", origins.own_id(Listing.objects.get()))
    assert out.provenance.licence == "CC0-1.0"


def test_export_cleans_what_forms_let_in(tmp_path: Path) -> None:
    text = technology_record().texts[0]
    make_technology(texts=(dataclasses.replace(text, description="One  \r\n\r\n\r\n\r\ntwo " + "x" * 100),))
    [out] = export(tmp_path / "one.jsonl")
    assert out.texts[0].description == "One\n\ntwo " + "x" * 100
    assert everything() == [out]


def test_export_leaves_the_earlier_file_whole_when_it_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_technology()
    path = tmp_path / "all.jsonl"
    path.write_text("as it was")

    def broken(listing: Listing) -> ListingRecord:
        raise OSError("the disc is full")

    monkeypatch.setattr("verdure.listings.management.commands.export.exported", broken)
    with pytest.raises(OSError, match="the disc is full"):
        call_command("export", str(path))
    assert [file.name for file in tmp_path.glob("*.jsonl*")] == ["all.jsonl"]
    assert path.read_text() == "as it was"


def test_export_says_what_is_wrong_with_the_name(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"The ending of all\.txt should be one of \.jsonl, \.csv, \.xlsx\."):
        call_command("export", str(tmp_path / "all.txt"))
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("export", str(tmp_path / "no" / "all.csv"))


def test_export_holds_no_person(tmp_path: Path) -> None:
    make_technology()
    path = tmp_path / "all.jsonl"
    export(path, "--all-states")
    text = path.read_text()
    for person in User.objects.all():
        assert person.email not in text
        assert person.name not in text
