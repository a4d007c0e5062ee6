"""The running of an import."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from verdure.accounts.models import Organisation


class ImportRun(models.Model):
    """The running of an import, and its checkpoint: written with each batch, so that a kill loses and repeats nothing.

    Without an organisation the records are public at once, as from a trusted source; with one they are its drafts.
    """

    class State(models.TextChoices):
        READY = "ready", _("waits for your go-ahead")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        INTERRUPTED = "interrupted", _("stopped")
        FAILED = "failed", _("failed")

    name = models.CharField(max_length=255)  # of the file or folder
    path = models.CharField(max_length=4096)  # of an upload: within the data folder
    uploaded = models.BooleanField(default=False)  # the file is the run's own, and goes with it
    digest = models.CharField(max_length=64)  # of the content
    fingerprint = models.CharField(max_length=64, db_index=True)  # equal: the same content, asked for in the same way
    format = models.CharField(max_length=20, blank=True)
    options = models.JSONField(default=dict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.READY)
    total = models.PositiveIntegerField(null=True)  # about how many records there are, where that is known
    position = models.PositiveIntegerField(default=0)  # records read, and settled for good
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejects_size = models.PositiveBigIntegerField(default=0)  # bytes of the reject file that count
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["ready", "running", "done", "interrupted", "failed"]), name="import_state_known"
            ),
            models.CheckConstraint(
                condition=Q(position=F("added") + F("changed") + F("unchanged") + F("rejected")),
                name="import_accounts_for_all_it_read",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("import_run", args=[self.pk])
