"""`pudu compile --emit arduino`: the library has what the library specification asks for, compiles as Arduino's builder does
it, and its sketch computes the simulator's bytes on the emulated boards.

Arduino's tools are not at hand; this test does what they do: every source below src/ with src/ as include path and -Os, an
archive to which objects are added by file name, the sketch behind `#include <Arduino.h>`. The core is tests/package/arduino_core.

usage: arduino_library_test.py PUDU
"""

import json
import re
import shutil
import sys
import unittest
from pathlib import Path

from package_support import CPU_FLAGS, MODELS, REPOSITORY, emulate, run, run_ok, simulate, temporary_folder

PUDU = ""
HERE = Path(__file__).resolve().parent
# Library specification 1.5, rev. 2.2.
REQUIRED = ["name", "version", "author", "maintainer", "sentence", "paragraph", "category", "url", "architectures"]
CATEGORIES = ["Display", "Communication", "Signal Input/Output", "Sensors", "Device Control", "Timing", "Data Storage",
              "Data Processing", "Other"]  # fmt: skip
LINKER_SCRIPTS = {"cortex-m55": "mps3-an547/itcm.ld", "cortex-m4": "mps2-an386/ssram.ld", "cortex-m0": "mps2-an385/ssram.ld"}


def compile_library(test, model: str, calibration: str, *options: str) -> Path:
    """Without calibration data, ranges come from noise."""
    folder = temporary_folder(test, "arduino")
    library = folder / model
    samples = ["--calibration", MODELS / calibration] if calibration else ["--quantize"]
    run_ok([PUDU, "compile", MODELS / f"{model}.pt2", *samples, "--emit", "arduino", "--quiet", "-o", library, *options])
    return library


def properties_of(library: Path) -> dict:
    lines = (library / "library.properties").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


class ArduinoLibrary(unittest.TestCase):
    standard = "gnu++17"

    def compile(self, cpu: str, source: Path, target: Path, *folders: Path) -> None:
        includes = [f"-I{folder}" for folder in folders]
        # Before C++17, GCC warns of what it has as extensions; Arduino's default is no warnings.
        warnings = ["-Wall", "-Wextra", "-Werror"] if self.standard == "gnu++17" else ["-w"]
        run_ok(["arm-none-eabi-g++", *CPU_FLAGS[cpu], f"-std={self.standard}", "-Os", *warnings, "-fno-exceptions",
                "-fno-rtti", "-fno-threadsafe-statics", "-ffunction-sections", "-fdata-sections", *includes, "-c", source,
                "-o", target])  # fmt: skip

    def archive(self, cpu: str, library: Path, work: Path) -> Path:
        """All of src/, as `dot_a_linkage=true` asks."""
        archive = work / f"{library.name}.a"
        for source in sorted((library / "src").rglob("*.cpp")):
            folder = work / library.name / source.parent.relative_to(library)
            folder.mkdir(parents=True, exist_ok=True)
            self.compile(cpu, source, folder / f"{source.name}.o", library / "src")
            run_ok(["arm-none-eabi-ar", "rcs", archive, folder / f"{source.name}.o"])
        return archive

    def run_sketch(self, cpu: str, sketch: str, libraries: list) -> str:
        """What the sketch prints in one loop."""
        work = temporary_folder(self, "sketch")
        archives = [self.archive(cpu, library, work) for library in libraries]
        (work / "sketch.ino.cpp").write_text(f"#include <Arduino.h>\n{sketch}", encoding="utf-8")
        core = [HERE / "arduino_core/core.cpp", HERE / "board/device_files.cpp", REPOSITORY / "boards/common/startup.cpp"]
        folders = [HERE / "arduino_core", HERE / "consumer", REPOSITORY / "boards/common", REPOSITORY / "src"]
        for source in core:
            self.compile(cpu, source, work / f"{source.stem}.o", *folders)
        self.compile(cpu, work / "sketch.ino.cpp", work / "sketch.o", HERE / "arduino_core",
                     *[library / "src" for library in libraries])  # fmt: skip
        objects = [work / f"{name}.o" for name in ("sketch", "core", "device_files", "startup")]
        boards = REPOSITORY / "boards"
        run_ok(["arm-none-eabi-g++", *CPU_FLAGS[cpu], "-nostdlib", "-Wl,--gc-sections", f"-L{boards / 'common'}",
                f"-T{boards / LINKER_SCRIPTS[cpu]}", *objects, *archives, "-Wl,--start-group", "-lc", "-lm", "-lgcc",
                "-Wl,--end-group", "-o", work / "firmware.elf"])  # fmt: skip
        return emulate(work / "firmware.elf", cpu, work, b"").decode()

    def expected(self, library: Path) -> str:
        """What the example prints: the outputs for an input that stands for zeros."""
        report = json.loads((library / "extras/report.json").read_text(encoding="utf-8"))
        port = next(port for port in report["io"] if port["direction"] == "input")
        size = 1
        for extent in port["shape"]:
            size *= extent
        codes = simulate(PUDU, library / "extras", port["shape"], bytes([port["zero_point"] % 256]) * size)
        numbers = [str(code - 256 if code > 127 else code) for code in codes]
        return " ".join(numbers) + " in microseconds: 1\n"

    def example(self, library: Path) -> str:
        name = library.name
        return (library / f"examples/{name}/{name}.ino").read_text(encoding="utf-8")

    def test_the_library_is_of_the_specified_form(self):
        library = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "any")
        properties = properties_of(library)
        for field in REQUIRED:
            self.assertTrue(properties.get(field), field)
        self.assertRegex(properties["name"], r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$")
        self.assertFalse(properties["name"].startswith("Arduino"))
        self.assertTrue((library / f"src/{properties['name']}.h").is_file(), "arduino-lint: LS008")
        self.assertTrue((library / "README.md").is_file(), "arduino-lint: LD001")
        self.assertRegex(properties["version"], r"^\d+\.\d+\.\d+$")
        self.assertIn(properties["category"], CATEGORIES)
        self.assertRegex(properties["url"], r"^https://")
        self.assertEqual(properties["dot_a_linkage"], "true")
        for header in properties["includes"].split(","):
            self.assertTrue((library / "src" / header).is_file(), header)
        for line in (library / "keywords.txt").read_text(encoding="utf-8").splitlines():
            self.assertRegex(line, r"^\w+\t(KEYWORD1|KEYWORD2|LITERAL1)$")
        self.assertIn("digits_cnn\tKEYWORD1", (library / "keywords.txt").read_text(encoding="utf-8"))
        names = [path.name for path in (library / "src").rglob("*.cpp")]
        self.assertEqual(len(names), len(set(names)), "an archive keeps one object of each name")
        sketches = [path.relative_to(library).as_posix() for path in library.rglob("*.ino")]
        self.assertEqual(sketches, ["examples/digits_cnn/digits_cnn.ino"])
        # Two layouts in one library are refused by Arduino's builder: recursive means no `utility` and nothing at the root.
        self.assertEqual([path.name for path in library.iterdir() if path.suffix in (".cpp", ".h", ".hpp")], [])

    def test_the_sketch_computes_the_simulators_bytes(self):
        library = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "any")
        for cpu in ("cortex-m4", "cortex-m0"):
            with self.subTest(cpu):
                self.assertEqual(self.run_sketch(cpu, self.example(library), [library]), self.expected(library))

    def test_kernels_for_one_core(self):
        library = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "cortex-m55")
        self.assertEqual(self.run_sketch("cortex-m55", self.example(library), [library]), self.expected(library))

    def test_cores_of_older_standards(self):
        """Arduino's mbed cores compile as C++14, SAMD's and nRF52's as C++11."""
        library = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "cortex-m4")
        self.standard = "gnu++14"
        self.assertEqual(self.run_sketch("cortex-m4", self.example(library), [library]), self.expected(library))
        result = run(["arm-none-eabi-g++", *CPU_FLAGS["cortex-m4"], "-std=gnu++11", f"-I{library / 'src'}", "-fsyntax-only",
                      "-x", "c++", library / "src/digits_cnn.h"])  # fmt: skip
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("--build-property compiler.cpp.extra_flags=-std=gnu++17", result.stderr)
        self.assertEqual(result.stderr.count("error:"), 1, result.stderr)

    def test_names_that_cores_have(self):
        """Macros, types and functions of Arduino.h."""
        for name in ("B101", "INPUT", "word", "tone"):
            with self.subTest(name):
                work = temporary_folder(self, "names")
                shutil.copy(MODELS / "tiny_cnn.pt2", work / f"{name}.pt2")
                run_ok([PUDU, "compile", work / f"{name}.pt2", "--quantize", "--emit", "arduino", "--quiet", "-o", work / "library"])
                name = f"{name}_model"
                sketch = (work / f"library/examples/{name}/{name}.ino").read_text(encoding="utf-8")
                (work / "sketch.cpp").write_text(f"#include <Arduino.h>\n{sketch}", encoding="utf-8")
                self.compile("cortex-m55", work / "sketch.cpp", work / "sketch.o", HERE / "arduino_core", work / "library/src")

    def test_two_networks_in_one_sketch(self):
        one = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "cortex-m4")
        other = compile_library(self, "tiny_cnn", "tiny_cnn.calib0.npy", "--target", "cortex-m4")
        sketch = self.example(one).replace("void loop()", "void loop_one()")
        sketch += re.sub(r"void setup\(\) \{.*?\n\}", "", self.example(other), flags=re.DOTALL).replace(
            "void loop()", "void loop_other()"
        )
        sketch += "void loop() {\n  loop_one();\n  loop_other();\n}\n"
        printed = self.run_sketch("cortex-m4", sketch, [one, other]).splitlines()
        expected = [self.expected(one).strip(), self.expected(other).strip()]
        self.assertEqual(printed, expected)

    def test_rows_and_floats(self):
        fed = compile_library(self, "three_convs", "", "--target", "cortex-m4", "--feed", "rows", "--input-layout", "nhwc")
        self.assertIn("three_convs::feed_row(row)", self.example(fed))
        self.assertRegex(self.run_sketch("cortex-m4", self.example(fed), [fed]), r"^(-?\d+ )+in microseconds: 1\n$")
        floats = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "cortex-m4", "--io", "float32")
        self.assertRegex(self.run_sketch("cortex-m4", self.example(floats), [floats]), r"^(-?\d+\.\d\d ){10}in micro")

    def test_the_same_network_gives_the_same_bytes(self):
        first, second = (compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "any") for _ in range(2))
        files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file() and "extras" not in path.parts)
        self.assertGreater(len(files), 10)
        for file in files:
            self.assertEqual((first / file).read_bytes(), (second / file).read_bytes(), file)

    def test_the_compiler_names_a_wrong_core(self):
        library = compile_library(self, "digits_cnn", "digits_calib.npy", "--target", "cortex-m4")
        result = run(["arm-none-eabi-g++", *CPU_FLAGS["cortex-m0"], "-std=gnu++17", f"-I{library / 'src'}", "-c",
                      library / "src/digits_cnn/model.cpp", "-o", "/dev/null"])  # fmt: skip
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("compiled for cortex-m4 (dsp), built for scalar", result.stderr)


if __name__ == "__main__":
    PUDU = Path(sys.argv.pop(1)).resolve()
    unittest.main()
