"""A listing, technology or need, with everything that belongs to it. What must always hold is a constraint here."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from verdure.accounts.models import Organisation

TITLE_LIMIT = 300
SUMMARY_LIMIT = 1_000
TEXT_LIMIT = 50_000


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
