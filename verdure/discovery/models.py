"""Matches: a need and a technology that fit, why, and what each side has made of it."""

from __future__ import annotations

from typing import ClassVar

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
