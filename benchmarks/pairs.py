"""All needs against all technologies: `python -m benchmarks.pairs --technologies 100000 --needs 10000`.

Prints a table of medians. The peers, in the same run and on as many threads: numpy's bare matrix product of the
vectors, which nothing that compares all pairs can beat, and the product with argpartition for the best 50. They know
neither words nor rules; ours counts everything from arrays in memory to sorted lists. The first, compiling run is not
counted.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic import BACKGROUND, TODAY, World, make_side
from verdure.engine.pairs import Pairs, Plan
from verdure.engine.sides import Side

TOP = 50
BLOCK = 128
WARM = 300


def main() -> None:
    given = _arguments()
    chance = np.random.default_rng(given.seed)
    world = World.made(chance, given.dimension)
    technologies = make_side("technology", given.technologies, world, chance)
    needs = make_side("need", given.needs, world, chance, first=given.technologies + 1)
    warm = make_side("technology", WARM, world, chance), make_side("need", WARM, world, chance)
    _ours(warm[1], warm[0], world, _plan(given.threads, both=True))()
    ours = {
        f"ours, {TOP} of each need": _ours(needs, technologies, world, _plan(given.threads, both=False)),
        f"ours, {TOP} of both sides": _ours(needs, technologies, world, _plan(given.threads, both=True)),
    }
    peers = {
        "product alone": _product(needs, technologies, given.threads, choose=False),
        f"product, argpartition {TOP}": _product(needs, technologies, given.threads, choose=True),
    }
    measured = {name: _measured(way, given.rounds) for name, way in ours.items()}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    measured |= {name: _measured(way, given.rounds) for name, way in peers.items()}
    _report(given, measured, memory)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--technologies", type=int, default=100_000)
    parser.add_argument("--needs", type=int, default=10_000)
    parser.add_argument("--dimension", type=int, default=384)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def _plan(threads: int, *, both: bool) -> Plan:
    return Plan(today=TODAY, background=BACKGROUND, top=TOP, both=both, threads=threads)


def _ours(needs: Side, technologies: Side, world: World, plan: Plan) -> Callable[[], object]:
    def run() -> object:
        pairs = Pairs(needs, technologies, codes=world.codes, plan=plan)
        pairs.run()
        return pairs.best("need"), pairs.best("technology") if plan.both else None

    return run


def _product(needs: Side, technologies: Side, threads: int, *, choose: bool) -> Callable[[], object]:
    """Blocks of needs against all technologies, the threads taking turns."""
    candidates = technologies.vectors.T

    def block(start: int) -> NDArray[np.int64] | None:
        cosines = needs.vectors[start : start + BLOCK] @ candidates
        return np.argpartition(-cosines, TOP, axis=1)[:, :TOP].copy() if choose else None

    def run() -> object:
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(block, range(0, len(needs), BLOCK)))

    return run


def _measured(way: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds by the clock and of the processor, for each round."""
    elapsed, used = [], []
    for _ in range(rounds):
        start, before = time.perf_counter(), time.process_time()
        way()
        elapsed.append(time.perf_counter() - start)
        used.append(time.process_time() - before)
    return elapsed, used


def _report(given: argparse.Namespace, measured: dict[str, tuple[list[float], list[float]]], memory: float) -> None:
    print(f"{given.needs} needs × {given.technologies} technologies, {given.dimension} dimensions, "
          f"{given.threads} threads, median of {given.rounds}")  # fmt: skip
    print(f"{'':28} {'seconds':>8} {'least':>8} {'processor':>10}")
    for name, (elapsed, used) in measured.items():
        print(f"{name:28} {statistics.median(elapsed):8.2f} {min(elapsed):8.2f} {statistics.median(used):10.2f}")
    print(f"peak memory before the peers, arrays included, {memory:.2f} GB; load {' '.join(_load())}")


def _load() -> Iterator[str]:
    return (f"{value:.1f}" for value in os.getloadavg())


if __name__ == "__main__":
    main()
