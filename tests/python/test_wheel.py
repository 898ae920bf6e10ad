"""Builds the wheel, installs it into an empty virtual environment and runs the tests of this folder there.

The network is not used: build tools, NumPy and pytest come from .venv (tools/setup), whose packages the new environment
sees behind its own; `pudu` is in the wheel alone. Run with .venv/bin/python.

usage: test_wheel.py --work DIR [--wheel FILE] [pytest arguments]
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def build_wheel(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    # In front of the system's, which may be too old: the CMake and Ninja of .venv.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "pip", "wheel", "--no-build-isolation", "--no-deps", "--no-index", "--quiet"]
    # The flags of the ordinary build, whose objects ccache has.
    command += ["--config-settings", "cmake.define.PUDU_WARNINGS_AS_ERRORS=ON"]
    command += ["--disable-pip-version-check", "--wheel-dir", str(folder), str(REPOSITORY)]
    # The compilers by the names that CMake finds them by, for the same reason; Python would say how it was built itself.
    environment = {"CC": "cc", "CXX": "c++", **os.environ, "PATH": path}
    subprocess.run(command, check=True, env=environment, cwd=folder.parent)
    (wheel,) = folder.glob("pudu-*.whl")
    # From 3.12 on one wheel is for every version; before, nanobind needs what the stable ABI did not have.
    this = f"cp{sys.version_info.major}{sys.version_info.minor}"
    tag = "cp312-abi3" if sys.version_info >= (3, 12) else f"{this}-{this}"
    if f"-{tag}-" not in wheel.name:
        sys.exit(f"{wheel.name}: the tag is not {tag}")
    return wheel


def make_environment(folder: Path, wheel: Path) -> Path:
    """An environment with the wheel in it; packages of .venv come behind its own."""
    venv.create(folder, clear=True, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-index", "--no-deps", "--quiet"]
    subprocess.run([*install, "--disable-pip-version-check", str(wheel)], check=True)
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], check=True, capture_output=True, text=True
    )
    (Path(site.stdout.strip()) / "tools_of_the_build.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def check_no_paths(wheel: Path) -> None:
    """No file of the wheel says where it was built: its bytes would depend on that."""
    with zipfile.ZipFile(wheel) as archive:
        found = [name for name in archive.namelist() if f"{REPOSITORY}/".encode() in archive.read(name)]
    if found:
        sys.exit(f"{wheel}: the folder {REPOSITORY} stands in {', '.join(found)}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="a folder for wheel and environment")
    parser.add_argument("--wheel", type=Path, help="this wheel, instead of building one")
    arguments, rest = parser.parse_known_args()
    work = arguments.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    wheel = arguments.wheel or build_wheel(work / "dist")
    check_no_paths(wheel)
    python = make_environment(work / "environment", wheel)
    command = [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(Path(__file__).parent), *rest]
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTHONPATH", None)
    # In a folder of its own, so that nothing of the source tree is importable.
    return subprocess.run(command, env=environment, cwd=work).returncode


if __name__ == "__main__":
    sys.exit(main())
