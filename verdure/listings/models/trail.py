"""What gathers around a listing: its files, marks and revisions."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from verdure.listings.models.listing import Listing


class Attachment(models.Model):
    class Use(models.TextChoices):
        PICTURE = "picture", _("picture")
        DOCUMENT = "document", _("document")

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="attachments")
    use = models.CharField(max_length=10, choices=Use)
    file = models.FileField(_("file"), upload_to="listings/%Y/%m/", max_length=300)
    name = models.CharField(max_length=255)
    caption = models.CharField(_("caption"), max_length=300, blank=True)
    size = models.PositiveBigIntegerField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["id"]

    def __str__(self) -> str:
        return self.name


class Mark(models.Model):
    """One thing that somebody checked, dated, ending and revocable."""

    class What(models.TextChoices):
        LISTED = "listed", _("listed")
        IP_CHECKED = "ip_checked", _("IP checked")
        EVIDENCE_REVIEWED = "evidence_reviewed", _("evidence reviewed")

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="marks")
    what = models.CharField(max_length=20, choices=What)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["listing", "what", "-since"]
        constraints = [models.CheckConstraint(condition=Q(since__lt=F("until")), name="mark_dates_in_order")]

    def __str__(self) -> str:
        return self.get_what_display()


class Revision(models.Model):
    """The whole content of a listing as it was handed in or changed: to show differences, and to take one back."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="revisions")
    version = models.PositiveIntegerField()
    record = models.JSONField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-version"]
        constraints = [models.UniqueConstraint(fields=["listing", "version"], name="revision_version_unique")]

    def __str__(self) -> str:
        return f"{self.listing_id} v{self.version}"
