"""Makers of things for tests. Each goes through the real actions, so that no test starts from an impossible state."""

from __future__ import annotations

import dataclasses
import itertools
import os
from typing import Any

from verdure.accounts import actions as accounts
from verdure.accounts.models import Membership, Organisation, User
from verdure.listings import actions, content
from verdure.listings.models import Kind, Listing
from verdure.listings.records import ListingRecord, TextRecord

_numbers = itertools.count(1)
DESCRIPTION = (
    "A basin under a sloped pane evaporates sea water by sunlight alone; the vapour condenses on the glass and runs"
    " into a gutter. One square metre gives four litres a day."
)

PROBLEM = (
    "The island has no river; rain falls in two months only, and the wells have turned brackish, so that drinking water"
    " comes by ship at eleven times its price on the mainland."
)


def make_user(email: str = "", **fields: Any) -> User:
    number = next(_numbers)
    return User.objects.create_user(
        email or f"person{number}.{os.getpid()}@example.org", "a long password", name=f"Person {number}", **fields
    )


def make_moderator(**fields: Any) -> User:
    return make_user(is_staff=True, **fields)


def make_organisation(*, owner: User | None = None, name: str = "", **fields: Any) -> Organisation:
    return accounts.found_organisation(
        by=owner or make_user(), name=name or f"Organisation {next(_numbers)}", **{"country": "KE", **fields}
    )


def owner_of(organisation: Organisation) -> User:
    return organisation.memberships.get(role=Membership.Role.OWNER).user


def technology_record(title: str = "Solar still for brackish water", **fields: Any) -> ListingRecord:
    texts = (
        TextRecord(
            language="en", title=title, summary="Turns brackish water into drinking water.", description=DESCRIPTION
        ),
    )
    plain = {"readiness": 7, "ip_status": "none", "fields": ("water.desalination",), "deals": ("supply",), **fields}
    return ListingRecord(kind="technology", texts=plain.pop("texts", texts), **plain)


def need_record(title: str = "Drinking water for a dry island", **fields: Any) -> ListingRecord:
    texts = (
        TextRecord(
            language="en",
            title=title,
            summary="Four hundred households without fresh water.",
            problem=PROBLEM,
            specification="10 000 litres a day, without grid electricity.",
        ),
    )
    plain = {"fields": ("water.desalination",), "deals": ("supply",), **fields}
    return ListingRecord(kind="need", texts=plain.pop("texts", texts), **plain)


def make_draft(record: ListingRecord | None = None, *, organisation: Organisation | None = None) -> Listing:
    organisation = organisation or make_organisation()
    return actions.start(record or technology_record(), organisation=organisation, by=owner_of(organisation))


def make_submitted(record: ListingRecord | None = None, *, organisation: Organisation | None = None) -> Listing:
    listing = make_draft(record, organisation=organisation)
    assert listing.organisation is not None
    actions.submit(listing, by=owner_of(listing.organisation))
    return listing


def make_published(
    record: ListingRecord | None = None, *, organisation: Organisation | None = None, moderator: User | None = None
) -> Listing:
    listing = make_submitted(record, organisation=organisation)
    actions.approve(listing, by=moderator or make_moderator())
    return listing


def make_technology(
    title: str = "Solar still for brackish water", *, organisation: Organisation | None = None, **fields: Any
) -> Listing:
    return make_published(technology_record(title, **fields), organisation=organisation)


def make_need(
    title: str = "Drinking water for a dry island", *, organisation: Organisation | None = None, **fields: Any
) -> Listing:
    return make_published(need_record(title, **fields), organisation=organisation)


def edited(listing: Listing, **fields: Any) -> ListingRecord:
    """The listing's record with other values: of its text by `title=`, `summary=` …, else by the record's names."""
    record = content.record_of(listing)
    of_text = {f.name for f in dataclasses.fields(TextRecord)}
    text = dataclasses.replace(record.texts[0], **{k: v for k, v in fields.items() if k in of_text})
    return dataclasses.replace(
        record, texts=(text, *record.texts[1:]), **{k: v for k, v in fields.items() if k not in of_text}
    )


__all__ = [
    "Kind", "edited", "make_draft", "make_moderator", "make_need", "make_organisation", "make_published",
    "make_submitted", "make_technology", "make_user", "need_record", "owner_of", "technology_record",
]  # fmt: skip
