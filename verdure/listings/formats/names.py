"""What the name of an organisation says about it, and how names of patent applicants are written."""

from __future__ import annotations

import re

# Whole words by type, the most telling type first.
_WORDS = {
    "university": (
        r"universit\w*|universid\w*|universitaet|univ|hochschule|college|polytechnic\w*|école|ecole|politecnico|"
        r"politechnika|daigaku|sveučilište|egyetem\w*|yliopisto|ets|school of|institute of technology"
    ),
    "government": (
        r"ministry|ministère|ministerio|agency|municipality|commune|gemeente|nasa|department of|government of|city of|"
        r"(?:space flight|space|flight research) center|jet propulsion laboratory|"
        r"(?:ames|glenn|langley) research center|national institute of standards"
    ),
    "research": (
        r"institut\w*|research\w*|fraunhofer|max[- ]planck\w*|cnrs|csic|laborator\w*|forschungs\w*|fundacion|fundación|"
        r"fondation|stichting|vtt|tno|sintef|kenkyusho|academy|academia|helmholtz\w*|observatory|recherche|"
        r"centre national|commissariat a l ?energie"
    ),
    "association": r"association|verband|federation|confederation|e\.? ?v",
    "company": (
        r"inc|incorporated|ltd|limited|llc|corp|corporation|co|company|gmbh|ag|kg|se|sa|s\.a|sas|sarl|srl|s\.r\.l|spa|"
        r"s\.p\.a|sl|s\.l|bv|b\.v|nv|n\.v|ab|oy|oyj|as|a\.s|aps|a/s|plc|kk|kaisha|doo|d\.o\.o|kft|zrt|lda|ltda|pty|lp|"
        r"bvba|sprl|ehf|ohg|ug|uab|sia|ou|gesmbh|sp z o ?o"
    ),
}
_PATTERNS = tuple((kind, re.compile(rf"(?<![\w.])(?:{words})(?!\w)", re.I)) for kind, words in _WORDS.items())


def organisation_type(name: str) -> str:
    """The type of organisation that the name gives away, else "other"."""
    return next((kind for kind, pattern in _PATTERNS if pattern.search(name)), "other")


_COUNTRY = re.compile(r"\s*\[([A-Z]{2})\]\s*$")


def name_and_country(text: str) -> tuple[str, str]:
    """("BOER BEHEER BV", "NL") for the EPO's "BOER BEHEER BV [NL]"."""
    match = _COUNTRY.search(text)
    name = _COUNTRY.sub("", text) if match else text
    return " ".join(name.split()).rstrip(" ,;"), match[1] if match else ""
