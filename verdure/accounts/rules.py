"""Who may do what to organisations."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from verdure.core.permissions import allow, predicate

from .models import Membership, Organisation, User

Person = User | AnonymousUser


@predicate
def is_secretariat(user: Person) -> bool:
    return user.is_active and user.is_staff


@predicate
def owns(user: Person, organisation: Organisation | None) -> bool:
    return organisation is not None and _has_role(user, organisation.pk, Membership.Role.OWNER)


@predicate
def edits_for(user: Person, organisation: Organisation | None) -> bool:
    """May write listings in the organisation's name."""
    return organisation is not None and _has_role(user, organisation.pk, Membership.Role.OWNER, Membership.Role.EDITOR)


@predicate
def belongs_to(user: Person, organisation: Organisation | None) -> bool:
    """In any role: may read what the organisation has not made public."""
    return organisation is not None and _has_role(user, organisation.pk, *Membership.Role)


def _has_role(user: Person, organisation_id: int, *roles: Membership.Role) -> bool:
    if not user.is_authenticated:
        return False
    return Membership.objects.filter(user=user, organisation_id=organisation_id, role__in=roles).exists()


allow("accounts.change_organisation", owns | is_secretariat)
allow("accounts.write_for_organisation", edits_for | is_secretariat)
