"""`make bench`: one JSON object a line. `NAME=intake` runs one, `SIZE=small` finishes in a minute or two, `SIZE=full` is for docs."""

import argparse
import asyncio

from bench import clocks, intake, queue, start

BENCHES = {
    "intake": intake.throughput,
    "intake.latency": intake.latency,
    "queue": queue.pages,
    "clocks": clocks.lateness,
    "start": start.first_answer,
}


def main() -> None:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--name", choices=sorted(BENCHES))
    parser.add_argument("--size", choices=("small", "full"), default="small")
    wanted = parser.parse_args()
    for name, bench in BENCHES.items():
        if wanted.name in {None, name}:
            asyncio.run(bench(full=wanted.size == "full"))


main()
