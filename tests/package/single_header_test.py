"""`pudu kernels --single-header`: one file in place of the folder pudu/, in as many sources as a program has.

usage: single_header_test.py PUDU COMPILER...
  COMPILER: the host's C++ compilers
"""

import json
import sys
import unittest
from pathlib import Path

from package_support import (
    CPU_FLAGS, MODELS, REPOSITORY, emulate, random_samples, run_ok, simulate, temporary_folder,
)  # fmt: skip

PUDU, COMPILERS = "", []
HERE = Path(__file__).resolve().parent
WARNINGS = ["-std=c++17", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror"]
# The program, in two sources: one has the kernels' code and the model, the other uses both.
KERNELS = '#define PUDU_KERNELS_IMPLEMENTATION\n#include "pudu_kernels.hpp"\n#include "model.cpp"\n'
MAIN = '#include "pudu_kernels.hpp"\n#define MODEL_NAMESPACE digits_cnn\n'
SCRIPTS = {"cortex-m55": "mps3-an547/itcm.ld", "cortex-m4": "mps2-an386/ssram.ld", "cortex-m0": "mps2-an385/ssram.ld"}


class SingleHeader(unittest.TestCase):
    def program(self, cpu: str, *options: str) -> Path:
        """A folder with a model, the header, and nothing else of Pudu."""
        folder = temporary_folder(self, "single header")
        run_ok([PUDU, "compile", MODELS / "digits_cnn.pt2", "--calibration", MODELS / "digits_calib.npy", "--target", cpu,
                "-o", folder / "out", "--quiet"])  # fmt: skip
        (folder / "net").mkdir()
        for name in ("model.hpp", "model.cpp"):
            (folder / "out" / name).rename(folder / "net" / name)
        for_model = ["--for", folder / "out"] if options == ("for",) else []
        run_ok([PUDU, "kernels", "--single-header", folder / "net/pudu_kernels.hpp", *for_model])
        (folder / "net/kernels.cpp").write_text(KERNELS, encoding="utf-8")
        main = (HERE / "consumer/main.cpp").read_text(encoding="utf-8")
        (folder / "net/main.cpp").write_text(MAIN + main, encoding="utf-8")
        return folder

    def samples(self, folder: Path):
        report = json.loads((folder / "out/report.json").read_text(encoding="utf-8"))
        shape = next(port["shape"] for port in report["io"] if port["direction"] == "input")
        samples = random_samples(shape)
        return samples, simulate(PUDU, folder / "out", shape, samples)

    def test_two_sources_on_the_host(self):
        folder = self.program("any")
        samples, expected = self.samples(folder)
        (folder / "input.bin").write_bytes(samples)
        for compiler in COMPILERS:
            with self.subTest(compiler):
                run_ok([compiler, *WARNINGS, "-O1", f"-I{folder}", f"-I{folder / 'net'}", f"-I{HERE / 'consumer'}",
                        folder / "net/kernels.cpp", folder / "net/main.cpp", HERE / "consumer/host_files.cpp",
                        "-o", folder / "program"])  # fmt: skip
                (folder / "output.bin").unlink(missing_ok=True)
                run_ok([folder / "program"], cwd=folder)
                self.assertEqual((folder / "output.bin").read_bytes(), expected)

    def on_board(self, cpu: str, *options: str) -> None:
        folder = self.program(cpu, *options)
        samples, expected = self.samples(folder)
        boards = REPOSITORY / "boards"
        includes = [f"-I{path}" for path in (folder, folder / "net", HERE / "consumer", boards / "common")]
        flags = [*CPU_FLAGS[cpu], "-O2", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-ffunction-sections",
                 "-fdata-sections"]  # fmt: skip
        objects = []
        for source, more in (
            (folder / "net/kernels.cpp", WARNINGS), (folder / "net/main.cpp", WARNINGS),
            (HERE / "board/device_files.cpp", ["-std=c++17"]),
            (boards / "common/startup.cpp", ["-std=c++17", f"-I{REPOSITORY / 'src'}"]),
        ):  # fmt: skip
            objects.append(folder / f"{source.stem}.o")
            run_ok(["arm-none-eabi-g++", *flags, *includes, *more, "-c", source, "-o", objects[-1]])
        run_ok(["arm-none-eabi-g++", *CPU_FLAGS[cpu], "-nostdlib", "-Wl,--gc-sections", f"-L{boards / 'common'}",
                f"-T{boards / SCRIPTS[cpu]}", *objects, "-Wl,--start-group", "-lc", "-lm", "-lgcc", "-Wl,--end-group",
                "-o", folder / "firmware.elf"])  # fmt: skip
        self.assertEqual(emulate(folder / "firmware.elf", cpu, folder, samples), expected)

    def test_all_kernels_on_a_cortex_m55(self):
        self.on_board("cortex-m55")

    def test_all_kernels_on_a_cortex_m4(self):
        self.on_board("cortex-m4")

    def test_the_kernels_of_a_model_on_a_cortex_m0(self):
        self.on_board("cortex-m0", "for")

    def test_a_models_header_holds_its_kernels_only(self):
        folder = self.program("cortex-m0", "for")
        text = (folder / "net/pudu_kernels.hpp").read_text(encoding="utf-8")
        self.assertIn("struct Conv2d", text)
        self.assertNotIn("SequenceLstm", text)
        run_ok([PUDU, "kernels", "--single-header", folder / "all.hpp"])
        whole = (folder / "all.hpp").read_text(encoding="utf-8")
        self.assertIn("SequenceLstm", whole)
        self.assertGreater(len(whole), 2 * len(text))
        self.assertNotIn('#include "', whole)


if __name__ == "__main__":
    PUDU, COMPILERS = Path(sys.argv.pop(1)).resolve(), sys.argv[1:]
    del sys.argv[1:]
    unittest.main()
