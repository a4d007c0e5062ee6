"""Files as the sources write them, small and of our own words."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from verdure.listings.formats import Item, Parsed, Reject, read


def items(path: Path, **options: object) -> tuple[list[Parsed], list[Reject]]:
    """What `read` takes and what it refuses, in order."""
    found: list[Item] = list(read(path, **options))  # type: ignore[arg-type]
    return [i for i in found if isinstance(i, Parsed)], [i for i in found if isinstance(i, Reject)]


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def uspto_grant(
    number: str = "11000001",
    *,
    title: str = "Solar still",
    abstract: str = "<abstract><p>A still that cleans water with sunlight. It has no moving part.</p></abstract>",
    body: str = "",
    biblio: str = "",
    kind: str = "B2",
    doctype: str = '<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v45-2014-04-03.dtd" [ ]>',
) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
{doctype}
<us-patent-grant lang="EN" dtd-version="v4.5 2014-04-03" file="US{number}-20210511.XML" country="US">
<us-bibliographic-data-grant>
<publication-reference><document-id><country>US</country><doc-number>{number}</doc-number><kind>{kind}</kind>
<date>20210511</date></document-id></publication-reference>
<application-reference appl-type="utility"><document-id><country>US</country><doc-number>16000001</doc-number>
<date>20180604</date></document-id></application-reference>
<classifications-ipcr><classification-ipcr><section>C</section><class>02</class><subclass>F</subclass>
<main-group>1</main-group><subgroup>14</subgroup></classification-ipcr></classifications-ipcr>
<classifications-cpc><main-cpc><classification-cpc><section>C</section><class>02</class><subclass>F</subclass>
<main-group>1</main-group><subgroup>14</subgroup></classification-cpc></main-cpc>
<further-cpc><classification-cpc><section>Y</section><class>02</class><subclass>A</subclass>
<main-group>20</main-group><subgroup>124</subgroup></classification-cpc></further-cpc></classifications-cpc>
<invention-title id="d2e43">{title}</invention-title>
<us-references-cited><us-citation><patcit><document-id><country>US</country><doc-number>1</doc-number></document-id>
</patcit></us-citation></us-references-cited>
<us-parties><us-applicants><us-applicant sequence="001"><addressbook><orgname>Applying Ltd.</orgname>
<address><country>GB</country></address></addressbook></us-applicant></us-applicants>
<inventors><inventor sequence="001"><addressbook><last-name>Nobody</last-name></addressbook></inventor></inventors>
</us-parties>
{biblio}
</us-bibliographic-data-grant>
{abstract}
<description id="description"><heading>BACKGROUND</heading><p>Clean water is scarce. {body}</p></description>
<claims id="claims"><claim id="CLM-1"><claim-text>1. A still.</claim-text></claim></claims>
</us-patent-grant>
"""


def docdb(documents: Iterable[str]) -> str:
    """A file of the bibliographic database, in which elements have the prefix "exch"."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<exch:exchange-documents xmlns:exch="http://www.epo.org/exchange" '
        f'date-of-exchange="20240101">\n{"".join(documents)}</exch:exchange-documents>\n'
    )


def docdb_document(
    number: str = "3000001",
    *,
    country: str = "EP",
    kind: str = "A1",
    attributes: str = "",
    titles: str = '<exch:invention-title lang="en" data-format="docdba">Solar still</exch:invention-title>',
    abstracts: str = "",
    parties: str = "",
    more: str = "",
) -> str:
    return f"""<exch:exchange-document country="{country}" doc-number="{number}" kind="{kind}" {attributes}>
<exch:bibliographic-data>
<exch:publication-reference data-format="docdb"><document-id><country>{country}</country>
<doc-number>{number}</doc-number><kind>{kind}</kind><date>20160330</date></document-id></exch:publication-reference>
<exch:classifications-ipcr><classification-ipcr sequence="1"><text>C02F   1/  14            A I</text>
</classification-ipcr></exch:classifications-ipcr>
<exch:patent-classifications><patent-classification sequence="1">
<classification-scheme office="EP" scheme="CPCI"/><classification-symbol>Y02A  20/ 124</classification-symbol>
</patent-classification></exch:patent-classifications>
<exch:application-reference data-format="docdb"><document-id><country>{country}</country>
<doc-number>14000001</doc-number><kind>A</kind><date>20140900</date></document-id></exch:application-reference>
<exch:parties>{parties}</exch:parties>
{titles}{more}
</exch:bibliographic-data>
{abstracts}
</exch:exchange-document>
"""
