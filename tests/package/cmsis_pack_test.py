"""The CMSIS-Pack of the kernels: complete, of the form that the schema asks for, the same bytes each time; and what its component
adds to a project compiles, links with a model and computes the simulator's bytes.

usage: cmsis_pack_test.py PUDU
"""

import json
import re
import shutil
import sys
import unittest
import xml.etree.ElementTree as xml
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from package_support import (
    CPU_FLAGS, MODELS, REPOSITORY, emulate, random_samples, run, run_ok, simulate, temporary_folder,
)  # fmt: skip

PUDU = ""
HERE = Path(__file__).resolve().parent
MAKE_PACK = REPOSITORY / "integrations/cmsis_pack/make_pack.py"
# Children of <package> in the order of PACK.xsd, as far as they are used here; the first ones are required.
REQUIRED = ["vendor", "name", "description", "url", "releases"]
ORDER = ["vendor", "name", "description", "url", "license", "licenseSets", "releases", "keywords", "conditions", "components"]


def make(folder: Path) -> Path:
    return Path(run_ok([sys.executable, MAKE_PACK, "--output", folder]).strip())


class CmsisPack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = temporary_folder(cls, "pack")
        cls.pack = make(cls.folder)
        cls.root = cls.folder / "unpacked"
        with zipfile.ZipFile(cls.pack) as archive:
            archive.extractall(cls.root)
        cls.package = xml.parse(cls.root / "Pudu.Kernels.pdsc").getroot()

    def files(self) -> list:
        return self.package.findall("components/component/files/file")

    def test_the_description_has_what_the_schema_asks_for(self):
        self.assertEqual(self.package.tag, "package")
        # The first whose PACK.xsd has the attribute `overview` of a package's description.
        self.assertRegex(self.package.get("schemaVersion"), r"^1\.7\.(3[6-9]|[4-9]\d)$")
        children = [child.tag for child in self.package]
        self.assertEqual(children, [tag for tag in ORDER if tag in children])
        for tag in REQUIRED:
            self.assertIn(tag, children)
        version = self.package.find("releases/release").get("version")
        self.assertRegex(version, r"^\d+\.\d+\.\d+$")
        self.assertEqual(run_ok([PUDU, "--version"]), f"pudu {version}\n")
        self.assertEqual(self.pack.name, f"Pudu.Kernels.{version}.pack")
        component = self.package.find("components/component")
        for attribute in ("Cclass", "Cgroup", "Csub", "Cversion", "condition"):
            self.assertTrue(component.get(attribute), attribute)
        conditions = {condition.get("id"): condition for condition in self.package.findall("conditions/condition")}
        self.assertIn(component.get("condition"), conditions)
        for required in self.package.findall("conditions/condition/require"):
            self.assertIn(required.get("condition"), conditions)

    def test_the_cores_are_those_of_the_compiler(self):
        accepted = [accept.get("Dcore") for accept in self.package.findall("conditions/condition/accept") if accept.get("Dcore")]
        targets = json.loads(run_ok([PUDU, "targets", "--json"]))
        names = re.findall(r'"(cortex-m\w+)"', json.dumps(targets))
        self.assertEqual(len(accepted), len(set(names)))
        for core in accepted:
            self.assertIn(core.lower().replace("+", "plus"), names)

    def test_every_file_is_there_and_every_source_is_named(self):
        for file in self.files():
            self.assertTrue((self.root / file.get("name")).exists(), file.get("name"))
        named = sorted(file.get("name") for file in self.files() if file.get("category") == "sourceCpp")
        there = sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.cpp"))
        self.assertEqual(named, there)
        self.assertEqual([name for name in there if "_test" in name or "testing" in name], [])
        license_file = self.package.find("license").text
        self.assertEqual((self.root / license_file).read_bytes(), (REPOSITORY / "LICENSE").read_bytes())

    def test_the_same_tree_gives_the_same_bytes(self):
        again = make(temporary_folder(self, "again"))
        self.assertEqual(again.read_bytes(), self.pack.read_bytes())

    def test_a_folder_that_cannot_be_made_is_an_error(self):
        result = run([sys.executable, MAKE_PACK, "--output", self.pack / "below a file"])
        self.assertEqual(result.returncode, 1)
        self.assertIn("make_pack: error:", result.stderr)

    def test_a_project_with_the_component_runs(self):
        cpu = "cortex-m4"
        work = temporary_folder(self, "project")
        run_ok([PUDU, "compile", MODELS / "digits_cnn.pt2", "--calibration", MODELS / "digits_calib.npy", "--target", cpu,
                "-o", work / "out", "--quiet"])  # fmt: skip
        (work / "net").mkdir()
        for name in ("model.hpp", "model.cpp"):
            shutil.copy(work / "out" / name, work / "net" / name)
        include = self.root / next(file.get("name") for file in self.files() if file.get("category") == "include")
        sources = [self.root / file.get("name") for file in self.files() if file.get("category") == "sourceCpp"]
        boards = REPOSITORY / "boards"
        sources += [work / "net/model.cpp", HERE / "consumer/main.cpp", HERE / "board/device_files.cpp"]
        folders = [include, work, HERE / "consumer", boards / "common"]
        flags = [*CPU_FLAGS[cpu], "-std=c++17", "-O2", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics",
                 "-ffunction-sections", "-DMODEL_NAMESPACE=digits_cnn"]  # fmt: skip
        cache = [shutil.which("ccache")] if shutil.which("ccache") else []

        def compile_source(numbered) -> Path:
            number, source = numbered
            target = work / f"{number}.o"
            harness = [f"-I{REPOSITORY / 'src'}"] if source.name == "startup.cpp" else []
            run_ok([*cache, "arm-none-eabi-g++", *flags, *(f"-I{folder}" for folder in folders), *harness, "-c", source, "-o",
                    target])  # fmt: skip
            return target

        with ThreadPoolExecutor(2) as pool:
            objects = list(pool.map(compile_source, enumerate([*sources, boards / "common/startup.cpp"])))
        run_ok(["arm-none-eabi-g++", *CPU_FLAGS[cpu], "-nostdlib", "-Wl,--gc-sections", f"-L{boards / 'common'}",
                f"-T{boards / 'mps2-an386/ssram.ld'}", *objects, "-Wl,--start-group", "-lc", "-lm", "-lgcc", "-Wl,--end-group",
                "-o", work / "firmware.elf"])  # fmt: skip
        report = json.loads((work / "out/report.json").read_text(encoding="utf-8"))
        shape = next(port["shape"] for port in report["io"] if port["direction"] == "input")
        samples = random_samples(shape)
        self.assertEqual(emulate(work / "firmware.elf", cpu, work, samples), simulate(PUDU, work / "out", shape, samples))


if __name__ == "__main__":
    PUDU = Path(sys.argv.pop(1)).resolve()
    unittest.main()
