"""The tree is whole in eight languages, and patent codes lead to the fields that a person would choose."""

from __future__ import annotations

import csv
import re

import pytest

from tests.data import shared_data
from verdure.listings import taxonomy
from verdure.listings.goals import UnknownGoal, goal, goals

SLUG = re.compile(r"[a-z]+(\.[a-z]+){0,2}")
PREFIX = re.compile(r"[A-HY]\d\d[A-Z]?|[A-HY]\d\d[A-Z][1-9]\d{0,3}(/\d{2,6})?")
# What a label of the language is written in, beyond digits and punctuation.
SCRIPTS = {
    "ar": re.compile(r"[\u0600-\u06ff ]+"),
    "zh": re.compile(r"[\u4e00-\u9fff、]+"),
    "ja": re.compile(r"[\u3040-\u30ff\u4e00-\u9fff・]+"),
    "ru": re.compile(r"[А-Яа-яЁё ,-]+"),
}


def symbols(field: taxonomy.Field) -> tuple[str, ...]:
    return (*field.ipc, *field.cpc)


def test_tree_has_the_agreed_shape() -> None:
    tops = [item.code for item in taxonomy.children()]

    assert tops == [
        *("energy", "water", "waste", "food", "buildings", "transport"),
        *("industry", "adaptation", "pollution", "nature", "carbon", "digital"),
    ]
    assert {item.depth for item in taxonomy.fields()} == {0, 1, 2}
    assert len(taxonomy.leaves()) == 122
    assert all(SLUG.fullmatch(item.code) for item in taxonomy.fields())


def test_every_field_is_below_the_field_its_code_names() -> None:
    for item in taxonomy.fields():
        assert item.parent == "" or item in taxonomy.children(item.parent)
        assert item.is_leaf == (taxonomy.children(item.code) == ())
        assert len(taxonomy.children(item.code)) != 1, f"{item.code} is divided into one"


@pytest.mark.parametrize("language", taxonomy.LANGUAGES)
def test_every_field_has_a_label_of_its_own_in_every_language(language: str) -> None:
    assert all(set(item.labels) == set(taxonomy.LANGUAGES) for item in taxonomy.fields())
    for parent in ("", *(item.code for item in taxonomy.fields())):
        labels = [item.labels[language].casefold() for item in taxonomy.children(parent)]
        assert len(set(labels)) == len(labels), parent
    leaves = [item.labels[language].casefold() for item in taxonomy.leaves()]
    assert len(set(leaves)) == len(leaves)


@pytest.mark.parametrize("language", taxonomy.LANGUAGES)
def test_labels_are_short_and_clean(language: str) -> None:
    for item in taxonomy.fields():
        text = item.labels[language]
        assert text == " ".join(text.split())
        assert 0 < len(text) <= 56, text


@pytest.mark.parametrize("language", sorted(SCRIPTS))
def test_labels_are_written_in_the_script_of_their_language(language: str) -> None:
    assert [t for item in taxonomy.fields() if not SCRIPTS[language].fullmatch(t := item.labels[language])] == []


def test_every_field_says_in_one_line_what_belongs_to_it() -> None:
    scopes = [item.scope for item in taxonomy.fields()]

    assert all(20 <= len(scope) <= 160 and "\n" not in scope for scope in scopes)
    assert len(set(scopes)) == len(scopes)


def test_label_takes_regional_language_codes_and_falls_back_to_english() -> None:
    assert taxonomy.label("energy.solar.pv", "fr") == "Photovoltaïque"
    assert taxonomy.label("energy.solar.pv", "zh-hans") == "光伏发电"
    assert taxonomy.label("energy.solar.pv", "pt-br") == "Energia fotovoltaica"
    assert taxonomy.label("energy.solar.pv", "de") == taxonomy.label("energy.solar.pv") == "Photovoltaics"


def test_ancestors_and_within_walk_the_tree() -> None:
    assert [item.code for item in taxonomy.ancestors("energy.solar.pv")] == ["energy", "energy.solar"]
    assert taxonomy.ancestors("energy") == ()
    assert [item.code for item in taxonomy.within("energy.wind")] == [
        "energy.wind",
        "energy.wind.onshore",
        "energy.wind.offshore",
    ]
    assert [branch.field.code for branch in taxonomy.tree()] == [item.code for item in taxonomy.children()]
    assert [b.field.code for b in taxonomy.tree()[0].children[0].children] == [
        "energy.solar.pv",
        "energy.solar.thermal",
        "energy.solar.csp",
    ]


@pytest.mark.parametrize("question", [taxonomy.field, taxonomy.children, taxonomy.ancestors, taxonomy.within])
def test_unknown_codes_are_refused(question: object) -> None:
    assert callable(question)
    with pytest.raises(taxonomy.UnknownField, match=r"'energy\.magic'"):
        question("energy.magic")
    assert not taxonomy.is_field("energy.magic")


def test_prefixes_are_right_in_form_and_stand_once_in_a_leaf() -> None:
    for item in taxonomy.fields():
        assert item.is_leaf or not symbols(item)
        assert not item.is_leaf or item.ipc
        assert len(set(symbols(item))) == len(symbols(item)), item.code
        for symbol in symbols(item):
            assert PREFIX.fullmatch(symbol), (item.code, symbol)
            assert taxonomy.normalise_symbol(symbol) == symbol


def test_cpc_only_schemes_are_not_given_as_ipc() -> None:
    assert [s for item in taxonomy.leaves() for s in item.ipc if s.startswith("Y")] == []


def test_few_prefixes_lead_to_more_than_one_field() -> None:
    homes: dict[str, int] = {}
    for item in taxonomy.leaves():
        for symbol in symbols(item):
            homes[symbol] = homes.get(symbol, 0) + 1

    assert sum(count > 1 for count in homes.values()) < len(homes) / 50
    assert max(homes.values()) == 2


@pytest.mark.parametrize(
    ("text", "symbol"),
    [
        ("H01L 31/042", "H01L31/042"),
        ("h01l31/042", "H01L31/042"),
        ("H01L  31/042       20140101AFI20140101BHEP", "H01L31/042"),
        ("H01L 31/042 (2014.01)", "H01L31/042"),
        ("H01L0031042000", "H01L31/042"),
        ("H01L0031000000", "H01L31/00"),
        ("F24S0010700000", "F24S10/70"),
        ("H01L 31042", "H01L31/042"),
        ("A61M  31/    00            A I", "A61M31/00"),
        ("G06F015/16", "G06F15/16"),
        ("C02F 2103/08", "C02F2103/08"),
        ("Y02E10/50", "Y02E10/50"),
        ("F03D 9", "F03D9"),
        ("F03D", "F03D"),
        ("G21", "G21"),
    ],
)
def test_normalise_symbol_reads_common_spellings(text: str, symbol: str) -> None:
    assert taxonomy.normalise_symbol(text) == symbol


@pytest.mark.parametrize("text", ["", "H", "hello", "solar", "31/042", "I01L31/042", "CARBON", "C02F1/1", "2014-01-01"])
def test_normalise_symbol_refuses_other_text(text: str) -> None:
    assert taxonomy.normalise_symbol(text) is None


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("H01L 31/042", ["energy.solar.pv"]),
        ("H10F 19/80", ["energy.solar.pv"]),
        ("H02S20/23", ["buildings.renewables"]),
        ("F24S 10/70", ["energy.solar.thermal"]),
        ("F24J 2/05", ["energy.solar.thermal"]),
        ("F24S 23/74", ["energy.solar.csp"]),
        ("F03D 1/06", ["energy.wind.onshore"]),
        ("F03D 13/25", ["energy.wind.offshore"]),
        ("F03B 13/14", ["energy.hydro.marine"]),
        ("F03B 3/12", ["energy.hydro.rivers"]),
        ("H01M 10/0525", ["energy.storage.batteries"]),
        ("H01M 8/10", ["energy.hydrogen.fuelcells"]),
        ("H01M 10/54", ["waste.batteries"]),
        ("C25B 1/04", ["energy.hydrogen.production"]),
        ("F17C 11/00", ["energy.hydrogen.storage"]),
        ("C02F 3/28", ["energy.bio.gas"]),
        ("C02F 3/12", ["water.wastewater"]),
        ("C02F 1/44", ["water.desalination"]),
        ("C02F 1/50", ["water.drinking"]),
        ("B29B 17/02", ["waste.plastics"]),
        ("C04B 18/08", ["waste.construction"]),
        ("A01G 25/02", ["food.irrigation"]),
        ("A01N 63/22", ["food.pests"]),
        ("A01K 61/10", ["food.aquaculture"]),
        ("E04B 1/80", ["buildings.insulation"]),
        ("F25B 30/02", ["industry.heat"]),
        ("H01L33/50", ["buildings.lighting"]),
        ("B60L 50/60", ["transport.electric"]),
        ("B60L 53/31", ["transport.charging"]),
        ("B63H 9/06", ["transport.shipping"]),
        ("C21B 13/00", ["industry.steel"]),
        ("E02B 3/10", ["adaptation.floods"]),
        ("A62C 3/02", ["adaptation.fire"]),
        ("B01D 46/24", ["pollution.particles"]),
        ("B01D 53/94", ["pollution.exhaust"]),
        ("B01D 53/14", ["carbon.capture"]),
        ("B01D 53/62", ["carbon.capture", "carbon.air"]),
        ("Y02C 20/40", ["carbon.capture", "carbon.air"]),
        ("B09C 1/10", ["pollution.soil"]),
        ("G01W 1/10", ["digital.climate"]),
        ("Y02D 10/00", ["digital.computing"]),
        ("Y02E60/36", ["energy.hydrogen.production"]),
        ("Y04S 10/12", ["energy.grid.smart"]),
    ],
)
def test_codes_suggest_the_field_a_person_would_choose(code: str, fields: list[str]) -> None:
    assert [found.field.code for found in taxonomy.fields_for_codes([code])] == fields


def test_longest_prefix_wins_and_group_numbers_count_whole() -> None:
    assert [item.code for item in taxonomy.fields_for_symbol("E02B15/04")] == ["pollution.spills"]
    assert [item.code for item in taxonomy.fields_for_symbol("F24J2/05")] == ["energy.solar.thermal"]
    assert [item.code for item in taxonomy.fields_for_symbol("F24J20/05")] == ["buildings.heating"]


def test_suggestions_put_the_field_with_most_codes_first() -> None:
    found = taxonomy.fields_for_codes(["F03D 1/06", "H02S 20/30", "H01L31/042", "H02S 20/30", "nonsense", "G10L 15/00"])

    assert [(item.field.code, item.codes) for item in found] == [
        ("energy.solar.pv", ("H02S 20/30", "H01L31/042")),
        ("energy.wind.onshore", ("F03D 1/06",)),
    ]
    assert taxonomy.fields_for_codes([]) == ()


def test_codes_of_the_green_inventory_lead_to_a_field() -> None:
    """All but four of 1,214: subclasses and a group far wider than the green use they are listed for."""
    path = shared_data("ipc-green-inventory") / "IPC_green_codes.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        codes = [row[0] for row in csv.reader(file)]

    assert len(codes) == 1214
    assert {code for code in codes if not taxonomy.fields_for_codes([code])} == {"C10G", "F26B3/00", "G01R", "G06Q"}


def test_goals_are_seventeen_in_order() -> None:
    assert [item.number for item in goals()] == list(range(1, 18))
    assert len({str(item.title) for item in goals()}) == 17
    assert str(goal(13).title) == "Climate action"
    for number in (0, 18):
        with pytest.raises(UnknownGoal):
            goal(number)
