"""Files as records and records as files: every format that listings come in and go out by. Streams; no database.

`read` gives one item, Parsed or Reject, for every record of a file: loaded + rejected = read.
"""

from .canonical import canonical
from .columns import suggest_mapping
from .counting import count
from .detect import FORMATS, UnknownFormat, detect
from .items import Item, Parsed, Reject
from .reading import read
from .templates import template_csv, template_xlsx
from .write import write_csv, write_jsonl, write_xlsx

__all__ = [
    "FORMATS",
    "Item",
    "Parsed",
    "Reject",
    "UnknownFormat",
    "canonical",
    "count",
    "detect",
    "read",
    "suggest_mapping",
    "template_csv",
    "template_xlsx",
    "write_csv",
    "write_jsonl",
    "write_xlsx",
]
