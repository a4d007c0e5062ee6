"""A listing's own page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from verdure.accounts.rules import Person
from verdure.core.markdown import to_html

from .. import words
from ..models import Attachment, Kind, Listing, ListingPlace, ListingText
from ..queries import marks_in_force
from .rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    title: str
    kind: str
    url: str
    language: str
    summary: str
    organisation: str
    organisation_url: str
    country_name: str
    published: date | None
    updated: date | None
    expires: date | None
    state: str
    state_label: str
    state_message: str
    website: str
    video: str
    sample: bool


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    title: str
    html: SafeString


@dataclass(frozen=True, slots=True)
class Version:
    code: str
    name: str
    url: str
    current: bool
    machine: bool
    made_from: str


@dataclass(frozen=True, slots=True)
class ShownMark:
    label: str
    by: str
    since: date
    until: date
    meaning: str


@dataclass(frozen=True, slots=True)
class ShownClaim:
    metric: str
    baseline: str
    value: str
    unit: str
    conditions: str
    source: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    listing: Head
    sections: Sequence[Section]
    languages: Sequence[Version]
    marks: Sequence[ShownMark]
    claims: Sequence[ShownClaim]
    pictures: Sequence[dict[str, str]]
    files: Sequence[dict[str, str]]
    readiness: int | None
    stage: str
    readiness_min: int | None
    deals: Sequence[str]
    ip_status: str
    regions: Sequence[str]
    developed_in: Sequence[str]
    deployed_in: Sequence[str]
    amount: str
    deadline: date | None
    wanted_role: str
    patents: Sequence[Any]
    fields: Sequence[dict[str, str]]
    goals: Sequence[dict[str, object]]
    codes: Sequence[Any]
    provenance: dict[str, str] | None
    owner_actions: Sequence[dict[str, object]]
    matches: Sequence[Any]  # discovery.pages.rows.MatchRow: the floor above brings them
    matches_pending: bool
    similar: Sequence[Row]


def listing_page(
    listing: Listing,
    *,
    person: Person,
    version: str = "",
    matches: Sequence[Any] = (),
    matches_pending: bool = False,
    similar: Sequence[Row] = (),
) -> ListingPage:
    text = words.text_for_reader(listing, version)
    return ListingPage(
        listing=_head(listing, text),
        sections=_sections(listing, text),
        languages=_versions(listing, text),
        marks=_marks(listing),
        claims=_claims(listing),
        pictures=_pictures(listing),
        files=_files(listing),
        readiness=listing.readiness,
        stage=words.stage(listing.readiness),
        readiness_min=listing.readiness_min,
        deals=[words.deal_word(item.deal) for item in listing.deals.all()],
        ip_status=listing.get_ip_status_display() if listing.ip_status else "",
        regions=_places(listing, ListingPlace.Use.OFFERED) or [_("anywhere")],
        developed_in=_places(listing, ListingPlace.Use.DEVELOPED),
        deployed_in=_places(listing, ListingPlace.Use.DEPLOYED),
        amount=words.amount(listing),
        deadline=listing.deadline,
        wanted_role=listing.get_wanted_role_display() if listing.wanted_role else "",
        patents=_patents(listing),
        fields=[_searched("field", row.code, words.field_label(row.code)) for row in listing.fields.all()],
        goals=[_goal(row.number) for row in listing.goals.all()],
        codes=list(listing.codes.all()),
        provenance=_provenance(listing),
        owner_actions=_owner_actions(listing, person),
        matches=matches,
        matches_pending=matches_pending,
        similar=similar,
    )


def _head(listing: Listing, text: ListingText) -> Head:
    owner = listing.organisation
    return Head(
        title=text.title,
        kind=listing.kind,
        url=listing.get_absolute_url(),
        language=text.language,
        summary=text.summary,
        organisation=owner.name if owner else "",
        organisation_url=owner.get_absolute_url() if owner else "",
        country_name=words.country_name(owner.country) if owner else "",
        published=listing.published_at.date() if listing.published_at else None,
        updated=listing.updated_at.date() if listing.version > 1 else None,
        expires=listing.expires_at.date() if listing.expires_at and not listing.source else None,
        state=listing.state,
        state_label=listing.get_state_display(),
        state_message=listing.state_message,
        website=listing.website,
        video=listing.video,
        sample=listing.is_sample,
    )


def _sections(listing: Listing, text: ListingText) -> list[Section]:
    titles = {
        "problem": _("The problem"),
        "description": _("How it works") if listing.kind == Kind.TECHNOLOGY else _("Description"),
        "advantages": _("Advantages"),
        "context": _("Context and constraints"),
        "specification": _("What a solution must reach"),
        "comparison": _("What will be compared"),
    }
    return [Section(name, title, to_html(body)) for name, title in titles.items() if (body := getattr(text, name))]


def _versions(listing: Listing, shown: ListingText) -> list[Version]:
    return [
        Version(
            code=text.language,
            name=words.language_name(text.language),
            url=f"{listing.get_absolute_url()}?language={text.language}",
            current=text.pk == shown.pk,
            machine=text.origin == "machine",
            made_from=words.language_name(text.made_from) if text.made_from else "",
        )
        for text in listing.texts.all()
    ]


def _marks(listing: Listing) -> list[ShownMark]:
    return [
        ShownMark(
            label=mark.get_what_display().capitalize(),
            by=_("the secretariat"),
            since=mark.since.date(),
            until=mark.until.date(),
            meaning=words.mark_meaning(mark.what),
        )
        for mark in marks_in_force(listing)
    ]


def _claims(listing: Listing) -> list[ShownClaim]:
    return [
        ShownClaim(
            metric=claim.metric,
            baseline=words.number(claim.baseline),
            value=words.number(claim.value),
            unit=claim.unit,
            conditions=claim.conditions,
            source=claim.source,
            change=f"{(claim.value / claim.baseline - 1) * 100:+.0f} %" if claim.baseline else "",
        )
        for claim in listing.claims.all()
    ]


def _file_url(attachment: Attachment) -> str:
    return reverse("listing_file", args=[attachment.listing_id, attachment.pk])


def _pictures(listing: Listing) -> list[dict[str, str]]:
    return [
        {"src": _file_url(item), "alt": item.caption, "caption": item.caption}
        for item in listing.attachments.all()
        if item.use == Attachment.Use.PICTURE
    ]


def _files(listing: Listing) -> list[dict[str, str]]:
    return [
        {"name": item.caption or item.name, "url": _file_url(item), "size": filesizeformat(item.size)}
        for item in listing.attachments.all()
        if item.use == Attachment.Use.DOCUMENT
    ]


def _places(listing: Listing, use: ListingPlace.Use) -> list[str]:
    return words.place_names(place.code for place in listing.places.all() if place.use == use)


def _patents(listing: Listing) -> list[dict[str, object]]:
    return [
        {
            "office": patent.office,
            "number": patent.number,
            "kind_code": patent.kind_code,
            "status": patent.get_status_display(),
            "filed": patent.filed,
            "expires": patent.expires,
        }
        for patent in listing.patents.all()
    ]


def _searched(facet: str, value: str, label: str) -> dict[str, str]:
    return {"label": label, "url": f"{reverse('search')}?{facet}={value}"}


def _goal(number: int) -> dict[str, object]:
    return {**_searched("goal", str(number), words.goal_title(number)), "number": number}


def _provenance(listing: Listing) -> dict[str, str] | None:
    if not listing.source:
        return None
    return {
        "source": listing.source,
        "url": listing.source_url,
        "licence": listing.licence,
        "attribution": listing.attribution,
    }


def _owner_actions(listing: Listing, person: Person) -> list[dict[str, object]]:
    actions: list[dict[str, object]] = []
    if person.has_perm("listings.steer_listing", listing):
        actions.append(
            {"label": _("Edit or steer"), "url": reverse("listing_edit", args=[listing.pk]), "primary": True}
        )
    if person.has_perm("listings.moderate_listing", listing):
        actions.append({"label": _("Moderate"), "url": reverse("moderation_review", args=[listing.pk])})
    return actions
