"""Writes verdure/core/data/places.json from a folder of ISO 3166 and UN M49 tables (facts only: codes, regions, flags).

Usage: python -m tools.build_places FOLDER [OUTPUT]
FOLDER holds UNSD-en.csv (UN Statistics Division, M49) and country-codes.csv (datasets/country-codes, ODC-PDDL).
"""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

from verdure.core.places import normalise_name, spoken_names

OUTPUT = Path(__file__).resolve().parent.parent / "verdure" / "core" / "data" / "places.json"
LEVELS = ("Global", "Region", "Sub-region", "Intermediate Region")
GROUPS = {
    "LDC": "Least Developed Countries (LDC)",
    "LLDC": "Land Locked Developing Countries (LLDC)",
    "SIDS": "Small Island Developing States (SIDS)",
}
GROUP_NAMES = {
    "LDC": {
        "en": "Least developed countries",
        "fr": "Pays les moins avancés",
        "es": "Países menos adelantados",
        "ar": "أقل البلدان نمواً",
        "zh": "最不发达国家",
        "ru": "Наименее развитые страны",
        "ja": "後発開発途上国",
        "pt": "Países menos avançados",
    },
    "LLDC": {
        "en": "Landlocked developing countries",
        "fr": "Pays en développement sans littoral",
        "es": "Países en desarrollo sin litoral",
        "ar": "البلدان النامية غير الساحلية",
        "zh": "内陆发展中国家",
        "ru": "Развивающиеся страны, не имеющие выхода к морю",
        "ja": "内陸開発途上国",
        "pt": "Países em desenvolvimento sem litoral",
    },
    "SIDS": {
        "en": "Small island developing States",
        "fr": "Petits États insulaires en développement",
        "es": "Pequeños Estados insulares en desarrollo",
        "ar": "الدول الجزرية الصغيرة النامية",
        "zh": "小岛屿发展中国家",
        "ru": "Малые островные развивающиеся государства",
        "ja": "小島嶼開発途上国",
        "pt": "Pequenos Estados insulares em desenvolvimento",
    },
}
NAME_COLUMNS = (
    "official_name_en",
    "official_name_fr",
    "official_name_es",
    "official_name_ar",
    "official_name_cn",
    "official_name_ru",
    "UNTERM English Short",
    "UNTERM English Formal",
    "CLDR display name",
)
# Everyday, former and endonymic names that neither CLDR (in the site's languages) nor the UN tables carry.
EVERYDAY = {
    "AE": ("UAE", "Emirates"),
    "AT": ("Österreich",),
    "BO": ("Bolivia",),
    "BN": ("Brunei",),
    "BR": ("Brasil",),
    "CD": (
        "DRC",
        "DR Congo",
        "Congo-Kinshasa",
        "Congo (Kinshasa)",
        "Democratic Republic of Congo",
        "Zaire",
    ),
    "CG": ("Congo", "Republic of Congo", "Congo (Brazzaville)"),
    "CH": ("Schweiz", "Svizzera"),
    "CI": ("Ivory Coast", "Cote d Ivoire"),
    "CN": ("PRC", "PR China", "P.R. China", "Mainland China"),
    "CV": ("Cape Verde",),
    "CZ": ("Czech Republic", "Česko", "Česká republika"),
    "DE": ("Deutschland",),
    "DK": ("Danmark",),
    "ES": ("España",),
    "FI": ("Suomi",),
    "FM": ("Micronesia",),
    "GB": (
        "UK",
        "U.K.",
        "Great Britain",
        "Britain",
        "England",
        "Scotland",
        "Wales",
        "Northern Ireland",
    ),
    "GM": ("Gambia", "The Gambia"),
    "GR": ("EL", "Hellas", "Ellada"),
    "HK": ("Hong Kong",),
    "HR": ("Hrvatska",),
    "HU": ("Magyarország",),
    "IR": ("Iran",),
    "IT": ("Italia",),
    "KP": ("North Korea", "DPRK", "DPR Korea"),
    "KR": (
        "Korea",
        "South Korea",
        "Republic of Korea",
        "Korea (South)",
        "ROK",
        "Korea, Rep.",
    ),
    "LA": ("Laos", "Lao PDR"),
    "MD": ("Moldova",),
    "MK": ("Macedonia", "FYROM"),
    "MM": ("Burma",),
    "MO": ("Macau", "Macao"),
    "NL": ("Holland", "The Netherlands", "Nederland"),
    "NO": ("Norge",),
    "PL": ("Polska",),
    "PS": ("Palestine", "State of Palestine"),
    "PT": ("Portugal",),
    "RO": ("România",),
    "RU": ("Russia",),
    "SE": ("Sverige",),
    "SI": ("Slovenija",),
    "SK": ("Slovensko", "Slovak Republic"),
    "SY": ("Syria",),
    "SZ": ("Swaziland",),
    "TL": ("East Timor",),
    "TR": ("Turkey", "Türkiye", "Turkiye"),
    "TW": ("Taiwan", "Chinese Taipei", "Taiwan, Province of China"),
    "TZ": ("Tanzania",),
    "US": ("USA", "U.S.A.", "U.S.", "United States of America", "America"),
    "VA": ("Vatican", "Holy See"),
    "VE": ("Venezuela",),
    "VN": ("Viet Nam", "Vietnam"),
}


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def regions(rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Every M49 region of the rows with its UN English name and the region it lies in."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        parent = ""
        for level in LEVELS:
            if code := row[f"{level} Code"]:
                found[code] = {"name": row[f"{level} Name"], "parent": parent}
                parent = code
    return dict(sorted(found.items()))


def country(row: dict[str, str], aliases: list[str]) -> dict[str, object]:
    return {
        "alpha2": row["ISO-alpha2 Code"],
        "alpha3": row["ISO-alpha3 Code"],
        "numeric": row["M49 Code"].zfill(3),
        "region": [code for level in LEVELS if (code := row[f"{level} Code"])][-1],
        "groups": [group for group, column in GROUPS.items() if row[column]],
        "aliases": aliases,
    }


def aliases_of(alpha2: str, names: dict[str, str]) -> list[str]:
    """Names beyond CLDR's, one of each normal form."""
    known = {normalise_name(name) for name in spoken_names(alpha2)}
    out: dict[str, str] = {}
    for name in (
        *EVERYDAY.get(alpha2, ()),
        *(names[column] for column in NAME_COLUMNS),
    ):
        if (key := normalise_name(name)) and key not in known:
            out.setdefault(key, name.strip())
    return sorted(out.values())


def build(folder: Path) -> str:
    rows = sorted(read(folder / "UNSD-en.csv"), key=lambda row: row["ISO-alpha2 Code"])
    names = {row["ISO3166-1-Alpha-2"]: row for row in read(folder / "country-codes.csv")}
    countries = [country(row, aliases_of(row["ISO-alpha2 Code"], names[row["ISO-alpha2 Code"]])) for row in rows]
    parts = {"regions": regions(rows), "groups": GROUP_NAMES}
    body = ",\n".join(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in parts.items())
    lines = ",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in countries)
    return f'{{\n{body},\n "countries": [\n{lines}\n ]\n}}\n'


def main(arguments: list[str]) -> None:
    output = Path(arguments[1]) if len(arguments) > 1 else OUTPUT
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(build(Path(arguments[0])), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
