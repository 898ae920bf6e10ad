"""`pudu compile` writes the same bytes from another folder, into another folder, at another time.

usage: same_output_test.py PUDU
"""

import shutil
import sys
import unittest
from pathlib import Path

from package_support import MODELS, run_ok, temporary_folder

PUDU = ""


class SameOutput(unittest.TestCase):
    def compile(self, place: str, output: str, *options: str) -> dict:
        """The files of OUTPUT by name, compiled in a folder PLACE of its own."""
        folder = temporary_folder(self, place)
        for name in ("digits_cnn.pt2", "digits_calib.npy"):
            shutil.copy(MODELS / name, folder / name)
        run_ok([PUDU, "compile", "digits_cnn.pt2", "--calibration", "digits_calib.npy", "-o", output, "--quiet", *options],
               cwd=folder, environment={"SOURCE_DATE_EPOCH": "0"})  # fmt: skip
        written = folder / output
        files = [written] if written.is_file() else [path for path in written.rglob("*") if path.is_file()]
        return {str(path.relative_to(folder)): path.read_bytes() for path in files}

    def assert_same(self, output: str, *options: str) -> None:
        first, second = (self.compile(place, output, *options) for place in ("here", "in quite another place"))
        self.assertEqual(sorted(first), sorted(second))
        self.assertEqual([name for name in first if first[name] != second[name]], [])
        self.assertGreater(min(len(content) for content in first.values()), 0)

    def test_a_compiled_folder(self):
        self.assert_same("net")

    def test_an_arduino_library(self):
        self.assert_same("net", "--emit", "arduino")

    def test_a_program_for_executorch(self):
        self.assert_same("net.pte")


if __name__ == "__main__":
    PUDU = Path(sys.argv.pop(1)).resolve()
    unittest.main()
