"""What is wrong with a record, and what is still missing before it can be handed in. Words for a person to act on."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import CharField, Model
from django.utils.translation import gettext as _

from verdure.core import places

from . import models, records, taxonomy

_LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")
TEXT_LIMITS = {
    "title": models.TITLE_LIMIT,
    "summary": models.SUMMARY_LIMIT,
    **dict.fromkeys(
        ("description", "advantages", "problem", "context", "specification", "comparison"), models.TEXT_LIMIT
    ),
}
SYMBOL_LIMIT = 40
MOST_ROWS = 32_767  # of one kind with one listing: their positions are small integers


def _lengths(model: type[Model], *names: str, **other: str) -> dict[str, int]:
    """What the columns hold that keep these fields of a record; `other`: those under another name."""
    columns = {**{name: name for name in names}, **other}
    found = {name: model._meta.get_field(column) for name, column in columns.items()}
    return {name: field.max_length or 0 for name, field in found.items() if isinstance(field, CharField)}


SHORT: dict[type, dict[str, int]] = {
    records.ListingRecord: _lengths(models.Listing, "website", "video", "currency"),
    records.ProvenanceRecord: _lengths(models.Listing, "source", "source_id", "licence", url="source_url"),
    records.TextRecord: _lengths(models.ListingText, "language", "made_from"),
    records.PatentRecord: _lengths(models.Patent, "number", "kind_code"),
    records.ClaimRecord: _lengths(models.Claim, "metric", "unit", "conditions", "source"),
}
_web_address = URLValidator(schemes=["http", "https"])


@dataclass(frozen=True, slots=True)
class Problem:
    """`column` is the record's field, such as "title", "texts[1].summary" or "claims[0].value"."""

    column: str
    message: str


class ContentRefused(Exception):
    """The content cannot be kept as it is; `problems` says what to mend."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.column}: {p.message}" for p in problems))
        self.problems = problems


def refuse_bad(record: records.ListingRecord) -> None:
    if found := tuple(problems(record)):
        raise ContentRefused(found)


def problems(record: records.ListingRecord) -> Iterator[Problem]:
    """Everything that may not be stored, not even in a draft."""
    if record.kind not in models.Kind.values:
        yield Problem("kind", _("must be “technology” or “need”"))
    yield from _text_problems(record)
    yield from _list_problems(record)
    yield from _number_problems(record)
    yield from _kind_problems(record)
    yield from _column_problems(record)


def _text_problems(record: records.ListingRecord) -> Iterator[Problem]:
    if not record.texts:
        yield Problem("title", _("give the listing a title"))
    languages = [text.language for text in record.texts]
    if len(set(languages)) < len(languages):
        yield Problem("language", _("there are two versions in the same language; keep one"))
    for n, text in enumerate(record.texts):
        at = "" if n == 0 else f"texts[{n}]."
        if not _LANGUAGE.match(text.language):
            yield Problem(f"{at}language", _("choose the language that the text is written in"))
        if not text.title.strip():
            yield Problem(f"{at}title", _("give the listing a title"))
        for name, limit in TEXT_LIMITS.items():
            yield from _too_long(f"{at}{name}", getattr(text, name), limit)
        if text.origin not in ("human", "machine") or (text.origin == "machine" and not text.made_from):
            yield Problem(f"{at}origin", _("say “human”, or “machine” with the language it was made from"))


def _list_problems(record: records.ListingRecord) -> Iterator[Problem]:
    if len(set(record.fields)) > 5:
        yield Problem("fields", _("choose at most five fields"))
    for code in record.fields:
        try:
            taxonomy.field(code)
        except taxonomy.UnknownField:
            yield Problem("fields", _("“%s” is not a field of the taxonomy") % code)
    for name in ("places", "developed_in", "deployed_in"):
        for code in getattr(record, name):
            if not places.is_place(code):
                yield Problem(name, _("“%s” is not a country or region code") % code)
    for number in record.goals:
        if not 1 <= number <= 17:
            yield Problem("goals", _("“%s” is not one of the 17 goals") % number)
    for deal in record.deals:
        if deal not in models.Deal.values:
            yield Problem("deals", _("“%s” is not a way to deal") % deal)
    for name in ("website", "video"):
        if value := getattr(record, name):
            try:
                _web_address(value)
            except ValidationError:
                yield Problem(name, _("“%s” is not a web address; it starts with https://") % value[:80])


def _number_problems(record: records.ListingRecord) -> Iterator[Problem]:
    low, high = record.amount_min, record.amount_max
    if (low is not None or high is not None) and not _CURRENCY.match(record.currency):
        yield Problem("currency", _("an amount needs its currency, such as EUR or KES"))
    if low is not None and high is not None and low > high:
        yield Problem("amount_max", _("the upper end is below the lower end"))
    if any(value is not None and not 0 <= value < 10**16 for value in (low, high)):
        yield Problem("amount_min", _("an amount is zero or more, and has at most 16 digits"))
    for name in ("readiness", "readiness_min"):
        value = getattr(record, name)
        if value is not None and not 1 <= value <= 9:
            yield Problem(name, _("readiness is a level from 1 to 9"))
    for n, claim in enumerate(record.claims):
        if not claim.metric.strip():
            yield Problem(f"claims[{n}].metric", _("say what is measured"))
        if any(value is not None and abs(value) >= 10**16 for value in (claim.value, claim.baseline)):
            yield Problem(f"claims[{n}].value", _("the number has more than 16 digits; choose a larger unit"))
    for n, patent in enumerate(record.patents):
        if not re.fullmatch(r"[A-Z]{2}", patent.office):
            yield Problem(f"patents[{n}].office", _("give the office as two letters, such as EP, US or WO"))
        if patent.status not in models.Patent.Status.values:
            yield Problem(f"patents[{n}].status", _("“%s” is not a patent status") % patent.status)
        if patent.filed and patent.expires and patent.filed >= patent.expires:
            yield Problem(f"patents[{n}].expires", _("it expires before it was filed"))


def _kind_problems(record: records.ListingRecord) -> Iterator[Problem]:
    if record.kind == models.Kind.TECHNOLOGY and (record.deadline or record.wanted_role or record.readiness_min):
        yield Problem("kind", _("a technology has no deadline, wanted role or lowest readiness: those belong to needs"))
    if record.kind == models.Kind.NEED and (record.readiness or record.ip_status):
        yield Problem("kind", _("a need has no readiness or IP status of its own: those belong to technologies"))
    if record.ip_status and record.ip_status not in models.IpStatus.values:
        yield Problem("ip_status", _("“%s” is not an IP status") % record.ip_status)
    if record.wanted_role and record.wanted_role not in models.Role.values:
        yield Problem("wanted_role", _("“%s” is not a role") % record.wanted_role)


def _too_long(column: str, value: str, limit: int) -> Iterator[Problem]:
    if len(value) > limit:
        message = _("is %(length)s characters long; the limit is %(limit)s")
        yield Problem(column, message % {"length": len(value), "limit": limit})


def _column_problems(record: records.ListingRecord) -> Iterator[Problem]:
    """What a column does not hold. SQLite would take it, and PostgreSQL refuse the whole statement."""
    for column, text in _strings(records.to_json(record), ""):
        if "\0" in text:
            yield Problem(column, _("holds the character NUL, which is not text: take it out"))
    for name in ("patents", "claims", "ipc", "cpc"):
        if len(getattr(record, name)) > MOST_ROWS:
            yield Problem(name, _("has more than %s entries") % MOST_ROWS)
        for n, item in enumerate(getattr(record, name)):
            yield from _too_long(name, item, SYMBOL_LIMIT) if isinstance(item, str) else _short(item, f"{name}[{n}].")
    for n, version in enumerate(record.texts):
        yield from _short(version, f"texts[{n}]." if n else "")
    if record.provenance:
        yield from _short(record.provenance, "")
    yield from _short(record, "")


def _short(part: object, at: str) -> Iterator[Problem]:
    """Each of the part's texts that is longer than its column."""
    for name, limit in SHORT[type(part)].items():
        yield from _too_long(f"{at}{name}", getattr(part, name), limit)


def _strings(value: object, column: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield column, value
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _strings(item, f"{column}.{name}".lstrip("."))
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _strings(item, f"{column}[{n}]")


def weight(text: str) -> int:
    """Length as a measure of content: a Chinese or Japanese character says about what three Latin letters say."""
    return sum(3 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text.strip())


NEEDED = frozenset(
    {"organisation", "summary", "description", "problem", "specification", "readiness", "ip_status", "fields", "deals"}
)
"""The columns that `missing` may name: empty in a draft, filled before it is handed in."""


def missing(record: records.ListingRecord) -> Iterator[Problem]:
    """What a person still has to give before the listing can be handed in."""
    text = record.texts[0]
    if weight(text.summary) < 20:
        yield Problem("summary", _("say in one or two sentences what it is"))
    if record.kind == models.Kind.TECHNOLOGY:
        if weight(text.description) < 100:
            yield Problem("description", _("describe how it works and what it reaches (100 characters or more)"))
        if record.readiness is None:
            yield Problem("readiness", _("choose how ready it is"))
        if not record.ip_status:
            yield Problem("ip_status", _("choose how it is protected"))
    else:
        if weight(text.problem) < 100:
            yield Problem("problem", _("describe the problem (100 characters or more)"))
        if not text.specification.strip():
            yield Problem("specification", _("say what a solution must reach"))
    if not record.fields:
        yield Problem("fields", _("choose at least one field"))
    if not record.deals:
        yield Problem("deals", _("choose at least one way to deal"))
    if record.organisation is None:
        yield Problem("organisation", _("choose the organisation in whose name this is listed"))
