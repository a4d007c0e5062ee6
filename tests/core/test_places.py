"""Countries, regions and groups agree with ISO 3166 and UN M49, bear names in eight languages and are found by them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.data import shared_data
from verdure.core import places

REGIONS_AND_GROUPS = [item.code for item in places.regions()] + list(places.groups())


def un_rows(language: str = "en") -> list[dict[str, str]]:
    path: Path = shared_data("countries") / f"UNSD-{language}.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_countries_are_the_249_of_iso_3166() -> None:
    found = places.countries()

    assert len(found) == 249
    assert [item.alpha2 for item in found] == sorted({item.alpha2 for item in found})
    assert len({item.alpha3 for item in found}) == len({item.numeric for item in found}) == 249


def test_country_knows_its_codes_regions_and_groups() -> None:
    assert places.country("FJ") == places.Country(
        alpha2="FJ", alpha3="FJI", numeric="242", regions=("001", "009", "054"), groups=frozenset({"SIDS"})
    )
    assert places.country("RW").regions == ("001", "002", "202", "014")
    assert places.country("RW").groups == {"LDC", "LLDC"}
    assert places.country("JP").groups == frozenset()


@pytest.mark.parametrize("code", ["", "fj", "XX", "002", "FJI"])
def test_country_refuses_what_is_not_an_alpha2_code(code: str) -> None:
    with pytest.raises(places.UnknownPlace) as caught:
        places.country(code)
    assert caught.value.code == code


def test_expand_of_every_region_and_group_equals_the_un_list() -> None:
    columns = ("Global Code", "Region Code", "Sub-region Code", "Intermediate Region Code")
    flags = {
        "LDC": "Least Developed Countries (LDC)",
        "LLDC": "Land Locked Developing Countries (LLDC)",
        "SIDS": "Small Island Developing States (SIDS)",
    }
    expected: dict[str, set[str]] = {}
    for row in un_rows():
        codes = [row[column] for column in columns if row[column]] + [g for g, c in flags.items() if row[c]]
        for code in codes:
            expected.setdefault(code, set()).add(row["ISO-alpha2 Code"])

    assert {code: set(places.expand([code])) for code in REGIONS_AND_GROUPS} == expected


def test_expand_mixes_countries_regions_and_groups() -> None:
    assert places.expand(["053"]) == {"AU", "NZ", "NF", "CX", "CC", "HM"}
    assert places.expand(["053", "NZ", "FJ"]) == {"AU", "NZ", "NF", "CX", "CC", "HM", "FJ"}
    assert places.expand(["LLDC"]) & places.expand(["SIDS"]) == set()
    assert places.expand([]) == frozenset()
    assert len(places.expand(["001"])) == 249


def test_expand_refuses_an_unknown_code() -> None:
    with pytest.raises(places.UnknownPlace, match="'EU'"):
        places.expand(["FR", "EU"])


def test_is_place_tells_codes_from_other_text() -> None:
    assert all(places.is_place(code) for code in ("FJ", "009", "001", "SIDS"))
    assert not any(places.is_place(text) for text in ("", "fj", "FJI", "242", "EU", "9"))


def test_regions_come_as_a_tree_parents_first() -> None:
    seen = {"": -1}
    for item in places.regions():
        assert seen[item.parent] == item.depth - 1
        seen[item.code] = item.depth
    assert seen["001"] == 0
    assert seen["014"] == 3


@pytest.mark.parametrize("language", places.LANGUAGES)
def test_every_place_has_a_name_of_its_own_in_every_language(language: str) -> None:
    codes = [item.alpha2 for item in places.countries()]
    named = [places.name(code, language) for code in codes]
    grouped = [places.name(code, language) for code in REGIONS_AND_GROUPS]

    assert all(named)
    assert len(set(named)) == 249
    assert len(set(grouped)) == len(REGIONS_AND_GROUPS)
    if language not in ("en", "fr", "es", "pt"):
        assert not {name for name in (*named, *grouped) if name.isascii()}


def test_name_speaks_the_language_asked_for() -> None:
    assert places.name("JP", "fr") == "Japon"
    assert places.name("JP", "zh-hans") == "日本"
    assert places.name("BR", "pt-BR") == "Brasil"
    assert places.name("002", "ru") == "Африка"
    assert places.name("419") == "Latin America and the Caribbean"
    assert places.name("SIDS", "fr") == "Petits États insulaires en développement"


def test_name_falls_back_to_english() -> None:
    assert places.name("FJ", "tlh") == "Fiji"
    assert places.name("LDC", "de") == "Least developed countries"


def test_name_refuses_an_unknown_code() -> None:
    with pytest.raises(places.UnknownPlace):
        places.name("EU")


def test_choices_are_sorted_as_readers_look_names_up() -> None:
    english = [name for _, name in places.choices("en")]
    chinese = [code for code, _ in places.choices("zh")]

    assert len(places.choices("fr")) == 249
    assert english.index("Åland Islands") < english.index("Albania")
    assert [name for _, name in places.choices("es")][:2] == ["Afganistán", "Albania"]
    assert [c for c in chinese if c in ("EG", "AU", "CN", "BR")] == ["EG", "AU", "BR", "CN"]  # āi, ào, bā, zhōng


def test_region_choices_list_the_world_first_and_groups_last() -> None:
    found = places.region_choices("en")

    assert found[0] == ("001", "World")
    assert [code for code, _ in found[-3:]] == ["LDC", "LLDC", "SIDS"]


@pytest.mark.parametrize("language", places.LANGUAGES)
def test_find_country_reads_back_every_name(language: str) -> None:
    found = {item.alpha2: places.find_country(places.name(item.alpha2, language)) for item in places.countries()}

    assert found == {code: code for code in found}


def test_find_country_reads_every_code() -> None:
    for item in places.countries():
        codes = (item.alpha2, item.alpha2.lower(), item.alpha3, item.numeric)
        assert {places.find_country(code) for code in codes} == {item.alpha2}


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "cn", "ru"])
def test_find_country_reads_the_names_of_the_un_tables(language: str) -> None:
    rows = un_rows(language)

    assert {r["Country or Area"]: places.find_country(r["Country or Area"]) for r in rows} == {
        r["Country or Area"]: r["ISO-alpha2 Code"] for r in rows
    }


@pytest.mark.parametrize(
    ("text", "alpha2"),
    [
        ("UK", "GB"),
        ("U.S.A.", "US"),
        ("the united states", "US"),
        ("Korea", "KR"),
        ("Korea, Republic of", "KR"),
        ("Congo, the Democratic Republic of the", "CD"),
        ("North Korea", "KP"),
        ("Türkiye", "TR"),
        ("TURKEY", "TR"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Ivory Coast", "CI"),
        ("EL", "GR"),
        ("Viet Nam", "VN"),
        ("Pérou (le)", "PE"),
        ("Trinidad and Tobago", "TT"),
        ("  fiji ", "FJ"),
        ("ガーナ", "GH"),
        ("Niger", "NE"),
        ("Nigeria", "NG"),
        ("Dominica", "DM"),
        ("Guinea", "GN"),
    ],
)
def test_find_country_knows_everyday_names(text: str, alpha2: str) -> None:
    assert places.find_country(text) == alpha2


@pytest.mark.parametrize("text", ["", " ", ",", "Global", "EU", "Narnia", "002", "SIDS", "Paris"])
def test_find_country_says_none_rather_than_guess(text: str) -> None:
    assert places.find_country(text) is None
