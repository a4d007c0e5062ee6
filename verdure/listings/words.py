"""A listing's values in the reader's words."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from babel import Locale, UnknownLocaleError
from babel.numbers import UnknownCurrencyError, format_currency, format_decimal
from django.utils.translation import get_language, gettext as _

from verdure.core import places

from . import taxonomy
from .goals import goals
from .models import Deal, Listing, ListingText, Mark


def language() -> str:
    return get_language() or "en"


def locale() -> Locale:
    return Locale.parse(language(), sep="-")


def stage(readiness: int | None) -> str:
    """The stage that a readiness level (TRL) stands for."""
    if readiness is None:
        return ""
    stages = (
        (2, _("concept")),
        (4, _("under development")),
        (6, _("lab tested")),
        (8, _("available for demonstration")),
        (9, _("on the market")),
    )
    return next(word for highest, word in stages if readiness <= highest)


def place_names(codes: Iterable[str]) -> list[str]:
    return [places.name(code, language()) for code in codes]


def country_name(code: str) -> str:
    return places.name(code, language()) if code and places.is_place(code) else ""


def field_label(code: str) -> str:
    try:
        return taxonomy.label(code, language())
    except taxonomy.UnknownField:
        return code


def goal_title(number: int) -> str:
    return str(next(goal.title for goal in goals() if goal.number == number))


def deal_word(deal: str) -> str:
    return str(Deal(deal).label)


def language_name(code: str) -> str:
    """A language's own name, as its readers look for it."""
    try:
        return (Locale.parse(code, sep="-").get_language_name() or code).capitalize()
    except (ValueError, UnknownLocaleError):
        return code


def number(value: Decimal | None) -> str:
    return "" if value is None else format_decimal(value.normalize(), locale=locale(), decimal_quantization=False)


def amount(listing: Listing) -> str:
    """A range of money: "€20,000 to €45,000", "up to …", "from …"."""
    low, high = listing.amount_min, listing.amount_max
    if low is not None and high is not None and low != high:
        return _("%(low)s to %(high)s") % {"low": money(low, listing.currency), "high": money(high, listing.currency)}
    if low is not None and high is not None:
        return money(low, listing.currency)
    if high is not None:
        return _("up to %s") % money(high, listing.currency)
    return _("from %s") % money(low, listing.currency) if low is not None else ""


def money(value: Decimal, currency: str) -> str:
    digits = None if value % 1 else "¤¤ #,##0"
    try:
        return format_currency(value, currency, format=digits, locale=locale(), currency_digits=bool(value % 1))
    except UnknownCurrencyError:
        return f"{currency} {number(value)}"


def mark_meaning(what: str) -> str:
    """What was looked at, and what was not."""
    return {
        Mark.What.LISTED: _("A moderator read this listing and found it complete. Nobody checked its claims."),
        Mark.What.IP_CHECKED: _(
            "The patents named here were looked up in the office's register. Their value was not judged."
        ),
        Mark.What.EVIDENCE_REVIEWED: _(
            "A reviewer read the sources of the claims. The measurements were not repeated."
        ),
    }[Mark.What(what)]


def text_for_reader(listing: Listing, wanted: str = "") -> ListingText:
    """The version in the language asked for, else in the reader's, else the original."""
    versions = list(listing.texts.all())
    for tag in (wanted, language(), language().partition("-")[0]):
        for text in versions:
            if tag and text.language == tag:
                return text
    return versions[0]
