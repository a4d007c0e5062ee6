"""The interchange record and its JSON."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from verdure.listings.records import (
    ClaimRecord,
    ListingRecord,
    PatentRecord,
    RecordError,
    TextRecord,
    claim_from_json,
    from_json,
    patent_from_json,
    to_json,
)

from .formats.strategies import claims, patents, records

PLAIN = {"kind": "technology", "texts": [{"language": "en", "title": "Still"}]}


@given(records)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_from_json_is_the_inverse_of_to_json(record: ListingRecord) -> None:
    assert from_json(json.loads(json.dumps(to_json(record)))) == record


@given(patents, claims)
def test_patents_and_claims_are_read_back_alone(patent: PatentRecord, claim: ClaimRecord) -> None:
    assert patent_from_json(to_json(patent)) == patent
    assert claim_from_json(to_json(claim)) == claim


def test_empty_values_are_left_out() -> None:
    record = ListingRecord(kind="need", texts=(TextRecord(language="en", title="t", origin=""),), goals=())
    assert to_json(record) == {"kind": "need", "texts": [{"language": "en", "title": "t"}]}


def test_numbers_that_are_written_without_quotes_are_read() -> None:
    claim = {"metric": "use", "value": Decimal("2.50"), "baseline": 4}
    record = from_json({**PLAIN, "claims": [claim], "amount_max": 5, "currency": "EUR", "dated": "2024-05-31"})
    assert record.claims == (ClaimRecord(metric="use", value=Decimal("2.50"), baseline=Decimal(4)),)
    assert (record.amount_max, record.dated) == (Decimal(5), date(2024, 5, 31))


@pytest.mark.parametrize(
    ("value", "column", "reason"),
    [
        ([], "", "must be an object"),
        ({"kind": "need"}, "texts", "is missing"),
        ({**PLAIN, "colour": 1}, "colour", "is not a field of a record"),
        ({**PLAIN, "texts": {}}, "texts", "must be a list"),
        ({**PLAIN, "texts": [{"language": "en"}]}, "texts[0].title", "is missing"),
        ({**PLAIN, "goals": ["7"]}, "goals[0]", "must be a whole number"),
        ({**PLAIN, "readiness": True}, "readiness", "must be a whole number"),
        ({**PLAIN, "dated": "31.5.2024"}, "dated", "'31.5.2024' is not a date (YYYY-MM-DD)"),
        ({**PLAIN, "amount_min": "much"}, "amount_min", "'much' is not a number"),
        ({**PLAIN, "amount_min": "Infinity"}, "amount_min", "'Infinity' is not a number"),
        ({**PLAIN, "amount_min": True}, "amount_min", "must be a number written as text"),
        ({**PLAIN, "claims": [{"metric": "x"}]}, "claims[0].value", "is missing"),
    ],
)
def test_a_value_that_does_not_fit_is_named(value: object, column: str, reason: str) -> None:
    with pytest.raises(RecordError) as caught:
        from_json(value)
    assert (caught.value.column, caught.value.reason) == (column, reason)


def test_records_are_frozen() -> None:
    record = from_json(PLAIN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.kind = "need"  # type: ignore[misc]
