"""Who may do what to stored queries: they tell what a person looks for, so not even the secretariat reads them."""

from __future__ import annotations

from verdure.accounts.rules import Person
from verdure.core.permissions import allow, predicate

from .models import StoredQuery


@predicate
def owns(user: Person, query: StoredQuery | None) -> bool:
    return query is not None and user.is_authenticated and user.is_active and query.owner_id == user.pk


allow("discovery.view_storedquery", owns)
allow("discovery.change_storedquery", owns)  # also to pause and to remove it
