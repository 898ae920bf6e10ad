"""The Zephyr module and its samples, as far as they can be tried without Zephyr's tree: metadata, Kconfig, and the build of the
samples on a stand-in for find_package(Zephyr) (tests/package/zephyr_stand_in), one of them run on an emulated board.

usage: zephyr_module_test.py CMAKE PUDU ZephyrModule
       zephyr_module_test.py CMAKE PUDU EXECUTORCH_HEADERS ExecutorchSample
Needs kconfiglib and PyYAML (tools/requirements.txt).
"""

import itertools
import json
import os
import re
import sys
import unittest
from pathlib import Path

import kconfiglib
import yaml

from package_support import REPOSITORY, TOOLCHAIN, emulate, launcher, run_ok, simulate, temporary_folder

CMAKE = PUDU = HEADERS = ""
STAND_IN = REPOSITORY / "tests/package/zephyr_stand_in"
SAMPLES = REPOSITORY / "samples/zephyr"

# Key -> type, of the schemas in Zephyr's scripts/zephyr_module.py and scripts/schemas/twister/testsuite-schema.yaml: those
# that a module without blobs, and a sample without a test harness of its own, may have.
MODULE_KEYS = {"name": str, "build": dict, "tests": list, "samples": list, "boards": list}
BUILD_KEYS = {"cmake": str, "kconfig": str, "depends": list, "settings": dict}
SAMPLE_KEYS = {"name": str, "description": str}
TEST_KEYS = {
    "tags": str, "harness": str, "harness_config": dict, "modules": list, "platform_allow": str, "extra_args": str,
    "integration_platforms": list, "min_ram": int, "min_flash": int, "build_only": bool, "depends_on": str, "filter": str,
}  # fmt: skip
HARNESS_KEYS = {"type": str, "regex": list}


class Samples(unittest.TestCase):
    def configuration(self, *lines: str, fpu: str = "y") -> kconfiglib.Kconfig:
        """Kconfig of the module with these lines of a prj.conf on a board with or without a floating-point unit; a warning
        is an error, as in Zephyr."""
        os.environ["PUDU"] = str(REPOSITORY)
        os.environ["CPU_HAS_FPU"] = fpu
        kconfig = kconfiglib.Kconfig(str(STAND_IN / "Kconfig"), warn_to_stderr=False)
        file = temporary_folder(self, "kconfig") / "prj.conf"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        kconfig.load_config(str(file))
        self.assertEqual(kconfig.warnings, [])
        return kconfig

    def sample_configuration(self, folder: Path, fpu: str = "y") -> kconfiglib.Kconfig:
        return self.configuration(*(folder / "prj.conf").read_text(encoding="utf-8").splitlines(), fpu=fpu)

    def configure(self, sample: str, cpu: str, *options: str) -> Path:
        build = temporary_folder(self, "zephyr")
        self.sample_configuration(SAMPLES / sample).write_config(str(build / ".config"))
        run_ok([CMAKE, "-G", "Ninja", "-S", SAMPLES / sample, "-B", build, f"-DZephyr_DIR={STAND_IN / 'cmake'}",
                f"-DDOTCONFIG={build / '.config'}", f"-DCMAKE_TOOLCHAIN_FILE={TOOLCHAIN}", f"-DPUDU_CPU={cpu}",
                f"-DPUDU_EXECUTABLE={PUDU}", "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON", *launcher(), *options])  # fmt: skip
        return build

    def assert_board_flags(self, build: Path) -> None:
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        ours = [entry for entry in commands if "tests/package" not in entry["file"] and "boards" not in entry["file"]]
        self.assertTrue(any(entry["file"].endswith("kernels/conv2d/scalar.cpp") for entry in ours))
        for entry in ours:
            self.assertIn("-DOF_THE_BOARD", entry["command"], entry["file"])


class ZephyrModule(Samples):
    def assert_keys(self, found: dict, allowed: dict, where: str) -> None:
        for key, value in found.items():
            self.assertIn(key, allowed, where)
            self.assertIsInstance(value, allowed[key], f"{where}: {key}")

    def samples(self) -> list:
        return sorted(folder for folder in SAMPLES.iterdir() if folder.is_dir())

    def test_module_yml(self):
        module = yaml.safe_load((REPOSITORY / "zephyr/module.yml").read_text(encoding="utf-8"))
        self.assert_keys(module, MODULE_KEYS, "module.yml")
        self.assert_keys(module["build"], BUILD_KEYS, "module.yml: build")
        self.assertTrue((REPOSITORY / module["build"]["cmake"] / "CMakeLists.txt").is_file())
        self.assertTrue((REPOSITORY / module["build"]["kconfig"]).is_file())
        for folder in module["samples"]:
            self.assertTrue((REPOSITORY / folder).is_dir(), folder)

    def test_sample_yaml(self):
        self.assertEqual([folder.name for folder in self.samples()], ["digits", "executorch"])
        names = []
        for folder in self.samples():
            text = (folder / "sample.yaml").read_text(encoding="utf-8")
            sample = yaml.safe_load(text)
            self.assertEqual(sorted(sample), ["common", "sample", "tests"])
            self.assert_keys(sample["sample"], SAMPLE_KEYS, folder.name)
            self.assertIn("name", sample["sample"])
            names += sample["tests"]
            for test in [sample["common"], *sample["tests"].values()]:
                self.assert_keys(test, TEST_KEYS, folder.name)
                self.assert_keys(test.get("harness_config", {}), HARNESS_KEYS, folder.name)
            for expression in sample["common"]["harness_config"]["regex"]:
                re.compile(expression)
            for test in sample["tests"].values():
                self.assertEqual(test["integration_platforms"], [test["platform_allow"]])
        self.assertEqual(len(names), len(set(names)))
        for name in names:
            self.assertRegex(name, r"^sample\.pudu(\.\w+)+$")

    def test_kconfig(self):
        self.assertEqual(self.configuration().syms["PUDU"].str_value, "n")
        self.assertEqual(self.configuration("CONFIG_PUDU=y").syms["PUDU"].str_value, "n", "depends on C++")
        plain = self.configuration("CONFIG_CPP=y", "CONFIG_PUDU=y", "CONFIG_PUDU_EXECUTORCH_OPERATORS=y")
        self.assertEqual(plain.syms["PUDU"].str_value, "y")
        self.assertEqual(plain.syms["PUDU_EXECUTORCH_OPERATORS"].str_value, "n", "depends on ExecuTorch's module")
        self.assertEqual(plain.syms["REQUIRES_FULL_LIBCPP"].str_value, "y")
        self.assertEqual(plain.syms["FPU"].str_value, "y")
        declined = self.configuration("CONFIG_CPP=y", "CONFIG_PUDU=y", "CONFIG_FPU=n")
        self.assertEqual(declined.syms["FPU"].str_value, "n")
        for folder, fpu in itertools.product(self.samples(), "yn"):
            # What a prj.conf sets, holds: Zephyr stops where it does not.
            kconfig = self.sample_configuration(folder, fpu)
            self.assertEqual(kconfig.syms["FPU"].str_value, fpu)
            for line in (folder / "prj.conf").read_text(encoding="utf-8").splitlines():
                if match := re.match(r"CONFIG_(\w+)=(\w+)", line):
                    self.assertEqual(kconfig.syms[match[1]].str_value, match[2], f"{folder.name}: {line}")
        for node in self.configuration().node_iter():
            if isinstance(node.item, kconfiglib.Symbol) and node.item.name.startswith("PUDU"):
                self.assertTrue(node.help and node.prompt, node.item.name)

    def test_the_digits_sample_runs_on_a_board(self):
        build = self.configure("digits", "cortex-m55", f"-DZEPHYR_MODULES={REPOSITORY}", "-DLINK_IMAGE=ON")
        run_ok([CMAKE, "--build", build, "--parallel", "2"])
        self.assert_board_flags(build)
        printed = emulate(build / "zephyr.elf", "cortex-m55", build, b"").decode()
        sample = yaml.safe_load((SAMPLES / "digits/sample.yaml").read_text(encoding="utf-8"))
        self.assertRegex(printed, sample["common"]["harness_config"]["regex"][0])
        model = build / "pudu/net/net"
        report = json.loads((model / "report.json").read_text(encoding="utf-8"))
        port = next(port for port in report["io"] if port["direction"] == "input")
        image = bytes(127 if x % 8 in (3, 4) else port["zero_point"] % 256 for x in range(64))
        scores = [code - 256 if code > 127 else code for code in simulate(PUDU, model, port["shape"], image)]
        expected = f"digit {scores.index(max(scores))} of 10, scores {' '.join(str(score) for score in scores)}\n"
        self.assertEqual(printed, expected)


class ExecutorchSample(Samples):
    def test_the_executorch_sample_compiles(self):
        """Not linked: there is no ExecuTorch runtime for Arm here."""
        build = self.configure("executorch", "cortex-m55", f"-DEXECUTORCH_HEADERS={HEADERS}",
                               f"-DZEPHYR_MODULES={REPOSITORY};{STAND_IN / 'executorch'}")  # fmt: skip
        run_ok([CMAKE, "--build", build, "--parallel", "2", "--target", "app", "model"])
        self.assert_board_flags(build)
        names = run_ok(["arm-none-eabi-nm", "-C", build / "libapp.a"])
        self.assertIn("executorch::runtime::register_kernels", names)
        program = (build / "pudu/model/model/model.pte").read_bytes()
        symbols = run_ok(["arm-none-eabi-nm", build / "libmodel.a"])
        begin, end = (int(re.search(rf"^([0-9a-f]+) R {name}$", symbols, re.MULTILINE)[1], 16)
                      for name in ("model_pte", "model_pte_end"))  # fmt: skip
        self.assertEqual(end - begin, len(program))


if __name__ == "__main__":
    CMAKE, PUDU = sys.argv.pop(1), Path(sys.argv.pop(1)).resolve()
    if len(sys.argv) > 2:
        HEADERS = sys.argv.pop(1)
    unittest.main()
