"""What can be done to users and organisations. The one write path: forms, imports, samples and tests come here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower

from verdure.core.activity import record

from .models import Membership, Organisation, User


@transaction.atomic
def found_organisation(*, by: User, **fields: Any) -> Organisation:
    """A new organisation with its founder as owner."""
    organisation = _made(**fields)
    Membership.objects.create(organisation=organisation, user=by, role=Membership.Role.OWNER)
    record("organisation.founded", organisation, by=by)
    return organisation


@transaction.atomic
def change_organisation(organisation: Organisation, *, by: User, **fields: Any) -> Organisation:
    if not by.has_perm("accounts.change_organisation", organisation):
        raise PermissionDenied
    before = Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk).logo
    for name, value in fields.items():
        setattr(organisation, name, value)
    organisation.full_clean(exclude=["members"])
    organisation.save()
    if before.name and before.name != organisation.logo.name:
        transaction.on_commit(partial(before.storage.delete, before.name))
    record("organisation.changed", organisation, by=by, fields=sorted(fields))
    return organisation


def change_person(person: User, *, name: str, language: str) -> None:
    """What people say about themselves: their name, and the language in which the site writes to them."""
    person.name, person.language = name, language
    person.save(update_fields=["name", "language"])


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOrganisation:
    """An organisation as a source names it."""

    source: str
    name: str
    country: str = ""
    type: str = Organisation.Type.OTHER
    size: str = ""
    description: str = ""
    website: str = ""


Place = tuple[str, str, str]


def imported_organisations(named: Collection[NamedOrganisation]) -> dict[NamedOrganisation, Organisation]:
    """The organisations that sources name, found by source, name in any case and country, or else made.

    A handful of statements, however many are named. What a source says anew of an organisation without members is
    taken over; one that has members is theirs to describe.
    """
    wanted: dict[Place, NamedOrganisation] = {}
    for item in named:
        wanted.setdefault(_place(item), item)
    found = _imported(wanted.values())
    if missing := [item for place, item in wanted.items() if place not in found]:
        made = [Organisation(**asdict(item)) for item in missing]
        for organisation in made:
            organisation.clean_fields()
        Organisation.objects.bulk_create(made, ignore_conflicts=True)  # somebody else may have made it meanwhile
        found |= _imported(missing)
    for place, item in wanted.items():
        if place not in found:  # the database folds this name's case otherwise than Python does
            [found[place]] = (one for one in _imported([item]).values() if one.country == item.country)
    _take_over(wanted, found)
    return {item: found[_place(item)] for item in named}


def _place(item: NamedOrganisation | Organisation) -> Place:
    return item.source, item.name.lower(), item.country


def _imported(named: Iterable[NamedOrganisation]) -> dict[Place, Organisation]:
    items = list(named)
    found = (
        Organisation.objects.exclude(source="")  # names the index that has names in lower case
        .alias(folded=Lower("name"))
        .filter(source__in={item.source for item in items}, folded__in=[Lower(Value(item.name)) for item in items])
    )
    return {_place(organisation): organisation for organisation in found}


DESCRIBED = ("type", "size", "description", "website")


def _take_over(wanted: Mapping[Place, NamedOrganisation], found: Mapping[Place, Organisation]) -> None:
    """An empty value, or an unknown type, is no news."""
    news = {found[place].pk: (found[place], item) for place, item in wanted.items() if _news(found[place], item)}
    if not news:
        return
    free = Organisation.objects.filter(pk__in=news, memberships=None).values_list("pk", flat=True)
    changed = [news[pk] for pk in free]
    for organisation, item in changed:
        for name, value in _news(organisation, item).items():
            setattr(organisation, name, value)
    Organisation.objects.bulk_update([organisation for organisation, _ in changed], DESCRIBED, batch_size=100)


def _news(organisation: Organisation, item: NamedOrganisation) -> dict[str, str]:
    said = {name: getattr(item, name) for name in DESCRIBED}
    return {
        name: value
        for name, value in said.items()
        if value not in ("", Organisation.Type.OTHER) and value != getattr(organisation, name)
    }


def _made(**fields: Any) -> Organisation:
    organisation = Organisation(**fields)
    organisation.full_clean(exclude=["members"])
    organisation.save()
    return organisation


@transaction.atomic
def add_member(organisation: Organisation, user: User, *, role: Membership.Role, by: User | None) -> Membership:
    membership, _ = Membership.objects.update_or_create(organisation=organisation, user=user, defaults={"role": role})
    record("organisation.member_added", organisation, by=by, user=user.pk, role=str(role))
    return membership
