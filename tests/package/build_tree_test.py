"""A model that this project's own build has compiled, by pudu_add_model and the target `pudu`, computes the simulator's bytes.

usage: build_tree_test.py PUDU PROGRAM MODEL_FOLDER
"""

import json
import sys
import tempfile
from pathlib import Path

from package_support import random_samples, run_ok, simulate


def main() -> None:
    pudu, program, model = (Path(argument) for argument in sys.argv[1:])
    report = json.loads((model / "report.json").read_text(encoding="utf-8"))
    shape = next(port["shape"] for port in report["io"] if port["direction"] == "input")
    samples = random_samples(shape, 20)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "input.bin").write_bytes(samples)
        run_ok([program], cwd=folder)
        outputs = (Path(folder) / "output.bin").read_bytes()
    if outputs != simulate(pudu, model, shape, samples):
        sys.exit("the program and the simulator differ")


if __name__ == "__main__":
    main()
