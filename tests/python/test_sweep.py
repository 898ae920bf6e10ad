"""pudu.sweep: every network on every target, once; what was done is not done again."""

import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet
import pytest
from conftest import MODELS, REPOSITORY

import pudu

CANDIDATES = REPOSITORY / "tests" / "data" / "search"
UNSUPPORTED = MODELS.parent / "reader" / "unsupported_operators.pt2"


def test_networks_times_targets_with_accuracy(digits, tmp_path):
    events = []
    result = pudu.sweep(
        {"cnn": digits.model, "ds": MODELS / "digits_ds.pt2", "broken": UNSUPPORTED},
        ["cortex-m4", "cortex-m0"],
        calibration=digits.calibration,
        inputs=digits.images[:100],
        labels=digits.labels[:100],
        ram=6 * 1024,
        memory="layerwise",
        results=tmp_path,
        workers=2,
        progress=lambda *event: events.append(event),
    )
    assert [(row.name, row.target) for row in result] == [
        (name, target) for name in ("cnn", "ds", "broken") for target in ("cortex-m4", "cortex-m0")
    ]
    assert events[-1] == ("sweep", 6, 6)
    cnn_m4, cnn_m0, ds_m4, ds_m0, broken, _ = result
    assert (cnn_m4.fits, cnn_m4.accuracy) == (False, None)  # too large: estimated, not compiled
    assert cnn_m0.fits and ds_m4.fits and ds_m0.fits
    assert ds_m4.accuracy == ds_m0.accuracy > 0.85  # the same bytes on every core
    assert ds_m4.instructions < ds_m0.instructions
    assert "operator aten.sort.default is not supported" in broken.error
    assert broken.error.startswith("error: broken: sort: ")
    assert result.best().name in ("cnn", "ds")
    alone = pudu.compile(MODELS / "digits_ds.pt2", calibration=digits.calibration, target="cortex-m4")
    expected = (alone.run(digits.images[:100]).argmax(1) == digits.labels[:100]).mean()
    assert ds_m4.accuracy == expected


def test_what_does_not_fit_by_layers_may_by_rows(digits):
    """By default. The limit holds for the compilation, too, whose bits do not depend on the plan."""
    samples = {"calibration": digits.calibration, "inputs": digits.images[:50], "labels": digits.labels[:50]}
    (row,) = pudu.sweep({"cnn": digits.model}, "cortex-m4", **samples, ram=2560, workers=1)
    assert row.streamed and row.fits and row.arena_bytes <= 2560
    (whole,) = pudu.sweep({"cnn": digits.model}, "cortex-m4", **samples, workers=1)
    assert not whole.streamed and whole.arena_bytes > 2560
    assert row.accuracy == whole.accuracy > 0.9


def test_samples_that_look_wrong_are_warned_about(digits, tmp_path):
    """Once for all targets, also of results that were there already."""
    samples = {"calibration": digits.calibration, "inputs": digits.images[:20] * 10, "labels": digits.labels[:20]}
    for _ in ("new", "read"):
        with pytest.warns(pudu.PuduWarning, match="^cnn: .* are outside of what calibration saw") as caught:
            rows = pudu.sweep({"cnn": digits.model}, ["m4", "m0"], **samples, results=tmp_path, workers=1)
        assert len(caught) == 1 and caught[0].filename == __file__
        assert all(f"cnn: {row.warnings}" == str(caught[0].message) for row in rows)


def test_limits_may_be_text(digits):
    (row,) = pudu.sweep({"cnn": digits.model}, "cortex-m4", ram="1K", workers=1, memory="layerwise")
    assert not row.fits and row.error is None and row.warnings is None
    with pytest.raises(pudu.UsageError, match="--flash: .much."):
        pudu.sweep({"cnn": digits.model}, "cortex-m4", flash="much")


def test_it_goes_on_where_it_stopped(tmp_path, monkeypatch):
    first = pudu.sweep([MODELS / "tiny_cnn.pt2"], "cortex-m4", results=tmp_path, workers=1)
    (file,) = tmp_path.glob("*.parquet")
    done = []
    real = pudu._sweep._run
    monkeypatch.setattr(pudu._sweep, "_run", lambda jobs, *rest: (done.extend(jobs), real(jobs, *rest))[1])
    again = pudu.sweep([MODELS / "tiny_cnn.pt2"], ["cortex-m4", "cortex-m0"], results=tmp_path, workers=1)
    assert [job.target for job in done] == ["cortex-m0"]
    assert again[0] == first[0]
    pudu.sweep([MODELS / "tiny_cnn.pt2"], "cortex-m4", results=tmp_path, workers=1, ram=1)
    assert len(done) == 2  # another limit is another job
    row = pyarrow.parquet.read_table(file).to_pylist()[0]
    assert row["instructions"] == first[0].instructions
    assert row["pudu_version"] == pudu.__version__


def test_a_table_and_a_picture(tmp_path):
    result = pudu.sweep([MODELS / "tiny_cnn.pt2", MODELS / "ds_cnn.pt2"], workers=1)
    result.to_parquet(tmp_path / "all.parquet")
    assert pyarrow.parquet.read_table(tmp_path / "all.parquet").column("name").to_pylist() == ["tiny_cnn", "ds_cnn"]
    picture = result.plot(tmp_path / "pareto.svg", title="Two <networks>")
    assert (tmp_path / "pareto.svg").read_text() == picture
    assert picture.startswith("<svg") and "Two &lt;networks&gt;" in picture
    assert picture.count("<title>") == 2
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "")


def test_the_front_holds_what_nothing_beats():
    rows = [
        pudu._report.Record(name=name, instructions=i, ram_bytes=r, accuracy=a, error=None, fits=True)
        for name, i, r, a in [("a", 10, 10, 0.9), ("b", 20, 5, 0.9), ("c", 20, 10, 0.95), ("d", 20, 10, 0.9), ("e", 9, 9, None)]
    ]
    assert [row.name for row in pudu.Sweep(rows).pareto()] == ["e", "a", "b", "c"]
    assert [row.name for row in pudu.Sweep(rows).pareto([pudu.Axis("accuracy", "most")])] == ["c"]


def test_arguments_are_checked(tmp_path):
    with pytest.raises(pudu.InvalidInputError, match="no such file"):
        pudu.sweep([tmp_path / "none.pt2"])
    with pytest.raises(ValueError, match="accuracy needs calibration, inputs and labels"):
        pudu.sweep([MODELS / "tiny_cnn.pt2"], calibration=np.zeros((1, 1, 28, 28), np.float32))
    with pytest.raises(ValueError, match="two networks have the same name"):
        pudu.sweep([MODELS / "tiny_cnn.pt2", MODELS / "tiny_cnn.pt2"])


def test_the_search_example_runs_on_two_ray_workers(digits, tmp_path):
    """The best digit network under 64 KB of RAM on a Cortex-M4."""
    command = [sys.executable, REPOSITORY / "examples" / "search" / "search.py", "--candidates", CANDIDATES]
    command += ["--calibration", digits.calibration_file, "--images", MODELS / "digits_test_inputs.npy"]
    command += ["--labels", MODELS / "digits_test_labels.npy", "--ram", "65536", "--target", "cortex-m4"]
    command += ["--address", "local", "--workers", "2", "--output", tmp_path]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "best.json").read_text())
    assert found["ram_bytes"] <= 65536
    assert found["accuracy"] > 0.93
    rows = pyarrow.parquet.read_table(tmp_path / "networks.parquet").to_pylist()
    assert len(rows) == len(list(CANDIDATES.glob("*.pt2")))
    assert any(row["streamed"] for row in rows)  # the largest fits by rows only
    assert all(row["ram_bytes"] <= 65536 for row in rows if row["fits"])
    assert found["accuracy"] == max(row["accuracy"] for row in rows if row["fits"])
    assert (tmp_path / "pareto.svg").exists()
