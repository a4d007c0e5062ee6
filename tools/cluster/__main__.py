"""`python tools/cluster` runs a three-node OpenSearch cluster until Ctrl-C; its data go when it ends."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
import time
from pathlib import Path

from nodes import LocalCluster, can_run


def main() -> None:
    parser = argparse.ArgumentParser(prog="python tools/cluster", description=__doc__)
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep the data here instead of in a temporary folder")
    options = parser.parse_args()
    if reason := can_run():
        sys.exit(f"A cluster needs a JDK and Maven ({reason}). On Debian: apt-get install default-jdk-headless maven")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="verdure-cluster-") as temporary:
        _serve(LocalCluster(options.folder or Path(temporary), nodes=options.nodes))


def _serve(cluster: LocalCluster) -> None:
    print("Starting; the first time fetches OpenSearch through Maven.", flush=True)
    try:
        cluster.start()
        print(f"SEARCH_URL=opensearch://{cluster.hosts}/verdure", flush=True)
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        pass
    finally:
        cluster.stop()


main()
