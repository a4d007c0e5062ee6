"""The words a listing's fields may hold, and how a constraint says so."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


def known(field: str, choices: type[models.TextChoices], *, blank: bool = False) -> models.CheckConstraint:
    values = [*choices.values, *([""] if blank else [])]
    return models.CheckConstraint(condition=Q(**{f"{field}__in": values}), name=f"%(class)s_{field}_known")


class Kind(models.TextChoices):
    TECHNOLOGY = "technology", _("technology")
    NEED = "need", _("need")


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    IN_REVIEW = "in_review", _("in review")
    CHANGES_REQUESTED = "changes_requested", _("changes requested")
    APPROVED = "approved", _("approved, scheduled")
    PUBLISHED = "published", _("published")
    PAUSED = "paused", _("paused")
    EXPIRED = "expired", _("expired")
    ARCHIVED = "archived", _("archived")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("withdrawn")


class IpStatus(models.TextChoices):
    NONE = "none", _("no protection")
    SECRET = "secret", _("secret know-how")
    APPLIED = "applied", _("patent applied for")
    GRANTED = "granted", _("patent granted")


class Deal(models.TextChoices):
    LICENCE_EXCLUSIVE = "licence_exclusive", _("exclusive licence")
    LICENCE_NONEXCLUSIVE = "licence_nonexclusive", _("non-exclusive licence")
    SALE_OF_RIGHTS = "sale_of_rights", _("sale of rights")
    JOINT_VENTURE = "joint_venture", _("joint venture")
    RD_COLLABORATION = "rd_collaboration", _("research and development together")
    ASSISTANCE = "assistance", _("technical assistance or know-how")
    SUPPLY = "supply", _("product or service supply")
    INVESTMENT = "investment", _("investment")


class Role(models.TextChoices):
    PROVIDER = "provider", _("technology provider")
    PARTNER = "partner", _("development partner")
    INVESTOR = "investor", _("investor")
    CONTRACTOR = "contractor", _("contractor")
    EXPERT = "expert", _("expert or adviser")
