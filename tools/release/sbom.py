#!/usr/bin/env python3
"""Writes the bill of materials (CycloneDX 1.5, JSON) of what Pudu puts into a firmware or into a wheel.

usage: sbom.py FOLDER        of a folder that `pudu compile` wrote
       sbom.py WHEEL.whl     of a wheel that tools/release or pip built

Prints to standard output. The same input gives the same bytes: there is no time stamp and no random serial number.
Exit codes: 0 done; 2 the input is neither.
"""

import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path


class InvalidInput(Exception):
    """Neither a compiled folder nor a wheel: what was found."""


def digest(data):
    return [{"alg": "SHA-256", "content": hashlib.sha256(data).hexdigest()}]


def component(kind, name, version, data, **more):
    return {"type": kind, "name": name, "version": version, "hashes": digest(data), **more}


def apache():
    return [{"license": {"id": "Apache-2.0"}}]


def document(subject, components):
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "metadata": {"component": subject},
            "components": components}


def folder_document(folder):
    """Pudu's kernels file by file, and the network as it was compiled. The toolchain's libraries (libgcc, the C library)
    are the firmware's, not Pudu's: a firmware's own document names them."""
    try:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        version = report["pudu_version"]
        code = b"".join((folder / name).read_bytes() for name in ("model.hpp", "model.cpp"))
    except (OSError, ValueError, KeyError) as error:
        raise InvalidInput(f"{folder}: not a compiled folder: {error}") from error
    kernels = [path for path in sorted((folder / "pudu").rglob("*")) if path.is_file()]
    files = [component("file", path.relative_to(folder).as_posix(), version, path.read_bytes()) for path in kernels]
    target = report["target"]
    network = component("machine-learning-model", report["model"], version, code,
                        description=f"compiled for {target['cpu']} ({target['isa']})")
    library = component("library", "pudu-kernels", version, b"".join(path.read_bytes() for path in kernels),
                        licenses=apache(), purl=f"pkg:generic/pudu-kernels@{version}", components=files)
    return document(network, [library])


def package_of(soname):
    """Name and version of the Debian package that a library comes from, or None where dpkg does not know it."""
    try:
        owner = subprocess.run(["dpkg-query", "-S", f"*/{soname}"], capture_output=True, text=True, check=True).stdout
        package = owner.split("\n")[0].split(": ")[0].split(",")[0]
        shown = subprocess.run(["dpkg-query", "-W", "-f=${source:Package} ${source:Version}", package], capture_output=True,
                               text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return shown.split(" ", 1)


def library_component(name, data):
    """A shared library that a wheel carries; a repaired wheel has a part of its hash in its name: libzip-1a2b3c4d.so.5."""
    soname = re.sub(r"-[0-9a-f]{8}(?=\.so)", "", Path(name).name)
    package = package_of(soname)
    if package is None:
        return component("library", soname, "unknown", data)
    source, version = package
    return component("library", source, version, data, purl=f"pkg:deb/debian/{source}@{version}", description=name)


# Libraries of headers, and nanobind, which are compiled into the extension: name, SPDX license, and where its version is
# found: a package of Debian, or one of the Python that runs this script (run it by .venv/bin/python, which built the wheel).
COMPILED_IN = [("CLI11", "BSD-3-Clause", "deb", "libcli11-dev"), ("FlatBuffers", "Apache-2.0", "deb", "libflatbuffers-dev"),
               ("JSON for Modern C++", "MIT", "deb", "nlohmann-json3-dev"), ("nanobind", "BSD-3-Clause", "pypi", "nanobind")]


def compiled_in(name, license_id, origin, package):
    """Without a hash: there is no file of it in the wheel."""
    version = None
    if origin == "deb":
        command = ["dpkg-query", "-W", "-f=${source:Version}", package]
        try:
            version = subprocess.run(command, capture_output=True, text=True, check=True).stdout or None
        except (OSError, subprocess.CalledProcessError):
            pass
        package = f"debian/{package}"
    else:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            pass
    known = {"purl": f"pkg:{origin}/{package}@{version}"} if version else {}
    return {"type": "library", "name": name, "version": version or "unknown", "description": "compiled in",
            "licenses": [{"license": {"id": license_id}}], **known}


def executorch_component(name, data):
    """A library of ExecuTorch's package, beside the runner of .pte programs."""
    try:
        version = importlib.metadata.version("executorch")
    except importlib.metadata.PackageNotFoundError:
        return component("library", Path(name).name, "unknown", data, licenses=[{"license": {"id": "BSD-3-Clause"}}])
    return component("library", "executorch", version, data, licenses=[{"license": {"id": "BSD-3-Clause"}}],
                     purl=f"pkg:pypi/executorch@{version}", description=name)


def wheel_document(path):
    with zipfile.ZipFile(path) as wheel:
        names = sorted(name for name in wheel.namelist() if not name.endswith("/"))
        metadata = next((name for name in names if name.endswith(".dist-info/METADATA")), None)
        if metadata is None:
            raise InvalidInput(f"{path}: not a wheel: no METADATA")
        fields = dict(line.split(": ", 1) for line in wheel.read(metadata).decode().split("\n\n")[0].split("\n") if ": " in line)
        version = fields["Version"]
        carried = [name for name in names if re.search(r"\.so(\.\d+)*$", name) and ".libs/" in name]
        components = [library_component(name, wheel.read(name)) for name in carried]
        runtime = [name for name in names if re.search(r"/lib/executorch/lib\w+\.so$", name)]
        components += [executorch_component(name, wheel.read(name)) for name in runtime]
        components += [compiled_in(*row) for row in COMPILED_IN]
        own = [component("file", name, version, wheel.read(name)) for name in names
               if name not in [*carried, *runtime] and ".dist-info/" not in name]
    subject = component("library", fields["Name"], version, path.read_bytes(), licenses=apache(),
                        purl=f"pkg:pypi/{fields['Name'].lower()}@{version}", components=own)
    return document(subject, components)


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 1
    path = Path(sys.argv[1])
    try:
        made = wheel_document(path) if path.suffix == ".whl" and path.is_file() else folder_document(path)
    except (InvalidInput, zipfile.BadZipFile) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(made, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
