from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings, strategies as st

from tests.engine.terminology import LANGUAGES, small_thesaurus
from verdure.engine.concepts import Concept, DuplicateConcept, Occurrence, Thesaurus
from verdure.engine.text import function_words, tokens

THESAURUS = small_thesaurus()


def found(text: str, language: str = "", thesaurus: Thesaurus = THESAURUS) -> list[tuple[str, str]]:
    return [(text[o.start : o.end], o.concept) for o in thesaurus.find(text, language)]


def of(**labels: str) -> Thesaurus:
    """A thesaurus of English labels: of(pump="pump|pumps")."""
    return Thesaurus(Concept(name, (), {"en": tuple(cell.split("|"))}) for name, cell in labels.items())


@pytest.mark.parametrize(
    ("language", "label", "concept"),
    [(language, label, c.id) for c in THESAURUS for language in LANGUAGES for label in c.labels[language]],
)
def test_every_label_finds_its_concept(language: str, label: str, concept: str) -> None:
    whole = [o.concept for o in THESAURUS.find(label, language) if (o.start, o.end) == (0, len(label))]
    assert concept in whole


ALPHABETS = {
    "en": "abcdeirstAB0 -", "fr": "aéècdlrstu' ", "es": "aeioñclrs ", "pt": "aãeoçlrs ", "ar": "الطاقةوبلبيرسن ",
    "ru": "аеёиоклстьй ", "zh": "水电池太阳能光伏A1", "ja": "水電池ポンプーをのA",
}  # fmt: skip
LABELS = {language: st.text(alphabet, min_size=1, max_size=12) for language, alphabet in ALPHABETS.items()}


@given(st.data(), st.sampled_from(LANGUAGES))
@settings(max_examples=300)
def test_every_label_of_any_thesaurus_finds_its_concept(data: st.DataObject, language: str) -> None:
    labels = data.draw(st.lists(LABELS[language], min_size=1, max_size=8, unique=True))
    thesaurus = Thesaurus(Concept(str(number), (), {language: (label,)}) for number, label in enumerate(labels))
    for number, label in enumerate(labels):
        words = {token.surface for token in tokens(label, language)}
        if words - function_words(language):
            assert str(number) in {o.concept for o in thesaurus.find(label, language)}, label


@given(st.text(max_size=200), st.sampled_from(["", *LANGUAGES, "de", "ko"]))
def test_find_in_anything(text: str, language: str) -> None:
    ends = 0
    places = sorted({(o.start, o.end) for o in THESAURUS.find(text, language)})
    for start, end in places:
        assert ends <= start < end <= len(text)
        ends = end
    assert THESAURUS.find(text, language) == THESAURUS.find(text, language)
    assert isinstance(THESAURUS.gloss(text, language), str)


@pytest.mark.parametrize("text", ["", "   ", "!?… — ", "qwrtz xkcd vbnm", "щщщ ъъъ", "龘龘龘", "ゝゝゝ", "ظظظظظ"])
def test_nothing_is_found_in_nothing(text: str) -> None:
    assert [THESAURUS.find(text, language) for language in ("", *LANGUAGES)] == [()] * 9


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        (
            "en",
            "Step by step the village cleans its sewage: PV modules drive two pumps, and maize fields use the water.",
            [("sewage", "wastewater"), ("PV modules", "solar-panel"), ("pumps", "pump"), ("maize", "maize"),
             ("water", "water")],
        ),
        (
            "en",
            "It reduces energy. Solar, panels apart, is not meant; a GIS of the panel discussion is.",
            [("energy", "energy"), ("GIS", "gis")],
        ),
        (
            "fr",
            "Mais la gestion de déchets progresse : l'épuration d'eaux usées nourrit le maïs, étape par étape.",
            [("gestion de déchets", "waste-management"), ("épuration d'eaux usées", "wastewater-treatment"),
             ("maïs", "maize")],
        ),
        (
            "fr",
            "La STEP chauffe ses bureaux par des pompes à chaleur et des panneaux solaires.",
            [("STEP", "treatment-plant"), ("pompes à chaleur", "heat-pump"), ("panneaux solaires", "solar-panel")],
        ),
        (
            "es",
            "Las células solares y los paneles solares cargan baterías; la bomba de calor seca el maiz.",
            [("células solares", "solar-cell"), ("paneles solares", "solar-panel"), ("baterías", "battery"),
             ("bomba de calor", "heat-pump"), ("maiz", "maize")],
        ),
        (
            "es",
            "Solo el sol, el suelo sólido y la soldadura: nada que ver.",
            [],
        ),
        (
            "ar",
            "تعمل المضخات الحرارية بالطاقة الشمسية، وبطاريات المحطة تشغل معالجة مياه الصرف الصحي للقرى.",
            [("المضخات الحرارية", "heat-pump"), ("بالطاقة الشمسية", "solar-energy"), ("وبطاريات", "battery"),
             ("معالجة مياه الصرف الصحي", "wastewater-treatment")],
        ),
        (
            "ar",
            "نستبدل الوقود بالألواح الشمسية للمياه، ولوقود الطهي مكان آخر.",
            [("الوقود", "fuel"), ("بالألواح الشمسية", "solar-panel"), ("للمياه", "water"), ("ولوقود", "fuel")],
        ),
        (
            "zh",
            "海岛用太阳能电池板和电池供电，污水处理厂采用热泵，玉米秸秆作燃料。",
            [("太阳能电池板", "solar-panel"), ("电池", "battery"), ("污水处理厂", "treatment-plant"),
             ("热泵", "heat-pump"), ("玉米", "maize"), ("燃料", "fuel")],
        ),
        (
            "zh",
            "水泥厂的薪水与水平不在此列。",
            [],
        ),
        (
            "ru",
            "Тепловыми насосами и солнечными панелями греют дом; для очистки сточных вод нет установок, батареек, ГИС.",
            [("Тепловыми насосами", "heat-pump"), ("солнечными панелями", "solar-panel"),
             ("очистки сточных вод", "wastewater-treatment"), ("установок", "installation"), ("батареек", "battery"),
             ("ГИС", "gis")],
        ),
        (
            "ru",
            "Управление, отходами не занятое, пишет о насосной системе с PV-модулями.",
            [("отходами", "waste"), ("PV", "photovoltaics")],
        ),
        (
            "ja",
            "離島では家庭のごみを減らし、ヒートポンプと太陽光パネルで温室を暖め、下水処理場の水を使う。",
            [("ごみ", "waste"), ("ヒートポンプ", "heat-pump"), ("太陽光パネル", "solar-panel"),
             ("下水処理場", "treatment-plant"), ("水", "water")],
        ),
        (
            "ja",
            "水曜日の水準の話は関係ない。",
            [],
        ),
        (
            "pt",
            "As gestões de resíduos e instalações da ETAR pedem painéis solares e bombas de calor para o milho.",
            [("gestões de resíduos", "waste-management"), ("instalações", "installation"), ("ETAR", "treatment-plant"),
             ("painéis solares", "solar-panel"), ("bombas de calor", "heat-pump"), ("milho", "maize")],
        ),
    ],
)  # fmt: skip
def test_concepts_in_running_sentences(language: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text, language) == expected


@pytest.mark.parametrize(
    ("language", "forms", "concept"),
    [
        ("en", ("batteries", "a battery's", "BATTERY"), "battery"),
        ("fr", ("panneaux solaires", "panneau solaire", "PANNEAUX SOLAIRES"), "solar-panel"),
        ("es", ("instalaciones", "instalación", "instalacion"), "installation"),
        ("ar", ("البطاريات", "بطاريات", "والبطارية", "للبطاريات", "ببطاريته"), "battery"),
        ("zh", ("太阳能", "太阳能的", "用太阳能"), "solar-energy"),
        ("ru", ("тепловые насосы", "тепловых насосов", "тепловым насосом"), "heat-pump"),
        ("ja", ("ﾋｰﾄﾎﾟﾝﾌﾟ", "ヒートポンプ", "ヒートポンプの"), "heat-pump"),
        ("pt", ("painéis solares", "painel solar", "PAINÉIS SOLARES"), "solar-panel"),
    ],
)
def test_inflected_forms_are_found(language: str, forms: tuple[str, ...], concept: str) -> None:
    assert [[one for _, one in found(form, language)] for form in forms] == [[concept]] * len(forms)


def test_short_katakana_is_not_found_in_other_words() -> None:
    thesaurus = Thesaurus([Concept("p", (), {"ja": ("リン",)}), Concept("ring", (), {"ja": ("リング",)})])
    assert found("クリーンなプリントとコリングウッド", "ja", thesaurus) == []
    assert found("リンを回収し、リングを外す", "ja", thesaurus) == [("リン", "p"), ("リング", "ring")]


def test_the_longest_label_wins_wherever_it_begins() -> None:
    thesaurus = of(a="waste water", b="water treatment plant", c="waste")
    assert found("waste water treatment plant", "en", thesaurus) == [
        ("waste", "c"),
        ("water treatment plant", "b"),
    ]
    assert found("waste water treatment", "en", thesaurus) == [("waste water", "a")]


def test_a_label_of_two_concepts_gives_both_but_not_what_is_above() -> None:
    broad = Concept("broad", (), {"en": ("plant",)})
    narrow = Concept("narrow", ("broad",), {"en": ("plant",)})
    other = Concept("other", (), {"en": ("plant",)})
    assert found("plant", "en", Thesaurus([broad, narrow, other])) == [("plant", "narrow"), ("plant", "other")]


def test_of_labels_with_one_stem_the_one_with_the_same_letters_wins() -> None:
    thesaurus = of(run="operate", surgery="operation")
    assert found("operation", "en", thesaurus) == [("operation", "surgery")]
    assert found("operative", "en", thesaurus) == [("operative", "run"), ("operative", "surgery")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("STEP", ["sewage"]), ("two STEPs", ["sewage"]), ("step", []), ("Step", []), ("US", ["country"]), ("us", [])],
)
def test_acronyms_are_found_in_capitals_only(text: str, expected: list[str]) -> None:
    assert [concept for _, concept in found(text, "en", of(sewage="STEP", country="US"))] == expected


def test_formulas_are_found_in_any_case() -> None:
    assert found("co2 and CO₂", "en", of(carbon="CO2")) == [("co2", "carbon"), ("CO₂", "carbon")]


def test_function_words_are_never_found() -> None:
    assert found("it will be, as of this", "en", of(a="will", b="as of", c="be")) == []


def test_no_label_reaches_over_a_break_but_its_own() -> None:
    thesaurus = of(list="heating, cooling", pair="wind power")
    assert found("Wind. Power; wind, power (wind) power", "en", thesaurus) == []
    assert found("heating, cooling and wind-power", "en", thesaurus) == [
        ("heating, cooling", "list"),
        ("wind-power", "pair"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("solar panels", [("solar panels", "solar-panel", "en")]),
        ("panneaux solaires", [("panneaux solaires", "solar-panel", "fr")]),
        ("太陽電池", [("太陽電池", "solar-cell", "ja")]),
        ("太阳能电池", [("太阳能电池", "solar-cell", "zh")]),
        ("сточные воды", [("сточные воды", "wastewater", "ru")]),
        ("مياه", [("مياه", "water", "ar")]),
        ("La pompe élève l'eau du puits.", [("pompe", "pump", "fr"), ("eau", "water", "fr")]),
    ],
)
def test_the_language_need_not_be_known(text: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(text[o.start : o.end], o.concept, o.label_language) for o in THESAURUS.find(text)] == expected


def test_a_language_without_labels_gives_acronyms_only() -> None:
    assert found("PV-Anlage mit Energie, Installation und GIS", "de") == [("PV", "photovoltaics"), ("GIS", "gis")]


def test_english_labels_are_found_in_texts_of_other_scripts() -> None:
    assert found("基于GIS的wastewater treatment监测", "zh") == [
        ("GIS", "gis"),
        ("wastewater treatment", "wastewater-treatment"),
    ]
    assert found("модули PV и solar panels", "ru") == [("PV", "photovoltaics"), ("solar panels", "solar-panel")]


def test_tokens_at_hand_are_not_made_again() -> None:
    text = "Pumps lift water"
    assert THESAURUS.find(text, "en", found=tokens(text, "en")) == THESAURUS.find(text, "en")


def test_terms_count_concepts_and_what_is_above() -> None:
    text = "Solar panels and a solar panel, water"
    assert THESAURUS.terms(text, "en") == {"solar-panel": 2, "water": 1}
    assert THESAURUS.terms(text, "en", with_broader=True) == {
        "solar-panel": 2, "solar-energy": 2, "energy": 2, "water": 1,
    }  # fmt: skip


def test_ancestors_survive_circles_and_gaps() -> None:
    rows = [Concept("a", ("b",)), Concept("b", ("c", "missing")), Concept("c", ("a",))]
    assert Thesaurus(rows).ancestors("a") == ("b", "c", "missing")
    assert Thesaurus(rows).ancestors("unknown") == ()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("fr", "La STEP de Lyon reçoit 40 panneaux solaires.", "sewage plant Lyon 40 solar panel"),
        ("zh", "水泵由Siemens提供，功率3.5kW，使用太阳能", "pump Siemens 3.5kW solar energy"),
        ("ar", "مضخات عدد ٢٠ من Grundfos", "pump 20 Grundfos"),
        ("ru", "Насосы и батарейки", "pump battery"),
        ("en", "Pumps lift water.", "Pumps lift water."),
        ("ja", "", ""),
    ],
)
def test_gloss_reads_a_text_in_english_labels(language: str, text: str, expected: str) -> None:
    assert THESAURUS.gloss(text, language) == expected


def test_gloss_into_another_language() -> None:
    assert THESAURUS.gloss("Heat pumps and batteries", "en", into="fr") == "pompe à chaleur batterie"


def test_translations_keep_the_order_and_leave_out_what_is_unknown() -> None:
    assert THESAURUS.translations(["wastewater", "nothing", "pump"], "pt") == ("águas residuais", "esgoto", "bomba")
    assert THESAURUS.translations(["wastewater", "pump"], "pt", preferred_only=True) == ("águas residuais", "bomba")
    assert THESAURUS.translations(["wastewater"], "de") == ()


def test_identity_follows_the_content_and_not_its_order() -> None:
    rows = list(THESAURUS)
    assert Thesaurus(reversed(rows)).identity == THESAURUS.identity
    changed = dataclasses.replace(rows[0], labels={**rows[0].labels, "de": ("Energie",)})
    others = [Thesaurus([changed, *rows[1:]]), Thesaurus(rows[1:]), Thesaurus()]
    assert len({THESAURUS.identity, *(other.identity for other in others)}) == 4


def test_concepts_cannot_be_changed() -> None:
    labels = {"en": ("pump",)}
    concept = Concept("pump", (), labels)
    labels["en"] = ("other",)
    assert concept.labels == {"en": ("pump",)}
    with pytest.raises(TypeError):
        concept.labels["en"] = ()  # type: ignore[index]
    with pytest.raises(DuplicateConcept, match="pump"):
        Thesaurus([concept, concept])


def test_an_empty_thesaurus_finds_nothing() -> None:
    empty = Thesaurus()
    assert (len(empty), empty.find("water", "en"), empty.languages) == (0, (), ())
    assert empty.gloss("eau 5", "fr") == "5"


def test_occurrences_tell_their_place() -> None:
    assert THESAURUS.find("Two heat pumps", "en-GB") == (Occurrence("heat-pump", 4, 14, "en"),)
