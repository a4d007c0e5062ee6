"""Attacks by XML end in a clear refusal and nothing else."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from verdure.listings.formats.safe_xml import Documents, Limits, XmlReader, XmlRefused

from .make import items, uspto_grant, write

LAUGHS = "<!DOCTYPE us-patent-grant [" + '<!ENTITY a0 "ha">' + "".join(
    f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)
) + "]>"  # fmt: skip
QUADRATIC = f'<!DOCTYPE us-patent-grant [<!ENTITY a "{"x" * 100_000}">]>'
EXTERNAL = '<!DOCTYPE us-patent-grant [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
PARAMETER = '<!DOCTYPE us-patent-grant [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x.dtd"> %a;]>'
UNPARSED = '<!DOCTYPE us-patent-grant [<!NOTATION t SYSTEM "t"><!ENTITY p SYSTEM "p.tif" NDATA t>]>'
DEFAULTS = f'<!DOCTYPE us-patent-grant [<!ATTLIST p big CDATA "{"x" * 100_000}">]>'


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("XML made the reader call out")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize(
    ("doctype", "reason"),
    [
        (LAUGHS, "declares an entity (a0)"),
        (QUADRATIC, "declares an entity (a)"),
        (EXTERNAL, "declares an entity (a)"),
        (PARAMETER, "declares an entity (a)"),
        (UNPARSED, "declares an entity (p)"),
        (DEFAULTS, "declares elements or attributes"),
    ],
)
def test_declarations_in_a_doctype_are_refused(doctype: str, reason: str, tmp_path: Path) -> None:
    bad = uspto_grant("11000002", doctype=doctype, title="&a9;&a;")
    taken, refused = items(write(tmp_path / "week.xml", uspto_grant("11000001") + bad + uspto_grant("11000003")))

    assert [item.record.patents[0].number for item in taken] == ["11000001", "11000003"]
    assert [(item.position, reason in item.reason) for item in refused] == [(2, True)]


def test_an_external_dtd_is_named_but_never_fetched(tmp_path: Path) -> None:
    doctype = '<!DOCTYPE us-patent-grant SYSTEM "http://127.0.0.1:9/us-patent-grant.dtd">'
    taken, refused = items(
        write(tmp_path / "grant.xml", uspto_grant(doctype=doctype, title="Still &mdash; 5 &micro;m &own;"))
    )
    assert refused == []
    assert taken[0].record.texts[0].title == "Still — 5 µm &own;"


def test_an_entity_without_a_dtd_is_not_well_formed(tmp_path: Path) -> None:
    _, (refused,) = items(write(tmp_path / "grant.xml", uspto_grant(doctype="", title="&mdash;")))
    assert "is not well-formed XML: undefined entity" in refused.reason


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<b>" * 500 + "</b>" * 500, "is nested more than 200 deep"),
        ("<b " + " ".join(f'a{n}="x"' for n in range(500)) + "/>", "has a tag with more than 200 attributes"),
        (f'<b a="{"x" * 9_000_000}"/>', "has a single tag or comment of more than 8 MB"),
        (f"<!-- {'x' * 9_000_000} -->", "has a single tag or comment of more than 8 MB"),
        ("</p></description>", "mismatched tag"),
        ("\x01", "not well-formed (invalid token)"),
    ],
)
def test_a_document_out_of_bounds_costs_itself_alone(body: str, reason: str, tmp_path: Path) -> None:
    content = uspto_grant("11000001", body=body) + uspto_grant("11000002")
    taken, refused = items(write(tmp_path / "week.xml", content))
    assert [item.record.patents[0].number for item in taken] == ["11000002"]
    assert [(item.position, reason in item.reason) for item in refused] == [(1, True)]


def chunked(content: bytes, size: int = 7) -> Iterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


@pytest.mark.parametrize("limits", [Limits(elements=50), Limits(characters=1_000)])
def test_a_record_past_its_limits_is_refused_and_the_next_read(limits: Limits) -> None:
    large = "<r>" + "<x>0123456789</x>" * 200 + "</r>"
    content = f"<all>\n<r><x>a</x></r>\n{large}\n<r><x>b</x></r></all>".encode()

    found = list(XmlReader(wanted=frozenset({"r"}), limits=limits).read(chunked(content)))

    assert [line for line, _ in found] == [2, 3, 4]
    assert [isinstance(item, XmlRefused) for _, item in found] == [False, True, False]


def test_names_lose_their_prefixes_and_what_is_skipped_is_not_kept() -> None:
    content = b'<a:all xmlns:a="u" xmlns:b="v"><b:r a:k="1">x<a:no><r>y</r></a:no>z<b:i>i</b:i>t</b:r><other/></a:all>'
    reader = XmlReader(wanted=frozenset({"r"}), skip=frozenset({"no"}))
    ((_, element),) = reader.read(chunked(content))
    assert not isinstance(element, XmlRefused)
    assert (element.tag, element.attrib, "".join(element.itertext())) == ("r", {"k": "1"}, "xzit")
    assert (reader.root, reader.seen) == ("all", {"all", "other"})


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "x-unknown"])
def test_encodings(encoding: str) -> None:
    known = "utf-8" if encoding == "x-unknown" else encoding
    content = f'<?xml version="1.0" encoding="{encoding}"?><r>é</r>'.encode(known)
    reader = XmlReader(wanted=frozenset({"r"}))
    if encoding == "x-unknown":
        with pytest.raises(XmlRefused, match="encoding"):
            list(reader.read(chunked(content)))
        return
    ((_, element),) = reader.read(chunked(content))
    assert not isinstance(element, XmlRefused)
    assert element.text == "é"


@given(st.lists(st.text("<?xml \n>ab", max_size=12), max_size=5), st.integers(1, 9))
def test_documents_together_are_the_stream(parts: list[str], size: int) -> None:
    content = "".join(f'<?xml version="1.0"?>\n{part}' for part in parts).encode()
    bodies = [(line, b"".join(body)) for line, body in Documents(chunked(content, size))]

    assert b"".join(body for _, body in bodies) == content
    assert all(body.startswith(b"<?xml") for _, body in bodies)
    begins = [1 + content[: sum(len(body) for _, body in bodies[:n])].count(b"\n") for n in range(len(bodies))]
    assert [line for line, _ in bodies] == begins
    assert len(bodies) >= len(parts)


def test_documents_left_unread_are_passed_over() -> None:
    content = uspto_grant("1").encode() + uspto_grant("2").encode()
    assert len([line for line, _ in Documents(chunked(content))]) == 2
