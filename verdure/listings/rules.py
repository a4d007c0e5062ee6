"""Who may do what to a listing."""

from __future__ import annotations

from verdure.accounts.rules import Person, belongs_to, edits_for, is_secretariat
from verdure.core.permissions import allow, predicate

from .models import Listing, State

EDITABLE = (State.DRAFT, State.CHANGES_REQUESTED, State.PUBLISHED, State.PAUSED, State.APPROVED, State.EXPIRED)


@predicate
def is_public(user: Person, listing: Listing | None) -> bool:
    return listing is not None and listing.is_public


@predicate
def speaks_for(user: Person, listing: Listing | None) -> bool:
    """Edits for the listing's organisation; a draft without one belongs to the person who began it."""
    if listing is None or not user.is_authenticated:
        return False
    if listing.organisation_id is None:
        return listing.created_by_id == user.pk
    return bool(edits_for(user, listing.organisation))


@predicate
def is_of_the_house(user: Person, listing: Listing | None) -> bool:
    """Belongs to the listing's organisation, in any role."""
    return listing is not None and bool(belongs_to(user, listing.organisation))


@predicate
def is_editable(user: Person, listing: Listing | None) -> bool:
    return listing is not None and listing.state in EDITABLE


allow("listings.view_listing", is_public | speaks_for | is_of_the_house | is_secretariat)
allow("listings.change_listing", speaks_for & is_editable)
allow("listings.steer_listing", speaks_for)  # submit, pause, resume, reconfirm, withdraw, archive
allow("listings.moderate_listing", is_secretariat & ~is_of_the_house)  # nobody judges what is their own
allow("listings.import_listings", is_secretariat)
