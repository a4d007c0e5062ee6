"""Matches (a need and a technology that fit, and why), and stored queries with the listings that met them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from verdure.listings.models import Listing


class Match(models.Model):
    """Kept while either side ranks the other among its best, and for good once a person has done something with it."""

    class State(models.TextChoices):
        NEW = "new", _("new")
        SEEN = "seen", _("seen")
        INTERESTED = "interested", _("interested")
        PASSED = "passed", _("passed")

    class Pass(models.TextChoices):
        TOO_EARLY = "too_early", _("too early")
        BENEFIT = "benefit", _("benefit over what exists unclear")
        ROUTE = "route", _("commercial route unclear")
        DESCRIPTION = "description", _("description unclear")
        SCIENCE = "science", _("doubts about the science")
        CONSTRAINTS = "constraints", _("does not fit our constraints")
        PRICE = "price", _("price or terms")
        SOLVED = "solved", _("already solved")
        OTHER = "other", _("other")

    need = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="need_matches")
    technology = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="technology_matches")
    score = models.FloatField()  # 0 to 1
    parts = models.JSONField(default=dict)
    reasons = models.JSONField(default=list)  # of engine.match.Reason, as JSON; `reasons.sentence` renders one
    among_need_best = models.BooleanField(default=False)  # the technology is among the need's best
    among_technology_best = models.BooleanField(default=False)
    # In that side's list it is shown under another listing, which is nearly the same and fits better.
    technology_under = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    need_under = models.ForeignKey(Listing, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    need_state = models.CharField(max_length=12, choices=State, default=State.NEW)
    need_reason = models.CharField(max_length=12, choices=Pass, blank=True)
    technology_state = models.CharField(max_length=12, choices=State, default=State.NEW)
    technology_reason = models.CharField(max_length=12, choices=Pass, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)
    computed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["-score", "id"]
        indexes = [
            models.Index(fields=["need", "-score"], name="match_of_need"),
            models.Index(fields=["technology", "-score"], name="match_of_technology"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["need", "technology"], name="match_pair_unique"),
            models.CheckConstraint(condition=~Q(need=models.F("technology")), name="match_joins_two"),
            models.CheckConstraint(condition=Q(score__range=(0, 1)), name="match_score_0_to_1"),
            models.CheckConstraint(
                condition=Q(need_state__in=["new", "seen", "interested", "passed"])
                & Q(technology_state__in=["new", "seen", "interested", "passed"]),
                name="match_states_known",
            ),
            models.CheckConstraint(
                condition=(~Q(need_state="passed") | ~Q(need_reason=""))
                & (~Q(technology_state="passed") | ~Q(technology_reason="")),
                name="match_passing_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.need_id} ◆—● {self.technology_id}"


class StoredQuery(models.Model):
    """A search that a person wants to go on: each listing that meets it from now on is a `StoredQueryHit`."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="stored_queries")
    text = models.TextField(blank=True)
    language = models.CharField(max_length=16, blank=True)  # the reader's
    filters: models.JSONField[dict[str, list[str]]] = models.JSONField(default=dict)  # as in engine.SearchRequest
    paused = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)  # rises with every change
    pending = models.BooleanField(default=True)  # the engine's store does not hold this version yet
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "-created_at"], name="stored_query_of_owner"),
            models.Index(fields=["id"], condition=Q(pending=True), name="stored_query_pending"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(text="") | ~Q(filters={}), name="stored_query_asks_something"),
        ]

    def __str__(self) -> str:
        return self.text or "—"


class StoredQueryHit(models.Model):
    """A listing that met a stored query when it was published or edited. Once for each pair, whatever happens twice."""

    query = models.ForeignKey(StoredQuery, models.CASCADE, related_name="hits")
    listing = models.ForeignKey(Listing, models.CASCADE, related_name="stored_query_hits")
    score = models.FloatField()  # 0 to 1, when it was found
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-found_at", "-id"]
        indexes = [models.Index(fields=["query", "-found_at"], name="hit_of_stored_query")]
        constraints = [
            models.UniqueConstraint(fields=["query", "listing"], name="stored_query_hit_once"),
            models.CheckConstraint(condition=Q(score__range=(0, 1)), name="stored_query_hit_score_0_to_1"),
        ]

    def __str__(self) -> str:
        return f"{self.query_id} ◇ {self.listing_id}"
