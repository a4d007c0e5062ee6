"""What a listing says: its texts, fields, goals, places, deals, codes, patents and claims, in their order."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from verdure.listings.models.choices import Deal, known
from verdure.listings.models.listing import Listing

TITLE_LIMIT = 300
SUMMARY_LIMIT = 1_000
TEXT_LIMIT = 50_000


class ListingText(models.Model):
    """One language version. Position 0 is the original."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="texts")
    position = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=16)
    title = models.CharField(_("title"), max_length=TITLE_LIMIT)
    summary = models.CharField(_("summary"), max_length=SUMMARY_LIMIT, blank=True)
    description = models.TextField(_("description"), max_length=TEXT_LIMIT, blank=True)
    advantages = models.TextField(_("advantages"), max_length=TEXT_LIMIT, blank=True)
    problem = models.TextField(_("problem"), max_length=TEXT_LIMIT, blank=True)
    context = models.TextField(_("context and constraints"), max_length=TEXT_LIMIT, blank=True)
    specification = models.TextField(_("required specification"), max_length=TEXT_LIMIT, blank=True)
    comparison = models.TextField(_("what will be compared"), max_length=TEXT_LIMIT, blank=True)
    keywords = models.JSONField(_("keywords"), default=list, blank=True)
    origin = models.CharField(max_length=10, default="human")
    made_from = models.CharField(max_length=16, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "position"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "language"], name="text_one_per_language"),
            models.UniqueConstraint(fields=["listing", "position"], name="text_position_unique"),
            models.CheckConstraint(
                condition=Q(language__regex=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"), name="text_language_is_a_tag"
            ),
            models.CheckConstraint(condition=Q(origin__in=["human", "machine"]), name="text_origin_known"),
            models.CheckConstraint(
                condition=~Q(origin="machine") | ~Q(made_from=""), name="text_machine_says_made_from_what"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ListingField(models.Model):
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="fields")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=80)

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "position"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "code"], name="field_once_per_listing"),
            models.UniqueConstraint(fields=["listing", "position"], name="field_position_unique"),
            models.CheckConstraint(condition=Q(position__lt=5), name="field_at_most_five"),
        ]

    def __str__(self) -> str:
        return self.code


class ListingGoal(models.Model):
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="goals")
    number = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "number"]
        constraints = [
            models.UniqueConstraint(fields=["listing", "number"], name="goal_once_per_listing"),
            models.CheckConstraint(condition=Q(number__range=(1, 17)), name="goal_1_to_17"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class ListingPlace(models.Model):
    class Use(models.TextChoices):
        OFFERED = "offered", _("offered or wanted in")
        DEVELOPED = "developed", _("developed in")
        DEPLOYED = "deployed", _("in use in")

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="places")
    use = models.CharField(max_length=10, choices=Use)
    code = models.CharField(max_length=4)  # ISO 3166-1 alpha-2, UN M49 region, or LDC, LLDC, SIDS
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "use", "position"]
        constraints = [
            models.CheckConstraint(condition=Q(use__in=["offered", "developed", "deployed"]), name="place_use_known"),
            models.UniqueConstraint(fields=["listing", "use", "code"], name="place_once_per_use"),
        ]

    def __str__(self) -> str:
        return self.code


class ListingDeal(models.Model):
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="deals")
    deal = models.CharField(max_length=24, choices=Deal)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "position"]
        constraints = [
            known("deal", Deal),
            models.UniqueConstraint(fields=["listing", "deal"], name="deal_once_per_listing"),
        ]

    def __str__(self) -> str:
        return self.get_deal_display()


class ListingCode(models.Model):
    class Scheme(models.TextChoices):
        IPC = "ipc", "IPC"
        CPC = "cpc", "CPC"

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="codes")
    scheme = models.CharField(max_length=3, choices=Scheme)
    symbol = models.CharField(max_length=40)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "scheme", "position"]
        constraints = [
            models.CheckConstraint(condition=Q(scheme__in=["ipc", "cpc"]), name="code_scheme_known"),
            models.UniqueConstraint(fields=["listing", "scheme", "symbol"], name="code_once_per_listing"),
        ]

    def __str__(self) -> str:
        return self.symbol


class Patent(models.Model):
    class Status(models.TextChoices):
        APPLIED = "applied", _("applied for")
        GRANTED = "granted", _("granted")
        LAPSED = "lapsed", _("lapsed")

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="patents")
    position = models.PositiveSmallIntegerField()
    office = models.CharField(max_length=2)
    number = models.CharField(max_length=40)
    kind_code = models.CharField(max_length=4, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.APPLIED)
    filed = models.DateField(null=True, blank=True)
    expires = models.DateField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "position"]
        constraints = [
            models.CheckConstraint(condition=Q(office__regex=r"^[A-Z]{2}$"), name="patent_office_is_st3"),
            models.CheckConstraint(
                condition=Q(filed=None) | Q(expires=None) | Q(filed__lt=F("expires")), name="patent_dates_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.number} {self.kind_code}".strip()


class Claim(models.Model):
    """What a technology is said to reach: a number with its unit, against a baseline, under stated conditions."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="claims")
    position = models.PositiveSmallIntegerField()
    metric = models.CharField(_("metric"), max_length=200)
    unit = models.CharField(_("unit"), max_length=60, blank=True)
    baseline = models.DecimalField(_("baseline"), max_digits=24, decimal_places=8, null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=24, decimal_places=8)
    conditions = models.CharField(_("conditions"), max_length=500, blank=True)
    source = models.CharField(_("source"), max_length=500, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "position"]

    def __str__(self) -> str:
        return self.metric
