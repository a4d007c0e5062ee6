"""What happened, who is working, what is due: the rows that every other app leans on."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Activity(models.Model):
    """One thing that happened: audit trail, outbox and source of every count. Only `activity.record` writes it."""

    verb = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)  # "listings.listing"; empty when there is no row to name
    subject_id = models.BigIntegerField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    data: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("activity")
        verbose_name_plural = _("activities")
        indexes = [
            models.Index(fields=["subject_type", "subject_id", "at"], name="activity_of_subject"),
            models.Index(fields=["verb", "at"], name="activity_of_verb"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(subject_type="", subject_id__isnull=True)
                | (~models.Q(subject_type="") & models.Q(subject_id__isnull=False)),
                name="activity_subject_is_whole_or_absent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_type} {self.subject_id or ''}".rstrip()


class WorkerBeat(models.Model):
    """A worker, where it runs, and its last sign of life. Once it is dead, the jobs it held are handed out again."""

    worker_id = models.CharField(max_length=64, primary_key=True)
    queues = models.CharField(max_length=200)
    machine = models.CharField(max_length=200)
    process = models.CharField(max_length=40)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.worker_id} ({self.queues})"


class PeriodicRun(models.Model):
    """When a periodic task is next due. Moving `due_at` on by a guarded update is what gives one process the turn."""

    name = models.CharField(max_length=60, unique=True)
    due_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.due_at:%Y-%m-%d %H:%M}"
