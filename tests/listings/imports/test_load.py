"""One batch of records: what is added, changed, left alone or refused, and in how many statements."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.listings.imports.make_files import record, stored
from tests.make import (
    edited,
    make_draft,
    make_moderator,
    make_organisation,
    make_technology,
    make_user,
    owner_of,
    technology_record,
)
from verdure.accounts import actions as accounts
from verdure.accounts.models import Membership, Organisation
from verdure.core.models import Activity
from verdure.listings import actions, content, origins
from verdure.listings.models import Attachment, Listing, Revision, State
from verdure.listings.records import OrganisationRecord, ProvenanceRecord

pytestmark = pytest.mark.django_db


def counts(done: actions.Loaded) -> tuple[int, int, int, int]:
    return done.added, done.changed, done.unchanged, len(done.refused)


def records_here() -> list[Any]:
    return [content.record_of(listing) for listing in content.with_content(Listing.objects.order_by("pk"))]


def test_load_stores_every_record_as_it_is() -> None:
    batch = [record(n) for n in range(1, 8)]
    assert counts(actions.load(batch, by=None)) == (7, 0, 0, 0)
    assert records_here() == batch


def test_load_again_changes_nothing() -> None:
    batch = [record(n) for n in range(1, 8)]
    actions.load(batch, by=None)
    before = list(Listing.objects.values()), Activity.objects.count()
    assert counts(actions.load(batch, by=None)) == (0, 0, 7, 0)
    assert (list(Listing.objects.values()), Activity.objects.count()) == before


def test_load_updates_what_changed_and_keeps_its_state() -> None:
    batch = [record(n) for n in range(1, 4)]
    actions.load(batch, by=None)
    Listing.objects.filter(source_id="id-2").update(state=State.WITHDRAWN)
    new = [batch[0], record(2, "Another title"), record(3, readiness=4), record(4)]
    assert counts(actions.load(new, by=None)) == (1, 2, 1, 0)
    assert records_here() == new
    assert list(Listing.objects.order_by("pk").values_list("state", "version")) == [
        ("published", 1), ("withdrawn", 2), ("published", 2), ("published", 1),
    ]  # fmt: skip


def test_load_takes_equal_content_as_unchanged_though_it_is_written_otherwise() -> None:
    priced: dict[str, Any] = {"amount_min": Decimal("1200.00"), "currency": "EUR"}
    actions.load([record(1, **priced)], by=None)
    assert counts(actions.load([record(1, **(priced | {"amount_min": Decimal(1200)}))], by=None)) == (0, 0, 1, 0)


def test_load_refuses_bad_records_and_says_which() -> None:
    batch = [
        record(1),
        record(2, "x" * 301),
        technology_record(),
        record(4, organisation=OrganisationRecord(name="Ltd", website="nowhere")),
        record(6),
    ]
    done = actions.load(batch, by=None)
    assert counts(done) == (2, 0, 0, 3)
    assert [(n, [problem.column for problem in problems]) for n, problems in done.refused] == [
        (1, ["title"]), (2, ["source_id"]), (3, ["organisation_website"]),
    ]  # fmt: skip
    assert set(stored()) == {"id-1", "id-6"}


@time_machine.travel(datetime(2027, 3, 1, 12, tzinfo=UTC), tick=False)
def test_load_publishes_since_the_day_the_record_bears() -> None:
    actions.load([record(1, dated=date(2024, 5, 6)), record(2)], by=None)
    found = Listing.objects.order_by("pk").values_list("state", "published_at", "expires_at")
    assert list(found) == [
        ("published", datetime(2024, 5, 6, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
        ("published", datetime(2027, 3, 1, 12, tzinfo=UTC), datetime(2028, 2, 29, 12, tzinfo=UTC)),
    ]


def test_load_needs_the_secretariat_or_an_editor_of_the_owner() -> None:
    mine, theirs = make_organisation(), make_organisation()
    for owner in (None, theirs):
        with pytest.raises(PermissionDenied):
            actions.load([record(1)], by=owner_of(mine), owner=owner)
        with pytest.raises(PermissionDenied):
            actions.compare([record(1)], by=owner_of(mine), owner=owner)
    assert not Listing.objects.exists()
    assert actions.load([record(1)], by=make_moderator()).added == 1
    assert actions.load([record(1)], by=owner_of(mine), owner=mine).added == 1


def test_compare_says_the_same_and_writes_nothing() -> None:
    actions.load([record(1), record(2)], by=None)
    batch = [record(1), record(2, "New"), record(3), record(4, "x" * 301)]
    with CaptureQueriesContext(connection) as queries:
        found = actions.compare(batch, by=None)
    assert [q["sql"] for q in queries if not q["sql"].startswith("SELECT")] == []
    assert found == actions.load(batch, by=None)
    assert counts(found) == (1, 1, 1, 1)


def test_load_for_an_owner_makes_drafts_of_the_owner() -> None:
    owner = make_organisation()
    actions.load([record(1)], by=owner_of(owner), owner=owner)
    listing = Listing.objects.get()
    assert (listing.state, listing.organisation, listing.created_by) == (State.DRAFT, owner, owner_of(owner))
    assert (listing.source, listing.source_id) == (f"organisation-{owner.pk}", "somewhere/id-1")
    assert listing.licence == "CC0-1.0"


def test_load_for_an_owner_reaches_no_listing_of_others() -> None:
    """Nor does it take the ids with which a trusted source will come."""
    first, second = make_organisation(), make_organisation()
    actions.load([record(1)], by=None)
    for owner in (first, second):
        done = actions.load([record(1, f"Of {owner.pk}"), record(2)], by=owner_of(owner), owner=owner)
        assert counts(done) == (2, 0, 0, 0)
        assert counts(actions.load([record(1, f"Of {owner.pk}")], by=owner_of(owner), owner=owner)) == (0, 0, 1, 0)
    assert counts(actions.load([record(2)], by=None)) == (1, 0, 0, 0)
    trusted = Listing.objects.filter(source="somewhere").order_by("pk")
    assert [listing.texts.get().title for listing in trusted] == ["Solar still number 1", "Solar still number 2"]
    assert set(trusted.values_list("state", "organisation__source")) == {("published", "somewhere")}


def test_load_for_an_owner_keeps_long_ids_apart() -> None:
    owner = make_organisation()
    batch = [record(n, provenance=ProvenanceRecord(source="s", source_id="x" * 198 + f"{n:02}")) for n in (1, 2)]
    assert counts(actions.load(batch, by=owner_of(owner), owner=owner)) == (2, 0, 0, 0)
    assert counts(actions.load(batch, by=owner_of(owner), owner=owner)) == (0, 0, 2, 0)
    assert max(map(len, stored())) <= 200


def test_load_for_an_owner_changes_nothing_under_the_moderators_eyes() -> None:
    owner = make_organisation()
    person = owner_of(owner)
    actions.load([record(1), record(2)], by=person, owner=owner)
    first, second = Listing.objects.order_by("pk")
    actions.submit(first, by=person)
    actions.submit(second, by=person)
    actions.approve(second, by=make_moderator())
    done = actions.load([record(1, "New"), record(2, "New")], by=person, owner=owner)
    assert counts(done) == (0, 1, 0, 1)
    assert [problem.message for problem in done.refused[0][1]] == [
        "this listing is “submitted” now and cannot be changed; take it up again on its own page first"
    ]
    assert Revision.objects.filter(listing=second, version=2).count() == 1
    assert stored() == {"somewhere/id-1": "Solar still number 1", "somewhere/id-2": "New"}


def test_load_knows_a_members_listing_that_was_exported_from_here() -> None:
    """Equal it is unchanged; otherwise the member's own page is where it changes."""
    listing = content.with_content(Listing.objects.all()).get(pk=make_technology().pk)
    out = origins.exported(listing)
    assert counts(actions.load([out], by=None)) == (0, 0, 1, 0)
    other = dataclasses.replace(out, readiness=3)
    assert counts(actions.load([other], by=None)) == (0, 0, 0, 1)
    assert Listing.objects.count() == 1


def test_load_is_not_fooled_by_an_id_that_only_looks_like_one_from_here() -> None:
    listing = make_draft()
    assert listing.organisation
    foreign = record(1, provenance=ProvenanceRecord(source="verdure", source_id=f"{listing.pk}-abc"))
    assert counts(actions.load([foreign], by=None)) == (1, 0, 0, 0)


def test_load_finds_organisations_in_any_case_and_makes_each_once() -> None:
    named = [OrganisationRecord(name=name, country="KE") for name in ("Solar Works", "SOLAR WORKS", "solar works")]
    actions.load([record(n, organisation=item) for n, item in enumerate(named)], by=None)
    actions.load([record(9, organisation=named[2])], by=None)
    assert [(o.name, o.listings.count()) for o in Organisation.objects.all()] == [("Solar Works", 4)]


def test_load_finds_organisations_as_the_database_folds_their_case() -> None:
    """PostgreSQL holds İ (with its dot) and i for the same letter, SQLite and Python do not."""
    for number, name in enumerate(("İzmir Solar", "izmir solar", "İZMIR Solar"), 1):
        actions.load([record(number, organisation=OrganisationRecord(name=name, country="TR"))], by=None)
    both = [record(n, organisation=OrganisationRecord(name=f"{n % 2 * 'İ' or 'i'}nci", country="TR")) for n in (4, 5)]
    actions.load(both, by=None)
    names = Organisation.objects.filter(country="TR").values_list("name", flat=True)
    expected = {"sqlite": ["inci", "izmir solar", "İnci", "İzmir Solar"], "postgresql": ["inci", "İzmir Solar"]}
    assert sorted(names) == expected[connection.vendor]


def test_load_takes_over_what_a_source_says_anew_of_an_organisation() -> None:
    def naming(**fields: str) -> Any:
        return OrganisationRecord(name="Solar Works", country="KE", **fields)

    actions.load([record(1, organisation=naming(type="company", description="Pumps"))], by=None)
    actions.load([record(1, organisation=naming(size="small", description="Pumps and more"))], by=None)
    [found] = Organisation.objects.values_list("type", "size", "description")
    assert found == ("company", "small", "Pumps and more")


def test_load_leaves_an_organisation_with_members_to_them() -> None:
    actions.load([record(1, organisation=OrganisationRecord(name="Solar Works", description="Pumps"))], by=None)
    organisation = Organisation.objects.get()
    accounts.add_member(organisation, make_user(), role=Membership.Role.OWNER, by=None)
    actions.load([record(1, organisation=OrganisationRecord(name="Solar Works", description="No"))], by=None)
    organisation.refresh_from_db()
    assert organisation.description == "Pumps"


def owners(batch: list[Any], prefix: str) -> list[Any]:
    """Each record with an organisation of its own, the worst case."""
    return [
        dataclasses.replace(item, organisation=OrganisationRecord(name=f"{prefix} {n}", country="KE"))
        for n, item in enumerate(batch)
    ]


def test_load_takes_a_bounded_number_of_statements() -> None:
    def statements(batch: list[Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            actions.load(batch, by=None)
        return len(queries)

    found = (
        statements(owners([record(n) for n in range(1, 3)], "a")),
        statements(owners([record(n) for n in range(1_000, 1_200)], "b")),
        statements([record(n, f"New {n}") for n in range(1, 3)]),
        statements([record(n, f"New {n}") for n in range(1_000, 1_200)]),
        statements([record(n, f"New {n}") for n in range(1_000, 1_200)]),
    )
    # SQLite takes 999 values a statement, so that inserting 200 rows of 31 columns makes seven of one.
    # PostgreSQL is asked for the source's turn.
    assert found == {"sqlite": (20, 31, 29, 36, 3), "postgresql": (21, 21, 30, 31, 4)}[connection.vendor]


def test_remove_source_takes_out_listings_files_and_organisations_of_the_source_alone(
    django_capture_on_commit_callbacks: Any,
) -> None:
    other = make_technology()
    actions.load([record(n) for n in range(1, 5)], by=None)
    attachment = Attachment.objects.create(
        listing=Listing.objects.filter(source="somewhere").earliest("pk"),
        use="document",
        file=ContentFile(b"%PDF", name="a.pdf"),
        name="a.pdf",
        size=4,
    )
    storage, name = attachment.file.storage, attachment.file.name
    assert name
    with django_capture_on_commit_callbacks(execute=True):
        assert actions.remove_source("somewhere", by=None) == 4
    assert list(Listing.objects.all()) == [other]
    assert list(Organisation.objects.all()) == [other.organisation]
    assert not storage.exists(name)
    assert Activity.objects.filter(verb="listing.removed").count() == 4


def test_edited_listing_is_not_undone_by_the_same_file() -> None:
    owner = make_organisation()
    person = owner_of(owner)
    actions.load([record(1)], by=person, owner=owner)
    listing = Listing.objects.get()
    actions.change(listing, edited(listing, title="Mended by hand"), by=person)
    assert counts(actions.load([record(1)], by=person, owner=owner)) == (0, 0, 1, 0)
    assert set(stored().values()) == {"Mended by hand"}
