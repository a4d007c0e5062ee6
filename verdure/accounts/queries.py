"""Questions about users and organisations."""

from __future__ import annotations

from django.db.models import QuerySet

from .models import Membership, Organisation, User
from .rules import Person


def organisations_to_write_for(user: Person) -> QuerySet[Organisation]:
    if not user.is_authenticated:
        return Organisation.objects.none()
    return Organisation.objects.filter(
        memberships__user=user, memberships__role__in=[Membership.Role.OWNER, Membership.Role.EDITOR]
    )


def moderators() -> QuerySet[User]:
    return User.objects.filter(is_staff=True, is_active=True)


def members_to_tell(organisation: Organisation) -> QuerySet[User]:
    """The people who answer for an organisation's listings."""
    return User.objects.filter(
        is_active=True,
        memberships__organisation=organisation,
        memberships__role__in=[Membership.Role.OWNER, Membership.Role.EDITOR],
    )
