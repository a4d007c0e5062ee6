"""Users, organisations and who belongs to which."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=self.normalize_email(email), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by an e-mail address. `is_staff` marks the secretariat: moderators and administrators."""

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=16, default="en")
    is_staff = models.BooleanField(_("secretariat"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    is_sample = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email


class Organisation(models.Model):
    class Type(models.TextChoices):
        COMPANY = "company", _("company")
        UNIVERSITY = "university", _("university")
        RESEARCH = "research", _("research body")
        GOVERNMENT = "government", _("government agency")
        IP_OFFICE = "ip_office", _("IP office")
        IGO = "igo", _("intergovernmental organisation")
        NGO = "ngo", _("non-governmental organisation")
        ASSOCIATION = "association", _("industry association")
        FINANCE = "finance", _("finance")
        OTHER = "other", _("other")

    class Size(models.TextChoices):
        MICRO = "micro", _("1 to 9 people")
        SMALL = "small", _("10 to 49 people")
        MEDIUM = "medium", _("50 to 249 people")
        LARGE = "large", _("250 people or more")

    name = models.CharField(_("name"), max_length=250)
    type = models.CharField(_("type"), max_length=20, choices=Type, default=Type.OTHER)
    country = models.CharField(_("country"), max_length=2, blank=True)
    size = models.CharField(_("size"), max_length=10, choices=Size, blank=True)
    description = models.TextField(_("what it does"), max_length=5000, blank=True)
    website = models.URLField(_("website"), max_length=500, blank=True)
    logo = models.ImageField(_("logo"), upload_to="logos/%Y/%m/", blank=True)
    source = models.SlugField(max_length=50, blank=True, editable=False)  # empty: entered by a member
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    members: models.ManyToManyField[User, Membership] = models.ManyToManyField(
        User, through="Membership", related_name="organisations"
    )

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="organisation_has_a_name"),
            models.CheckConstraint(
                condition=Q(country="") | Q(country__regex=r"^[A-Z]{2}$"), name="organisation_country_is_alpha2"
            ),
            models.UniqueConstraint(
                "source", Lower("name"), "country", condition=~Q(source=""), name="imported_organisation_unique"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("organisation", args=[self.pk])


class Membership(models.Model):
    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        EDITOR = "editor", _("editor")
        VIEWER = "viewer", _("viewer")

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "user"], name="member_once_per_organisation"),
            models.CheckConstraint(condition=Q(role__in=["owner", "editor", "viewer"]), name="membership_role_known"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation} · {self.get_role_display()}"


class SentLetter(models.Model):
    """That a person was told of something by mail, so that a job done twice does not tell it twice."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(max_length=200)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "about"], name="letter_sent_once")]

    def __str__(self) -> str:
        return f"{self.about} → {self.user_id}"
