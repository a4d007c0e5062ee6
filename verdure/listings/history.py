"""A listing's history in the reader's words, from its activities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from verdure.core.models import Activity

from .models import Listing


@dataclass(frozen=True, slots=True)
class Event:
    label: str
    at: datetime


def history(listing: Listing, *, most: int = 30) -> Sequence[Event]:
    """The latest first. Saving a step many times in a row is one event, and so is putting back an earlier version."""
    rows = Activity.objects.filter(subject_type="listings.listing", subject_id=listing.pk).order_by("-at", "-pk")
    labels = _labels()
    events: list[Event] = []
    restored = False
    for row in rows[: most * 4]:
        label = labels.get(row.verb, "")
        part_of_restoring = restored and row.verb == "listing.changed"
        if label and not part_of_restoring and not (events and events[-1].label == label):
            events.append(Event(label, row.at))
        restored = row.verb == "listing.restored"
    return events[:most]


def _labels() -> dict[str, str]:
    return {
        "listing.started": _("Begun"),
        "listing.changed": _("Changed"),
        "listing.written": _("Changed"),
        "listing.restored": _("An earlier version put back"),
        "listing.imported": _("Imported"),
        "listing.submitted": _("Handed in"),
        "listing.taken_up": _("A moderator looks at it"),
        "listing.changes_requested": _("Changes asked for"),
        "listing.rejected": _("Rejected"),
        "listing.approved": _("Approved for a later date"),
        "listing.published": _("Published"),
        "listing.paused": _("Paused"),
        "listing.reconfirmed": _("Confirmed"),
        "listing.withdrawn": _("Withdrawn"),
        "listing.archived": _("Put away"),
        "listing.reopened": _("Taken up again"),
        "listing.expired": _("Deadline passed"),
        "listing.marked": _("Given a mark"),
        "listing.mark_revoked": _("A mark was taken back"),
        "listing.file_added": _("File added"),
        "listing.file_removed": _("File removed"),
    }
