// The plots of a validation. Reads the JSON in #validation-data (docs/report.md) and draws into #plot-layers, #plot-samples,
// #plot-errors, #plot-points and #plot-confusion. Nothing is loaded, names are only ever set as text.
class ValidationPlots {
  static width = 460;
  static height = 250;
  static margin = {left: 46, right: 10, top: 8, bottom: 34};
  static mostClasses = 32;  // a larger matrix is shown as a list of what is confused most
  static mostConfusions = 20;

  constructor(data) {
    this.data = data;
    this.order = "worst";
    this.shown = "noise";
    const host = (name) => document.getElementById(`plot-${name}`);
    if (host("layers")) this.layers(host("layers"));
    if (host("samples")) this.samples(host("samples"));
    if (host("errors")) this.errors(host("errors"));
    if (host("points")) this.points(host("points"));
    if (host("confusion")) this.confusion(host("confusion"));
  }

  // ---- elements

  static html(name, className, text = "") {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
  }

  static svg(name, attributes, text) {
    const made = document.createElementNS("http:\u002f/www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text !== undefined) made.textContent = text;
    return made;
  }

  /** Shows lines of text while the pointer or the focus is on an element. */
  static explain(element, lines) {
    element.addEventListener("pointermove", (event) => tip.show(event.clientX, event.clientY, lines()));
    element.addEventListener("pointerleave", tip.hide);
    element.addEventListener("focus", () => {
      const box = element.getBoundingClientRect();
      tip.show(box.left + 24, box.bottom - 8, lines());
    });
    element.addEventListener("blur", tip.hide);
  }

  static buttons(label, choices, current, action) {
    const group = ValidationPlots.html("div", "buttons");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", label);
    for (const [value, text] of choices) {
      const button = ValidationPlots.html("button", "", text);
      button.type = "button";
      button.setAttribute("aria-pressed", String(value === current));
      button.addEventListener("click", () => {
        for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
        action(value);
      });
      group.append(button);
    }
    return group;
  }

  static decibel(value) { return value === null ? "\u2013" : `${value.toFixed(1)} dB`; }
  static percent(value) { return `${value >= 10 || value === 0 ? value.toFixed(0) : value.toPrecision(2)} %`; }
  static count(value) { return value.toLocaleString("en"); }
  static plural(count, word) { return `${ValidationPlots.count(count)} ${word}${count === 1 ? "" : "s"}`; }

  // ---- layers

  layers(host) {
    const {html, buttons} = ValidationPlots;
    const tools = html("div", "plot-tools");
    tools.append(buttons("Order of the layers", [["worst", "Worst first"], ["network", "Network order"]], this.order,
                         (order) => { this.order = order; this.drawLayers(); }),
                 buttons("What the bars show", [["noise", "dB"], ["range", "Range"]], this.shown,
                         (shown) => { this.shown = shown; this.drawLayers(); }));
    this.legend = html("span", "legend");
    this.bars = html("div", "bars");
    tools.append(this.legend);
    host.append(tools, this.bars);
    this.drawLayers();
  }

  drawLayers() {
    const {html} = ValidationPlots;
    const least = (layer) => layer.isolated_sqnr_db ?? Infinity;
    const layers = [...this.data.layers];
    if (this.order === "worst" && this.shown === "noise") {
      layers.sort((a, b) => least(a) - least(b) || a.sqnr_db - b.sqnr_db);
    } else if (this.order === "worst") {
      layers.sort((a, b) => b.saturated_percent - a.saturated_percent || a.range_used_percent - b.range_used_percent);
    }
    const kinds = this.shown === "noise" ? [["alone", "alone"], ["all", "in all"]] : [["used", "range used"], ["clipped", "saturated"]];
    this.legend.replaceChildren(...kinds.map(([kind, text]) => {
      const entry = html("span", "");
      entry.append(html("span", `dot ${kind}`), text);
      return entry;
    }));
    const most = Math.min(80, Math.max(1, ...layers.flatMap((layer) => [layer.sqnr_db, layer.isolated_sqnr_db ?? 0])));
    this.bars.replaceChildren(...layers.map((layer) => this.layerRow(layer, most)));
  }

  layerRow(layer, most) {
    const {html, explain, decibel, percent} = ValidationPlots;
    const row = html("div", "bar-row");
    row.tabIndex = 0;
    row.dataset.layer = layer.name;
    const track = html("div", "bar-track");
    const bar = (kind, value) => {
      const made = html("div", `bar ${kind}`);
      made.style.setProperty("--share", `${Math.max(0, Math.min(100, value))}%`);
      track.append(made);
    };
    const value = html("div", "bar-value");
    const strong = html("b", "");
    if (this.shown === "noise") {
      bar("alone", layer.isolated_sqnr_db === null ? 0 : layer.isolated_sqnr_db / most * 100);
      bar("all", layer.sqnr_db / most * 100);
      strong.textContent = layer.isolated_sqnr_db === null ? "\u2013" : layer.isolated_sqnr_db.toFixed(1);
      value.append(strong, ` / ${layer.sqnr_db.toFixed(1)}`);
    } else {
      bar("used", layer.range_used_percent);
      bar("clipped", layer.saturated_percent);
      strong.textContent = percent(layer.range_used_percent);
      value.append(strong, ` / ${percent(layer.saturated_percent)}`);
    }
    row.append(html("div", "bar-name", layer.name), track, value);
    explain(row, () => [
      layer.name, `${layer.operator}, ${layer.kernel}`,
      `alone ${decibel(layer.isolated_sqnr_db)}, in all ${decibel(layer.sqnr_db)}`, `cosine ${layer.cosine.toFixed(5)}`,
      `range used ${percent(layer.range_used_percent)}, saturated ${layer.saturated_percent.toFixed(3)} %`]);
    return row;
  }

  // ---- charts

  /** An SVG with axes, whose functions place numbers. */
  chart(host, label, [left, right], [bottom, top], format) {
    const {svg, width, height, margin} = ValidationPlots;
    const picture = svg("svg", {viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label});
    const x = (value) => margin.left + (value - left) / (right - left || 1) * (width - margin.left - margin.right);
    const y = (value) => height - margin.bottom - (value - bottom) / (top - bottom || 1) * (height - margin.top - margin.bottom);
    // Of a range around zero, the middle is zero but for rounding.
    const along = (begin, end, i) => {
      const value = begin + (end - begin) * i / 4;
      return Math.abs(value) < (end - begin) / 1000 ? 0 : value;
    };
    for (let i = 0; i <= 4; ++i) {
      const across = along(left, right, i), up = along(bottom, top, i);
      picture.append(svg("line", {class: "guide", x1: margin.left, x2: width - margin.right, y1: y(up), y2: y(up)}),
                     svg("text", {class: "end", x: margin.left - 6, y: y(up) + 4}, format.y(up)),
                     svg("text", {class: i === 4 ? "end" : "middle", x: x(across), y: height - margin.bottom + 15}, format.x(across)));
    }
    picture.append(svg("line", {class: "axis", x1: margin.left, x2: width - margin.right, y1: y(bottom), y2: y(bottom)}),
                   svg("text", {class: "middle", x: (margin.left + width - margin.right) / 2, y: height - 4}, format.title));
    host.append(picture);
    return {picture, x, y};
  }

  static number(value) {
    const size = Math.abs(value);
    if (size !== 0 && (size >= 1e5 || size < 1e-2)) return value.toExponential(0);
    return String(Number(value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)));
  }

  histogram(host, label, title, edges, counts, explanation, worst = -1) {
    const {svg, explain, number} = ValidationPlots;
    const most = Math.max(4, ...counts);
    const {picture, x, y} = this.chart(host, label, [edges[0], edges[edges.length - 1]], [0, most], {
      title, x: number, y: (value) => ValidationPlots.count(Math.round(value))});
    counts.forEach((count, i) => {
      if (count === 0) return;
      const height = Math.max(2.5, y(0) - y(count));  // one of thousands is seen, too
      const bar = svg("rect", {class: i === worst ? "bin worst" : "bin", x: x(edges[i]) + .5, y: y(0) - height,
                               width: Math.max(1, x(edges[i + 1]) - x(edges[i]) - 1), height, tabindex: 0});
      explain(bar, () => explanation(i, count));
      picture.append(bar);
    });
  }

  samples(host) {
    const {number, plural} = ValidationPlots;
    const values = this.data.sample_sqnr_db;
    const low = Math.floor(Math.min(...this.extremes(values))), high = Math.max(low + 1, Math.ceil(this.extremes(values)[1]));
    const bins = Math.min(30, Math.max(4, Math.ceil(Math.sqrt(values.length))));
    const counts = new Array(bins).fill(0), worstOf = new Array(bins).fill(-1);
    values.forEach((value, sample) => {
      const bin = Math.min(bins - 1, Math.floor((value - low) / (high - low) * bins));
      ++counts[bin];
      if (worstOf[bin] < 0 || value < values[worstOf[bin]]) worstOf[bin] = sample;
    });
    const edges = Array.from({length: bins + 1}, (_, i) => low + (high - low) * i / bins);
    this.histogram(host, "Samples by dB", "dB of a sample", edges, counts, (i, count) => [
      plural(count, "sample"), `${number(edges[i])} to ${number(edges[i + 1])} dB`,
      `worst of them: sample ${worstOf[i]}, ${values[worstOf[i]].toFixed(1)} dB`], counts.findIndex((count) => count > 0));
  }

  extremes(values) {
    return values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]);
  }

  errors(host) {
    const {plural, number} = ValidationPlots;
    const {begin_steps: begin, bin_steps: width, counts, step} = this.data.errors;
    const edges = Array.from({length: counts.length + 1}, (_, i) => begin + i * width);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const range = (i) => i === 0 ? `less than ${number(edges[1])} steps`
      : i === counts.length - 1 ? `${number(edges[i])} steps or more` : `${number(edges[i])} to ${number(edges[i + 1])} steps`;
    this.histogram(host, "Errors in steps", `steps of ${number(step)}`, edges, counts, (i, count) => [
      plural(count, "element"), range(i), `${(100 * count / total).toFixed(2)} % of all`]);
  }

  points(host) {
    const {svg, explain, number} = ValidationPlots;
    const points = this.data.points;
    const [low, high] = this.extremes(points.flatMap((point) => [point.float, point.int8]));
    const {picture, x, y} = this.chart(host, "Float against int8", [low, high], [low, high], {title: "float", x: number, y: number});
    picture.append(svg("line", {class: "equal", x1: x(low), y1: y(low), x2: x(high), y2: y(high)}));
    for (const point of points) {
      const mark = svg("circle", {class: "point", cx: x(point.float), cy: y(point.int8), r: 2.6});
      explain(mark, () => [`sample ${point.sample}`, `float ${number(point.float)}`, `int8 ${number(point.int8)}`]);
      picture.append(mark);
    }
  }

  confusion(host) {
    const {classes, confusion} = this.data.classification;
    if (classes <= ValidationPlots.mostClasses) this.matrix(host, classes, confusion);
    else this.confusions(host, confusion);
  }

  matrix(host, classes, confusion) {
    const {svg, explain, plural} = ValidationPlots;
    const left = 34, top = 6, bottom = 22, cell = (ValidationPlots.width - left - 4) / Math.max(classes, 6);
    const size = cell * classes;
    const picture = svg("svg", {viewBox: `0 0 ${ValidationPlots.width} ${top + size + bottom}`, role: "img", "aria-label": "Confusion matrix"});
    const counts = new Map(confusion.map(({label, choice, samples}) => [label * classes + choice, samples]));
    const ofLabel = new Array(classes).fill(0);
    for (const {label, samples} of confusion) if (label >= 0 && label < classes) ofLabel[label] += samples;
    for (let label = 0; label < classes; ++label) {
      for (let choice = 0; choice < classes; ++choice) {
        const count = counts.get(label * classes + choice) ?? 0;
        const kind = count === 0 ? "none" : label === choice ? "right" : "wrong";
        const share = count / (ofLabel[label] || 1);
        const square = svg("rect", {class: `cell ${kind}`, x: left + choice * cell, y: top + label * cell, width: cell, height: cell});
        if (count > 0) square.setAttribute("fill-opacity", .25 + .75 * share);
        explain(square, () => [`label ${label}, int8 chooses ${choice}`, plural(count, "sample"), `${(100 * share).toFixed(1)} % of this label`]);
        picture.append(square);
        if (count > 0 && cell >= 20) {
          picture.append(svg("text", {class: "count", x: left + (choice + .5) * cell, y: top + (label + .5) * cell + 4}, count));
        }
      }
      const every = Math.ceil(12 / cell);
      if (label % every !== 0) continue;
      picture.append(svg("text", {class: "end", x: left - 5, y: top + (label + .5) * cell + 4}, label),
                     svg("text", {class: "middle", x: left + (label + .5) * cell, y: top + size + 15}, label));
    }
    host.append(picture);
  }

  confusions(host, confusion) {
    const {html, explain, plural} = ValidationPlots;
    const wrong = confusion.filter(({label, choice}) => label !== choice).sort((a, b) => b.samples - a.samples);
    if (wrong.length === 0) {
      host.append(html("p", "empty", "Every sample is given its label."));
      return;
    }
    const bars = html("div", "bars");
    for (const {label, choice, samples} of wrong.slice(0, ValidationPlots.mostConfusions)) {
      const row = html("div", "bar-row"), track = html("div", "bar-track"), bar = html("div", "bar clipped");
      row.tabIndex = 0;
      bar.style.setProperty("--share", `${100 * samples / wrong[0].samples}%`);
      track.append(bar);
      row.append(html("div", "bar-name", `label ${label}, int8 ${choice}`), track, html("div", "bar-value", String(samples)));
      explain(row, () => [`label ${label}, int8 chooses ${choice}`, plural(samples, "sample")]);
      bars.append(row);
    }
    host.append(bars);
    if (wrong.length > ValidationPlots.mostConfusions) {
      host.append(html("p", "note", `and ${wrong.length - ValidationPlots.mostConfusions} pairs more, in report.json`));
    }
  }
}

const validationData = document.getElementById("validation-data");
if (validationData) new ValidationPlots(JSON.parse(validationData.textContent));
