"""validate, analyze and targets: the figures of the command line as Python values."""

import inspect
import json
import re
import typing
import warnings

import numpy as np
import pytest
from conftest import MODELS, command_line

import pudu


def test_validate_is_that_of_the_command_line(digits, tmp_path):
    ours = pudu.validate(
        digits.model,
        digits.images[:60],
        labels=digits.labels[:60],
        calibration=digits.calibration,
        suggestions=False,
    )
    np.save(tmp_path / "images.npy", digits.images[:60])
    np.save(tmp_path / "labels.npy", digits.labels[:60])
    command = ["validate", digits.model, "--calibration", digits.calibration_file, "--json", "--no-suggestions"]
    result = command_line(*command, "--input", tmp_path / "images.npy", "--labels", tmp_path / "labels.npy")
    assert json.loads(result.stdout) == ours
    assert ours.classification.correct > 50
    assert ours.layers[0].isolated_sqnr_db <= ours.layers[1].isolated_sqnr_db


def test_an_int8_file_is_compared_with_its_own_numbers():
    model = MODELS.parent / "mlperf_tiny" / "ic.tflite"
    codes = np.fromfile(model.with_name("ic_in0.bin"), np.int8).reshape(1, 32, 32, 3)
    result = pudu.validate(model, codes, labels=[0])
    assert result.reference == "own numbers"
    assert result.sqnr_db > 40 and result.suggestions == []
    assert result.classification.agreement == 1
    with pytest.raises(pudu.UsageError, match="--calibration"):
        pudu.validate(model, codes, calibration=codes.astype(np.float32))


def test_validate_limits_and_suggests(digits):
    result = pudu.validate(digits.model, digits.images, calibration=digits.calibration, limit=4, effort="fast")
    assert result.samples == 4
    assert all(suggestion.gain_db >= 0.5 for suggestion in result.suggestions)


def test_samples_unlike_calibration_are_warned_about(digits):
    with pytest.warns(pudu.PuduWarning, match="are outside of what calibration saw") as caught:
        result = pudu.validate(digits.model, digits.images[:8] * 10, calibration=digits.calibration, suggestions=False)
    assert [str(each.message) for each in caught] == result.warnings
    assert caught[0].filename == __file__


def test_a_run_warns_as_the_command_line_does(digits, artifact, tmp_path):
    np.save(tmp_path / "far.npy", digits.images[:8] * 10)
    folder = artifact.save(tmp_path / "digits")
    stderr = command_line("run", folder, "--input", tmp_path / "far.npy").stderr
    assert stderr.startswith("warning: ")
    for model in (artifact, pudu.load(folder)):
        with pytest.warns(pudu.PuduWarning, match="are outside of what calibration saw") as caught:
            outputs = model.run(digits.images[:8] * 10)
        assert outputs.shape[0] == 8
        assert [f"warning: {each.message}" for each in caught] == stderr.splitlines()
        assert caught[0].filename == __file__  # the caller's line, not one of the package
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        artifact.run(digits.images[:8])  # like the calibration data: silence


def test_calibration_that_means_nothing_is_warned_about(digits):
    with pytest.warns(pudu.PuduWarning, match="every value of input 'x' is 0") as caught:
        found = pudu.compile(digits.model, calibration=np.zeros_like(digits.calibration))
    assert [str(each.message) for each in caught] == found.warnings
    assert caught[0].filename == __file__


def test_analyze_is_that_of_the_command_line():
    model = MODELS / "ds_cnn.pt2"
    ours = pudu.analyze(model, target="cortex-m4")
    theirs = json.loads(command_line("analyze", model, "--target", "cortex-m4", "--json").stdout)
    for report in (ours, theirs):
        del report["stages"]  # times
    assert ours == theirs
    assert ours.memory.scratch_in_arena


def test_targets():
    targets = {target.name: target for target in pudu.targets()}
    assert targets["cortex-m4"].default_isa == "dsp"
    assert "mve" in targets["cortex-m55"].isas
    assert targets["cortex-m55"].board == "mps3-an547"
    assert not targets["cortex-m0"].fpu


def test_every_option_of_compile_is_a_keyword():
    """Apart from those that say what is written where, and those that end a command early."""
    help_text = command_line("compile", "--help").stdout
    options = set(re.findall(r"^ +(?:-\w,)?--([a-z0-9-]+)", help_text, re.MULTILINE))
    assert {"target", "output", "ram", "disable-pass"} <= options
    other = {"help", "output", "emit", "pte-operators", "quantize", "print-passes", "stop-after", "quiet", "verbose", "json"}
    keywords = {keyword.replace("_", "-") for keyword in pudu._call._FIELDS} | {"calibration"}
    assert options - other <= keywords
    assert set(pudu._call._FIELDS) - {"target"} == set(pudu.Options.__annotations__)


@pytest.mark.parametrize("function", [pudu.compile, pudu.validate, pudu.analyze, pudu.estimate])
def test_help_shows_every_option(function):
    parameters = inspect.signature(function).parameters
    assert set(pudu.Options.__annotations__) <= set(parameters)
    assert all(parameters[name].default is None for name in pudu.Options.__annotations__)
    assert "memory: " in str(inspect.signature(function))


def test_the_types_of_options_are_what_the_compiler_takes():
    """Every text that a type names is taken; the message about another text names all of them."""
    for name, annotation in typing.get_type_hints(pudu.Options).items():
        choices = [
            value
            for part in typing.get_args(annotation)
            if typing.get_origin(part) is typing.Literal
            for value in typing.get_args(part)
        ]
        if not choices:
            continue
        with pytest.raises(pudu.Error) as caught:
            pudu.analyze(MODELS / "tiny_cnn.pt2", target="cortex-m55", **{name: "nonsense"})
        allowed = re.findall(r"[a-z0-9-]+", caught.value.diagnostics[0].allowed.replace(" or ", " "))
        assert set(choices) == set(allowed) - {"supported", "by", "cortex-m55"}, name
