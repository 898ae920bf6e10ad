"""tools/scratch_golden.py with the executorch wheel that tools/setup installs into .venv: the committed rows are
CMSIS-NN's own answers, and the grid's answers are those of our formulas.

usage: scratch_golden_binding_test.py PYTHON_WITH_EXECUTORCH PUDU_BINARY
"""

import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
ROWS = REPOSITORY / "tests/data/cmsis_nn_scratch_sizes.zip"
PYTHON, PUDU = sys.argv[1:3]


class Binding(unittest.TestCase):
    def ask(self, *arguments: str) -> subprocess.CompletedProcess:
        tool = [PYTHON, str(REPOSITORY / "tools/scratch_golden.py")]
        return subprocess.run([*tool, *arguments], capture_output=True, text=True, timeout=120)

    def test_the_committed_rows_are_its_answers(self):
        result = self.ask("--rows", str(ROWS))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, f"13,566 rows, 0 with another answer than in {ROWS}\n")
        with zipfile.ZipFile(ROWS) as archive:
            committed = archive.read(archive.namelist()[0]).decode("utf-8")
        self.assertTrue(result.stdout == committed, "the rows differ in form")

    def test_our_formulas_answer_the_grid_as_it_does(self):
        with tempfile.TemporaryDirectory(prefix="pudu grid ") as folder:
            grid = str(Path(folder) / "grid.jsonl")
            result = self.ask("--grid", "--output", grid)
            self.assertEqual((result.returncode, result.stderr), (0, "58,290 rows\n"))
            check = subprocess.run([PUDU, "scratch", "--check", grid], capture_output=True, text=True, timeout=120)
        self.assertEqual(check.returncode, 0, check.stdout[:2000] + check.stderr)
        self.assertEqual(check.stdout.splitlines()[-1], "  58,290 rows, 0 mismatches")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
