"""tools/scratch_golden.py without the executorch wheel: rows that cannot be asked, a missing binding, and what it does
with the answers of a binding, for which a small one in Python stands in (packed as a wheel).

The real binding answers in scratch_golden_binding_test.py.
"""

import json
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

TOOL = Path(__file__).resolve().parents[2] / "tools/scratch_golden.py"

BINDING = """
import enum
Backend = enum.Enum("Backend", ["MVE", "DSP", "SCALAR"])
DataType = enum.Enum("DataType", ["A8W4", "A8W8"])
CortexM = enum.Enum("CortexM", ["M0", "M55"])

def resolve_backend(core):
    return Backend.MVE if core is CortexM.M55 else Backend.SCALAR

def fully_connected_buffer_size(backend, data_type, filter_nhwc):
    if data_type is DataType.A8W4:
        raise ValueError("invalid Backend/DataType combination: backend=0 data_type=0")
    return 4 * filter_nhwc[3]

def svdf_buffer_size(backend, data_type):
    return 0
"""
TARGET_CONFIG = """
import enum
from executorch.backends.cortex_m.library._cmsis_nn import cmsis_nn
CortexM = enum.Enum("CortexM", ["M0", "M55"])

class CortexMTargetConfig:
    def __init__(self, cpu, isa=None):
        if isa is cmsis_nn.Backend.MVE and cpu is CortexM.M0:
            raise ValueError("Backend MVE is not supported on M0; supported: ['SCALAR']")
        self.cpu = cpu
        self.backend = isa or cmsis_nn.resolve_backend(cmsis_nn.CortexM[cpu.name])
        self.target_string = "cortex-" + cpu.name.lower()

    @classmethod
    def from_target_string(cls, text):
        if not text.startswith("cortex-m"):
            raise ValueError("Cortex-M target string must start with 'cortex-m', got: 'x'")
        return cls(CortexM["M" + text[8:]])
"""
FOLDER = "executorch/backends/cortex_m"
FULLY_CONNECTED = {"op": "fully_connected", "backend": "MVE", "dtype": "A8W8", "filter_nhwc": [16, 1, 1, 10]}


class ScratchGolden(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="pudu golden ")
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.wheel = self.root / "executorch.whl"
        self.pack(self.wheel, {"library/_cmsis_nn/cmsis_nn.py": BINDING, "target_config.py": TARGET_CONFIG})

    def pack(self, path: Path, files: dict[str, str]) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(f"{FOLDER}/{name}", text)

    def write(self, *rows) -> str:
        path = self.root / "rows.jsonl"
        path.write_text(
            "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows), encoding="utf-8"
        )
        return str(path)

    def run_tool(self, *arguments) -> subprocess.CompletedProcess:
        # -S: no installed packages, so that the test says the same where executorch is installed and where it is not.
        return subprocess.run(
            [sys.executable, "-S", str(TOOL), *map(str, arguments)], capture_output=True, text=True, timeout=60
        )

    def assert_fails(self, result: subprocess.CompletedProcess, code: int, message: str) -> None:
        self.assertEqual((result.returncode, result.stderr, result.stdout), (code, f"error: {message}\n", ""))

    def test_rows_are_answered_in_their_order_and_changes_counted(self):
        rows = [
            {**FULLY_CONNECTED, "bytes": 40},
            {**FULLY_CONNECTED, "bytes": 44},
            {**FULLY_CONNECTED, "dtype": "A8W4", "error": "ValueError: other"},
            {**FULLY_CONNECTED, "op": "batch_matmul(ET: fully_connected with H=W=-1)", "filter_nhwc": [16, -1, -1, 8]},
            {"op": "cmsis_nn.resolve_backend", "cpu": "M55", "backend": "MVE"},
            {"op": "resolve", "cpu": "M55", "isa": None, "target_string": "cortex-m55", "backend": "MVE"},
            {"op": "resolve", "cpu": "M0", "isa": "MVE", "target_string": "cortex-m0", "backend": "MVE"},
            {"op": "from_target_string", "target": "cortex-m55", "cpu": "M55", "backend": "MVE"},
            {"op": "from_target_string", "target": "x", "error": "ValueError: ..."},
        ]
        output = self.root / "new.jsonl"
        result = self.run_tool("--wheel", self.wheel, "--rows", self.write(*rows), "--output", output)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(result.stderr, f"9 rows, 5 with another answer than in {self.root}/rows.jsonl\n")
        expected = [
            {**FULLY_CONNECTED, "bytes": 40},
            {**FULLY_CONNECTED, "bytes": 40},
            {
                **FULLY_CONNECTED,
                "dtype": "A8W4",
                "error": "ValueError: invalid Backend/DataType combination: backend=0 data_type=0",
            },
            {**rows[3], "bytes": 32},
            rows[4],
            rows[5],
            {
                "op": "resolve",
                "cpu": "M0",
                "isa": "MVE",
                "error": "ValueError: Backend MVE is not supported on M0; supported: ['SCALAR']",
            },
            rows[7],
            {**rows[8], "error": "ValueError: Cortex-M target string must start with 'cortex-m', got: 'x'"},
        ]
        self.assertEqual(output.read_text(encoding="utf-8"), "".join(json.dumps(row) + "\n" for row in expected))
        self.assertEqual(sorted(p.name for p in self.root.iterdir()), ["executorch.whl", "new.jsonl", "rows.jsonl"])

    def test_a_zip_of_rows_and_standard_output(self):
        path = self.root / "rows.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("rows.jsonl", json.dumps(FULLY_CONNECTED) + "\n\n")
        result = self.run_tool("--wheel", self.wheel, "--rows", path)
        self.assertEqual(result.stdout, json.dumps({**FULLY_CONNECTED, "bytes": 40}) + "\n")

    def test_rows_that_cannot_be_asked_name_their_line(self):
        file = f"{self.root}/rows.jsonl"
        ops = (
            "convolve_wrapper, depthwise_conv_wrapper, transpose_conv, transpose_conv_reverse_conv, fully_connected, "
            "batch_matmul, avgpool, svdf, cmsis_nn.resolve_backend, resolve, from_target_string"
        )
        cases = [
            ("{", "line 1: no JSON: Expecting property name enclosed in double quotes at column 2"),
            ("[1, 2]", "line 1: [1, 2]; a JSON object"),
            ({}, "line 1: op: missing; a text"),
            ({"op": "lstm"}, f"line 1: op: 'lstm'; {ops}"),
            ({"op": "svdf", "backend": 0}, "line 1: backend: 0; a text"),
            ({"op": "svdf", "backend": "MVE"}, "line 1: dtype: missing; a text"),
            ({**FULLY_CONNECTED, "filter_nhwc": [1, 2]}, "line 1: filter_nhwc: [1, 2]; 4 integers of 32 bits"),
            (
                {**FULLY_CONNECTED, "filter_nhwc": [1, 2, 3, 4.5]},
                "line 1: filter_nhwc: [1, 2, 3, 4.5]; 4 integers of 32 bits",
            ),
            (
                {**FULLY_CONNECTED, "filter_nhwc": [1, 2, 3, 2**31]},
                "line 1: filter_nhwc: [1, 2, 3, 2147483648]; 4 integers of 32 bits",
            ),
            (
                {**FULLY_CONNECTED, "ch_src": 1},
                "line 1: ch_src: no field of 'fully_connected'; backend, dtype, filter_nhwc",
            ),
            (
                {"op": "avgpool", "backend": "MVE", "dtype": "A8W8", "dim_dst_width": True, "ch_src": 1},
                "line 1: dim_dst_width: true; an integer of 32 bits",
            ),
            ({"op": "resolve", "cpu": "M4", "isa": 1}, "line 1: isa: 1; a text"),
            ("", "no rows; a JSON object each line"),
        ]
        for row, message in cases:
            with self.subTest(row=row):
                self.assert_fails(self.run_tool("--rows", self.write(row)), 2, f"{file}: {message}")

    def test_names_that_this_release_lacks(self):
        file = f"{self.root}/rows.jsonl"
        cases = [
            ({"op": "cmsis_nn.resolve_backend", "cpu": "M52"}, "cpu: 'M52'; this release has M0, M55"),
            ({**FULLY_CONNECTED, "dtype": "A4W4"}, "dtype: 'A4W4'; this release has A8W4, A8W8"),
            ({**FULLY_CONNECTED, "backend": "NEON"}, "backend: 'NEON'; this release has MVE, DSP, SCALAR"),
            ({"op": "resolve", "cpu": "M0", "isa": "SSE"}, "isa: 'SSE'; this release has MVE, DSP, SCALAR"),
        ]
        for row, message in cases:
            with self.subTest(row=row):
                result = self.run_tool("--wheel", self.wheel, "--rows", self.write(row))
                self.assert_fails(result, 2, f"{file}: line 1: {message}")

    def test_a_binding_with_other_functions_is_no_answer(self):
        avgpool = {"op": "avgpool", "backend": "MVE", "dtype": "A8W8", "dim_dst_width": 1, "ch_src": 1}
        result = self.run_tool("--wheel", self.wheel, "--rows", self.write(avgpool))
        self.assert_fails(result, 3, "this release's binding has no function 'avgpool_buffer_size'")
        svdf = {**FULLY_CONNECTED, "op": "svdf"}
        result = self.run_tool("--wheel", self.wheel, "--rows", self.write(svdf))
        self.assertEqual(result.returncode, 3)
        self.assertIn("line 1: this release's binding takes other arguments: ", result.stderr)

    def test_without_a_binding(self):
        rows = self.write(FULLY_CONNECTED)
        result = self.run_tool("--rows", rows)
        self.assert_fails(
            result,
            3,
            f"{sys.executable} has no package 'executorch', whose Cortex-M binding answers\nhint: `tools/setup` "
            "installs it into .venv: run this with .venv/bin/python; or give a wheel: --wheel FILE",
        )
        no_folder = self.root / "other.whl"
        with zipfile.ZipFile(no_folder, "w") as archive:
            archive.writestr("executorch/version.py", "")
        result = self.run_tool("--wheel", no_folder, "--rows", rows)
        message = f"{no_folder}: no folder {FOLDER} in it\nhint: ExecuTorch has it since 1.5.1"
        self.assert_fails(result, 3, message)
        self.pack(no_folder, {"target_config.py": TARGET_CONFIG})
        result = self.run_tool("--wheel", no_folder, "--rows", rows)
        self.assertEqual(result.returncode, 3)
        self.assertIn("error: the executorch package has no CMSIS-NN binding that Python 3.", result.stderr)

    def test_files_that_cannot_be_read_or_written(self):
        rows = self.write(FULLY_CONNECTED)
        missing = self.root / "missing"
        self.assert_fails(self.run_tool("--rows", missing), 2, f"{missing}: No such file or directory")
        hint = "\nhint: --wheel takes the executorch-*.whl of `pip download`"
        self.assert_fails(self.run_tool("--wheel", rows, "--rows", rows), 2, f"{rows}: File is not a zip file{hint}")
        result = self.run_tool("--wheel", self.wheel, "--rows", rows, "--output", missing / "new.jsonl")
        self.assert_fails(result, 2, f"{missing}/new.jsonl: No such file or directory")
        self.assert_fails(
            self.run_tool("--rows", self.wheel), 2, f"{self.wheel}: 2 files in it; one file of JSON lines"
        )

    def test_wrong_usage(self):
        self.assert_fails(self.run_tool(), 1, "one of the arguments --rows --grid is required\nhint: see --help")
        result = self.run_tool("--rows", "a", "--grid")
        self.assert_fails(result, 1, "argument --grid: not allowed with argument --rows\nhint: see --help")


if __name__ == "__main__":
    unittest.main()
