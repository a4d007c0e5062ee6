"""The state machine of a listing: which verb leads from where to where, and the one guarded way to take it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from .models import Listing, State


@dataclass(frozen=True, slots=True)
class Move:
    sources: frozenset[State]
    target: State


def _move(target: State, *sources: State) -> Move:
    return Move(frozenset(sources), target)


REVIEWABLE = (State.SUBMITTED, State.IN_REVIEW)

MOVES: dict[str, Move] = {
    "submit": _move(State.SUBMITTED, State.DRAFT, State.CHANGES_REQUESTED),
    "take_up": _move(State.IN_REVIEW, State.SUBMITTED),
    "ask_for_changes": _move(State.CHANGES_REQUESTED, *REVIEWABLE),
    "reject": _move(State.REJECTED, *REVIEWABLE),
    "schedule": _move(State.APPROVED, *REVIEWABLE),
    "publish": _move(State.PUBLISHED, *REVIEWABLE, State.APPROVED),
    "pause": _move(State.PAUSED, State.PUBLISHED),
    "resume": _move(State.PUBLISHED, State.PAUSED, State.EXPIRED),
    "reconfirm": _move(State.PUBLISHED, State.PUBLISHED),
    "expire": _move(State.EXPIRED, State.PUBLISHED, State.PAUSED),
    "withdraw": _move(
        State.WITHDRAWN, *REVIEWABLE, State.CHANGES_REQUESTED, State.APPROVED, State.PUBLISHED, State.PAUSED,
        State.EXPIRED,
    ),
    "archive": _move(State.ARCHIVED, State.DRAFT, State.PAUSED, State.EXPIRED, State.REJECTED, State.WITHDRAWN),
    "reopen": _move(State.DRAFT, State.REJECTED, State.WITHDRAWN, State.ARCHIVED),
}  # fmt: skip


class MoveRefused(Exception):
    """The listing is not in a state from which this verb leads on. Its text is for the person who asked."""

    def __init__(self, verb: str, listing: Listing) -> None:
        super().__init__(
            _("This listing is “%(state)s” now, so that cannot be done. Reload the page to see where it stands.")
            % {"state": listing.get_state_display()}
        )
        self.verb = verb
        self.state = listing.state


def move(listing: Listing, verb: str, **changes: Any) -> None:
    """Take `listing` along `verb` in one guarded UPDATE: of two people, one wins, the other gets MoveRefused."""
    found = MOVES[verb]
    changed = Listing.objects.filter(pk=listing.pk, state__in=found.sources).update(state=found.target, **changes)
    listing.refresh_from_db(fields=["state", *changes])
    if not changed:
        raise MoveRefused(verb, listing)


def possible(listing: Listing) -> frozenset[str]:
    """The verbs that lead on from where the listing stands; who may take them is `rules`' business."""
    return frozenset(verb for verb, found in MOVES.items() if listing.state in found.sources)
