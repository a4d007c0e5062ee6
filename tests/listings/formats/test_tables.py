"""CSV and XLSX as people write them."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.data import shared_data
from verdure.listings.formats import count, detect, read, suggest_mapping, template_csv, template_xlsx
from verdure.listings.formats.columns import columns
from verdure.listings.formats.templates import EXAMPLES, headers
from verdure.listings.records import ClaimRecord, OrganisationRecord, PatentRecord, ProvenanceRecord

from .make import items, write


def titles(path: Path, **options: object) -> list[str]:
    taken, refused = items(path, **options)
    assert refused == []
    return [item.record.texts[0].title for item in taken]


def workbook(path: Path, *sheets: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for n, rows in enumerate(sheets, start=1):
        sheet = book.create_sheet(f"Sheet {n}")
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(delimiter: str, end: str, tmp_path: Path) -> None:
    rows = [
        ["Title", "Description"],
        ["One", "with, comma; and more"],
        ["Two", 'with "quotes"\nand lines'],
        ["Three", ""],
    ]
    quoted = [delimiter.join('"{}"'.format(cell.replace('"', '""')) for cell in row) for row in rows]
    assert titles(write(tmp_path / "t.csv", end.join(quoted) + end)) == ["One", "Two", "Three"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_encodings_are_found_out(encoding: str, tmp_path: Path) -> None:
    content = "Título,Descripción\nDestilación térmica — más agua,Läuft ohne Strom\n"
    path = write(tmp_path / "t.csv", content.encode(encoding))
    assert (detect(path), titles(path)) == ("csv", ["Destilación térmica — más agua"])


def test_western_text_of_windows_is_read_where_that_is_safe(tmp_path: Path) -> None:
    content = "Titre;Résumé\nSéchoir à café d'été – 30 °C;“Moins cher”, 12 € par m²\n"
    assert titles(write(tmp_path / "t.csv", content.encode("cp1252"))) == ["Séchoir à café d'été – 30 °C"]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [("Title,Summary\nСолнечный опреснитель,Вода\n", "cp1251"), ("Title,Summary\n太阳能海水淡化,水\n", "gb18030"),
     ("Title,Summary\n太陽熱淡水化装置,水\n", "shift_jis"), ("Title,Summary\nPiec na słomę i żużel,tanio\n", "cp1250")],
)  # fmt: skip
def test_other_encodings_are_refused_until_they_are_named(content: str, encoding: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", content.encode(encoding))

    taken, refused = items(path)

    assert (taken, [(item.position, item.line) for item in refused]) == ([], [(0, None)])
    assert "is neither UTF-8 nor UTF-16" in refused[0].reason
    assert "Save it as “CSV UTF-8”" in refused[0].reason
    assert titles(path, encoding=encoding) == [content.split("\n")[1].split(",")[0]]


@pytest.mark.parametrize("padding", [0, 300])  # the byte within, and past, what is probed for the encoding
def test_one_bad_byte_costs_one_row(padding: int, tmp_path: Path) -> None:
    good = "".join(f"T{n},été {'x' * padding}\n" for n in range(4_000)).encode()
    taken, refused = items(write(tmp_path / "t.csv", b"Title,Summary\n" + good + b"Bad,\xe9t\xe9\nLast,x\n"))
    assert len(taken) == 4_001
    ((found),) = refused
    assert (found.line, found.position) == (4_002, 4_001)
    assert "0xE9" in found.reason


def test_every_column_of_a_row_reaches_its_field(tmp_path: Path) -> None:
    row = {
        "id": "r1", "kind": "Technology", "title": "Dryer", "summary": "Dries.", "description": "Dries fruit.",
        "advantages": "Cheap", "keywords": "fruit; dryer", "Organization": "Example Ltd", "Organization type": "SME",
        "Country": "Côte d'Ivoire", "fields": "Photovoltaics; food.storage", "SDGs": "SDG 2; 12",
        "Regions": "Africa; FJ; worldwide",
        "deals": "Exclusive license; supply", "TRL": "TRL 7", "ip status": "patent pending",
        "patents": "EP 1 000 000 B1; US-7,272,630 B2 (lapsed)",
        "IPC": "F26B 3/28", "developed in": "Mali", "deployed in": "ML; Ghana",
        "claims": "Energy use: 2.8 kWh/kg (baseline 4,1) | Life: 15 years", "Cost min": "€ 1.500",
        "cost max": "2,500.50",
        "website": "https://dryer.example/x", "date": "31.05.2024",
    }  # fmt: skip
    content = "\t".join(row) + "\n" + "\t".join(row.values()) + "\n"
    (item,), refused = items(write(tmp_path / "my table.csv", content))

    assert refused == []
    record = item.record
    assert record.organisation == OrganisationRecord(name="Example Ltd", type="company", country="CI")
    assert record.fields == ("energy.solar.pv", "food.storage")
    assert (record.goals, record.places) == ((2, 12), ("002", "FJ", "001"))
    assert record.deals == ("licence_exclusive", "supply")
    assert (record.readiness, record.ip_status) == (7, "applied")
    assert record.patents == (
        PatentRecord(office="EP", number="1000000", kind_code="B1", status="granted"),
        PatentRecord(office="US", number="7272630", kind_code="B2", status="lapsed"),
    )
    assert (record.ipc, record.developed_in, record.deployed_in) == (("F26B 3/28",), ("ML",), ("ML", "GH"))
    assert record.claims == (
        ClaimRecord(metric="Energy use", unit="kWh/kg", baseline=Decimal("4.1"), value=Decimal("2.8")),
        ClaimRecord(metric="Life", unit="years", value=Decimal(15)),
    )
    assert (record.amount_min, record.amount_max, record.currency) == (Decimal(1500), Decimal("2500.50"), "EUR")
    assert record.dated == dt.date(2024, 5, 31)
    assert record.provenance == ProvenanceRecord(source="my-table", source_id="r1")


@pytest.mark.parametrize(
    ("header", "cell", "reason"),
    [
        ("country", "Atlantis", "“Atlantis” is not a country"),
        ("fields", "Alchemy", "“Alchemy” is neither the code nor the name"),
        ("TRL", "high", "“high” is not a readiness level"),
        ("goals", "21", "“21” is not one of the goals"),
        ("deadline", "01/02/2030", "“01/02/2030” may be read two ways"),
        ("deadline", "2030-02-31", "“2030-02-31” is not a date"),
        ("claims", "use: 1,234 kWh", "“1,234” may mean 1234 or 1.234"),
        ("claims", "much better", "“much better” is not a claim"),
        ("patents", "pending", "“pending” is not a patent number"),
        ("patents", "[{]", "is not a valid JSON list"),
        ("website", "javascript:alert(1)", "is not a web address"),
        ("currency", "Euros", "“EUROS” is not the three letters"),
        ("title[fr]", "x" * 10_000, "is 10,000 characters long; at most 300 are kept"),
        ("wanted_role", "friend", "“friend” is not known here; use one of"),
    ],
)
def test_a_bad_cell_is_refused_by_its_column(header: str, cell: str, reason: str, tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", f"title\torganisation\t{header}\nGood\tA\t\nBad\tB\t{cell}\n")
    taken, refused = items(path)
    assert [item.record.texts[0].title for item in taken] == ["Good"]
    ((found),) = refused
    assert (found.line, found.position, found.raw) == (3, 2, f"Bad\tB\t{cell}\n"[:500])
    assert found.column in (header, "readiness", "organisation_country")
    assert reason in found.reason


def test_rows_that_do_not_fit_the_header_are_refused_one_by_one(tmp_path: Path) -> None:
    content = (
        'title,summary\nOne,a\nTwo,b,c\nThree\nFour,d,,\n"Five"x,e\n"Six,never closed\nSeven,g\nEight,"h ""i"" j"\n'
    )
    taken, refused = items(write(tmp_path / "t.csv", content))
    assert [item.record.texts[0].title for item in taken] == ["One", "Four", "Seven", "Eight"]
    assert [(item.line, item.reason.split(";")[0].split(":")[0]) for item in refused] == [
        (3, "has 3 cells where the header has 2"),
        (4, "has 1 cells where the header has 2"),
        (6, "its quotation marks do not fit together"),
        (7, "its quotation marks do not fit together"),
    ]
    assert len(taken) + len(refused) == 8


def test_an_unclosed_quote_in_a_long_file_costs_its_own_line(tmp_path: Path) -> None:
    rows = [f"T{n},text\n" for n in range(5_000)]
    rows[10] = 'T10,"open\n'
    taken, refused = items(write(tmp_path / "t.csv", "title,summary\n" + "".join(rows)))
    assert (len(taken), [item.line for item in refused]) == (4_999, [12])


def test_a_cell_or_line_past_all_bounds_costs_its_own_row(tmp_path: Path) -> None:
    content = f"title,description\nOne,a\nTwo,{'x' * 60_000}\nThree,{'y' * 5_000_000}\nFour,b\n"
    taken, refused = items(write(tmp_path / "t.csv", content))
    assert [item.record.texts[0].title for item in taken] == ["One", "Four"]
    assert [(item.line, item.column, item.reason) for item in refused] == [
        (3, "description", "is 60,000 characters long; at most 50,000 are kept. Shorten it."),
        (4, "", "is longer than 4,194,304 characters"),
    ]


@pytest.mark.parametrize(
    ("content", "column", "reason"),
    [
        ("colour,size\nred,5\n", "title", "no column holds the title. The columns are: “colour”, “size”"),
        ("title,title,x\na,b,c\n", "title", "is the header of two columns"),
        ("\n \n,,\n", "", "holds no rows"),
    ],
)
def test_a_table_without_a_usable_header_is_refused_as_a_whole(
    content: str, column: str, reason: str, tmp_path: Path
) -> None:
    taken, refused = items(write(tmp_path / "t.csv", content))
    assert taken == []
    ((found),) = refused
    assert (found.position, found.column) == (0, column)
    assert found.reason.startswith(reason)


def test_a_mapping_goes_before_what_is_recognised(tmp_path: Path) -> None:
    path = write(tmp_path / "t.csv", "Name,Bezeichnung,Land,Notes\nX-1,Trockner,Mali,secret\n")
    mapping = {"Bezeichnung": "title", "Name": "source_id", "Land": "organisation_country", "Notes": ""}
    taken, refused = items(path, mapping={**mapping, "Land": "places"})
    assert (refused, taken[0].record.texts[0].title, taken[0].record.places) == ([], "Trockner", ("ML",))


@pytest.mark.parametrize(
    ("mapping", "reason"),
    [({"No": "title"}, "is mapped, but no column has this header"), ({"Name": "colour"}, "is not one of our columns"),
     ({"Name": "title", "Land": "title"}, "is what two columns are mapped to")],
)  # fmt: skip
def test_a_mapping_that_cannot_be_is_refused(mapping: dict[str, str], reason: str, tmp_path: Path) -> None:
    ((found),) = read(write(tmp_path / "t.csv", "Name,Land\na,b\n"), mapping=mapping)
    assert getattr(found, "reason", "").startswith(reason)


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        (["Title", "Kurz", "País"], {"Title": "title", "Kurz": "", "País": "organisation_country"}),
        (
            ["标题", "描述", "国家", "关键词"],
            {"标题": "title", "描述": "description", "国家": "organisation_country", "关键词": "keywords"},
        ),
        (["العنوان", "الوصف"], {"العنوان": "title", "الوصف": "description"}),
        (["Название", "Страна"], {"Название": "title", "Страна": "organisation_country"}),
        (["タイトル", "要約", "国"], {"タイトル": "title", "要約": "summary", "国": "organisation_country"}),
        (
            ["Titre (fr)", "title_en", "Title[AR]"],
            {"Titre (fr)": "title[fr]", "title_en": "title[en]", "Title[AR]": "title[ar]"},
        ),
        (["Name", "Title"], {"Name": "title", "Title": ""}),
        (["Name", "title"], {"Name": "", "title": "title"}),
        (["origin", "made_from"], {"origin": "", "made_from": ""}),
    ],
)
def test_headers_are_recognised_in_the_languages_of_the_site(table: list[str], expected: dict[str, str]) -> None:
    assert suggest_mapping(table) == expected


def test_no_header_in_use_means_two_columns() -> None:
    used = [name.casefold() for column in columns().values() for name in column.names]
    assert sorted(name for name in set(used) if used.count(name) > 1) == []


def test_language_versions_and_html_and_a_summary_made(tmp_path: Path) -> None:
    content = (
        'Title,Title (fr),Description,Language\n<b>Still</b> &amp; co,Distillateur,"One sentence. <p>Two.</p>",en\n'
    )
    (item,), _ = items(write(tmp_path / "t.csv", content))
    assert [(t.language, t.title, t.summary, t.description) for t in item.record.texts] == [
        ("en", "Still & co", "One sentence. Two.", "One sentence. Two."),
        ("fr", "Distillateur", "", ""),
    ]


def test_a_title_above_the_header_and_a_separator_line_are_passed_over(tmp_path: Path) -> None:
    content = "sep=;\nOur technologies of 2024\n;;\nTitle;Summary\nOne;a\n"
    taken, refused = items(write(tmp_path / "t.csv", content))
    assert ([(item.line, item.record.texts[0].title) for item in taken], refused) == ([(5, "One")], [])


def test_categories_of_others_become_fields_or_keywords(tmp_path: Path) -> None:
    (item,), _ = items(write(tmp_path / "t.csv", "Title,Category\nOne,Photovoltaics; My own things\n"))
    assert (item.record.fields, item.record.texts[0].keywords) == (("energy.solar.pv",), ("My own things",))


def test_patent_classes_suggest_fields_where_none_is_given(tmp_path: Path) -> None:
    content = "title,ipc,fields\nOne,H01L 31/042,\nTwo,H01L 31/042,water\n"
    taken, _ = items(write(tmp_path / "t.csv", content))
    assert [item.record.fields for item in taken] == [("energy.solar.pv",), ("water",)]


def test_a_workbook_with_numbers_and_days_as_cells(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        ["Our list"],
        ["Title", "TRL", "cost", "currency", "date", "id", "Regions"],
        [
            "One",
            7,
            1500.5,
            "EUR",
            dt.datetime(2024, 5, 31),  # noqa: DTZ001  # a workbook knows no time zone
            12.0,
            2,
        ],
        [],
        ["Two", None, None, None, dt.date(2024, 6, 1)],
    ]
    path = workbook(tmp_path / "t.xlsx", rows)
    taken, refused = items(path)
    assert (detect(path), count(path), refused) == ("xlsx", None, [])
    assert [
        (i.line, i.position, i.record.readiness, i.record.amount_max, i.record.dated, i.record.places) for i in taken
    ] == [
        (3, 1, 7, Decimal("1500.5"), dt.date(2024, 5, 31), ("002",)),
        (5, 2, None, None, dt.date(2024, 6, 1), ()),
    ]
    assert taken[0].record.provenance == ProvenanceRecord(source="t", source_id="12")


def test_each_sheet_with_titles_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "t.xlsx", [["Title"], ["One"]], [["Colour"], ["red"]], [], [["Title", "kind"], ["Two", "need"]]
    )
    taken, refused = items(path)
    assert [(i.file, i.record.kind, i.position) for i in taken] == [
        ("t.xlsx [Sheet 1]", "technology", 1),
        ("t.xlsx [Sheet 4]", "need", 2),
    ]
    assert [(i.file, i.position, i.column) for i in refused] == [("t.xlsx [Sheet 2]", 0, "title")]


@pytest.mark.parametrize("kind", ["", "technology", "need"])
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_template_holds_remarks_only_until_it_is_filled_in(kind: str, form: str, tmp_path: Path) -> None:
    path = write(tmp_path / f"template.{form}", template_csv(kind) if form == "csv" else template_xlsx(kind))
    assert (detect(path), list(read(path))) == (form, [])


@pytest.mark.parametrize("kind", ["technology", "need"])
def test_the_examples_of_the_template_are_good_rows(kind: str, tmp_path: Path) -> None:
    path = write(tmp_path / "template.csv", template_csv(kind).replace(b"# example", b"example"))
    taken, refused = items(path, source="mine")
    assert refused == []
    assert [item.record.texts[0].title for item in taken] == [example["title"] for example in EXAMPLES[kind]]
    assert {item.record.kind for item in taken} == {kind}
    assert all(item.record.fields and item.record.organisation and item.record.deals for item in taken)


def test_the_workbook_template_explains_its_columns() -> None:
    book = openpyxl.load_workbook(io.BytesIO(template_xlsx("need")))
    assert book.sheetnames == ["Listings", "How to fill in"]
    assert [cell.value for cell in book.worksheets[0][1]] == headers("need")
    assert [row[0] for row in book.worksheets[1].iter_rows(min_row=5, values_only=True)] == headers("need")


def test_a_published_table_of_technologies(tmp_path: Path) -> None:
    path = shared_data("cordis-cleantech/technology_catalogue.csv")
    taken, refused = items(path)
    # 99 technologies; two rows name a group of them alone
    assert (len(taken) + len(refused), [item.column for item in refused]) == (count(path), ["title", "title"])
    first = taken[0].record
    assert (first.texts[0].title, first.texts[0].keywords) == ("solar PV", ("photovoltaic", "PV", "solar cell"))
    assert first.provenance is not None
    assert (first.provenance.source, first.provenance.url) == (
        "technology-catalogue",
        "https://www.ctc-n.org/technologies/solar-pv",
    )
