from __future__ import annotations

import socket


def free_port() -> int:
    """One on which nobody listens on this machine's own address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
