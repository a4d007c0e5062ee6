"""A listing: a technology or a need. What must always hold is a constraint here."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from verdure.accounts.models import Organisation
from verdure.listings.models.choices import IpStatus, Kind, Role, State, known


class Listing(models.Model):
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    state_message = models.TextField(blank=True)  # what the moderator asked for, or why it was rejected
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="listings", null=True, blank=True
    )
    contact = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="contact_for", null=True, blank=True
    )  # never shown
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, related_name="+", null=True, blank=True
    )
    website = models.URLField(_("website"), max_length=1000, blank=True)
    video = models.URLField(_("video link"), max_length=1000, blank=True)
    readiness = models.PositiveSmallIntegerField(_("readiness (TRL)"), null=True, blank=True)
    readiness_min = models.PositiveSmallIntegerField(_("lowest readiness of use"), null=True, blank=True)
    ip_status = models.CharField(_("IP status"), max_length=10, choices=IpStatus, blank=True)
    amount_min = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)  # cost, or a need's budget
    amount_max = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    deadline = models.DateField(_("deadline"), null=True, blank=True)
    wanted_role = models.CharField(_("wanted role"), max_length=12, choices=Role, blank=True)
    dated = models.DateField(null=True, blank=True)  # made public at its source
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    publish_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)  # counts edits: two people cannot overwrite each other unseen
    # provenance; an empty source means entered by a member
    source = models.SlugField(max_length=50, blank=True)
    source_id = models.CharField(max_length=200, blank=True)
    source_url = models.URLField(max_length=1000, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    attribution = models.TextField(blank=True)
    source_digest = models.CharField(max_length=64, blank=True)  # of the record last imported: equal means unchanged

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        indexes = [
            models.Index(fields=["state", "kind"], name="listing_state_kind"),
            models.Index(fields=["published_at"], name="listing_published_at", condition=Q(state=State.PUBLISHED)),
        ]
        constraints = [
            known("kind", Kind),
            known("state", State),
            known("ip_status", IpStatus, blank=True),
            known("wanted_role", Role, blank=True),
            models.CheckConstraint(
                condition=Q(readiness=None) | Q(readiness__range=(1, 9)), name="listing_readiness_1_to_9"
            ),
            models.CheckConstraint(
                condition=Q(readiness_min=None) | Q(readiness_min__range=(1, 9)), name="listing_readiness_min_1_to_9"
            ),
            models.CheckConstraint(
                condition=Q(amount_min=None) | Q(amount_max=None) | Q(amount_min__lte=F("amount_max")),
                name="listing_amounts_in_order",
            ),
            models.CheckConstraint(
                condition=(Q(amount_min=None) | Q(amount_min__gte=0)) & (Q(amount_max=None) | Q(amount_max__gte=0)),
                name="listing_amounts_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(amount_min=None, amount_max=None) | Q(currency__regex=r"^[A-Z]{3}$"),
                name="listing_amount_has_a_currency",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.NEED) | Q(deadline=None, wanted_role="", readiness_min=None),
                name="listing_technology_has_no_need_fields",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.TECHNOLOGY) | Q(readiness=None, ip_status=""),
                name="listing_need_has_no_technology_fields",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.PUBLISHED) | Q(published_at__isnull=False, expires_at__isnull=False),
                name="listing_published_has_dates",
            ),
            models.CheckConstraint(
                condition=~Q(state=State.APPROVED) | Q(publish_at__isnull=False), name="listing_approved_is_scheduled"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[State.REJECTED, State.CHANGES_REQUESTED]) | ~Q(state_message=""),
                name="listing_refusal_has_a_message",
            ),
            models.UniqueConstraint(
                fields=["source", "source_id"], condition=~Q(source=""), name="listing_source_id_unique"
            ),
            models.CheckConstraint(condition=Q(source="") | ~Q(source_id=""), name="listing_source_has_an_id"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("listing", args=[self.pk])

    @property
    def is_public(self) -> bool:
        return self.state == State.PUBLISHED

    @property
    def is_sample(self) -> bool:
        return self.source == "sample"
