"""The source tree keeps its rules, and the two checkers find what they are for: each planted violation is reported."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import layering  # noqa: E402
import tree_rules  # noqa: E402

REPOSITORY = Path(__file__).resolve().parents[2]


class PlantedTree(unittest.TestCase):
    """A temporary repository; `plant` writes one file of it."""

    def setUp(self):
        self._folder = tempfile.TemporaryDirectory(prefix="pudu layering ")
        self.addCleanup(self._folder.cleanup)
        self.root = Path(self._folder.name)
        (self.root / "src").mkdir()

    def plant(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


class Layering(PlantedTree):
    def assert_only_violation(self, *fragments: str) -> None:
        violations = layering.check(self.root)
        self.assertEqual(len(violations), 1, violations)
        for fragment in fragments:
            self.assertIn(fragment, violations[0])

    def test_the_repository_keeps_the_table(self):
        self.assertEqual(layering.check(REPOSITORY), [])

    def test_the_table_has_no_cycle(self):
        order = list(layering.ALLOWED)
        for folder, allowed in layering.ALLOWED.items():
            for other in allowed:
                self.assertLess(order.index(other), order.index(folder), f"{folder} may include {other}")

    def test_left_including_right_is_found(self):
        self.plant("src/driver/compile.hpp", "")
        self.plant("src/ir/graph.hpp", '#pragma once\n\n#include "driver/compile.hpp"\n')
        self.assert_only_violation("src/ir/graph.hpp:3", "ir includes driver", "may include: base")

    def test_siblings_are_independent(self):
        self.plant("src/passes/pipeline.hpp", "")
        self.plant("src/quantizer/ranges.cpp", '#include "passes/pipeline.hpp"\n')
        self.assert_only_violation("src/quantizer/ranges.cpp:1", "quantizer includes passes")

    def test_emitters_and_simulator_see_the_plan_and_the_planner_nothing(self):
        self.plant("src/planner/plan.hpp", "")
        self.plant("src/emitters/cpp/model.cpp", '#include "planner/plan.hpp"\n')
        self.plant("src/simulator/run.cpp", '#include "planner/plan.hpp"\n')
        self.plant("src/program/program.hpp", "")
        self.plant("src/planner/plan.cpp", '#  include "program/program.hpp"\n')
        self.assert_only_violation("src/planner/plan.cpp:1", "planner includes program")

    def test_one_emitter_does_not_include_another(self):
        self.plant("src/emitters/report/html.hpp", "")
        self.plant("src/emitters/cpp/model.cpp", '#include "emitters/report/html.hpp"\n')
        self.assert_only_violation("emitters/cpp includes emitters/report")

    def test_readers_share_the_archive_reader_and_nothing_else(self):
        self.plant("src/frontends/zip/archive.hpp", "")
        self.plant("src/frontends/pt2/reader.hpp", '#include "frontends/zip/archive.hpp"\n')
        self.assertEqual(layering.check(self.root), [])
        self.plant("src/frontends/zip/archive.cpp", '#include "frontends/pt2/reader.hpp"\n')
        self.assert_only_violation("frontends/zip includes frontends/pt2")

    def test_device_code_includes_nothing_of_the_host(self):
        self.plant("src/base/result.hpp", "")
        self.plant("src/kernels/add/add_s8.cpp", '#include "base/result.hpp"\n')
        self.assert_only_violation("kernels includes base", "may include: numerics")

    def test_device_code_uses_no_hosted_header(self):
        self.plant("src/kernels/add/add_s8.cpp", "#include <cstdint>\n#include <vector>\n")
        self.plant("src/kernels/add/add_s8_test.cpp", "#include <vector>\n")
        self.assert_only_violation("add_s8.cpp:2", "<vector> in freestanding code")

    def test_what_prepares_operands_runs_in_the_compiler_only(self):
        self.plant("src/kernels/add/prepare.hpp", "#include <vector>\n")
        self.plant("src/kernels/add/add_s8_test.cpp", '#include "kernels/add/prepare.hpp"\n')
        self.plant("src/kernels/mul/prepare.hpp", '#include "kernels/add/prepare.hpp"\n')
        self.assertEqual(layering.check(self.root), [])
        self.plant("src/kernels/add/add_s8.cpp", '#include "kernels/add/prepare.hpp"\n')
        self.assert_only_violation("add_s8.cpp:1", "prepare.hpp runs in the compiler")

    def test_relative_include_is_found(self):
        self.plant("src/ir/graph.hpp", "")
        self.plant("src/ir/graph.cpp", '#include "graph.hpp"\n')
        self.assert_only_violation('"graph.hpp" is no file of src/')

    def test_new_folder_needs_a_row(self):
        self.plant("src/magic/spell.hpp", "")
        self.assert_only_violation("src/magic: a folder without a row")

    def test_a_library_in_a_library_declares_test_dependencies_too(self):
        self.plant("src/frontends/numpy/npz.hpp", "")
        self.plant("src/frontends/pt2/reader_test.cpp", '#include "frontends/numpy/npz.hpp"\n')
        self.assert_only_violation("frontends/pt2 includes frontends/numpy")
        self.plant("src/frontends/pt2/CMakeLists.txt", "pudu_library(pt2 DEPENDS pudu_zip\n  TEST_DEPENDS pudu_numpy)\n")
        self.assertEqual(layering.check(self.root), [])

    def test_only_tests_use_declared_test_dependencies(self):
        self.plant("src/passes/pipeline.hpp", "")
        self.plant("src/quantizer/CMakeLists.txt", "pudu_library(quantizer DEPENDS pudu_ops TEST_DEPENDS pudu_passes)\n")
        self.plant("src/quantizer/ranges_test.cpp", '#include "passes/pipeline.hpp"\n')
        self.assertEqual(layering.check(self.root), [])
        self.plant("src/quantizer/ranges.cpp", '#include "passes/pipeline.hpp"\n')
        self.assert_only_violation("src/quantizer/ranges.cpp:1")


class TreeRules(PlantedTree):
    def test_the_repository_keeps_the_rules(self):
        self.assertEqual(tree_rules.check(REPOSITORY), [])

    def test_long_source_file_is_found(self):
        self.plant("src/a.cpp", "\n" * tree_rules.MAX_SOURCE_LINES)
        self.assertEqual(tree_rules.check(self.root), [])
        self.plant("src/a.cpp", "\n" * (tree_rules.MAX_SOURCE_LINES + 1))
        self.assertEqual(len(tree_rules.check(self.root)), 1)

    def test_machine_paths_are_found(self):
        for name in ("work", "root", "home", "tmp", "Users"):
            for text in (f"see /{name}/x.txt", f"--out=/{name}/y"):
                with self.subTest(text=text):
                    self.plant("notes.md", f"first line\n{text}\n")
                    violations = tree_rules.check(self.root)
                    self.assertEqual(len(violations), 1, violations)
                    self.assertIn("notes.md:2: machine path", violations[0])

    def test_other_paths_are_not(self):
        self.plant("notes.md", "src/work/a build/tmp/b https://example.org/home/c ${DIR}/tmp/d /homework ../root/e '/tmp'\n")
        self.assertEqual(tree_rules.check(self.root), [])

    def test_unfinished_work_is_found(self):
        self.plant("src/a.cpp", "// " + "TO" + "DO: later\n")
        self.assertEqual(len(tree_rules.check(self.root)), 1)

    def test_binary_files_are_skipped(self):
        (self.root / "weights.bin").write_bytes(b"\0/" + b"home/x")
        self.assertEqual(tree_rules.check(self.root), [])


if __name__ == "__main__":
    unittest.main()
