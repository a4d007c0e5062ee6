"""All at once gives what one by one gives, and can be killed, run twice, and run while people go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from django.core.management import call_command

from tests.make import edited, make_need, make_organisation, make_technology, owner_of
from verdure.discovery import actions as discovery, match_all
from verdure.discovery.match_all import match_everything, match_unmatched
from verdure.discovery.models import Match
from verdure.discovery.queries import matches_of
from verdure.engine.pair_matches import Listed, PairMatches
from verdure.listings import actions
from verdure.listings.models import Listing
from verdure.listings.records import TextRecord

pytestmark = pytest.mark.django_db(transaction=True)

Settle = Callable[[], None]
Shown = set[tuple[object, ...]]


ISLAND = "Wells are brackish and drinking water comes by ship, at eleven times the mainland price, if the sea is calm."
BOATS = "Forty boats come home each morning and a third of the fish spoils, for there is no ice at all in the harbour."
HILLS = "Two hundred families carry drinking water up from the river, which takes a morning of every day and no less."
STILL = "A basin under glass makes drinking water of brackish water by sunlight, four litres a square metre and day."
ICE = "An icemaker whose sorption cycle is driven by sunlight alone fills a box with ice for fish during the night."
FIBRE = "A hollow fibre lets drinking water through and keeps back salt, at a third of the pressure that is usual."
STAND = "A steel frame holds any bicycle while chain and wheels are repaired, in the village or beside the main road."


def text(title: str, description: str) -> tuple[TextRecord, ...]:
    return (TextRecord(language="en", title=title, summary=description[:60], description=description),)


def problem(title: str, description: str) -> tuple[TextRecord, ...]:
    wanted = "Something that works by itself and without any fuel."
    return (
        TextRecord(language="en", title=title, summary=description[:60], problem=description, specification=wanted),
    )


@pytest.fixture
def collection(settle: Settle, monkeypatch: pytest.MonkeyPatch) -> list[Listing]:
    """Three needs and four technologies, two of one organisation. Whatever fits at all is kept, since the batch weighs
    words a little otherwise."""
    for module in (discovery, match_all):
        monkeypatch.setattr(module, "FITS", 0.0)
    both = make_organisation()
    made = [
        make_need(organisation=both, texts=problem("Water for a dry island", ISLAND)),
        make_need(fields=("energy.thermal",), texts=problem("Ice for fishing boats", BOATS)),
        make_need(deals=("assistance",), texts=problem("Water for a village in the hills", HILLS)),
        make_technology(organisation=both, texts=text("Solar still", STILL)),
        make_technology(fields=("energy.thermal",), readiness=9, texts=text("Sorption icemaker", ICE)),
        make_technology(deals=("assistance", "supply"), texts=text("Hollow fibre membrane", FIBRE)),
        make_technology(fields=("energy.wind",), deals=("investment",), texts=text("Repair stand", STAND)),
    ]
    settle()
    return made


def stored() -> Shown:
    """What a match is to its readers, but for its words, which the batch counts a little otherwise."""
    rows: Shown = set()
    for match in Match.objects.all():
        told = [
            (r["kind"], r["verdict"], r["share"], *map(tuple, (r["shared"], r["offered"], r["wanted"])))
            for r in match.reasons
            if r["kind"] != "words"
        ]
        flags = match.among_need_best, match.among_technology_best, match.technology_under_id, match.need_under_id
        states = match.need_state, match.technology_state
        rows.add((match.need_id, match.technology_id, tuple(told), flags, states))
    return rows


def owner(listing: Listing) -> object:
    assert listing.organisation is not None
    return owner_of(listing.organisation)


def test_the_same_matches_as_one_by_one(collection: list[Listing]) -> None:
    for listing in collection:
        discovery.match_listing(listing.pk)
    alone = stored()
    scores = {(m.need_id, m.technology_id): m.score for m in Match.objects.all()}
    match_everything()
    assert stored() == alone
    assert len(alone) >= 3
    for match in Match.objects.all():
        assert match.score == pytest.approx(scores[match.need_id, match.technology_id], abs=0.1)
    assert not Match.objects.filter(need=collection[0], technology=collection[3]).exists()


def test_twice_is_once(collection: list[Listing]) -> None:
    match_everything()
    once = stored(), list(Match.objects.order_by("pk").values_list("pk", flat=True))
    match_everything()
    assert (stored(), list(Match.objects.order_by("pk").values_list("pk", flat=True))) == once


def test_killed_and_begun_again_ends_the_same(collection: list[Listing], monkeypatch: pytest.MonkeyPatch) -> None:
    match_everything()
    whole = stored()
    Match.objects.all().delete()
    every = PairMatches.matches

    def cut_short(self: PairMatches) -> Iterator[tuple[int, list[Listed]]]:
        yield next(every(self))
        raise KeyboardInterrupt

    monkeypatch.setattr(match_all, "ROWS", 1)
    with monkeypatch.context() as patched:
        patched.setattr(PairMatches, "matches", cut_short)
        with pytest.raises(KeyboardInterrupt):
            match_everything()
    assert 0 < len(stored()) < len(whole)
    match_everything()
    assert stored() == whole


def test_what_people_did_stays_and_the_rest_is_forgotten(collection: list[Listing]) -> None:
    need, other, bicycle = collection[0], collection[1], collection[6]
    match_everything()
    kept = Match.objects.filter(need=need).first()
    assert kept is not None
    Match.objects.filter(pk=kept.pk).update(need_state=Match.State.INTERESTED)
    long_ago = kept.computed_at - timedelta(days=1)
    for technology, state in ((bicycle, Match.State.PASSED), (collection[3], Match.State.NEW)):
        Match.objects.update_or_create(
            need=other,
            technology=technology,
            defaults={
                "score": 0.9, "among_need_best": True, "need_state": state, "computed_at": long_ago,
                "need_reason": "price" if state == Match.State.PASSED else "",
            },
        )  # fmt: skip
    Match.objects.update(computed_at=long_ago)
    match_everything()
    kept.refresh_from_db()
    assert (kept.need_state, kept.among_need_best) == ("interested", True)
    passed = Match.objects.get(need=other, technology=bicycle)
    assert (passed.need_reason, passed.among_need_best, passed.among_technology_best) == ("price", False, False)
    assert not Match.objects.filter(need=other, technology=collection[3], among_need_best=True).exists()


def test_a_listing_changed_meanwhile_is_left_to_its_own_job(
    collection: list[Listing], monkeypatch: pytest.MonkeyPatch, settle: Settle
) -> None:
    still, membrane = collection[3], collection[5]
    every = PairMatches.matches

    def while_people_go_on(self: PairMatches) -> Iterator[tuple[int, list[Listed]]]:
        found = list(every(self))
        actions.withdraw(still, by=owner(still))  # type: ignore[arg-type]
        actions.change(membrane, edited(membrane, title="Bicycle pump", deals=("investment",)), by=owner(membrane))  # type: ignore[arg-type]
        settle()
        yield from found

    monkeypatch.setattr(PairMatches, "matches", while_people_go_on)
    match_everything()
    assert not Match.objects.filter(technology=still).exists()
    assert not Match.objects.filter(technology=membrane).exists()
    assert matches_of(collection[1]).exists()


def test_matches_of_what_is_public_no_more_go(collection: list[Listing]) -> None:
    membrane = collection[5]
    assert Match.objects.filter(technology=membrane).exists()
    actions.withdraw(membrane, by=owner(membrane))  # type: ignore[arg-type]
    discovery.catch_up()
    Match.objects.update(computed_at=membrane.created_at)
    match_everything()
    assert not Match.objects.filter(technology=membrane).exists()


def test_what_does_not_fit_is_kept_only_to_show_that_matches_were_sought(
    collection: list[Listing], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (discovery, match_all):
        monkeypatch.setattr(module, "FITS", 0.99)
    discovery.match_listings([listing.pk for listing in collection])
    alone = stored()
    match_everything()
    assert stored() == alone
    flagged = Match.objects.filter(among_need_best=True).values_list("need", flat=True)
    assert len(set(flagged)) == len(flagged) == 3


def test_only_some_rows_are_written_at_a_time(collection: list[Listing], monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    def stored_and_counted(rows: Sequence[Match], of_lists: Sequence[str]) -> None:
        sizes.append(len(rows))
        discovery.store(rows, of_lists)

    monkeypatch.setattr(match_all, "ROWS", 1)
    monkeypatch.setattr(match_all, "store", stored_and_counted)
    match_everything()
    assert len(sizes) > 1
    assert sum(sizes) == Match.objects.count()


@pytest.mark.parametrize("many", [0, 1_000])
def test_unmatched_listings_are_matched_one_by_one_or_at_once(
    collection: list[Listing], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = stored()
    Match.objects.all().delete()
    monkeypatch.setattr(match_all, "MANY", many)
    match_unmatched()
    assert stored() == whole


def test_the_command_matches_everything(collection: list[Listing]) -> None:
    whole = stored()
    Match.objects.all().delete()
    call_command("index", "match")
    assert stored() == whole
