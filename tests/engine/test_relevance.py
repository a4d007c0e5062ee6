"""A frozen judged set of our own: short descriptions in eight languages, asked in the same language.

It guards analysis and ranking against quiet loss; larger sets are run by `verdure eval`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.samples import BagOfStems, ids_of, make_index, make_technology
from verdure.engine.documents import Document, SearchRequest
from verdure.engine.index import Index
from verdure.engine.measure import ndcg

TEXTS = {
    "en": (
        "Heat pump for apartment blocks|Draws warmth from outside air and heats radiators at low temperature.",
        "Biogas digester for dairy farms|Turns manure into gas for cooking and a fertiliser.",
        "Membrane filter for drinking water|Removes bacteria and silt by gravity without electricity.",
        "Battery recycling line|Recovers lithium, nickel and cobalt from used cells.",
    ),
    "fr": (
        "Pompe à chaleur pour immeubles|Prélève la chaleur de l'air extérieur pour chauffer les logements.",
        "Digesteur de biogaz pour élevages|Transforme le fumier en gaz de cuisson et en engrais.",
        "Filtre à membrane pour eau potable|Retient les bactéries par gravité, sans électricité.",
        "Ligne de recyclage de batteries|Récupère le lithium, le nickel et le cobalt des piles usagées.",
    ),
    "es": (
        "Bomba de calor para edificios|Toma calor del aire exterior y calienta las viviendas.",
        "Biodigestor para granjas lecheras|Convierte el estiércol en gas para cocinar y en abono.",
        "Filtro de membrana para agua potable|Elimina bacterias por gravedad y sin electricidad.",
        "Línea de reciclaje de baterías|Recupera litio, níquel y cobalto de celdas usadas.",
    ),
    "pt": (
        "Bomba de calor para prédios|Retira calor do ar exterior e aquece as habitações.",
        "Biodigestor para explorações leiteiras|Transforma o estrume em gás de cozinha e adubo.",
        "Filtro de membrana para água potável|Remove bactérias por gravidade, sem eletricidade.",
        "Linha de reciclagem de baterias|Recupera lítio, níquel e cobalto de células usadas.",
    ),
    "ru": (
        "Тепловой насос для многоквартирных домов|Берёт тепло наружного воздуха и греет радиаторы.",
        "Биогазовая установка для молочных ферм|Превращает навоз в газ и удобрение.",
        "Мембранный фильтр для питьевой воды|Удаляет бактерии самотёком без электричества.",
        "Линия переработки аккумуляторов|Извлекает литий, никель и кобальт из старых элементов.",
    ),
    "ar": (
        "مضخة حرارية للمباني السكنية|تستخلص الحرارة من الهواء الخارجي لتدفئة المساكن.",
        "هاضم الغاز الحيوي لمزارع الألبان|يحول الروث إلى غاز للطبخ وسماد.",
        "مرشح غشائي لمياه الشرب|يزيل البكتيريا بالجاذبية من دون كهرباء.",
        "خط لإعادة تدوير البطاريات|يسترجع الليثيوم والنيكل والكوبالت من الخلايا المستعملة.",
    ),
    "zh": (
        "公寓楼空气源热泵|从室外空气中吸取热量，为住宅供暖。",
        "奶牛场沼气池|把牛粪变成炊事用气和肥料。",
        "饮用水膜过滤器|靠重力去除细菌，无需用电。",
        "电池回收生产线|从废旧电芯中回收锂、镍和钴。",
    ),
    "ja": (
        "集合住宅用ヒートポンプ|外気から熱を取り込み、低温で暖房する。",
        "酪農場向けバイオガス装置|ふん尿を調理用ガスと肥料に変える。",
        "飲料水用の膜ろ過器|電気を使わず重力で細菌を取り除く。",
        "電池リサイクル設備|使用済み電池からリチウムやニッケルを回収する。",
    ),
}

QUESTIONS = {
    "en": ("heating pumps for flats or apartments", "manure to gas", "filtering drinkable water", "recycled batteries"),
    "fr": ("pompes à chaleur", "gaz du fumier", "filtrer l'eau potable", "recyclages de batterie"),
    "es": ("bombas de calor", "estiercol en gas", "filtros de agua potable", "reciclajes de bateria"),
    "pt": ("bombas de calor para predio", "gás de estrume", "filtros de agua potavel", "linhas de reciclagem"),
    "ru": ("тепловые насосы", "газ из навоза", "фильтры питьевой воды", "переработка аккумулятора"),
    "ar": ("المضخات الحرارية", "تحويل الروث إلى غاز", "ترشيح مياه الشرب", "تدوير بطارية"),
    "zh": ("热泵供暖", "牛粪沼气", "饮用水过滤", "回收电池"),
    "ja": ("ヒートポンプ暖房", "ふん尿からガス", "飲料水のろ過", "電池の回収"),
}


def documents() -> list[Document]:
    found = []
    for row, (language, texts) in enumerate(TEXTS.items()):
        for column, text in enumerate(texts):
            title, summary = text.split("|")
            found.append(make_technology(10 * row + column + 1, title, summary, language))
    return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("relevance")
    return make_index(folder, *documents(), encoder=BagOfStems())


@pytest.mark.parametrize("language", TEXTS)
def test_questions_find_their_text_in_their_language(index: Index, language: str) -> None:
    row = list(TEXTS).index(language)
    for column, question in enumerate(QUESTIONS[language]):
        ranking = ids_of(index.search(SearchRequest(text=question, mode="words", language=language)))
        assert ranking[:1] == [10 * row + column + 1], question


def test_words_and_meaning_together_keep_the_best_first(index: Index) -> None:
    gained = []
    for row, language in enumerate(TEXTS):
        for column, question in enumerate(QUESTIONS[language]):
            ranking = [str(number) for number in ids_of(index.search(SearchRequest(text=question, language=language)))]
            gained.append(ndcg(ranking, {str(10 * row + column + 1): 1.0}))
    assert sum(gained) / len(gained) >= 0.97
