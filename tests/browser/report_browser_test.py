"""Opens report.html in a headless Chromium: no errors, nothing loaded, and the memory map answers pointer and keys.

usage: report_browser_test.py PUDU REPORT_PAGES MODEL.pt2 [--screenshots FOLDER]
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

from devtools import Browser

PUDU, REPORT_PAGES, MODEL = sys.argv[1:4]
SCREENSHOTS = pathlib.Path(sys.argv[5]) if sys.argv[4:5] == ["--screenshots"] else None
DESKTOP, PHONE = (1280, 900), (390, 844)

TIP = "(() => { const tip = document.querySelector('.tip'); return tip.hidden ? null : tip.innerText; })()"
# The middle of the first rectangle of a buffer's shape, in the window.
MIDDLE = """(name => {
  const data = JSON.parse(document.getElementById('memory-data').textContent);
  const view = [...document.querySelectorAll('.map-tools [aria-pressed]')].findIndex(b => b.ariaPressed === 'true');
  const index = data.views[Math.max(0, view)].buffers.findIndex(buffer => buffer.name === name);
  const shape = document.querySelector(`[data-buffer="${index}"] path`);
  shape.scrollIntoView({block: 'center'});
  const box = shape.getBoundingClientRect();
  for (let i = 1; i < 40; ++i) {
    const [x, y] = [box.left + box.width * i / 40, box.top + box.height / 2];
    if (document.elementFromPoint(x, y) === shape) return [x, y];
  }
  return null;
})"""


class ReportPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        root = pathlib.Path(cls.folder.name)
        subprocess.run([PUDU, "analyze", MODEL, "--target", "cortex-m55", "--quiet", "--output", str(root / "real")],
                       check=True)
        subprocess.run([PUDU, "analyze", MODEL, "--target", "cortex-m55", "--quiet", "--memory", "streamed", "--output",
                        str(root / "rows")], check=True)
        subprocess.run([REPORT_PAGES, str(root)], check=True)
        cls.rows, cls.rows_report = root / "rows/report.html", json.loads((root / "rows/report.json").read_text())
        cls.real, cls.streamed, cls.empty = root / "real/report.html", root / "streamed.html", root / "empty.html"
        cls.validated, cls.validation = root / "validated.html", root / "validation.html"
        cls.many_classes = root / "many_classes.html"
        cls.report = json.loads((root / "real/report.json").read_text())
        cls.browser = Browser()
        cls.browser.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.browser.__exit__()
        cls.folder.cleanup()

    def open(self, page, size, dark=False):
        self.browser.open(page, *size, dark=dark)

    def tearDown(self):
        if SCREENSHOTS:
            self.browser.screenshot(SCREENSHOTS / f"{self._testMethodName}.png")
        self.assertEqual(self.browser.faults, [])

    def point_at(self, name):
        place = self.browser.evaluate(f"{MIDDLE}({json.dumps(name)})")
        self.assertIsNotNone(place, f"{name} is not to be seen")
        self.browser.move(*place)
        return self.browser.evaluate(TIP)

    def check_no_overflow(self, width):
        self.assertEqual(self.browser.evaluate("document.documentElement.scrollWidth"), width)

    def press(self, selector):
        self.browser.evaluate(f"document.querySelector({json.dumps(selector)}).click()")

    def test_hover_names_the_buffer(self):
        self.open(self.real, DESKTOP)
        largest = max(self.report["buffers"], key=lambda buffer: buffer["bytes"])
        text = self.point_at(largest["name"])
        self.assertIn(largest["name"], text)
        self.assertIn(f"{largest['bytes']:,} bytes at offset {largest['offset']:,}", text)
        self.assertIn("written by " + self.report["layers"][largest["written_by"]]["name"], text)
        self.assertIn(f"step{'' if largest['end_step'] - largest['begin_step'] == 1 else 's'} {largest['begin_step']}", text)

    def test_every_buffer_is_drawn_and_the_peak_marked(self):
        self.open(self.real, DESKTOP)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.chart [data-buffer]').length"),
                         len(self.report["buffers"]))
        self.assertIn("peak: ", self.browser.evaluate("document.querySelector('.peak-label').textContent"))
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.bound').length"), 2)
        story = self.browser.evaluate("document.querySelector('.story').innerText")
        self.assertIn("The peak is", story)
        self.assertRegex(story, r"The largest part, [\d,]+ bytes \([\d.]+ %\), is \S+: its (in|out)put\.")
        for other in self.report["alternatives"]:
            self.assertIn(f"{other['option']} needs {other['arena_bytes']:,} bytes, less than these", story)

    def test_phone_has_no_horizontal_overflow(self):
        for page in (self.real, self.rows, self.streamed, self.validated, self.validation, self.many_classes):
            self.open(page, PHONE)
            self.check_no_overflow(PHONE[0])

    def test_dark_colours(self):
        self.open(self.real, DESKTOP, dark=True)
        light = self.browser.evaluate("getComputedStyle(document.body).color")
        self.assertRegex(light, r"rgb\(2\d\d, 2\d\d, 2\d\d\)")
        self.assertRegex(self.browser.evaluate("getComputedStyle(document.querySelector('.buffer text') ?? document.body)"
                                               ".fill"), r"rgb\(2\d\d, 2\d\d, 2\d\d\)")

    def test_keys_walk_zoom_and_go_to_the_layer(self):
        self.open(self.real, DESKTOP)
        self.browser.evaluate("document.querySelector('.chart [tabindex=\"0\"]').focus()")
        first = self.browser.evaluate(TIP)
        self.assertIn(first.split("\n")[0], {b["name"] for b in self.report["buffers"] if b["begin_step"] == 0})
        self.browser.press("ArrowRight")
        second = self.browser.evaluate(TIP)
        self.assertNotEqual(first, second)
        self.browser.press("ArrowLeft")
        self.assertEqual(self.browser.evaluate(TIP), first)
        self.browser.press("End")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.chart [tabindex=\"0\"]').length"), 1)
        before = self.browser.evaluate("document.querySelector('.chart').getBoundingClientRect().width")
        self.browser.press("+")
        after = self.browser.evaluate("document.querySelector('.chart').getBoundingClientRect().width")
        self.assertAlmostEqual(after, 2 * before, delta=2)
        self.assertIsNotNone(self.browser.evaluate("document.activeElement.dataset.buffer"))
        self.check_no_overflow(DESKTOP[0])
        self.browser.press("Enter")
        self.assertGreater(self.browser.evaluate("scrollY"), 0)
        self.browser.press("Escape")
        self.assertIsNone(self.browser.evaluate(TIP))

    def test_toggle_between_streamed_and_layerwise(self):
        self.open(self.streamed, DESKTOP)
        buttons = self.browser.evaluate("[...document.querySelectorAll('.map-tools [aria-pressed]')].map(b => b.innerText)")
        self.assertEqual(buttons, ["Streamed", "Layer by layer"])
        streamed = self.browser.evaluate("document.querySelector('.map-figures').textContent")
        self.assertRegex(streamed, r"Layer by layer: [\d,]+ bytes, [\d.]+ times as many")
        self.assertIn("streamed region", self.browser.evaluate("document.querySelector('.story:not([hidden])').innerText"))
        self.assertIn("activation, 96 bytes at offset", self.point_at("second.output"))
        if SCREENSHOTS:
            self.browser.screenshot(SCREENSHOTS / "streamed.png")
        self.press(".map-tools [aria-pressed=false]")
        layerwise = self.browser.evaluate("document.querySelector('.map-figures').textContent")
        self.assertNotEqual(streamed, layerwise)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.story:not([hidden])').length"), 1)
        self.assertIn("activation, 1,536 bytes at offset", self.point_at("second.output"))
        self.press(".map-tools input")
        self.check_no_overflow(DESKTOP[0])

    def test_real_network_before_and_after(self):
        self.open(self.rows, DESKTOP)
        layerwise = self.rows_report["layerwise"]
        self.assertLess(self.rows_report["arena_bytes"], layerwise["arena_bytes"])
        figures = "document.querySelector('.map-figures').textContent"
        self.assertIn(f"Arena {self.rows_report['arena_bytes']:,} bytes", self.browser.evaluate(figures))
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.chart [data-buffer]').length"),
                         len(self.rows_report["buffers"]))
        self.press(".map-tools [aria-pressed=false]")
        self.assertIn(f"Arena {layerwise['arena_bytes']:,} bytes", self.browser.evaluate(figures))
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('.chart [data-buffer]').length"),
                         len(layerwise["buffers"]))
        self.assertIn("Streamed by rows, as it is compiled", self.browser.evaluate("document.body.innerText"))

    def test_long_network_zooms_to_its_peak(self):
        self.open(self.streamed, DESKTOP)
        self.assertGreater(self.browser.evaluate("JSON.parse(document.getElementById('memory-data').textContent)"
                                                 ".views[0].count"), 1000)
        self.press(".map-tools [aria-label='Zoom to the peak']")
        self.assertGreater(self.browser.evaluate("document.querySelector('.map-scroll').scrollWidth"), 10000)
        self.check_no_overflow(DESKTOP[0])

    def test_hostile_names_are_text(self):
        self.open(self.streamed, DESKTOP)
        self.assertEqual(self.browser.evaluate("document.images.length"), 0)
        self.assertIn("<img src=x", self.browser.evaluate("document.body.innerText"))

    def hover(self, selector):
        """The tip over the middle of the first such element."""
        box = self.browser.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            " const b = e.getBoundingClientRect(); return [b.left + b.width / 2, b.top + b.height / 2]; })()")
        self.browser.move(*box)
        return self.browser.evaluate(TIP)

    def layer_names(self):
        return self.browser.evaluate("[...document.querySelectorAll('#plot-layers .bar-row')].map(r => r.dataset.layer)")

    def test_validation_layers_sort_and_explain_themselves(self):
        self.open(self.validation, DESKTOP)
        data = self.browser.evaluate("JSON.parse(document.getElementById('validation-data').textContent)")
        network = [layer["name"] for layer in data["layers"]]
        alone = {layer["name"]: layer["isolated_sqnr_db"] for layer in data["layers"]}
        worst = self.layer_names()
        self.assertEqual(sorted(worst), sorted(network))
        self.assertEqual(worst[0], min((name for name in network if alone[name] is not None), key=alone.get))
        self.assertIsNone(alone[worst[-1]])
        self.press("#plot-layers [aria-label='Order of the layers'] button:last-child")
        self.assertEqual(self.layer_names(), network)
        text = self.hover("#plot-layers .bar-row")
        self.assertIn(network[0], text)
        self.assertIn(f"alone {alone[network[0]]:.1f} dB", text)
        self.press("#plot-layers [aria-label='What the bars show'] button:last-child")
        self.press("#plot-layers [aria-label='Order of the layers'] button:first-child")
        self.assertEqual(self.layer_names()[0], network[2], "most saturated first")
        width = "document.querySelector('#plot-layers .bar.used').getBoundingClientRect().width"
        self.assertGreater(self.browser.evaluate(width), 100)

    def test_validation_plots_hold_the_figures(self):
        self.open(self.validation, DESKTOP)
        figures = self.browser.evaluate("document.querySelector('#validation .figures').innerText")
        for text in ("24.5 dB", "worst 14.2 dB", "99.9 %", "float 99.9 %"):
            self.assertIn(text, figures)
        self.assertIn("sample 3, 14.3 dB", self.hover("#plot-samples .bin.worst"))
        self.assertRegex(self.hover("#plot-errors .bin:nth-last-child(15)"), r"elements?\n-?[\d.]+ to -?[\d.]+ steps")
        self.assertRegex(self.hover("#plot-points .point:last-of-type"), r"sample \d+\nfloat -?[\d.]+\nint8 ")
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#plot-confusion .cell').length"), 100)
        self.assertEqual(self.hover("#plot-confusion .cell.wrong"), "label 0, int8 chooses 1\n1 sample\n0.2 % of this label")
        self.assertIn("--effort max: +3.00 dB", self.browser.evaluate("document.querySelector('.findings').innerText"))
        self.check_no_overflow(DESKTOP[0])

    def test_validation_of_many_classes_lists_what_is_confused(self):
        self.open(self.many_classes, DESKTOP)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#plot-confusion .cell').length"), 0)
        self.assertEqual(self.browser.evaluate("document.querySelectorAll('#plot-confusion .bar-row').length"), 20)
        self.assertIn("and 314 pairs more", self.browser.evaluate("document.getElementById('plot-confusion').innerText"))
        self.assertEqual(len(self.layer_names()), 120)

    def test_validation_in_the_report_of_a_compiled_model(self):
        self.open(self.validated, DESKTOP, dark=True)
        self.assertIn("SQNR, dB", self.browser.evaluate("document.querySelector('table.layers').innerText"))
        self.assertEqual(self.browser.evaluate("document.images.length"), 0)
        self.assertIn("<b>x</b>", self.browser.evaluate("document.querySelector('#validation .findings').innerText"))
        self.assertRegex(self.browser.evaluate("getComputedStyle(document.querySelector('#validation .bar-name')).color"),
                         r"rgb\(2\d\d, 2\d\d, 2\d\d\)")

    def test_validation_on_a_phone(self):
        self.open(self.validation, PHONE)
        self.check_no_overflow(PHONE[0])
        self.assertTrue(self.browser.evaluate("[...document.querySelectorAll('.plot svg')].every(s => s.getBoundingClientRect()"
                                              f".right <= {PHONE[0]} && s.getBoundingClientRect().width > 300)"))

    def test_empty_report(self):
        self.open(self.empty, PHONE)
        self.assertIn("Nothing lies in the arena", self.browser.evaluate("document.body.innerText"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
