"""tools/release/sbom.py: every byte that Pudu puts into a firmware or a wheel is named, with its hash.

usage: sbom_test.py PUDU NETWORK.tflite
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
METADATA = "Metadata-Version: 2.1\nName: pudu\nVersion: 1.2.3\n\nText: not a field\n"


def sbom(path):
    return subprocess.run([sys.executable, ROOT / "tools" / "release" / "sbom.py", path], capture_output=True, text=True,
                          check=False)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def hash_of(component):
    return component["hashes"][0]["content"]


class Sbom(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = Path(temporary.name)

    def test_a_compiled_folder(self):
        out = self.folder / "out"
        subprocess.run([PUDU, "compile", NETWORK, "--target", "cortex-m4", "-o", out, "--quiet"], check=True)
        done = sbom(out)
        self.assertEqual(done.returncode, 0, done.stderr)
        document = json.loads(done.stdout)
        self.assertEqual((document["bomFormat"], document["specVersion"]), ("CycloneDX", "1.5"))
        network = document["metadata"]["component"]
        self.assertEqual(network["name"], Path(NETWORK).name)
        self.assertEqual(hash_of(network), sha256((out / "model.hpp").read_bytes() + (out / "model.cpp").read_bytes()))
        (library,) = document["components"]
        self.assertEqual(library["licenses"][0]["license"]["id"], "Apache-2.0")
        named = {file["name"]: hash_of(file) for file in library["components"]}
        files = {path.relative_to(out).as_posix(): sha256(path.read_bytes())
                 for path in (out / "pudu").rglob("*") if path.is_file()}
        self.assertGreater(len(files), 5)
        self.assertEqual(named, files)
        self.assertEqual(sbom(out).stdout, done.stdout)

    def test_a_wheel(self):
        path = self.folder / "pudu-1.2.3-cp311-cp311-linux_x86_64.whl"
        with zipfile.ZipFile(path, "w") as wheel:
            wheel.writestr("pudu-1.2.3.dist-info/METADATA", METADATA)
            wheel.writestr("pudu/_pudu.so", b"extension")
            wheel.writestr("pudu.libs/libnobody-1a2b3c4d.so.5", b"library")
            wheel.writestr("pudu/lib/executorch/libexecutorch.so", b"runtime")
        document = json.loads(sbom(path).stdout)
        subject = document["metadata"]["component"]
        self.assertEqual((subject["name"], subject["version"], hash_of(subject)), ("pudu", "1.2.3", sha256(path.read_bytes())))
        self.assertEqual([(file["name"], hash_of(file)) for file in subject["components"]], [("pudu/_pudu.so", sha256(b"extension"))])
        library, runtime, *compiled_in = document["components"]
        self.assertEqual(runtime["licenses"][0]["license"]["id"], "BSD-3-Clause")
        self.assertIn(runtime["name"], ("executorch", "libexecutorch.so"))
        self.assertEqual(hash_of(runtime), sha256(b"runtime"))
        self.assertEqual([row["name"] for row in compiled_in], ["CLI11", "FlatBuffers", "JSON for Modern C++", "nanobind"])
        for row in compiled_in:
            self.assertEqual(row["description"], "compiled in")
            self.assertEqual("purl" in row, row["version"] != "unknown", row)
            self.assertNotEqual(row["licenses"][0]["license"]["id"], "")
        self.assertEqual((library["name"], library["version"], hash_of(library)), ("libnobody.so.5", "unknown", sha256(b"library")))

    def test_anything_else_is_refused(self):
        (self.folder / "broken.whl").write_bytes(b"PK")
        with zipfile.ZipFile(self.folder / "empty.whl", "w"):
            pass
        for path in (self.folder, self.folder / "missing", self.folder / "broken.whl", self.folder / "empty.whl"):
            done = sbom(path)
            self.assertEqual((done.returncode, done.stdout), (2, ""), path)
            self.assertTrue(done.stderr.startswith("error: "), done.stderr)


if __name__ == "__main__":
    PUDU, NETWORK = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
