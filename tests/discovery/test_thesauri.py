"""The thesaurus that a site searches with: what it comes with, what is imported, and the command."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.data import shared_data
from verdure.discovery import thesauri
from verdure.discovery.skos import Naming, read_skos
from verdure.discovery.skos_export import concept_base, field_base
from verdure.discovery.thesauri import glossary, own_base, thesaurus
from verdure.discovery.thesaurus_files import ThesaurusUnusable, as_csv, merged, read_rows, write_whole
from verdure.engine.concepts import Concept, Thesaurus
from verdure.engine.stopwords import FUNCTION_WORDS
from verdure.listings import taxonomy

GERMAN = "id,broader,de\nenergy.solar,,Sonnenenergie|Solarenergie\nbalcony-module,energy.solar.pv,Balkonkraftwerk\n"
TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix : <https://example.org/v/> .
:water skos:prefLabel "water"@en, "вода"@ru . :rain skos:broader :water ; skos:prefLabel "rain"@en, "bare" .
"""


@pytest.fixture(autouse=True)
def forget_the_thesaurus() -> Iterator[None]:
    """It is made once per process; here its folder changes."""
    thesaurus.cache_clear()
    yield
    thesaurus.cache_clear()


@pytest.fixture
def german(tmp_path: Path) -> Path:
    path = tmp_path / "german.csv"
    path.write_text(GERMAN, encoding="utf-8")
    return path


@pytest.fixture
def turtle(tmp_path: Path) -> Path:
    path = tmp_path / "rain.ttl"
    path.write_text(TURTLE, encoding="utf-8")
    return path


def run(*arguments: str | Path) -> list[str]:
    out = StringIO()
    call_command("thesaurus", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def test_fields_are_concepts_with_what_is_above() -> None:
    found = thesaurus()["energy.solar.pv"]
    assert found.broader == ("energy.solar",)
    assert taxonomy.label("energy.solar.pv", "ja") in found.labels["ja"]
    assert thesaurus().ancestors("energy.solar.pv") == ("energy.solar", "energy")
    assert set(taxonomy.LANGUAGES) <= set(thesaurus().languages)


def test_labels_of_the_glossary_find_their_concepts() -> None:
    held = thesaurus()
    missing = []
    for concept in itertools.islice(held, 0, None, 8):  # all of them would take half a minute
        for language, labels in concept.labels.items():
            for label in labels:
                found = {o.concept for o in held.find(label, language)}
                if concept.id not in found and not any(concept.id in held.ancestors(near) for near in found):
                    missing.append((concept.id, language, label))
    assert missing == []


def test_no_preferred_label_of_the_glossary_is_a_function_word() -> None:
    found = [(c.id, k) for c in glossary() for k, v in c.labels.items() if v[0].lower() in FUNCTION_WORDS.get(k, ())]
    assert found == []


def test_every_broader_concept_of_the_glossary_is_there() -> None:
    held = thesaurus()
    assert [(c.id, far) for c in glossary() for far in c.broader if far not in held or far == c.id] == []


def test_an_imported_file_adds_languages_and_concepts(german: Path) -> None:
    before = thesaurus().identity
    assert thesaurus().find("Sonnenenergie", "de") == ()
    done = thesauri.import_file(german, "german")
    assert (done.holding.concepts, dict(done.holding.labels), done.replaced) == (2, {"de": 3}, False)
    assert [o.concept for o in thesaurus().find("Balkonkraftwerke für Solarenergie", "de")] == [
        "balcony-module",
        "energy.solar",
    ]
    assert taxonomy.label("energy.solar") in thesaurus()["energy.solar"].labels["en"]
    assert thesaurus().identity != before


def test_import_again_takes_the_place_of_the_one_before(german: Path, settings: object) -> None:
    thesauri.import_file(german, "german")
    first = thesaurus().identity
    assert thesauri.import_file(german, "german").replaced
    assert thesaurus().identity == first
    german.write_text("id,broader,de\nnew,,Neues\n", encoding="utf-8")
    thesauri.import_file(german, "german")
    assert "balcony-module" not in thesaurus()
    assert [path.name for path in thesauri._files()] == ["german.csv"]


def test_a_failed_import_leaves_what_was_there(german: Path, turtle: Path) -> None:
    thesauri.import_file(german, "mine")
    turtle.write_text("not turtle", encoding="utf-8")
    with pytest.raises(ThesaurusUnusable):
        thesauri.import_file(turtle, "mine")
    assert "balcony-module" in thesaurus()


def test_a_broken_file_is_left_out_with_a_warning(german: Path, caplog: pytest.LogCaptureFixture) -> None:
    thesauri.import_file(german, "german")
    thesauri._file("german").write_text("broken", encoding="utf-8")
    thesaurus.cache_clear()
    assert "balcony-module" not in thesaurus()
    assert "left out: german.csv" in caplog.text


def test_the_glossary_goes_out_as_skos_and_comes_back_equal(tmp_path: Path) -> None:
    thesauri.export_file(tmp_path / "out.ttl")
    naming = Naming(concepts=concept_base(own_base()), fields=field_base(own_base()))
    found = read_skos(tmp_path / "out.ttl", naming)
    assert found.concepts == glossary()


def test_the_glossary_goes_out_as_csv_and_comes_back_equal(tmp_path: Path) -> None:
    thesauri.export_file(tmp_path / "out.csv", form="csv")
    assert Thesaurus(read_rows(tmp_path / "out.csv")).identity == Thesaurus(glossary()).identity


def test_csv_keeps_labels_with_quotes_and_commas(tmp_path: Path) -> None:
    concepts = [Concept("a", ("b", "c"), {"en": ('1, "2"', "3"), "ja": ("表",)}), Concept("d", (), {"en": ("4",)})]
    write_whole(tmp_path / "x.csv", as_csv(concepts))
    assert list(read_rows(tmp_path / "x.csv")) == concepts


def test_concepts_of_one_id_become_one() -> None:
    one = Concept("a", ("b",), {"en": ("x", "y")})
    other = Concept("a", ("c", "b"), {"en": ("y", "z"), "de": ("w",)})
    assert list(merged([one, other])) == [Concept("a", ("b", "c"), {"en": ("x", "y", "z"), "de": ("w",)})]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "first row must begin with id,broader"),
        ("id,en,fr\n", "first row must begin with id,broader"),
        ("id,broader\n", "found none"),
        ("id,broader,english\n", "found english"),
        ("id,broader,en,en-GB\n", "each once"),
        ("id,broader,en\na,b\n", "line 2: 2 cells where the first row has 3"),
        ("id,broader,en\na b,,c\n", "line 2: 'a b' cannot be an id"),
        ('id,broader,en\na,,"b\n', "not CSV in UTF-8"),
        ("id,broader,en\na,,\n", "holds no concept with a label"),
    ],
)
def test_csv_that_cannot_be_read_is_refused(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "x.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ThesaurusUnusable, match=told):
        thesauri.import_file(tmp_path / "x.csv", "x")


def test_csv_in_another_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("id,broader,fr\na,,énergie\n".encode("latin-1"))
    with pytest.raises(ThesaurusUnusable, match="UTF-8"):
        thesauri.import_file(tmp_path / "x.csv", "x")


@pytest.mark.parametrize("name", ["", "../up", "Big", "glossary", "a" * 41, "a b"])
def test_names_are_short_and_plain(german: Path, name: str) -> None:
    with pytest.raises(ThesaurusUnusable, match="cannot be the name"):
        thesauri.import_file(german, name)


def test_command_imports_lists_exports_and_removes(turtle: Path, tmp_path: Path) -> None:
    assert run("import", turtle) == [
        "rain: 2 concepts; labels: en 2, ru 1",
        "  left out: 1 labels without a language",
        "Imported. Start the site again (verdure up): it then searches with this, and the index is rebuilt for it.",
    ]
    assert (
        run("import", turtle, "--languages", "ru, fr", "--untagged", "fr")[0] == "rain: 2 concepts; labels: fr 1, ru 1"
    )
    assert run("list")[-1] == "rain: 2 concepts; labels: fr 1, ru 1"
    assert [o.concept for o in thesaurus().find("вода", "ru")][-1] == "rain:water"
    assert run("export", tmp_path / "out.csv", "--name", "rain", "--csv") == [f"rain is in {tmp_path / 'out.csv'}"]
    assert (tmp_path / "out.csv").read_text(encoding="utf-8") == (
        "id,broader,fr,ru\nrain:water,,,вода\nrain:rain,rain:water,bare,\n"
    )
    assert run("remove", "rain")[0].startswith("rain is removed.")
    assert "rain:water" not in thesaurus()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["import", "/no/such.ttl"], "There is no file"),
        (["remove", "nothing"], "Imported are: none"),
        (["export", "/no/folder/x.ttl"], "There is no folder /no/folder"),
        (["export", "x.ttl", "--name", "nothing"], "There is no thesaurus nothing"),
    ],
)
def test_command_says_what_is_wrong(arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told):
        run(*arguments)


def test_the_goals_can_be_imported_beside_the_glossary() -> None:
    path = shared_data("sdg-taxonomy") / "sdg-kos-goals-targets-indicators.ttl"
    line = run("import", path, "--name", "sdg")[0]
    assert line.startswith("sdg: 418 concepts; labels: en ")
    assert thesaurus().ancestors("sdg:C060101") == ("sdg:6.1", "sdg:6")
