"""What follows from what, on one screen: everything that can happen, and the jobs that each thing starts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from verdure.core import tasks as core
from verdure.core.activity import FollowUp
from verdure.core.prepare import Step
from verdure.core.schedule import Periodic
from verdure.discovery import tasks as discovery
from verdure.listings import sample, tasks as listings

# Each task gets the ids of the subjects; an empty tuple says that nothing follows. Once the index holds the listings,
# `index_listings` has them matched (`match_listings`) and shown to the stored queries (`meet_queries`).
FLOW: Mapping[str, tuple[FollowUp, ...]] = {
    "organisation.founded": (),
    "organisation.changed": (discovery.index_listings_of,),
    "organisation.member_added": (),
    "listing.started": (),
    "listing.written": (),
    "listing.changed": (discovery.index_listings,),
    "listing.restored": (),
    "listing.file_added": (),
    "listing.file_removed": (),
    "listing.submitted": (listings.tell_submitted,),
    "listing.taken_up": (),
    "listing.changes_requested": (listings.tell_changes_requested,),
    "listing.rejected": (listings.tell_rejected,),
    "listing.approved": (listings.tell_approved,),
    "listing.published": (discovery.index_listings, listings.tell_published),
    "listing.imported": (discovery.index_listings,),
    "listing.reconfirmed": (),
    "listing.paused": (discovery.index_listings, listings.tell_paused),
    "listing.expired": (discovery.index_listings, listings.tell_expired),
    "listing.withdrawn": (discovery.index_listings,),
    "listing.archived": (),
    "listing.reopened": (),
    "listing.removed": (discovery.index_listings,),
    "listing.marked": (),
    "listing.mark_revoked": (),
    "stored_query.stored": (discovery.keep_queries,),
    "stored_query.changed": (discovery.keep_queries,),
    "stored_query.paused": (discovery.keep_queries,),
    "stored_query.resumed": (discovery.keep_queries,),
    "stored_query.removed": (discovery.keep_queries,),
    "import.requested": (listings.run_imports,),
    "import.begun": (),
    "import.ended": (),
    "job.given_up": (),
    "job.replayed": (),
    "job.discarded": (),
}

SCHEDULE: Mapping[str, Periodic] = {
    "publish what is scheduled": Periodic(timedelta(minutes=1), listings.publish_due),
    "take back what has expired": Periodic(timedelta(minutes=5), listings.expire_due),
    "remind owners to confirm": Periodic(timedelta(hours=1), listings.remind_due),
    "put the index right": Periodic(timedelta(hours=1), discovery.catch_up),
    "forget old uploads": Periodic(timedelta(days=1), listings.forget_old_imports),
    "forget old successful jobs": Periodic(timedelta(days=1), core.forget_successes),
}

# Before the first request of a new or updated data folder.
PREPARE: tuple[Step, ...] = (
    Step("Database", "verdure.core.prepare.database"),
    Step("Static files", "verdure.core.prepare.static_files"),
    Step("Sample collection", "verdure.listings.sample.prepare", sample=True),
    Step("Text model", "verdure.discovery.model.prepare"),
    Step("Search index", "verdure.discovery.prepare.search_index"),
    Step("Stored queries", "verdure.discovery.prepare.stored_queries"),
    Step("Matches", "verdure.discovery.prepare.matches"),
)


def welcome() -> list[str]:
    """What a person who has just started the site is told, beside its address."""
    people = [f"  {role:<10} {email:<26} {password}" for role, email, password in sample.sign_ins()]
    return ["Sample sign-ins:", *people] if people else []
