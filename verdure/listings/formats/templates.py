"""Tables to fill in: a header, a row of hints, two rows of examples. Rows whose id begins with "#" are not loaded."""

from __future__ import annotations

import csv
import io

import openpyxl
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from .columns import columns
from .xlsx import HELP_SHEET

_COMMON = ("source_id", "kind", "title", "summary", "description", "keywords", "language")
_OWNER = ("organisation", "organisation_type", "organisation_country", "organisation_website")
_TECHNOLOGY = (
    "advantages", "readiness", "ip_status", "patents", "ipc", "cpc", "developed_in", "deployed_in", "claims",
)  # fmt: skip
_NEED = ("problem", "context", "specification", "comparison", "readiness_min", "deadline", "wanted_role")
_SHARED = ("fields", "goals", "places", "deals", "amount_min", "amount_max", "currency", "website", "video")

_TECHNOLOGIES: tuple[dict[str, str], ...] = (
    {
        "source_id": "# example 1",
        "kind": "technology",
        "title": "Evaporative cool store for vegetables, built from brick and sand",
        "summary": "A walk-in store that keeps 600 kg of vegetables 12 °C below the air outside, without electricity.",
        "description": "Two brick walls with wet sand between them; a tank on the roof keeps it wet by gravity. "
        "Tomatoes last 9 days in it, where they last 3 in the shade. Two masons build one in four days.",
        "advantages": "No electricity, no moving part; made from what every village has.",
        "keywords": "cool store; vegetables; evaporation",
        "language": "en",
        "organisation": "Sample Cool Stores Cooperative",
        "organisation_type": "association",
        "organisation_country": "Kenya",
        "organisation_website": "https://cool-stores.example",
        "readiness": "9",
        "ip_status": "none",
        "developed_in": "Kenya",
        "deployed_in": "Kenya; Uganda",
        "claims": "Shelf life of tomatoes: 9 days (baseline 3) | Temperature below ambient: 12 °C",
        "fields": "food.storage",
        "goals": "2; 12",
        "places": "Eastern Africa; Western Africa",
        "deals": "assistance; supply",
        "amount_min": "900",
        "amount_max": "1400",
        "currency": "USD",
    },
    {
        "source_id": "# example 2",
        "kind": "technology",
        "title": "Logiciel libre de détection des fuites dans les réseaux d'eau",
        "summary": "Compare le débit de nuit de chaque secteur à son minimum connu et signale une fuite en deux jours.",
        "description": "Le programme lit les compteurs de secteur chaque quart d'heure. "
        "Sur un réseau de 14 000 abonnés, il a ramené les pertes de 31 % à 22 % en dix-huit mois.",
        "keywords": "eau potable; fuites; logiciel",
        "language": "fr",
        "organisation": "Exemple Eaux Ouvertes",
        "organisation_type": "company",
        "organisation_country": "FR",
        "readiness": "8",
        "ip_status": "secret",
        "claims": "Pertes du réseau: 22 % (baseline 31)",
        "fields": "water.networks",
        "goals": "6; 9",
        "places": "world",
        "deals": "licence_nonexclusive",
    },
)
_NEEDS: tuple[dict[str, str], ...] = (
    {
        "source_id": "# example 3",
        "kind": "need",
        "title": "Removal of fluoride from well water for a school of 400 pupils",
        "summary": "Our well has 4.2 mg/l of fluoride; we look for a treatment that one caretaker can run.",
        "problem": "The well gives 6 m³ a day with 4.2 mg/l of fluoride, nearly three times the limit. "
        "Filters with bone char were given up, because the char could not be bought again.",
        "context": "Hot and dry; grid power six hours a day; the nearest town is 90 km away.",
        "specification": "At most 1.5 mg/l of fluoride at 6 m³ a day; material for a year can be stored on site.",
        "comparison": "Yearly cost, time the caretaker needs, what becomes of the spent material.",
        "keywords": "fluoride; drinking water; school",
        "language": "en",
        "organisation": "Sample District Education Office",
        "organisation_type": "government",
        "organisation_country": "Tanzania",
        "readiness_min": "7",
        "deadline": "2031-03-31",
        "wanted_role": "provider",
        "fields": "water.drinking",
        "goals": "6",
        "places": "Tanzania",
        "deals": "supply; assistance",
        "amount_max": "12000",
        "currency": "USD",
    },
    {
        "source_id": "# example 4",
        "kind": "need",
        "title": "Uso del calor perdido de un horno de cal de 40 t al día",
        "summary": "Buscamos un socio para aprovechar gases de 280 °C que hoy salen por la chimenea.",
        "problem": "El horno expulsa 9.000 m³/h de gases a 280 °C con polvo de cal; el intercambiador que probamos se "
        "obstruyó en tres semanas.",
        "specification": "Recuperar 300 kW o más con una limpieza al mes como máximo.",
        "comparison": "Coste por kW, horas de parada, experiencia con polvo.",
        "keywords": "calor residual; horno de cal",
        "language": "es",
        "organisation": "Ejemplo Cales del Norte",
        "organisation_type": "company",
        "organisation_country": "Chile",
        "wanted_role": "partner",
        "fields": "industry.heat",
        "goals": "9; 13",
        "places": "CL",
        "deals": "rd_collaboration; supply",
        "amount_max": "80000",
        "currency": "EUR",
    },
)
EXAMPLES = {"technology": _TECHNOLOGIES, "need": _NEEDS}


def headers(kind: str = "") -> list[str]:
    """The template's columns: of "technology", of "need", or of both."""
    own = {"technology": _TECHNOLOGY, "need": _NEED}.get(kind, (*_TECHNOLOGY, *_NEED))
    return [*_COMMON, *own, *_SHARED, *_OWNER]


def _rows(kind: str) -> list[list[str]]:
    names = headers(kind)
    hints = [f"# {columns()[name].hint}" if name == "source_id" else columns()[name].hint for name in names]
    examples = EXAMPLES[kind] if kind else (_TECHNOLOGIES[0], _NEEDS[0])
    return [names, hints, *([example.get(name, "") for name in names] for example in examples)]


def template_csv(kind: str = "") -> bytes:
    """For "technology", "need", or with "" for both."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(_rows(kind))
    return text.getvalue().encode("utf-8-sig")


def template_xlsx(kind: str = "") -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Listings"
    for row in _rows(kind):
        sheet.append(row)
    _style(sheet)
    _explain(book.create_sheet(HELP_SHEET), headers(kind))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _style(sheet: Worksheet) -> None:
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(cell.column or 1)].width = 24
    for cell in sheet[2]:
        cell.font = Font(italic=True, color="666666")
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def _explain(sheet: Worksheet, names: list[str]) -> None:
    sheet.append(
        ["One row is one listing. Rows whose source_id begins with # are not loaded: take the # away to load one."]
    )
    sheet.append(["For texts in a further language add columns such as title[fr] and description[fr]."])
    sheet.append([])
    sheet.append(["Column", "What goes in", "Headers that are understood as well"])
    for name in names:
        column = columns()[name]
        sheet.append([name, column.hint, ", ".join(column.names[:6])])
    for letter, width in (("A", 24), ("B", 60), ("C", 80)):
        sheet.column_dimensions[letter].width = width
