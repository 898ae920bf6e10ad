"""The judgements of bench/run on small made-up figures, its tables, and that expected.json and the documents are whole."""

import contextlib
import copy
import importlib.machinery
import importlib.util
import io
import json
import math
import struct
import sys
import tempfile
import unittest
import unittest.mock
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import measure  # noqa: E402
import npy  # noqa: E402
import regression  # noqa: E402
import suite  # noqa: E402
import tables  # noqa: E402
from regression import Verdict  # noqa: E402

HERE = Path(__file__).resolve().parent


def load(name: str) -> dict:
    return json.loads((HERE / name).read_text(encoding="utf-8"))


def figures(instructions: int = 1000, arena_bytes: int = 500, code_bytes: int = 100) -> dict:
    return {"isa": "dsp", "arena_bytes": arena_bytes, "lower_bound_bytes": 400, "instructions": instructions,
            "code_bytes": code_bytes, "constants_bytes": 50, "stack_bytes": 30}


def results(**targets: dict) -> dict:
    """One network, `net`, and one .tflite file, `lite`, on the given CPUs ("m4" for cortex-m4)."""
    network = {
        "macs": 200, "parameters": 70, "weights_bytes": 60, "calibration_samples": 4,
        "compile": {"wall_seconds": 0.25, "cpu_seconds": 0.5, "peak_bytes": 10 * tables.MIB, "stages": {"read": 0.125}},
        "quality": {"samples": 8, "sqnr_db": 31.5, "correct": 7, "float_correct": 8},
        "targets": {f"cortex-{cpu}": target for cpu, target in targets.items()},
    }
    lite = {"macs": 200, "weights_bytes": 60, "targets": {}}
    return {"toolchain": "g++ 12", "networks": {"net": network}, "tflite": {"lite": lite}}


def lite_results(**targets: dict) -> dict:
    """The same with figures of the .tflite file only."""
    measured = results()
    measured["tflite"]["lite"]["targets"] = {f"cortex-{cpu}": target for cpu, target in targets.items()}
    return measured


BASELINES = {
    "source": "somewhere",
    "networks": {"net": {"cpu_seconds": 5.0, "peak_mib": 400, "planned_bytes": {"cortex-m55": 600},
                         "pte_bytes": {"cortex-m55": 90}, "instructions": {"cortex-m55": 500},
                         "runtime_bytes": {"cortex-m55": 3000}, "sqnr_db": 30.0, "correct": 6}},
    "tflm": {"networks": {"lite": {"tflite_bytes": 1000, "instructions": {"cortex-m55": 2000},
                                   "arena_bytes": {"cortex-m55": 900}, "flash_bytes": {"cortex-m55": 300}}}},
}


def cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]


class Regression(unittest.TestCase):
    def verdicts(self, measured: dict, expected: dict) -> list[tuple[str, Verdict]]:
        return [(finding.figure, finding.verdict) for finding in regression.compare(measured, expected)]

    def test_equal_figures_and_those_within_two_percent_pass(self):
        expected = results(m4=figures())
        self.assertEqual(self.verdicts(expected, expected), [])
        self.assertEqual(self.verdicts(results(m4=figures(1020, 510, 102)), expected), [])
        self.assertEqual(self.verdicts(results(m4=figures(980, 490, 98)), expected), [])

    def test_more_than_two_percent_more_regresses_each_figure(self):
        expected = results(m4=figures())
        for worse, figure in ((figures(instructions=1021), "instructions"), (figures(arena_bytes=511), "arena_bytes"),
                              (figures(code_bytes=103), "code_bytes")):
            with self.subTest(figure=figure):
                self.assertEqual(self.verdicts(results(m4=worse), expected), [(figure, Verdict.REGRESSED)])

    def test_more_than_two_percent_less_improves(self):
        finding, = regression.compare(results(m4=figures(instructions=900)), results(m4=figures()))
        self.assertIs(finding.verdict, Verdict.IMPROVED)
        self.assertEqual(str(finding), "net on cortex-m4: instructions improved: 900 instead of 1,000 (-10.0 %)")
        self.assertNotIn(finding.verdict, regression.FAILURES)

    def test_tflite_files_are_compared_with_their_own_figures(self):
        expected = lite_results(m4=figures())
        self.assertEqual(self.verdicts(expected, expected), [])
        finding, = regression.compare(lite_results(m4=figures(instructions=1100)), expected)
        self.assertEqual((finding.network, finding.verdict), ("lite", Verdict.REGRESSED))
        self.assertEqual(self.verdicts(expected, results(m4=figures())), [("", Verdict.UNEXPECTED)])

    def test_a_figure_that_was_zero_and_grows_regresses(self):
        finding, = regression.compare(results(m4=figures(arena_bytes=1)), results(m4=figures(arena_bytes=0)))
        self.assertIs(finding.verdict, Verdict.REGRESSED)
        self.assertIn("1 instead of 0", str(finding))

    def test_an_unknown_target_or_network_fails_and_one_not_measured_does_not(self):
        finding, = regression.compare(results(m4=figures(), m0=figures()), results(m4=figures()))
        self.assertEqual((finding.verdict, finding.cpu), (Verdict.UNEXPECTED, "cortex-m0"))
        self.assertIn(finding.verdict, regression.FAILURES)
        self.assertIn("net on cortex-m0: not in expected.json", str(finding))
        self.assertEqual(self.verdicts(results(m4=figures()), {"toolchain": "g++ 12", "networks": {}}),
                         [("", Verdict.UNEXPECTED)])
        self.assertEqual(self.verdicts(results(m4=figures()), results(m4=figures(), m0=figures())), [])

    def test_another_cross_compiler_excuses_code_and_instructions_and_not_the_arena(self):
        measured = results(m4=figures(2000, 1000, 200))
        measured["toolchain"] = "g++ 13"
        self.assertEqual(self.verdicts(measured, results(m4=figures())),
                         [("instructions", Verdict.OTHER_COMPILER), ("arena_bytes", Verdict.REGRESSED),
                          ("code_bytes", Verdict.OTHER_COMPILER)])

    def test_limits_of_the_largest_network(self):
        measured = {"networks": {"mv2_96": copy.deepcopy(results()["networks"]["net"])}}
        took = measured["networks"]["mv2_96"]["compile"]
        took.update(wall_seconds=2.99, peak_bytes=399_999_999)
        self.assertEqual(regression.exceeded_limits(measured), [])
        took.update(wall_seconds=3.0)
        line, = regression.exceeded_limits(measured)
        self.assertIn("3.00 s of wall time", line)
        took.update(wall_seconds=1.0, peak_bytes=400_000_000)
        line, = regression.exceeded_limits(measured)
        self.assertIn("400 MB", line)


class Run(unittest.TestCase):
    """bench/run itself, with made-up measurements: what `make bench` ends with."""

    def exit_code(self, measured: dict, *options: str) -> tuple[int, str]:
        with tempfile.TemporaryDirectory() as folder:
            expected = Path(folder) / "expected.json"
            expected.write_text(json.dumps(results(m4=figures())), encoding="utf-8")
            loader = importlib.machinery.SourceFileLoader("bench_run", str(HERE / "run"))
            run = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
            loader.exec_module(run)
            run.EXPECTED = expected
            run.run_suite = lambda arguments: measured
            output = io.StringIO()
            arguments = ["bench/run", folder, "--output", folder, *options]
            with unittest.mock.patch.object(sys, "argv", arguments), contextlib.redirect_stdout(output):
                return run.main(), output.getvalue()

    def test_fails_on_more_than_two_percent_and_passes_below(self):
        self.assertEqual(self.exit_code(results(m4=figures()))[0], 0)
        self.assertEqual(self.exit_code(results(m4=figures(1020, 510, 102)))[0], 0)
        for worse in (figures(instructions=1021), figures(arena_bytes=511), figures(code_bytes=103)):
            code, output = self.exit_code(results(m4=worse))
            self.assertEqual(code, 1)
            self.assertIn("net on cortex-m4", output)
            self.assertIn("regressed", output)
        code, output = self.exit_code(results(m4=figures(instructions=900)))
        self.assertEqual(code, 0)
        self.assertIn("--bless keeps it", output)


class Tables(unittest.TestCase):
    def test_a_table_is_aligned(self):
        self.assertEqual(tables.table(["name", "CPU", "B"], [["a", "m4", "1,000"], ["longer", "m55", "7"]]),
                         "| name   | CPU |     B |\n"
                         "| ------ | --- | ----: |\n"
                         "| a      | m4  | 1,000 |\n"
                         "| longer | m55 |     7 |\n")

    def test_target_table_puts_the_baseline_beside_and_a_dash_where_there_is_none(self):
        _, _, m4, m55 = cells(tables.target_table(results(m4=figures(), m55=figures()), BASELINES))
        self.assertEqual(m4, ["net", "cortex-m4", "1,000", "5.00", "-", "-", "100", "-", "150", "-"])
        self.assertEqual(m55, ["net", "cortex-m55", "1,000", "5.00", "500", "2.00", "100", "3,000", "150", "3,090"])

    def test_other_tables(self):
        measured = results(m4=figures(), m55=figures())
        self.assertEqual(cells(tables.compile_table(measured, BASELINES))[2],
                         ["net", "70", "0.25", "0.50", "5.0", "10", "400"])
        self.assertEqual(cells(tables.stages_table(measured)), [["stage of net", "s"], ["-" * 12, "----:"], ["read", "0.125"]])
        network = next(iter(measured["networks"].values()))
        network["compile"]["stages"] = {"read": 0.125, "fold_affine": 0.0003, "plan": 0.0001, "emit": 0.0005}
        self.assertEqual(cells(tables.stages_table(measured))[2:],
                         [["read", "0.125"], ["emit", "0.001"], ["2 others", "0.000"]])
        self.assertEqual(cells(tables.memory_table(measured, BASELINES))[3],
                         ["net", "cortex-m55", "500", "400", "600", "30", "60", "90"])
        self.assertEqual(cells(tables.quality_table(measured, BASELINES))[2],
                         ["net", "4", "8", "31.5", "30.0", "100.00 %", "87.50 %", "75.00 %"])
        self.assertEqual(cells(tables.tflm_table(lite_results(m7=figures(), m55=figures()), BASELINES))[2:],
                         [["lite", "cortex-m7", "1,000", "5.00", "-", "-", "500", "-", "100", "-", "150", "-"],
                          ["lite", "cortex-m55", "1,000", "5.00", "2,000", "0.50", "500", "900", "100", "300", "150",
                           "1,300"]])
        self.assertEqual(cells(tables.summary_table(measured, BASELINES))[2:],
                         [["net", "0.50 / 5.0", "10 / 400", "500 / 600", "150 / 3,090", "1,000 / 500", "31.5 / 30.0"]])

    def test_a_network_without_baselines_or_labels_has_dashes(self):
        measured = results(m4=figures())
        del measured["networks"]["net"]["quality"]["correct"], measured["networks"]["net"]["quality"]["float_correct"]
        bare = {"source": "", "networks": {}, "tflm": {"networks": {}}}
        self.assertEqual(cells(tables.quality_table(measured, bare))[2][4:], ["-"] * 4)
        self.assertEqual(cells(tables.summary_table(measured, bare))[2:], [])

    def test_the_document_says_what_is_counted(self):
        self.assertIn("instructions, not cycles", tables.document(results(m4=figures()), BASELINES))

    def test_blocks_of_documents_are_filled(self):
        text = "before\n<!-- bench:one -->\nold\n<!-- /bench:one -->\nbetween\n<!-- bench:two -->\n<!-- /bench:two -->\n"
        filled = tables.rewrite_blocks(text, {"one": "1\n", "two": "2\n"})
        self.assertEqual(filled, "before\n<!-- bench:one -->\n1\n<!-- /bench:one -->\nbetween\n<!-- bench:two -->\n2\n"
                                 "<!-- /bench:two -->\n")
        self.assertEqual(tables.rewrite_blocks(filled, {"one": "1\n", "two": "2\n"}), filled)
        self.assertEqual(tables.block_names(text), ["one", "two"])
        with self.assertRaises(KeyError):
            tables.rewrite_blocks(text, {"one": "1\n"})


class Npy(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = Path(folder.name) / "a.npy"

    def write(self, descr: str, shape: tuple, payload: bytes, magic: bytes = b"\x93NUMPY") -> Path:
        header = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
        self.file.write_bytes(magic + b"\x01\x00" + len(header).to_bytes(2, "little") + header + payload)
        return self.file

    def test_reads_the_types_that_networks_use(self):
        read = npy.read(self.write("<f4", (2, 1), struct.pack("<2f", 1.5, -2)))
        self.assertEqual((read.shape, list(read.values)), ((2, 1), [1.5, -2.0]))
        self.assertEqual(list(npy.read(self.write("<i8", (1,), struct.pack("<q", -(2**40)))).values), [-(2**40)])
        self.assertEqual(list(npy.read(self.write("|i1", (2,), b"\x80\x7f")).values), [-128, 127])

    def test_refuses_others(self):
        with self.assertRaisesRegex(ValueError, "not a .npy file"):
            npy.read(self.write("<f4", (1,), bytes(4), magic=b"\x93NUMPX"))
        with self.assertRaisesRegex(ValueError, "<f8"):
            npy.read(self.write("<f8", (1,), bytes(8)))
        with self.assertRaisesRegex(ValueError, "1 elements; its shape is"):
            npy.read(self.write("<f4", (2,), bytes(4)))

    def test_int8_codes_are_written_as_they_are_read(self):
        npy.write_int8(self.file, (2, 1, 3), bytes([0x80, 0xFF, 0, 1, 2, 0x7F]))
        read = npy.read(self.file)
        self.assertEqual((read.shape, list(read.values)), ((2, 1, 3), [-128, -1, 0, 1, 2, 127]))

    def test_quality(self):
        self.assertAlmostEqual(npy.sqnr_db([3.0, 4.0], [3.0, 4.5]), 20.0)
        self.assertEqual(npy.sqnr_db([3.0], [3.0]), math.inf)
        with self.assertRaises(ValueError):
            npy.sqnr_db([1.0], [1.0, 2.0])
        scores = npy.Array((3, 2), [0.0, 1.0, 5.0, 5.0, 2.0, 1.0])
        self.assertEqual(npy.count_correct(scores, npy.Array((3,), [1, 0, 1])), 2)


class Processes(unittest.TestCase):
    def test_output_time_and_memory_are_measured(self):
        code = "data = b'x' * 64_000_000; print(len(data))"
        output, usage = measure.run_process([sys.executable, "-c", code])
        self.assertEqual(output, "64000000\n")
        self.assertGreater(usage.wall_seconds, 0)
        self.assertGreater(usage.cpu_seconds, 0)
        self.assertGreaterEqual(usage.peak_bytes, 64_000_000)
        self.assertLess(usage.peak_bytes, 256_000_000)

    def test_a_failing_command_is_named_with_its_message(self):
        with self.assertRaisesRegex(measure.BenchError, "(?s)exit code 3.*what went wrong"):
            measure.run_process([sys.executable, "-c", "import sys; print('what went wrong', file=sys.stderr); sys.exit(3)"])


class Committed(unittest.TestCase):
    def test_expected_covers_every_network_and_cpu(self):
        expected = load("expected.json")["networks"]
        wanted = {network.name: list(network.cpus) for network in suite.networks(Path("generated"))}
        self.assertEqual({name: list(network["targets"]) for name, network in expected.items()}, wanted)
        self.assertEqual(set(regression.MAX_WALL_SECONDS) | set(regression.MAX_PEAK_BYTES), {"mv2_96"})
        tflite = load("expected.json")["tflite"]
        wanted = {network.name: list(network.cpus) for network in suite.tflite_networks()}
        self.assertEqual({name: list(network["targets"]) for name, network in tflite.items()}, wanted)
        networks = [*expected.values(), *tflite.values()]
        for target in (target for network in networks for target in network["targets"].values()):
            for figure in regression.FIGURES:
                self.assertGreater(target[figure], 0)

    def test_arenas_of_tflite_files_are_below_those_of_tflm(self):
        baselines = load("baselines.json")["tflm"]["networks"]
        for name, network in load("expected.json")["tflite"].items():
            for cpu, arena_bytes in baselines[name]["arena_bytes"].items():
                self.assertLess(network["targets"][cpu]["arena_bytes"], arena_bytes, f"{name} on {cpu}")

    def test_expected_keeps_the_limits(self):
        self.assertEqual(regression.exceeded_limits(load("expected.json")), [])

    def test_the_files_of_every_network_are_there(self):
        for network in suite.networks(suite.MODELS):
            files = [network.calibration, network.inputs, network.float_outputs, network.labels]
            # mv2_96.pt2 is generated.
            files += [network.model] if network.name != "mv2_96" else []
            for file in filter(None, files):
                self.assertTrue(file.is_file(), file)
        names = {network.name for network in suite.networks(suite.MODELS)}
        self.assertLessEqual(set(suite.QUICK_NETWORKS), names)
        self.assertLessEqual(set(load("baselines.json")["networks"]), names)

    def test_the_files_of_every_tflite_network_are_there(self):
        for network in suite.tflite_networks():
            for file in (network.model, *network.inputs, *network.outputs):
                self.assertTrue(file.is_file(), file)
            self.assertEqual(load("baselines.json")["tflm"]["networks"][network.name]["tflite_bytes"],
                             network.model.stat().st_size)
        names = {network.name for network in suite.tflite_networks()}
        self.assertEqual(set(load("baselines.json")["tflm"]["networks"]), names)
        self.assertLessEqual(set(suite.QUICK_TFLITE_NETWORKS), names)

    def test_baselines_of_quality_are_those_of_the_committed_outputs(self):
        networks = {network.name: network for network in suite.networks(suite.MODELS)}
        for name, baseline in load("baselines.json")["networks"].items():
            if "sqnr_db" not in baseline:
                continue
            network = networks[name]
            suffix = "test_etout_calib64" if network.labels else "etout0"
            theirs = npy.read(suite.MODELS / f"{name}.{suffix}.npy")
            sqnr = npy.sqnr_db(npy.read(network.float_outputs).values, theirs.values)
            self.assertAlmostEqual(baseline["sqnr_db"], sqnr, delta=0.051, msg=name)
            if network.labels:
                self.assertEqual(baseline["correct"], npy.count_correct(theirs, npy.read(network.labels)), name)

    def test_the_tables_of_the_documents_are_those_of_expected(self):
        blocks = tables.blocks(load("expected.json"), load("baselines.json"))
        for file in filter(Path.exists, tables.DOCUMENTS):
            text = file.read_text(encoding="utf-8")
            self.assertEqual(text, tables.rewrite_blocks(text, blocks), f"{file.name}: run bench/run --docs")

    def test_the_document_of_benchmarks_has_every_table(self):
        text = tables.DOCUMENTS[0].read_text(encoding="utf-8")
        every = set(tables.blocks(load("expected.json"), load("baselines.json")))
        self.assertEqual(set(tables.block_names(text)), every - {"summary"})


if __name__ == "__main__":
    unittest.main()
