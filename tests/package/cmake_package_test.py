"""The CMake package: an installed one and a source tree serve a project for this host and one for a device.

usage: cmake_package_test.py CMAKE BUILD
  BUILD: the build folder of Pudu, with `pudu` and its libraries built
"""

import json
import os
import shutil
import sys
import unittest
from pathlib import Path

from package_support import (
    MODELS, REPOSITORY, TOOLCHAIN, CommandFailed, emulate, launcher, random_samples, run, run_ok, simulate,
    temporary_folder,
)  # fmt: skip

CMAKE = BUILD = ""
CONSUMER = REPOSITORY / "tests/package/consumer"


class CmakePackage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = temporary_folder(cls, "prefix")
        for component in ("pudu", "pudu_development"):
            run_ok([CMAKE, "--install", BUILD, "--prefix", cls.prefix, "--component", component])
        cls.pudu = cls.prefix / "bin/pudu"
        cls.models = temporary_folder(cls, "models")
        for name in ("digits_cnn.pt2", "digits_calib.npy"):
            shutil.copy(MODELS / name, cls.models / name)

    def configure(self, source: Path, *options: str) -> Path:
        build = temporary_folder(self, "consumer build")
        self.result = run([CMAKE, "-G", "Ninja", "-S", source, "-B", build, "-DCMAKE_BUILD_TYPE=Release", *launcher(),
                           *options])  # fmt: skip
        return build

    def consumer(self, cpu: str, *options: str) -> Path:
        """Configures the consumer with the digits network."""
        build = self.configure(
            CONSUMER, f"-DMODEL={self.models / 'digits_cnn.pt2'}", f"-DCALIBRATION={self.models / 'digits_calib.npy'}",
            f"-DCPU={cpu}", "-DMODEL_NAMESPACE=digits_cnn", *options,
        )  # fmt: skip
        self.assertEqual(self.result.returncode, 0, self.result.stdout[-3000:] + self.result.stderr[-3000:])
        return build

    @staticmethod
    def for_device(cpu: str) -> list:
        board = REPOSITORY / "tests/package/board"
        return [f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN}", f"-DPUDU_CPU={cpu}", f"-DBOARD_SUPPORT={board}"]

    def build(self, build: Path, *arguments: str) -> str:
        return run_ok([CMAKE, "--build", build, "--parallel", "2", *arguments])

    def compiled_folder(self, build: Path) -> Path:
        return Path((build / "model_folder.txt").read_text(encoding="utf-8"))

    def samples(self, build: Path):
        """(samples, the simulator's outputs) of the model that `build` has compiled."""
        folder = self.compiled_folder(build)
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        shape = next(port["shape"] for port in report["io"] if port["direction"] == "input")
        samples = random_samples(shape)
        return samples, simulate(self.pudu, folder, shape, samples)

    def assert_simulated_on_board(self, build: Path, cpu: str) -> None:
        samples, expected = self.samples(build)
        self.assertEqual(emulate(build / "app", cpu, build, samples), expected)

    def test_an_installed_package_serves_this_host(self):
        build = self.consumer("any", f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DWITH_COMPILER=ON")
        self.build(build)
        samples, expected = self.samples(build)
        (build / "input.bin").write_bytes(samples)
        run_ok([build / "app"], cwd=build)
        self.assertEqual((build / "output.bin").read_bytes(), expected)
        printed = run_ok([build / "uses_compiler", self.models / "digits_cnn.pt2", self.models / "digits_calib.npy"])
        folder = temporary_folder(self, "out")
        report = run_ok([self.pudu, "compile", self.models / "digits_cnn.pt2", "--calibration",
                         self.models / "digits_calib.npy", "--target", "cortex-m55", "-o", folder, "--json"])  # fmt: skip
        self.assertEqual(printed, f"arena {json.loads(report)['arena_bytes']}\n")

    def test_an_installed_package_serves_a_device_and_steps_run_when_they_must(self):
        build = self.consumer("cortex-m55", f"-Dpudu_DIR={self.prefix / 'lib/cmake/pudu'}",
                              *self.for_device("cortex-m55"))  # fmt: skip
        self.build(build)
        self.assert_simulated_on_board(build, "cortex-m55")
        model = self.compiled_folder(build) / "model.cpp"

        written = model.stat().st_mtime_ns
        self.assertIn("no work to do", self.build(build))
        self.assertEqual(model.stat().st_mtime_ns, written)

        (self.models / "digits_calib.npy").touch()
        self.build(build)
        touched = model.stat().st_mtime_ns
        self.assertGreater(touched, written)

        run_ok([CMAKE, build, "-DMODEL_OPTIONS=--optimize;size"])
        self.build(build)
        self.assertGreater(model.stat().st_mtime_ns, touched)
        self.assert_simulated_on_board(build, "cortex-m55")

        model.unlink()
        self.build(build)
        self.assertTrue(model.is_file())

    def test_a_toolchain_with_a_root_of_its_own_finds_the_package(self):
        root = temporary_folder(self, "empty root")
        build = self.consumer("cortex-m0", f"-Dpudu_DIR={self.prefix / 'lib/cmake/pudu'}",
                              f"-DCMAKE_FIND_ROOT_PATH={root}", *self.for_device("cortex-m0"))  # fmt: skip
        self.build(build)
        self.assert_simulated_on_board(build, "cortex-m0")

    def test_a_source_tree_serves_a_device_with_the_compiler_of_the_host(self):
        build = self.consumer("cortex-m4", f"-DPUDU_SOURCE={REPOSITORY}", f"-DPUDU_EXECUTABLE={self.pudu}",
                              *self.for_device("cortex-m4"))  # fmt: skip
        self.build(build)
        self.assert_simulated_on_board(build, "cortex-m4")

    def test_a_source_tree_serves_this_host(self):
        build = self.consumer("any", f"-DPUDU_SOURCE={REPOSITORY}", "-DWITH_COMPILER=ON")
        ninja = ["ninja", "-C", build]
        # Without building all of Pudu once more: the step is made by the `pudu` of this build, which is built before.
        step = run_ok([*ninja, "-t", "query", "pudu/net/net/model.cpp"])
        self.assertRegex(step, r"_deps/pudu-build/bin/pudu\n")
        self.assertIn("digits_calib.npy", step)
        commands = run_ok([*ninja, "-t", "commands", "uses_compiler"])
        self.assertIn("libpudu_driver.a", commands)
        self.assertFalse("-Werror" in commands, "warnings are errors for developers only")
        self.assertNotIn("_test", run_ok([*ninja, "-t", "targets", "all"]))

    def test_an_installed_package_makes_a_compiler_with_an_operator_of_the_user(self):
        source = temporary_folder(self, "operator") / "custom operator"
        shutil.copytree(REPOSITORY / "examples/custom_operator", source)
        build = self.configure(source, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        self.assertEqual(self.result.returncode, 0, self.result.stderr[-3000:])
        self.build(build)
        pudu, detector = build / "pudu-with-keep-peaks", build / "detector"
        compiled = ["compile", "detector.pt2", "--calibration", "samples.npy", "-o", detector, "--quiet"]
        self.assertEqual(run([self.pudu, *compiled], cwd=source).returncode, 3, "the installed pudu has not the operator")
        run_ok([pudu, *compiled], cwd=source)
        run_ok([pudu, "run", detector, "--input", "samples.npy", "--output", build / "host.npy", "--quiet"], cwd=source)
        # The instruction counter of the installed package came along.
        path = {"PATH": f"{build}{os.pathsep}{os.environ['PATH']}"}
        run_ok([pudu.name, "run", detector, "--on", "qemu", "--input", "samples.npy", "--output", build / "device.npy",
                "--quiet"], cwd=source, environment=path)  # fmt: skip
        self.assertEqual((build / "device.npy").read_bytes(), (build / "host.npy").read_bytes())

    def test_no_installed_file_says_where_it_was_built(self):
        folders = [f"{folder}/".encode() for folder in (REPOSITORY, BUILD)]
        # The runner of .pte programs finds ExecuTorch's libraries where the package is installed: it names that folder.
        files = [path for path in self.prefix.rglob("*") if path.is_file() and path.name != "pudu-executorch-runner"]
        self.assertIn(self.pudu, files)
        self.assertTrue(any(path.suffix == ".a" for path in files))
        found = [str(path.relative_to(self.prefix)) for path in files
                 if any(folder in path.read_bytes() for folder in folders)]  # fmt: skip
        self.assertEqual(found, [])

    def test_mistakes_are_named(self):
        def message(lists: str, *options: str) -> str:
            project = temporary_folder(self, "mistake")
            text = f"cmake_minimum_required(VERSION 3.20)\nproject(p LANGUAGES CXX)\n{lists}\n"
            (project / "CMakeLists.txt").write_text(text, encoding="utf-8")
            self.configure(project, f"-DCMAKE_PREFIX_PATH={self.prefix}", *options)
            self.assertNotEqual(self.result.returncode, 0, lists)
            return " ".join(self.result.stderr.split())

        find = "find_package(pudu REQUIRED)\n"
        self.assertIn("pudu_add_model: CPU is missing", message(find + "pudu_add_model(TARGET n MODEL CMakeLists.txt)"))
        self.assertIn("none.pt2' is no file", message(find + "pudu_add_model(TARGET n MODEL none.pt2 CPU any)"))
        self.assertIn("unknown argument 'COLOUR", message(find + "pudu_add_model(TARGET n MODEL x CPU any COLOUR red)"))
        self.assertIn("no component 'rubber'", message("find_package(pudu REQUIRED COMPONENTS rubber)"))
        self.assertIn("the component compiler is for the host", message(
            "find_package(pudu REQUIRED COMPONENTS compiler)", *self.for_device("cortex-m4")))  # fmt: skip
        self.assertIn("9.0", message("find_package(pudu 9.0 REQUIRED)"))
        self.assertIn("No `pudu` was found", message(
            f'add_subdirectory("{REPOSITORY}" pudu)\npudu_add_model(TARGET n MODEL CMakeLists.txt CPU any)',
            "-DPUDU_EXECUTABLE=", "-DCMAKE_PROGRAM_PATH=", *self.for_device("cortex-m4")))  # fmt: skip

    def test_a_refused_model_stops_the_build_with_the_reason(self):
        build = self.consumer("cortex-m55", f"-DCMAKE_PREFIX_PATH={self.prefix}", "-DMODEL_OPTIONS=--ram;100")
        with self.assertRaises(CommandFailed) as failure:
            self.build(build)
        self.assertIn("--ram", str(failure.exception))


if __name__ == "__main__":
    CMAKE, BUILD = sys.argv.pop(1), Path(sys.argv.pop(1)).resolve()
    unittest.main()
