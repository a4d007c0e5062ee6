"""A listing, technology or need, with everything that belongs to it."""

from verdure.listings.models.choices import Deal, IpStatus, Kind, Role, State
from verdure.listings.models.content import (
    SUMMARY_LIMIT,
    TEXT_LIMIT,
    TITLE_LIMIT,
    Claim,
    ListingCode,
    ListingDeal,
    ListingField,
    ListingGoal,
    ListingPlace,
    ListingText,
    Patent,
)
from verdure.listings.models.imports import ImportRun
from verdure.listings.models.listing import Listing
from verdure.listings.models.trail import Attachment, Mark, Revision

__all__ = [
    "SUMMARY_LIMIT",
    "TEXT_LIMIT",
    "TITLE_LIMIT",
    "Attachment",
    "Claim",
    "Deal",
    "ImportRun",
    "IpStatus",
    "Kind",
    "Listing",
    "ListingCode",
    "ListingDeal",
    "ListingField",
    "ListingGoal",
    "ListingPlace",
    "ListingText",
    "Mark",
    "Patent",
    "Revision",
    "Role",
    "State",
]
