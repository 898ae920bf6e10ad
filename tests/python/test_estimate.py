"""pudu.estimate: what it takes from the real program is exact, what it estimates is near what was counted."""

import json

import pytest
from conftest import MODELS, REPOSITORY, command_line

import pudu

EXPECTED = json.loads((REPOSITORY / "bench" / "expected.json").read_text())["networks"]
NETWORKS = ["tiny_cnn", "ds_cnn", "resnet8", "deep_autoencoder", "mobilenet_v1_025", "digits_cnn", "digits_ds"]
TARGETS = ["cortex-m0", "cortex-m4", "cortex-m55"]


@pytest.mark.parametrize("network", NETWORKS)
def test_it_is_near_the_counts_in_qemu(network):
    estimates = pudu.estimate(MODELS / f"{network}.pt2", TARGETS)
    for estimate in estimates:
        counted = EXPECTED[network]["targets"][estimate.target]
        assert estimate.instructions == pytest.approx(counted["instructions"], rel=0.3), estimate.target
        assert estimate.macs == EXPECTED[network]["macs"]


def test_sizes_are_those_of_the_program():
    """Without corrections of the biases, which change no size."""
    model = MODELS / "ds_cnn.pt2"
    for target in TARGETS:
        (estimate,) = pudu.estimate(model, target)
        report = pudu.analyze(model, target=target)
        assert estimate.arena_bytes == estimate.ram_bytes == report.arena_bytes
        assert estimate.isa == report.target.isa
        assert [layer.name for layer in estimate.layers] == [layer.name for layer in report.layers]
        assert sum(layer.instructions for layer in estimate.layers) == pytest.approx(estimate.instructions, rel=1e-3)


def test_flash_is_near_that_of_the_firmware():
    for network in NETWORKS:
        for estimate in pudu.estimate(MODELS / f"{network}.pt2", TARGETS):
            counted = EXPECTED[network]["targets"][estimate.target]
            firmware = counted["code_bytes"] + counted["constants_bytes"]
            assert abs(estimate.flash_bytes - firmware) < 20 * 1024, (network, estimate.target)


def test_ram_asks_for_a_streamed_plan():
    model = MODELS / "resnet8.pt2"
    whole, streamed = pudu.estimate(model, "cortex-m4")[0], pudu.estimate(model, "cortex-m4", ram="32K")[0]
    assert streamed.ram_bytes <= 32 * 1024 < whole.ram_bytes


KWS = MODELS.parent / "mlperf_tiny" / "kws.tflite"


@pytest.mark.parametrize(
    "options",
    [{"memory": "layerwise"}, {"memory": "streamed"}, {"feed": "rows"}, {"memory": "streamed", "ram": "6K"}, {"ram": 8192}],
    ids=str,
)
def test_plans_by_rows_are_those_of_compile(options):
    (estimate,) = pudu.estimate(KWS, "cortex-m4", **options)
    report = pudu.compile(KWS, target="cortex-m4", **options).report
    assert estimate.arena_bytes == report.arena_bytes
    assert estimate.constants_bytes == report.weights_bytes
    assert estimate.streamed == (options != {"memory": "layerwise"})


def test_rows_cost_instructions():
    whole, streamed, fed = (
        pudu.estimate(KWS, "cortex-m4", **options)[0]
        for options in ({"memory": "layerwise"}, {"memory": "streamed"}, {"feed": "rows"})
    )
    assert fed.arena_bytes < streamed.arena_bytes < whole.arena_bytes
    assert whole.instructions < streamed.instructions < 2.5 * whole.instructions
    assert whole.macs == streamed.macs == fed.macs


def test_cores_without_published_timings_have_no_cycles():
    m4, m7 = pudu.estimate(MODELS / "tiny_cnn.pt2", ["cortex-m4", "cortex-m7"])
    assert m4.cycles > m4.instructions
    assert m7.cycles is None


def test_it_is_that_of_the_command_line():
    result = command_line("estimate", MODELS / "tiny_cnn.pt2", "--target", "cortex-m0,cortex-m4", "--json")
    theirs, ours = json.loads(result.stdout), pudu.estimate(MODELS / "tiny_cnn.pt2", ["cortex-m0", "cortex-m4"])
    for row in [*theirs, *ours]:
        assert row.pop("seconds") > 0
    assert theirs == ours
    table = command_line("estimate", MODELS / "tiny_cnn.pt2", "--target", "m4").stdout
    assert "cortex-m4" in table and "instructions" in table


def test_wrong_targets_are_refused():
    with pytest.raises(pudu.UnsupportedError, match="cortex-m54"):
        pudu.estimate(MODELS / "tiny_cnn.pt2", ["cortex-m4", "cortex-m54"])
    with pytest.raises(pudu.UsageError, match="--target: no target"):
        pudu.estimate(MODELS / "tiny_cnn.pt2", [])
