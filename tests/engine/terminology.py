"""A small thesaurus in eight languages for tests: enough to be found, and enough to be confused with."""

from __future__ import annotations

from verdure.engine.concepts import Concept, Thesaurus

LANGUAGES = ("en", "fr", "es", "ar", "zh", "ru", "ja", "pt")

# id > broader: labels in the order of LANGUAGES, alternatives after a stroke
_ROWS = """
energy: energy; énergie; energía; طاقة; 能源; энергия|энергетика; エネルギー; energia
solar-energy > energy: solar energy|solar power; énergie solaire; energía solar; طاقة شمسية; 太阳能; солнечная энергия; 太陽エネルギー; energia solar
solar-panel > solar-energy: solar panel|PV module; panneau solaire; panel solar; لوح شمسي|ألواح شمسية; 太阳能电池板; солнечная панель; 太陽光パネル; painel solar
photovoltaics > solar-energy: photovoltaics|PV; photovoltaïque; fotovoltaica; كهروضوئية; 光伏|太阳能光伏; фотовольтаика; 太陽光発電; fotovoltaica
battery > energy: battery; batterie; batería; بطارية; 电池; аккумулятор|батарейка; 電池|バッテリー; bateria
solar-cell > solar-energy: solar cell; cellule solaire; célula solar; خلية شمسية|خلايا شمسية; 太阳能电池; солнечный элемент; 太陽電池; célula solar
water: water; eau; agua; ماء|مياه; 水; вода; 水; água
wastewater > water: wastewater|sewage; eaux usées; aguas residuales; مياه الصرف الصحي; 污水|废水; сточные воды; 下水|排水; águas residuais|esgoto
wastewater-treatment > wastewater: wastewater treatment; épuration des eaux usées; tratamiento de aguas residuales; معالجة مياه الصرف الصحي; 污水处理; очистка сточных вод; 下水処理|排水処理; tratamento de águas residuais
treatment-plant > wastewater: sewage plant|WWTP; station d'épuration|STEP; depuradora|EDAR; محطة معالجة الصرف; 污水处理厂; очистные сооружения; 下水処理場; estação de tratamento|ETAR
pump: pump; pompe; bomba; مضخة|مضخات; 泵|水泵; насос; ポンプ; bomba
heat-pump > pump: heat pump; pompe à chaleur|PAC; bomba de calor; مضخة حرارية|مضخات حرارية; 热泵; тепловой насос; ヒートポンプ; bomba de calor
waste: waste; déchet|déchets; residuo|residuos; نفايات; 废物|垃圾; отходы; 廃棄物|ごみ; resíduo|resíduos
waste-management > waste: waste management; gestion des déchets; gestión de residuos; إدارة النفايات; 废物管理; управление отходами; 廃棄物管理; gestão de resíduos
maize: maize|corn; maïs; maíz; ذرة; 玉米; кукуруза; トウモロコシ; milho
fuel: fuel; combustible; combustible; وقود; 燃料; топливо; 燃料; combustível
gis: geographic information system|GIS; système d'information géographique|SIG; sistema de información geográfica|SIG; نظم المعلومات الجغرافية; 地理信息系统; геоинформационная система|ГИС; 地理情報システム; sistema de informação geográfica|SIG
installation: installation|plant; installation; instalación; منشأة|منشآت; 装置|设备; установка; 装置|設備; instalação
"""  # noqa: E501


def _concept(row: str) -> Concept:
    head, cells = row.split(": ", 1)
    name, _, broader = head.partition(" > ")
    labels = [tuple(cell.strip().split("|")) for cell in cells.split(";")]
    return Concept(name, (broader,) if broader else (), dict(zip(LANGUAGES, labels, strict=True)))


def small_thesaurus() -> Thesaurus:
    return Thesaurus(map(_concept, _ROWS.strip().splitlines()))
