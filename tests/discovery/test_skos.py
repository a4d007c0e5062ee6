"""SKOS in and out: every format, what is refused, and that what goes out comes back equal."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import rdflib
from rdflib.namespace import RDF, SKOS

from tests.data import shared_data
from tests.engine.terminology import small_thesaurus
from verdure.discovery import skos
from verdure.discovery.skos import Naming, Skos, read_skos
from verdure.discovery.skos_export import as_turtle, concept_base, field_base
from verdure.discovery.thesaurus_files import ThesaurusUnusable
from verdure.engine.concepts import Concept, Thesaurus
from verdure.listings import taxonomy

BASE = "https://example.org/vocabulary/"
TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix : <https://example.org/vocabulary/> .

:scheme a skos:ConceptScheme ; skos:prefLabel "The vocabulary"@en .
:group a skos:Collection ; skos:prefLabel "A group"@en .
:water a skos:Concept ; skos:prefLabel "water"@en, "eau"@fr ; skos:narrower :rain .
:rain a skos:Concept ; skos:broader :water ;
    skos:hiddenLabel "rainwatr"@en ; skos:altLabel "rain|water"@en-GB, "precipitation"@en ;
    skos:prefLabel "rain"@en, "pluie"@fr-CA, "雨"@zh-Hans, "no language" .
:old a skos:Concept ; owl:deprecated true ; skos:prefLabel "old"@en .
:mute a skos:Concept ; skos:broader :water .
"""
EXPECTED = (
    Concept("v:water", (), {"en": ("water",), "fr": ("eau",)}),
    Concept(
        "v:rain",
        ("v:water",),
        {"en": ("rain", "precipitation", "rain/water", "rainwatr"), "fr": ("pluie",), "zh": ("雨",)},
    ),
)


def as_rows(concepts: Sequence[Concept]) -> dict[str, tuple[set[str], dict[str, tuple[str, set[str]]]]]:
    """What counts where the order of statements does not: the preferred label, and the set of all."""
    return {c.id: (set(c.broader), {k: (v[0], set(v)) for k, v in c.labels.items()}) for c in concepts}


def write(path: Path, form: str) -> Path:
    rdflib.Graph().parse(data=TURTLE, format="turtle").serialize(path, format=form, encoding="utf-8")
    return path


def read(path: Path, text: str | None = None, **options: Sequence[str] | str) -> Skos:
    if text is not None:
        path.write_text(text, encoding="utf-8")
    return read_skos(path, Naming(prefix="v:"), **options)  # type: ignore[arg-type]


def test_turtle(tmp_path: Path) -> None:
    found = read(tmp_path / "v.ttl", TURTLE)
    assert as_rows(found.concepts) == as_rows(EXPECTED)
    assert found.concepts[1].labels["en"] == ("rain", "precipitation", "rain/water", "rainwatr")
    assert (found.without_language, found.too_long, found.deprecated) == (1, 0, 1)


@pytest.mark.parametrize(
    ("ending", "form"), [(".rdf", "pretty-xml"), (".xml", "xml"), (".nt", "nt"), (".ttl", "turtle")]
)
def test_every_format_gives_the_same(tmp_path: Path, ending: str, form: str) -> None:
    assert as_rows(read(write(tmp_path / f"v{ending}", form)).concepts) == as_rows(EXPECTED)


def test_json_ld(tmp_path: Path) -> None:
    context = {"@vocab": str(SKOS), "@base": BASE, "broader": {"@type": "@id"}}
    rain = {
        "@id": "rain",
        "@type": "Concept",
        "broader": "water",
        "prefLabel": [{"@value": "rain", "@language": "en"}, {"@value": "pluie", "@language": "fr"}],
    }
    water = {"@id": "water", "@type": "Concept", "prefLabel": {"@value": "water", "@language": "en"}}
    found = read(tmp_path / "v.jsonld", json.dumps({"@context": context, "@graph": [water, rain]}))
    assert as_rows(found.concepts) == as_rows(
        [
            Concept("v:water", (), {"en": ("water",)}),
            Concept("v:rain", ("v:water",), {"en": ("rain",), "fr": ("pluie",)}),
        ]
    )


def test_skos_xl_labels(tmp_path: Path) -> None:
    text = """
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    @prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
    @prefix : <https://example.org/xl/> .
    :maize a skos:Concept ; xl:prefLabel :l1, :l2 ; xl:altLabel :l3 ; skos:prefLabel "maize"@en .
    :l1 xl:literalForm "maize"@en . :l2 xl:literalForm "maïs"@fr . :l3 xl:literalForm "corn"@en .
    """
    expected = (Concept("v:maize", (), {"en": ("maize", "corn"), "fr": ("maïs",)}),)
    found = read(tmp_path / "xl.ttl", text)
    assert found.concepts == expected
    rdflib.Graph().parse(data=text, format="turtle").serialize(tmp_path / "xl.nt", format="nt", encoding="utf-8")
    assert as_rows(read(tmp_path / "xl.nt").concepts) == as_rows(expected)


def test_languages_can_be_chosen_and_given(tmp_path: Path) -> None:
    path = write(tmp_path / "v.ttl", "turtle")
    assert {k for c in read(path, languages=["fr", "zh"]).concepts for k in c.labels} == {"fr", "zh"}
    english = next(c for c in read(path, untagged="en").concepts if c.id == "v:rain").labels["en"]
    assert "no language" in english


def test_ids_are_what_addresses_do_not_share(tmp_path: Path) -> None:
    label = '<http://www.w3.org/2004/02/skos/core#prefLabel> "x"@en .\n'
    lines = [f"<https://example.org/{rest}> {label}" for rest in ("concept/1", "group/1", "group/a%20b", "group/a-b")]
    found = read(tmp_path / "v.nt", "".join(lines))
    assert [c.id for c in found.concepts] == ["v:concept-1", "v:group-1", "v:group-a-b", "v:group-a-b-2"]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("v.ttl", ":a :b [", "not Turtle: line 1"),
        ("v.ttl", "[" * 100_000, "Turtle|nested"),
        ("v.rdf", "<rdf:RDF", "not well-formed XML: line 1"),
        ("v.rdf", "<a><b/></a>" * 2, "XML"),
        ("v.nt", '<a> <http://www.w3.org/2004/02/skos/core#prefLabel> "x .', "not N-Triples in UTF-8: line 1"),
        ("v.nt", "<" + "a" * skos.LONGEST_LINE, "a line is longer than 1 MB"),
        ("v.jsonld", "{", "not JSON"),
        ("v.jsonld", '{"@context": 5, "@graph": []}', "not JSON-LD"),
        ("v.jsonld", "[" * 100_000, "nested|not JSON"),
        ("v.jsonld", '{"@context": "https://example.org/context.jsonld"}', "Nothing is fetched"),
        ("v.jsonld", '{"@graph": [{"@context": [{}, "context.jsonld"]}]}', "Nothing is fetched"),
        ("v.jsonld", '{"@context": {"@import": "https://example.org/c"}}', "Nothing is fetched"),
        ("v.zip", "", "unpacked"),
    ],
)
def test_files_that_cannot_be_read_are_refused(tmp_path: Path, name: str, text: str, told: str) -> None:
    with pytest.raises(ThesaurusUnusable, match=told):
        read(tmp_path / name, text)


RDF_ROOT = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="https://example.org/">'


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>',
        '<!DOCTYPE r [<!ENTITY file SYSTEM "file:///etc/hostname">]>',
        '<!DOCTYPE r [<!ENTITY % p SYSTEM "https://example.org/p.dtd"> %p;]>',
    ],
)
def test_xml_with_entities_is_refused(tmp_path: Path, doctype: str) -> None:
    with pytest.raises(ThesaurusUnusable, match="entities"):
        read(tmp_path / "v.rdf", f"{doctype}{RDF_ROOT}</rdf:RDF>")


def test_xml_nested_without_end_is_refused(tmp_path: Path) -> None:
    deep = "<e:a><rdf:Description>" * skos.DEEPEST
    with pytest.raises(ThesaurusUnusable, match="nested"):
        read(tmp_path / "v.rdf", f"{RDF_ROOT}<rdf:Description>{deep}")


def test_size_and_number_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "v.ttl", "turtle")
    monkeypatch.setattr(skos, "MOST_LABELS", 3)
    with pytest.raises(ThesaurusUnusable, match="--languages"):
        read(path)
    monkeypatch.setitem(skos.MOST_BYTES, "turtle", 10)
    with pytest.raises(ThesaurusUnusable, match="N-Triples"):
        read(path)


def test_what_goes_out_comes_back_equal(tmp_path: Path) -> None:
    odd = Concept('odd "one"', ("solar-panel", "energy.solar"), {"en": ('a "b" \\ c', "d\te"), "ja": ("表",)})
    concepts = (*small_thesaurus(), odd)
    path = tmp_path / "out.ttl"
    path.write_text("".join(as_turtle(concepts, taxonomy.fields(), base=BASE, title="T")), encoding="utf-8")
    naming = Naming(prefix="x:", concepts=concept_base(BASE), fields=field_base(BASE))
    found = read_skos(path, naming).concepts
    cleaned = Concept(odd.id, odd.broader, {"en": ('a "b" \\ c', "d e"), "ja": ("表",)})
    assert found == (*small_thesaurus(), cleaned)
    assert Thesaurus(found).identity == Thesaurus([*small_thesaurus(), cleaned]).identity


def test_what_goes_out_is_sound_skos(tmp_path: Path) -> None:
    text = "".join(as_turtle(tuple(small_thesaurus()), taxonomy.fields(), base=BASE, title='The "glossary"'))
    graph = rdflib.Graph().parse(data=text, format="turtle")
    assert set(graph.subjects(RDF.type, SKOS.ConceptScheme)) == {
        rdflib.URIRef(f"{BASE}concepts"),
        rdflib.URIRef(f"{BASE}fields"),
    }
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        preferred = [
            label.language for label in graph.objects(concept, SKOS.prefLabel) if isinstance(label, rdflib.Literal)
        ]
        assert len(preferred) == len(set(preferred)) == 8
        assert set(graph.objects(concept, SKOS.prefLabel)).isdisjoint(graph.objects(concept, SKOS.altLabel))
        assert len(list(graph.objects(concept, SKOS.inScheme))) == 1
        assert (concept, SKOS.broader, None) in graph or (concept, SKOS.topConceptOf, None) in graph
    for _, _, target in graph.triples((None, SKOS.exactMatch, None)):
        assert (target, RDF.type, SKOS.Concept) in graph
    fields = {str(code) for code in graph.objects(None, SKOS.notation)}
    assert fields == {field.code for field in taxonomy.fields()}


def test_another_sites_export_gets_a_prefix(tmp_path: Path) -> None:
    path = tmp_path / "out.ttl"
    pump = Concept("pump", ("water.groundwater",), {"en": ("pump",)})
    path.write_text("".join(as_turtle([pump], taxonomy.fields(), base=BASE, title="T")), encoding="utf-8")
    found = {c.id: c for c in read(path).concepts}
    assert found["v:concepts-pump"].broader == ("v:fields-water.groundwater",)
    assert found["v:fields-water.groundwater"].labels["en"] == (taxonomy.label("water.groundwater"),)


def test_the_goals_of_the_united_nations() -> None:
    folder = shared_data("sdg-taxonomy")
    found = read_skos(folder / "sdg-kos-goals-targets-indicators.ttl", Naming(prefix="sdg:"))
    with (folder / "sdg_goals_targets_indicators.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    concepts = {concept.id: concept for concept in found.concepts}
    assert {f"sdg:{row['uri'].rpartition('/')[2]}" for row in rows} <= set(concepts)
    assert concepts["sdg:6.1"].broader == ("sdg:6",)
    for row in rows:
        labels = concepts[f"sdg:{row['uri'].rpartition('/')[2]}"].labels
        for language in ("en", "fr", "es"):
            if row[f"label_{language}"]:
                assert " ".join(row[f"label_{language}"].split()) in labels[language]
    thesaurus = Thesaurus(found.concepts)
    for goal in ("sdg:6", "sdg:13"):
        for language, (name, *_) in concepts[goal].labels.items():
            assert [o.concept for o in thesaurus.find(f"2030: {name}!", language)] == [goal]
