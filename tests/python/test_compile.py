"""pudu.compile and the Artifact: the same bytes and numbers as the command line, for every kind of array."""

import json
import shutil
import sys
import types

import numpy as np
import pytest
from conftest import MODELS, command_line

import pudu


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_it_writes_the_bytes_of_the_command_line(artifact, digits, tmp_path):
    artifact.write_cpp(tmp_path / "python")
    command = ["compile", digits.model, "--target", "cortex-m4", "--calibration", digits.calibration_file]
    assert command_line(*command, "-o", tmp_path / "cli", "--quiet").returncode == 0
    ours, theirs = files_of(tmp_path / "python"), files_of(tmp_path / "cli")
    assert ours.keys() == theirs.keys()
    for name in ours:  # the report has times in it
        assert name.startswith("report.") or ours[name] == theirs[name], name


def test_it_runs_as_the_command_line_does(artifact, digits, tmp_path):
    artifact.save(tmp_path / "model")
    images = tmp_path / "images.npy"
    np.save(images, digits.images[:20])
    outputs = tmp_path / "outputs.npy"
    assert command_line("run", tmp_path / "model", "--input", images, "--output", outputs).returncode == 0
    np.testing.assert_array_equal(artifact.run(digits.images[:20]), np.load(outputs))


def test_accuracy_is_that_of_the_network(artifact, digits):
    scores = artifact.run(digits.images)
    assert scores.shape == (len(digits.images), 10)
    assert (scores.argmax(1) == digits.labels).mean() > 0.9


def test_the_batch_axis_is_understood(artifact, digits):
    images = digits.images[:3]
    whole = artifact.run(images)
    np.testing.assert_array_equal(artifact.run(images[:, None]), whole)
    np.testing.assert_array_equal(artifact.run(images[:1]), whole[:1])
    np.testing.assert_array_equal(artifact.run(list(images[:1])[0][None]), whole[:1])


def test_inputs_by_name_and_by_path(artifact, digits, tmp_path):
    images = digits.images[:4]
    whole = artifact.run(images)
    name = artifact.report.io[0].name
    np.testing.assert_array_equal(artifact.run({name: images}), whole)
    np.save(tmp_path / "images.npy", images)
    np.testing.assert_array_equal(artifact.run(tmp_path / "images.npy"), whole)


class Foreign:
    """An array of another library: nothing but DLPack and the array API's way back."""

    def __init__(self, data):
        self.data = np.asarray(data)

    def __dlpack__(self, **options):
        return self.data.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.data.__dlpack_device__()

    def __array_namespace__(self):
        return types.SimpleNamespace(from_dlpack=lambda other: Foreign(np.from_dlpack(other)))


def test_dlpack_in_and_out(artifact, digits):
    images = digits.images[:4]
    result = artifact.run(Foreign(images))
    assert isinstance(result, Foreign)
    np.testing.assert_array_equal(result.data, artifact.run(images))


def test_raw_codes_in_and_out(artifact, digits):
    codes = artifact.run(digits.images[:4], raw=True)
    assert codes.dtype == np.int8
    port = artifact.report.io[-1]
    np.testing.assert_allclose(
        (codes.astype(np.float32) - port.zero_point) * np.float32(port.scale), artifact.run(digits.images[:4]), rtol=1e-6
    )
    source = artifact.report.io[0]
    image = np.clip(np.rint(digits.images[:4] / np.float32(source.scale)) + source.zero_point, -128, 127)
    np.testing.assert_array_equal(artifact.run(image.astype(np.int8), raw=True), codes)


@pytest.mark.parametrize(
    "kind",
    [
        lambda samples: samples,
        lambda samples: list(samples),
        lambda samples: (sample for sample in samples),
        lambda samples: [(sample,) for sample in samples],
        lambda samples: [samples[:40], samples[40:]],
        lambda samples: [Foreign(sample) for sample in samples],
    ],
    ids=["array", "list", "generator", "tuples", "batches", "dlpack"],
)
def test_calibration_of_every_kind_gives_the_same_model(artifact, digits, kind):
    other = pudu.compile(digits.model, calibration=kind(digits.calibration), target="cortex-m4")
    assert other.report.io == artifact.report.io
    np.testing.assert_array_equal(other.run(digits.images[:8], raw=True), artifact.run(digits.images[:8], raw=True))


def test_calibration_from_a_file(artifact, digits):
    other = pudu.compile(str(digits.model), calibration=digits.calibration_file, target="cortex-m4")
    assert other.report.io == artifact.report.io


def test_the_report_is_report_json(artifact, tmp_path):
    artifact.write_cpp(tmp_path)
    written = json.loads((tmp_path / "report.json").read_text())
    report = artifact.report
    assert report["arena_bytes"] == report.arena_bytes == written["arena_bytes"]
    assert [layer.name for layer in report.layers] == [layer["name"] for layer in written["layers"]]
    assert report.target.cpu == "cortex-m4"
    with pytest.raises(AttributeError, match="no field 'arena'; it has pudu_version"):
        report.arena


def test_a_notebook_shows_the_memory_map(artifact):
    shown = artifact._repr_html_()
    assert shown.startswith("<iframe title=")
    assert 'srcdoc="&lt;!doctype html&gt;' in shown.lower()
    assert "<script" not in shown  # it is inside of the frame's document


def test_options_are_those_of_the_command_line(digits):
    report = pudu.compile(
        digits.model,
        calibration=digits.calibration,
        target="cortex-m55",
        isa="scalar",
        io="float32",
        ram="64K",
        flash=1 << 20,
        memory="layerwise",
        disable_pass=["prepare"],
        effort="fast",
        batch=None,
    ).report
    assert (report.target.isa, report.io[0].dtype, report.optimize if "optimize" in report else "") == (
        "scalar",
        "float32",
        "",
    )


def test_save_and_load(artifact, digits, tmp_path):
    artifact.save(tmp_path / "model")
    loaded = pudu.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.run(digits.images[:8]), artifact.run(digits.images[:8]))
    assert loaded.report.arena_bytes == artifact.report.arena_bytes
    loaded.write_cpp(tmp_path / "copy")
    assert files_of(tmp_path / "copy") == files_of(tmp_path / "model")
    written = artifact.write_pte(tmp_path / "direct.pte")
    copied = loaded.write_pte(tmp_path / "copied.pte")
    assert (tmp_path / "direct.pte").read_bytes() == (tmp_path / "copied.pte").read_bytes()
    assert written["bytes"] == copied["bytes"] == (tmp_path / "direct.pte").stat().st_size
    assert written["arena_bytes"] == copied["arena_bytes"]


def test_a_pte_is_that_of_the_command_line(digits, tmp_path):
    options = {"target": "cortex-m55"}
    pudu.compile(digits.model, calibration=digits.calibration, **options).write_pte(tmp_path / "python.pte")
    command = ["compile", digits.model, "--target", "cortex-m55", "--calibration", digits.calibration_file]
    assert command_line(*command, "-o", tmp_path / "cli.pte").returncode == 0
    assert (tmp_path / "python.pte").read_bytes() == (tmp_path / "cli.pte").read_bytes()


def arena_of(file):
    return pudu.analyze(file).arena_bytes


def test_a_pte_is_planned_as_its_model(tmp_path):
    model, calibration = MODELS / "resnet8.pt2", MODELS / "resnet8.calib0.npy"
    artifact = pudu.compile(model, calibration=calibration, memory="streamed", plan_time=0)
    written = artifact.write_pte(tmp_path / "python.pte")
    command = ["compile", model, "--calibration", calibration, "--memory", "streamed", "--plan-time", 0]
    assert command_line(*command, "-o", tmp_path / "cli.pte").returncode == 0
    assert (tmp_path / "python.pte").read_bytes() == (tmp_path / "cli.pte").read_bytes()
    whole = artifact.write_pte(tmp_path / "whole.pte", memory="layerwise")
    assert written["arena_bytes"] < whole["arena_bytes"] == arena_of(tmp_path / "whole.pte")
    fitting = artifact.write_pte(tmp_path / "fitting.pte", memory="auto", ram=whole["arena_bytes"] - 1, plan_time=0.5)
    assert fitting["arena_bytes"] < whole["arena_bytes"]
    with pytest.raises(pudu.LimitExceededError, match="--ram allows 1024 bytes"):
        artifact.write_pte(tmp_path / "none.pte", ram="1K")
    with pytest.raises(pudu.UsageError, match="--memory: 'small'; layerwise, streamed or auto"):
        artifact.write_pte(tmp_path / "none.pte", memory="small")
    assert not (tmp_path / "none.pte").exists()


def test_a_program_that_does_not_fit_is_not_saved(tmp_path):
    options = {"input_layout": "nhwc", "memory": "streamed", "feed": "rows", "plan_time": 0}
    options["calibration"] = np.load(MODELS / "resnet8.calib0.npy").transpose(0, 2, 3, 1)
    model = MODELS / "resnet8.pt2"
    fits = pudu.compile(model, ram=pudu.compile(model, **options).report.arena_bytes, **options)
    with pytest.raises(pudu.LimitExceededError):
        fits.write_pte(tmp_path / "model.pte")
    fits.save(tmp_path / "model")
    assert not (tmp_path / "model" / "model.pte").exists()
    loaded = pudu.load(tmp_path / "model")
    images = np.load(MODELS / "resnet8.in0.npy").transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(loaded.run(images), fits.run(images))
    with pytest.raises(pudu.UnsupportedError, match="memory: given for a model that was loaded from a folder"):
        loaded.write_pte(tmp_path / "model.pte", memory="streamed")


def test_memories_are_a_file_or_its_lines(digits, tmp_path):
    lines = [
        "sram  ram    64K  read 1  write 1  section .bss.sram",
        "fast  flash   1K  read 1           section .rodata.fast",
        "ospi  flash   8M  read 8           section .rodata.ospi",
    ]
    (tmp_path / "memories.txt").write_text("\n".join(lines))
    options = {"calibration": digits.calibration, "target": "cortex-m4"}
    pudu.compile(digits.model, memories=lines, **options).write_cpp(tmp_path / "lines")
    pudu.compile(digits.model, memories=tmp_path / "memories.txt", **options).write_cpp(tmp_path / "file")
    source = (tmp_path / "lines" / "model.cpp").read_text()
    assert source == (tmp_path / "file" / "model.cpp").read_text()
    assert ".rodata.ospi" in source
    with pytest.raises(pudu.InvalidInputError) as caught:
        pudu.compile(digits.model, memories=["sram rom 64K"], **options)
    assert caught.value.diagnostics[0].file == "memories"


def test_files_of_others_are_not_overwritten(artifact, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text("project(firmware)\n")
    with pytest.raises(pudu.InvalidInputError, match="is there already, and Pudu has not written it"):
        artifact.write_cpp(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["CMakeLists.txt"]


def test_files_of_others_stay_when_a_loaded_model_is_written(artifact, tmp_path):
    artifact.write_cpp(tmp_path / "model")
    project = tmp_path / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text("project(firmware)\n")
    with pytest.raises(pudu.InvalidInputError, match="is there already, and Pudu has not written it"):
        pudu.load(tmp_path / "model").write_cpp(project)
    assert (project / "CMakeLists.txt").read_text() == "project(firmware)\n"
    assert [file.name for file in project.iterdir()] == ["CMakeLists.txt"]


def test_a_program_of_others_stays(artifact, tmp_path):
    (tmp_path / "model.pte").write_bytes(b"ET12, of another compiler")
    with pytest.raises(pudu.InvalidInputError, match="model.pte: is there already, and Pudu has not written it"):
        artifact.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["model.pte"]
    assert (tmp_path / "model.pte").read_bytes() == b"ET12, of another compiler"


def test_a_program_of_an_older_model_goes(digits, artifact, tmp_path):
    older = tmp_path / "older"
    artifact.save(older)
    copied = shutil.copytree(older, tmp_path / "copied")
    other = pudu.compile(digits.model, calibration=digits.calibration[:4])
    other.write_cpp(older)
    assert not (older / "model.pte").exists()
    pudu.load(older).write_cpp(copied)
    assert not (copied / "model.pte").exists()
    with pytest.raises(pudu.UnsupportedError, match="was saved without model.pte"):
        pudu.load(copied).write_pte(tmp_path / "model.pte")


def test_weights_of_4_bits_are_for_cpp(digits, tmp_path):
    artifact = pudu.compile(digits.model, calibration=digits.calibration, weights="int4")
    with pytest.raises(pudu.UnsupportedError, match="weights: 'int4' for an ExecuTorch program; C\\+\\+ output"):
        artifact.write_pte(tmp_path / "model.pte")
    artifact.save(tmp_path / "model")
    assert (tmp_path / "model" / "model.cpp").exists()
    assert not list(tmp_path.rglob("*.pte"))


def test_a_saved_program_is_copied_where_it_is_asked_for(artifact, tmp_path):
    artifact.save(tmp_path / "model")
    artifact.save(tmp_path / "model")
    loaded = pudu.load(tmp_path / "model")
    content = (tmp_path / "model" / "model.pte").read_bytes()
    loaded.write_pte(tmp_path / "new" / "folder" / "copy.pte")
    assert (tmp_path / "new" / "folder" / "copy.pte").read_bytes() == content
    loaded.write_pte(tmp_path / "model" / "model.pte")
    assert (tmp_path / "model" / "model.pte").read_bytes() == content
    with pytest.raises(pudu.UnsupportedError, match="pte_operators: given for a model that was loaded from a folder"):
        loaded.write_pte(tmp_path / "classic.pte", pte_operators="classic")
    assert not (tmp_path / "classic.pte").exists()


def test_a_folder_without_a_pte_says_so(artifact, tmp_path):
    artifact.write_cpp(tmp_path / "model")
    with pytest.raises(pudu.UnsupportedError, match="was saved without model.pte"):
        pudu.load(tmp_path / "model").write_pte(tmp_path / "model.pte")
    assert not (tmp_path / "model.pte").exists()


def test_the_emulated_board_is_benched(artifact, tmp_path):
    artifact.save(tmp_path / "model")
    report = artifact.bench()
    assert report.instructions > report.macs / 4
    assert sum(layer.instructions for layer in report.layers) < report.instructions
    assert artifact.report.instructions == report.instructions
    loaded = pudu.load(tmp_path / "model")
    assert loaded.bench().instructions == report.instructions
    assert json.loads((tmp_path / "model" / "report.json").read_text())["instructions"] == report.instructions


def test_int8_models_need_no_calibration():
    artifact = pudu.compile(MODELS.parent / "mlperf_tiny" / "ad.tflite", target="cortex-m4")
    codes = np.fromfile(MODELS.parent / "mlperf_tiny" / "ad_in0.bin", np.int8)
    expected = np.fromfile(MODELS.parent / "mlperf_tiny" / "ad_out0.bin", np.int8)
    np.testing.assert_array_equal(artifact.run(codes.reshape(1, -1), raw=True).ravel(), expected)


class TestExportedProgram:
    """The program in memory, with a torch that has nothing but what is needed of it."""

    @pytest.fixture
    def program(self, monkeypatch, digits):
        class ExportedProgram:
            pass

        ExportedProgram.__module__ = "torch.export.exported_program"

        def save(program, file):
            assert isinstance(program, ExportedProgram)
            with open(file, "wb") as out:
                out.write(digits.model.read_bytes())

        torch = types.ModuleType("torch")
        torch.export = types.SimpleNamespace(save=save)
        torch.nn = types.SimpleNamespace(Module=type("Module", (), {}))
        monkeypatch.setitem(sys.modules, "torch", torch)
        return ExportedProgram()

    def test_it_needs_no_file(self, program, artifact, digits):
        other = pudu.compile(program, calibration=digits.calibration, target="cortex-m4")
        assert other.report.model == "exported_program.pt2"
        np.testing.assert_array_equal(other.run(digits.images[:8]), artifact.run(digits.images[:8]))

    def test_messages_name_no_temporary_file(self, program):
        with pytest.raises(pudu.InvalidInputError) as caught:
            pudu.compile(program, calibration=np.zeros((2, 3, 8, 8), np.float32))
        assert caught.value.diagnostics[0].file == "calibration"
        assert "/" not in str(caught.value)


def test_what_is_no_model_is_refused():
    with pytest.raises(pudu.UsageError, match=r"model: a builtins.int; the path of a .pt2 or .tflite file, or a torch"):
        pudu.compile(3, calibration=np.zeros((1, 1), np.float32))


class Loader:
    """What a torch.utils.data.DataLoader has beside its batches."""

    def __init__(self, batches, batch_size):
        self.batches, self.batch_size = batches, batch_size

    def __iter__(self):
        return iter(self.batches)


def test_a_loader_yields_batches_of_equal_sizes(digits):
    """Or samples, where it makes no batches."""
    expected = pudu.compile(digits.model, calibration=digits.calibration[:8]).run(digits.images[:4])
    images = digits.calibration[:8]
    for loader in (Loader([images[:4], images[4:]], 4), Loader([(images[:4],), (images[4:],)], 4), Loader(list(images), None)):
        found = pudu.compile(digits.model, calibration=loader).run(digits.images[:4])
        np.testing.assert_array_equal(found, expected)
