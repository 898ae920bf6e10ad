"""integrations/executorch in another's build: for M55, M4 and M0 it compiles without warnings, needs nothing but the runtime,
the C library and the compiler's own routines, and takes no heap.

usage: device_build_test.py CMAKE EXECUTORCH_HEADERS
"""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CMAKE = HEADERS = ""

# What the library may leave to the link: the C library's memory functions, the compiler's arithmetic, ExecuTorch's runtime.
ALLOWED = re.compile(r"^(mem(cpy|move|set|cmp)|str(len|cmp)|__aeabi_\w+|__gnu_\w+|executorch::runtime::.*)$")


def symbols(archive: Path, option: str) -> set[str]:
    """Demangled names that `nm` lists with `option`."""
    text = subprocess.run(
        ["arm-none-eabi-nm", "-C", "--format=posix", option, str(archive)], check=True, capture_output=True, text=True
    ).stdout
    lines = [line for line in text.splitlines() if line and not line.endswith(":")]
    return {re.sub(r" [A-Za-z]( [0-9a-f]+)*\s*$", "", line) for line in lines}


class DeviceBuild(unittest.TestCase):
    def build(self, cpu: str, *options: str) -> Path:
        folder = tempfile.TemporaryDirectory(prefix="pudu-device-")
        self.addCleanup(folder.cleanup)
        build = Path(folder.name)
        for command in (
            [
                CMAKE, "-G", "Ninja", "-S", str(REPOSITORY / "tests/executorch/device"), "-B", str(build),
                f"-DCMAKE_TOOLCHAIN_FILE={REPOSITORY / 'cmake/toolchains/arm-none-eabi.cmake'}",
                f"-DPUDU_CPU={cpu}", f"-DPUDU={REPOSITORY}", f"-DEXECUTORCH_HEADERS={HEADERS}",
                "-DCMAKE_BUILD_TYPE=MinSizeRel", *options,
            ],
            [CMAKE, "--build", str(build)],
        ):  # fmt: skip
            result = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(result.returncode, 0, result.stdout[-4000:] + result.stderr[-4000:])
        return build

    def assert_self_contained(self, build: Path, registers: str = "before main") -> None:
        commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
        ours = [entry for entry in commands if "/device/" not in entry["file"]]
        self.assertTrue(any(entry["file"].endswith("kernels/conv2d/scalar.cpp") for entry in ours))
        self.assertTrue(any(entry["file"].endswith("operators/convolution.cpp") for entry in ours))
        for entry in ours:
            self.assertIn("-DOF_THE_BOARD", entry["command"], entry["file"])
        app, kernels = build / "libapp.a", next(build.rglob("libpudu_kernels.a"))
        defined = symbols(app, "--defined-only") | symbols(kernels, "--defined-only")
        missing = (symbols(app, "--undefined-only") | symbols(kernels, "--undefined-only")) - defined
        self.assertEqual([name for name in sorted(missing) if not ALLOWED.match(name)], [])
        is_registered = any(name.startswith("executorch::runtime::register_kernels") for name in missing)
        self.assertEqual(is_registered, registers == "before main")

    def test_cortex_m55(self):
        self.assert_self_contained(self.build("cortex-m55"))

    def test_cortex_m4_with_runtime_checks(self):
        self.assert_self_contained(self.build("cortex-m4", "-DPUDU_ENABLE_RUNTIME_CHECKS=ON"))

    def test_cortex_m0_without_registration(self):
        build = self.build(
            "cortex-m0", "-DPUDU_EXECUTORCH_MANUAL_REGISTRATION=ON", "-DPUDU_EXECUTORCH_OWN_OPERATORS=OFF"
        )
        self.assert_self_contained(build, registers="never")
        own = [name for name in symbols(build / "libapp.a", "--defined-only") if "own_" in name]
        self.assertEqual(own, [])


if __name__ == "__main__":
    CMAKE, HEADERS = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
