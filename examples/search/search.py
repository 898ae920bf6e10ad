"""Finds the best digit network that fits the RAM of a microcontroller: a small search in the manner of MCUNet.

What a network needs is known before it is trained on anything: pudu.estimate plans its memory and counts its work in the
time of an inference. So those that do not fit are left out first, and only the others are compiled and run for their
accuracy, with the device's own bits. Jobs run on all cores, or on a Ray cluster (--address).

usage: search.py --candidates FOLDER --calibration C.npy --images X.npy --labels Y.npy [--ram BYTES] [--target CPU]
                 [--address ADDRESS] [--workers N] --output FOLDER

Writes networks.parquet (a row for each network), pareto.svg (instructions, RAM, accuracy) and best.json into the output's
folder; run again, it does only what is new. train_candidates.py made the candidates of tests/data/search.
"""

import argparse
import json
from pathlib import Path

import pudu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--candidates", type=Path, required=True, help="a folder of .pt2 files")
    parser.add_argument("--calibration", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--ram", type=int, default=64 * 1024)
    parser.add_argument("--target", default="cortex-m4")
    parser.add_argument("--address", help="of a Ray cluster; `local` starts one here")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    found = pudu.sweep(
        sorted(arguments.candidates.glob("*.pt2")),
        arguments.target,
        calibration=arguments.calibration,
        inputs=arguments.images,
        labels=arguments.labels,
        ram=arguments.ram,
        results=arguments.output / "results",
        address=arguments.address,
        workers=arguments.workers,
    )
    for row in sorted(found, key=lambda row: row.accuracy or 0):
        accuracy = f"{100 * row.accuracy:6.2f} %" if row.accuracy is not None else "does not fit"
        print(f"{row.name:24} {row.ram_bytes:9,} bytes {row.instructions:12,} instructions  {accuracy}")
    best = found.best()
    print(f"best: {best.name}")
    found.to_parquet(arguments.output / "networks.parquet")
    found.plot(arguments.output / "pareto.svg", title=f"Digit networks on {arguments.target}, {arguments.ram:,} bytes of RAM")
    (arguments.output / "best.json").write_text(json.dumps(best, indent=1) + "\n")


if __name__ == "__main__":
    main()
