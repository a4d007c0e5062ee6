"""`opensearch://user:password@host:port,host:port/prefix?shards=3&replicas=1`, taken apart."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

SCHEMES = {"opensearch": False, "opensearch+https": True}
PORT = 9200
OPTIONS = frozenset({"shards", "replicas", "ca", "verify"})

_HOST = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[^\[\]:@/]+)(?::(?P<port>\d{1,5}))?")
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAddress:
    """Any of the `hosts` answers for all. `prefix` begins the name of everything that is ours in the cluster.

    `shards` and `replicas` count for indices made from now on. `authority` is a file with the certificates to trust.
    """

    hosts: tuple[tuple[str, int], ...]
    prefix: str = "verdure"
    secure: bool = False
    user: str = ""
    password: str = field(default="", repr=False)
    shards: int = 3
    replicas: int = 1
    authority: str = ""
    verified: bool = True

    @classmethod
    def parse(cls, url: str) -> ClusterAddress:
        """Raises ValueError, which says how it should be."""
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise ValueError(f"begins with one of {', '.join(f'{scheme}://' for scheme in SCHEMES)}")
        account, _, hosts = parts.netloc.rpartition("@")
        user, _, password = account.partition(":")
        prefix = parts.path.strip("/") or "verdure"
        if not _PREFIX.fullmatch(prefix):
            raise ValueError(f"the prefix {prefix!r} may hold small letters, digits, - and _")
        options = dict(parse_qsl(parts.query))
        if unknown := set(options) - OPTIONS:
            raise ValueError(f"{', '.join(sorted(unknown))}: the options are {', '.join(sorted(OPTIONS))}")
        return cls(
            hosts=tuple(_host(host) for host in hosts.split(",")),
            prefix=prefix,
            secure=SCHEMES[parts.scheme],
            user=unquote(user),
            password=unquote(password),
            shards=_number(options, "shards", 3, least=1),
            replicas=_number(options, "replicas", 1, least=0),
            authority=options.get("ca", ""),
            verified=options.get("verify", "true") != "false",
        )

    def __str__(self) -> str:
        """Without the password, for messages."""
        return f"{', '.join(f'{host}:{port}' for host, port in self.hosts)}, indices {self.prefix}-*"


def _host(written: str) -> tuple[str, int]:
    found = _HOST.fullmatch(written)
    if not found:
        raise ValueError(f"{written!r} is no host:port")
    return found["host"].strip("[]"), int(found["port"] or PORT)


def _number(options: dict[str, str], name: str, usual: int, *, least: int) -> int:
    written = options.get(name, str(usual))
    if not written.isdecimal() or not least <= int(written) <= 1000:
        raise ValueError(f"{name}={written}: a number from {least}")
    return int(written)
