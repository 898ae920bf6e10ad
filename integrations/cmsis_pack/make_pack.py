#!/usr/bin/env python3
"""Makes the CMSIS-Pack of the kernels: Pudu.Kernels.VERSION.pack, and its description Pudu.Kernels.pdsc beside it.

Why a pack: Keil's and IAR's tools, CMSIS-Toolbox and several vendors' IDEs take components as packs. It holds the kernels as
sources; the description is made of Pudu.Kernels.pdsc.in with the list of sources, the cores and the versions of this tree. The same
tree gives the same bytes.

usage: make_pack.py [--output FOLDER]
Exit codes: 0 made; 1 the folder cannot be written, or the tree is not Pudu's.
"""

import argparse
import re
import sys
import zipfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = Path(__file__).resolve().parent / "Pudu.Kernels.pdsc.in"
NAME = "Pudu.Kernels"
# Earlier than which no zip file can be.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def number(file: str, pattern: str) -> str:
    """The group of `pattern` in a file of the tree."""
    match = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"))
    if not match:
        raise ValueError(f"{file}: nothing of the form {pattern}")
    return match[1]


def version() -> str:
    return number("CMakeLists.txt", r"project\(pudu VERSION ([\d.]+)")


def cores() -> list:
    """The cores of src/targets/cpus.def, as CMSIS writes them: cortex-m0plus is Cortex-M0+."""
    names = re.findall(r'^PUDU_CPU\(\w+, "cortex-(m\w+)"', (ROOT / "src/targets/cpus.def").read_text(encoding="utf-8"), re.M)
    return [f"Cortex-{name.upper().replace('PLUS', '+')}" for name in names]


def kernel_files() -> list:
    """Headers and sources that run on a device."""
    files = []
    for folder in ("kernels", "numerics"):
        for path in (ROOT / "src" / folder).rglob("*"):
            is_ours = path.suffix in (".hpp", ".cpp") and path.name != "prepare.hpp"
            if is_ours and "testing" not in path.parts and not path.stem.endswith("_test"):
                files.append(path.relative_to(ROOT).as_posix())
    return sorted(files)


def description() -> str:
    sources = [file for file in kernel_files() if file.endswith(".cpp")]
    text = TEMPLATE.read_text(encoding="utf-8")
    text = text.replace("@VERSION@", version())
    text = text.replace("@ABI@", number("src/kernels/build_check.hpp", r"abi_version = (\d+);"))
    text = text.replace("@CORES@", "\n".join(f"      <accept Dcore={quoteattr(core)}/>" for core in cores()))
    lines = (f'        <file category="sourceCpp" name={quoteattr(source)}/>' for source in sources)
    return text.replace("@SOURCES@", "\n".join(lines))


def make(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pdsc = description()
    (folder / f"{NAME}.pdsc").write_text(pdsc, encoding="utf-8")
    pack = folder / f"{NAME}.{version()}.pack"
    with zipfile.ZipFile(pack, "w", zipfile.ZIP_DEFLATED) as archive:
        contents = {f"{NAME}.pdsc": pdsc.encode()}
        for file in [*kernel_files(), "LICENSE", "docs/kernels.md"]:
            contents[file] = (ROOT / file).read_bytes()
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name, TIMESTAMP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, contents[name])
    return pack


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "cmsis_pack", help="the folder to write")
    arguments = parser.parse_args()
    try:
        print(make(arguments.output))
    except (OSError, ValueError) as error:
        print(f"make_pack: error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
