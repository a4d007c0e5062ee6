"""The one form of a record: bounds that the database and the forms share."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from hypothesis import HealthCheck, example, given, settings, strategies as st

from tests.data import shared_data
from verdure.accounts.models import Organisation
from verdure.listings import checks, models
from verdure.listings.formats import Parsed, canonical, hygiene, read
from verdure.listings.formats.canonical import (
    DEALS,
    IP_STATUSES,
    KINDS,
    ORGANISATION_TYPES,
    PATENT_STATUSES,
    ROLES,
    SIZES,
    is_web_address,
)
from verdure.listings.records import ClaimRecord, ListingRecord, RecordError, TextRecord

from .strategies import records

TEXT = TextRecord(language="en", title="t")
PLAIN = ListingRecord(kind="technology", texts=(TEXT,))


def test_choices_and_limits_are_those_of_the_models() -> None:
    assert list(KINDS) == models.Kind.values
    assert list(DEALS) == models.Deal.values
    assert list(IP_STATUSES) == models.IpStatus.values
    assert list(ROLES) == models.Role.values
    assert list(PATENT_STATUSES) == models.Patent.Status.values
    assert list(ORGANISATION_TYPES) == Organisation.Type.values
    assert list(SIZES) == Organisation.Size.values
    limits = (hygiene.TITLE_LIMIT, hygiene.SUMMARY_LIMIT, hygiene.TEXT_LIMIT)
    assert limits == (models.TITLE_LIMIT, models.SUMMARY_LIMIT, models.TEXT_LIMIT)


@given(records)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_is_canonical_may_be_stored(record: ListingRecord) -> None:
    assert list(checks.problems(record)) == []


@pytest.mark.parametrize("name", ["cordis-cleantech", "opensustain-tech", "nasa-techport", "uspto-xml", "epo-ops-xml"])
def test_every_published_record_that_is_taken_may_be_stored(name: str) -> None:
    taken = [item.record for item in read(shared_data(name)) if isinstance(item, Parsed)]
    assert [problem for record in taken for problem in checks.problems(record)] == []


PARTS = st.sampled_from(
    [
        *("http://", "https://", "HTTPS://", "ftp://", "javascript:", "user@", ":80", ":99999", "/", "?", "#", "%20"),
        *(
            "a",
            "example",
            ".org",
            ".a.",
            "xn--",
            "-",
            "n.a.",
            "1.2.3.4",
            "256.1.1.1",
            "例え",
            ".jp",
            " ",
            "\n",
            "[::1]",
        ),
        *("x" * 64, "é", "..", "_"),
    ]
)


@given(st.lists(PARTS, max_size=6).map("".join))
@example("http://n.a.")
@settings(max_examples=1_000, deadline=None)
def test_an_address_taken_here_is_one_for_django(address: str) -> None:
    if not is_web_address(address):
        return
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError as error:
        raise AssertionError(address) from error


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("https://example.org", True),
        ("http://www.example.co.ke:8080/a/b?c=d&e=%20#f", True),
        ("https://例え.jp/道", True),
        ("http://192.0.2.7/x", True),
        ("http://n.a.", False),
        ("http://localhost/", False),
        ("https://user:secret@example.org/", False),
        ("javascript:alert(1)", False),
        ("https://example.org/<script>", False),
        ("//example.org", False),
        ("https://" + "a." * 130 + "org", False),
    ],
)
def test_web_addresses(address: str, good: bool) -> None:
    assert is_web_address(address) is good


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"kind": "idea"}, "kind"),
        ({"texts": ()}, "title"),
        ({"texts": (TEXT, TEXT)}, "language"),
        ({"texts": (dataclasses.replace(TEXT, language="english language"),)}, "language"),
        ({"texts": (TEXT, TextRecord(language="fr", title="\u202e\0 "))}, "title[fr]"),
        ({"texts": (dataclasses.replace(TEXT, summary="x" * 1_001),)}, "summary"),
        ({"texts": (dataclasses.replace(TEXT, description="x" * 50_001),)}, "description"),
        ({"texts": (dataclasses.replace(TEXT, origin="machine"),)}, "made_from"),
        ({"fields": ("energy.wind", "energy.bio", "water", "waste", "food", "carbon")}, "fields"),
        ({"deals": ("gift",)}, "deals"),
        ({"readiness": 0}, "readiness"),
        ({"wanted_role": "partner"}, "wanted_role"),
        ({"kind": "need", "ip_status": "applied"}, "ip_status"),
        ({"amount_min": Decimal(6), "amount_max": Decimal(5), "currency": "EUR"}, "amount_max"),
        ({"claims": (ClaimRecord(metric="m", value=Decimal("1e20")),)}, "claims[0].value"),
        ({"claims": (ClaimRecord(metric="m", value=Decimal("1e-999999")),)}, "claims[0].value"),
        ({"claims": (ClaimRecord(metric=" ", value=Decimal(1)),)}, "claims[0].metric"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_column(changes: dict[str, object], column: str) -> None:
    with pytest.raises(RecordError) as caught:
        canonical(dataclasses.replace(PLAIN, **changes))  # type: ignore[arg-type]
    assert caught.value.column == column


def test_lists_lose_repeats_and_languages_their_capitals() -> None:
    text = TextRecord(language="PT_BR", title=" a \n b ", keywords=("x", " x", ""))
    made = canonical(dataclasses.replace(PLAIN, texts=(text,), goals=(9, 3, 9), places=("FJ", "FJ"), ipc=("A", "A")))
    assert made.texts == (TextRecord(language="pt-BR", title="a b", keywords=("x",)),)
    assert (made.goals, made.places, made.ipc) == ((3, 9), ("FJ",), ("A",))
