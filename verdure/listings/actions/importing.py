"""Loading records of a source: idempotent by source and source id, a whole batch or nothing of it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from verdure.accounts.actions import NamedOrganisation, imported_organisations
from verdure.accounts.models import Organisation, User
from verdure.core.activity import record_many
from verdure.core.locks import alone

from .. import checks, content, origins
from ..models import Attachment, Listing, Revision, State
from ..records import ListingRecord, OrganisationRecord, to_json
from ..rules import EDITABLE

Key = tuple[str, str]
REMOVED_AT_ONCE = 1_000
Refused = tuple[int, tuple[checks.Problem, ...]]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What became of a batch. `refused` pairs the position in the batch with the reasons."""

    added: int
    changed: int
    unchanged: int
    refused: tuple[Refused, ...]


@dataclass(slots=True)
class _Weighed:
    """A batch set against what is here."""

    fresh: list[ListingRecord] = field(default_factory=list)
    stale: list[tuple[Listing, ListingRecord]] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)

    def loaded(self) -> Loaded:
        return Loaded(len(self.fresh), len(self.stale), self.unchanged, tuple(sorted(self.refused)))


@transaction.atomic
def load(batch: Sequence[ListingRecord], *, by: User | None, owner: Organisation | None = None) -> Loaded:
    """Add new records, update those that changed, leave equal ones alone. All carry their provenance.

    With an owner, new ones are that organisation's drafts, to be handed in like any other. Without, they come from a
    source that the secretariat trusts and are public at once. An update leaves the state as it is: what was withdrawn
    here stays withdrawn. What a member wrote here is not changed by a file that was once exported from here.
    """
    _may(by, owner)
    alone(f"import {source}" for source in _sources(batch, owner))
    weighed = _weigh(batch, Listing.objects.select_for_update(of=("self",), no_key=True), owner)
    _write(weighed, by=by, owner=owner)
    return weighed.loaded()


def compare(batch: Sequence[ListingRecord], *, by: User | None, owner: Organisation | None = None) -> Loaded:
    """What `load` would do with the batch; nothing is written."""
    _may(by, owner)
    return _weigh(batch, Listing.objects.all(), owner).loaded()


def _may(by: User | None, owner: Organisation | None) -> None:
    """Without a person it is whoever runs this site, at its command line."""
    if by is None:
        return
    if not (
        by.has_perm("accounts.write_for_organisation", owner) if owner else by.has_perm("listings.import_listings")
    ):
        raise PermissionDenied


def _sources(batch: Iterable[ListingRecord], owner: Organisation | None) -> set[str]:
    if owner is not None:
        return {origins.space_of(owner)}
    return {record.provenance.source for record in batch if record.provenance}


def _weigh(batch: Sequence[ListingRecord], listings: QuerySet[Listing], owner: Organisation | None) -> _Weighed:
    weighed = _Weighed()
    written_here = _written_here(batch)
    wanted: dict[Key, tuple[int, ListingRecord]] = {}
    for n, record in enumerate(batch):
        if problems := tuple(_problems(record)):
            weighed.refused.append((n, problems))
        elif listing := written_here.get(_key(record)):
            _set_against(listing, n, record, weighed)
        else:
            record = _owned(record, owner)
            weighed.unchanged += _key(record) in wanted  # the later one of a batch stands
            wanted[_key(record)] = (n, record)
    known = _known(wanted, listings)
    same = _same(((known[key], record) for key, (_n, record) in wanted.items() if key in known), owner)
    for key, (n, record) in wanted.items():
        listing = known.get(key)
        if listing is None:
            weighed.fresh.append(record)
        elif listing.pk in same:
            weighed.unchanged += 1
        elif owner and listing.state not in EDITABLE:
            weighed.refused.append((n, (_not_now(listing),)))
        else:
            weighed.stale.append((listing, record))
    return weighed


def _problems(record: ListingRecord) -> Iterator[checks.Problem]:
    yield from checks.problems(record)
    if record.provenance is None or not record.provenance.source or not record.provenance.source_id:
        yield checks.Problem("source_id", _("an import needs a source, and the id that the record has there"))
    if record.organisation is not None:
        yield from _organisation_problems(record.organisation)


def _organisation_problems(named: OrganisationRecord) -> Iterator[checks.Problem]:
    try:
        Organisation(**dataclasses.asdict(named)).clean_fields()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            column = "organisation" if name == "name" else f"organisation_{name}"
            yield checks.Problem(column, " ".join(messages))


def _written_here(batch: Iterable[ListingRecord]) -> dict[Key, Listing]:
    """Members' listings that come back in a file that was exported from here."""
    ids = [r.provenance.source_id for r in batch if r.provenance and r.provenance.source == origins.HERE]
    keys = {pk for own in ids if (pk := origins.primary_key(own)) is not None}
    found = content.with_content(Listing.objects.filter(pk__in=keys)) if keys else ()
    return {(origins.HERE, origins.own_id(listing)): listing for listing in found if origins.is_members(listing)}


def _set_against(listing: Listing, n: int, record: ListingRecord, weighed: _Weighed) -> None:
    if origins.exported(listing) == record:
        weighed.unchanged += 1
    else:
        message = _("this listing was written here and has changed since: change it on its own page (no. %s)")
        weighed.refused.append((n, (checks.Problem("source_id", message % listing.pk),)))


def _owned(record: ListingRecord, owner: Organisation | None) -> ListingRecord:
    assert record.provenance is not None
    if owner is None:
        return record
    return dataclasses.replace(record, provenance=origins.in_space(record.provenance, owner))


def _key(record: ListingRecord) -> Key:
    assert record.provenance is not None
    return record.provenance.source, record.provenance.source_id


def _known(wanted: Mapping[Key, object], listings: QuerySet[Listing]) -> dict[Key, Listing]:
    found = listings.filter(
        source__in={source for source, _id in wanted}, source_id__in=[source_id for _source, source_id in wanted]
    )
    return {(listing.source, listing.source_id): listing for listing in found}


def _same(pairs: Iterable[tuple[Listing, ListingRecord]], owner: Organisation | None) -> set[int]:
    """The listings whose record is the one last imported, or says what they say now: an export that comes back, say."""
    pairs = list(pairs)
    same = {listing.pk for listing, record in pairs if listing.source_digest == _digest(record)}
    others = {listing.pk: record for listing, record in pairs if listing.pk not in same}
    for listing in content.with_content(Listing.objects.filter(pk__in=others)) if others else ():
        if _content(content.record_of(listing), owner) == _content(others[listing.pk], owner):
            same.add(listing.pk)
    return same


def _content(record: ListingRecord, owner: Organisation | None) -> ListingRecord:
    """An owner's listing is the owner's, whatever organisation the file names."""
    return origins.in_one_form(dataclasses.replace(record, organisation=None) if owner else record)


def _not_now(listing: Listing) -> checks.Problem:
    message = _("this listing is “%s” now and cannot be changed; take it up again on its own page first")
    return checks.Problem("", message % listing.get_state_display())


def _digest(record: ListingRecord) -> str:
    plain = json.dumps(to_json(record), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def _write(weighed: _Weighed, *, by: User | None, owner: Organisation | None) -> None:
    records = [*weighed.fresh, *(record for _listing, record in weighed.stale)]
    named = {} if owner else _named(records)
    columns = {_key(record): _columns(record, owner or named.get(_key(record))) for record in records}
    added = Listing.objects.bulk_create(
        [Listing(created_by=by, **_first_state(r, owner), **columns[_key(r)]) for r in weighed.fresh], batch_size=200
    )
    _update(weighed.stale, columns)
    content.write([*zip(added, weighed.fresh, strict=True), *weighed.stale])
    if owner:
        _keep_revisions(weighed.stale, by=by)
    record_many("listing.imported" if owner is None else "listing.started", added, by=by)
    record_many("listing.changed", [listing for listing, _record in weighed.stale], by=by)


def _named(records: Iterable[ListingRecord]) -> dict[Key, Organisation]:
    """The organisation of each record that names one."""
    named = {
        _key(record): NamedOrganisation(source=_key(record)[0], **dataclasses.asdict(record.organisation))
        for record in records
        if record.organisation is not None
    }
    found = imported_organisations(list(named.values()))
    return {key: found[item] for key, item in named.items()}


def _columns(record: ListingRecord, organisation: Organisation | None) -> dict[str, Any]:
    assert record.provenance is not None
    origin = record.provenance
    return {
        "kind": record.kind,
        "organisation": organisation,
        "source": origin.source,
        "source_id": origin.source_id,
        "source_url": origin.url,
        "licence": origin.licence,
        "attribution": origin.attribution,
        "source_digest": _digest(record),
        **content.plain_values(record),
    }


def _first_state(record: ListingRecord, owner: Organisation | None) -> dict[str, Any]:
    if owner is not None:
        return {"state": State.DRAFT}
    now = timezone.now()
    since = now
    if record.dated and record.dated <= now.date():
        since = timezone.make_aware(datetime.combine(record.dated, time()))
    return {"state": State.PUBLISHED, "published_at": since, "expires_at": now + settings.LISTING_LIFETIME}


def _update(stale: Sequence[tuple[Listing, ListingRecord]], columns: Mapping[Key, Mapping[str, Any]]) -> None:
    """Only what came from the file: a state that somebody else is changing stays theirs."""
    now = timezone.now()
    for listing, record in stale:
        for name, value in columns[_key(record)].items():
            setattr(listing, name, value)
        listing.version += 1
        listing.updated_at = now
    if stale:
        names = [*columns[_key(stale[0][1])], "version", "updated_at"]
        Listing.objects.bulk_update([listing for listing, _record in stale], names, batch_size=100)


def _keep_revisions(stale: Sequence[tuple[Listing, ListingRecord]], *, by: User | None) -> None:
    """What was handed in once keeps its history when its owner's file changes it."""
    Revision.objects.bulk_create(
        [
            Revision(listing=listing, version=listing.version, record=to_json(record), by=by)
            for listing, record in stale
            if listing.state != State.DRAFT
        ]
    )


@transaction.atomic
def remove_source(source: str, *, by: User | None) -> int:
    """Take out all that came from a source, with organisations that only it named. Returns how many listings."""
    number = remove(Listing.objects.filter(source=source), by=by)
    Organisation.objects.filter(source=source, listings=None, memberships=None).delete()
    return number


@transaction.atomic
def remove(listings: QuerySet[Listing], *, by: User | None) -> int:
    """Take listings out for good, with their files. Returns how many there were."""
    found = list(listings.only("pk"))
    record_many("listing.removed", found, by=by)
    for start in range(0, len(found), REMOVED_AT_ONCE):
        pks = [listing.pk for listing in found[start : start + REMOVED_AT_ONCE]]
        for attachment in Attachment.objects.filter(listing__in=pks):
            transaction.on_commit(partial(attachment.file.storage.delete, attachment.file.name or ""))
        Listing.objects.filter(pk__in=pks).delete()
    return len(found)
