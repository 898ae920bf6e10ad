"""What the tests of this folder share: commands, .npy files, the emulated boards.

Limits: only the standard library, since the Python of the tests may have nothing else.
"""

import ast
import os
import random
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
MODELS = REPOSITORY / "tests/data/models"
TOOLCHAIN = REPOSITORY / "cmake/toolchains/arm-none-eabi.cmake"
BOARDS = {"cortex-m55": "mps3-an547", "cortex-m4": "mps2-an386", "cortex-m0": "mps2-an385"}
# The flags of src/targets/cpus.def.
CPU_FLAGS = {
    "cortex-m55": ["-mcpu=cortex-m55", "-mthumb", "-mfloat-abi=hard"],
    "cortex-m4": ["-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"],
    "cortex-m0": ["-mcpu=cortex-m0", "-mthumb", "-mfloat-abi=soft"],
}


class CommandFailed(AssertionError):
    pass


def run(command, cwd=None, timeout=600, environment=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=timeout,
        env={**os.environ, **(environment or {})},
    )


def run_ok(command, cwd=None, timeout=600, environment=None) -> str:
    """Standard output of a command that must succeed."""
    result = run(command, cwd, timeout, environment)
    if result.returncode != 0:
        text = (result.stdout[-6000:] + result.stderr[-6000:]).strip()
        raise CommandFailed(f"{' '.join(str(word) for word in command)}\nexit code {result.returncode}\n{text}")
    return result.stdout


def temporary_folder(test, prefix: str) -> Path:
    """Removed when the test, or the class of tests, ends."""
    folder = tempfile.TemporaryDirectory(prefix=f"pudu {prefix} ")
    (test.addClassCleanup if isinstance(test, type) else test.addCleanup)(folder.cleanup)
    return Path(folder.name).resolve()


def write_npy(path: Path, shape: tuple, codes: bytes) -> None:
    """An array of int8."""
    header = f"{{'descr': '|i1', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + codes)


def read_npy(path: Path) -> bytes:
    """The content of an array of int8."""
    data = path.read_bytes()
    (length,) = struct.unpack_from("<H", data, 8)
    header = ast.literal_eval(data[10 : 10 + length].decode())
    if header["descr"] not in ("|i1", "i1", "<i1"):
        raise AssertionError(f"{path}: {header}")
    return data[10 + length :]


def random_samples(shape: list, count: int = 3) -> bytes:
    size = count
    for extent in shape:
        size *= extent
    return random.Random(7).randbytes(size)


def simulate(pudu: Path, folder: Path, shape: list, samples: bytes) -> bytes:
    """The codes that the host simulator computes."""
    with tempfile.TemporaryDirectory() as work:
        source, result = Path(work) / "in.npy", Path(work) / "out.npy"
        size = 1
        for extent in shape:
            size *= extent
        write_npy(source, (len(samples) // size, *shape), samples)
        run_ok([pudu, "run", folder, "--input", source, "--output", result, "--raw", "--quiet"])
        return read_npy(result)


def emulate(firmware: Path, cpu: str, folder: Path, samples: bytes) -> bytes:
    """What an image of tests/package/board writes for the samples, on the emulated board of that CPU."""
    (folder / "input.bin").write_bytes(samples)
    (folder / "output.bin").unlink(missing_ok=True)
    command = ["qemu-system-arm", "-machine", BOARDS[cpu], "-nodefaults", "-display", "none", "-monitor", "none"]
    command += ["-serial", "none", "-nic", "none", "-semihosting-config", "enable=on,target=native"]
    run_ok([*command, "-kernel", firmware], cwd=folder, timeout=120)
    return (folder / "output.bin").read_bytes()


def launcher() -> list:
    """CMake's options for a compiler cache where there is one."""
    cache = shutil.which("ccache")
    return [f"-DCMAKE_{language}_COMPILER_LAUNCHER={cache}" for language in ("C", "CXX")] if cache else []
