// How the memory map looks: time across, address down, a shape per buffer, as SVG. memory_map.js has the page around it.
class MemoryChart {
  static axisWidth = 66;
  static top = 30;
  static stripHeight = 64;
  static character = 5.8;  // width of the labels' 10 px type, on the safe side

  /** [begin step, end step, first byte, end byte] of every rectangle. */
  static decode(shape) {
    const rects = [];
    let step = 0;
    for (let i = 0; i < shape.length; i += 4) {
      step += shape[i];
      rects.push([step, step + shape[i + 1], shape[i + 2], shape[i + 2] + shape[i + 3]]);
    }
    return rects;
  }

  svg(name, attributes, text = "") {
    const made = document.createElementNS("http:\u002f/www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (text) made.textContent = text;
    return made;
  }

  // ---- names and words

  stepName(step) {
    const {steps} = this.view;
    if (!steps) return this.layers[step] ?? "start";
    const subject = steps.subjects[step];
    const name = typeof subject === "number" ? this.layers[subject] : subject;
    const [begin, end] = [steps.rows[2 * step], steps.rows[2 * step + 1]];
    const rows = end - begin === 1 ? `row ${begin}` : `rows ${begin} to ${end - 1}`;
    const kind = steps.kinds[step];
    if (kind === "r") return `${name}, ${rows}`;
    if (kind === "s") return `${name}: ${rows} slide to the front`;
    return kind === "f" ? `${name}: ${rows} come from the caller` : name;
  }

  bandName(band) {
    const [, , first, end] = band;
    if (first >= end) return "start";
    const name = this.layers[first];
    return end - first > 1 ? `${name} \u2026 ${this.layers[end - 1]}` : name;
  }

  bands() {
    const {bands} = this.view;
    return Array.from({length: bands.length / 4}, (_, i) => bands.slice(4 * i, 4 * i + 4));
  }

  describe(buffer) {
    const bytes = (number) => number.toLocaleString("en-US");
    const begin = buffer.rects[0][0];
    const end = Math.max(...buffer.rects.map((rect) => rect[1])) - 1;
    const lines = [buffer.name, `${buffer.kind}, ${bytes(buffer.bytes)} bytes at offset ${bytes(buffer.at)}`,
                   begin === end ? `step ${begin}: ${this.stepName(begin)}`
                                 : `steps ${begin} to ${end}: ${this.stepName(begin)} to ${this.stepName(end)}`];
    if (buffer.from !== undefined) lines.push(`written by ${this.layers[buffer.from]}`);
    if (buffer.to && buffer.kind !== "scratch") {
      const shown = buffer.to.slice(0, 4).map((layer) => this.layers[layer]);
      lines.push(`read by ${shown.join(", ")}${buffer.to.length > 4 ? ` and ${buffer.to.length - 4} more` : ""}`);
    }
    const live = this.liveAt(buffer, this.view.peak);
    if (live > 0) lines.push(live === buffer.bytes ? "alive at the peak" : `${bytes(live)} bytes alive at the peak`);
    return lines;
  }

  liveAt(buffer, step) {
    return buffer.rects.reduce((sum, [begin, end, low, high]) => sum + (begin <= step && step < end ? high - low : 0), 0);
  }

  // ---- drawing

  x(step) { return step * this.stepWidth; }
  y(address) { return MemoryChart.top + this.mapHeight * Math.min(1, address / this.scale); }

  draw() {
    const {view} = this;
    const whole = Math.max(this.width, 1) * this.zoom;
    this.stepWidth = whole / view.count;
    this.mapHeight = this.width < 500 ? 300 : 420;
    this.scale = Math.max(1, ...(this.sameScale ? this.views.map((each) => each.arena) : [view.arena]));
    this.stripTop = MemoryChart.top + this.mapHeight + 34;
    this.namesTop = this.stripTop + MemoryChart.stripHeight + 10;
    const names = this.drawNames();
    const height = this.namesTop + names.height + 6;
    this.chart.setAttribute("width", whole);
    this.chart.setAttribute("height", height);
    this.chart.setAttribute("viewBox", `0 0 ${whole} ${height}`);
    this.shapes = view.buffers.map((buffer, i) => this.drawBuffer(buffer, i));
    this.cursor = this.svg("path", {class: "cursor"});
    this.chart.replaceChildren(this.patterns(), ...this.drawGrid(whole), ...this.drawPeakWash(),
                               ...this.order.map((i) => this.shapes[i]), ...this.drawPeak(whole), ...this.drawBounds(whole), ...this.drawStrip(whole),
                               ...this.drawTicks(), names.group, this.cursor);
    this.drawAxis(height);
  }

  patterns() {
    const defs = this.svg("defs", {});
    const pattern = this.svg("pattern", {id: "gap", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"});
    pattern.append(this.svg("path", {d: "M0 0V6"}));
    defs.append(pattern);
    return defs;
  }

  /** Addresses of the lines across: at most eight, a power of two apart. */
  ticks() {
    let tick = 1;
    while (this.scale / tick > 8) tick *= 2;
    return Array.from({length: Math.floor(this.scale / tick) + 1}, (_, i) => i * tick);
  }

  drawGrid(whole) {
    const lines = this.ticks().map((address) => `M0 ${this.y(address)}H${whole}`).join("");
    const bands = this.bands().filter(([begin, end]) => this.x(end) - this.x(begin) >= 8).map(([begin]) => `M${this.x(begin).toFixed(1)} ${MemoryChart.top}V${this.stripTop + MemoryChart.stripHeight}`);
    const marked = this.svg("rect", {class: "step", y: MemoryChart.top, height: this.stripTop + MemoryChart.stripHeight - MemoryChart.top, width: 0});
    this.marked = marked;
    return [this.svg("path", {class: "grid", d: lines}), this.svg("path", {class: "grid bands", d: bands.join("")}), marked];
  }

  drawAxis(height) {
    this.axis.setAttribute("width", MemoryChart.axisWidth);
    this.axis.setAttribute("height", height);
    const texts = this.ticks().map((address) => this.svg("text", {x: MemoryChart.axisWidth - 6, y: this.y(address) + 3.5}, MemoryChart.round(address)));
    const title = this.svg("text", {class: "title", transform: `translate(9 ${MemoryChart.top + this.mapHeight / 2}) rotate(-90)`}, "address");
    const live = this.svg("text", {x: MemoryChart.axisWidth - 6, y: this.stripTop + 8}, MemoryChart.round(this.view.live[this.view.peak]));
    const zero = this.svg("text", {x: MemoryChart.axisWidth - 6, y: this.stripTop + MemoryChart.stripHeight + 3}, "0");
    const strip = this.svg("text", {class: "title", transform: `translate(9 ${this.stripTop + MemoryChart.stripHeight / 2}) rotate(-90)`}, "live");
    const step = this.svg("text", {x: MemoryChart.axisWidth - 6, y: MemoryChart.top + this.mapHeight + 15}, "step");
    this.axis.replaceChildren(...texts, title, live, zero, strip, step);
  }

  static round(bytes) {
    for (const [size, unit] of [[2 ** 20, "MiB"], [2 ** 10, "KiB"]]) {
      if (bytes >= size) return `${Number((bytes / size).toPrecision(3))} ${unit}`;
    }
    return `${bytes} B`;
  }

  /** Rectangles that follow each other without a gap are one polygon; those within one pixel are joined. */
  chains(buffer) {
    const chains = [];
    const {rects} = buffer;
    rects.forEach((rect, i) => {
      const isAlone = rects[i - 1]?.[0] !== rect[0] && rects[i + 1]?.[0] !== rect[0];
      const chain = chains[chains.length - 1];
      const last = chain?.rects[chain.rects.length - 1];
      if (!isAlone || !last || !chain.open || last[1] !== rect[0] || last[2] > rect[3] || rect[2] > last[3]) {
        chains.push({open: isAlone, rects: [[...rect]]});
      } else if (this.x(rect[1] - last[0]) < 1) {
        chain.rects[chain.rects.length - 1] = [last[0], rect[1], Math.min(last[2], rect[2]), Math.max(last[3], rect[3])];
      } else {
        chain.rects.push([...rect]);
      }
    });
    return chains.map((chain) => chain.rects);
  }

  drawBuffer(buffer, index) {
    const kind = ["input", "activation", "output", "scratch"].includes(buffer.kind) ? buffer.kind : "activation";
    const chains = this.chains(buffer);
    const top = (rect) => this.y(buffer.at + rect[2]).toFixed(2);
    const bottom = (rect) => Math.max(this.y(buffer.at + rect[2]) + 0.75, this.y(buffer.at + rect[3])).toFixed(2);
    const path = chains.map((rects) => {
      let line = `M${this.x(rects[0][0]).toFixed(2)} ${top(rects[0])}`;
      for (const rect of rects) line += `V${top(rect)}H${this.x(rect[1]).toFixed(2)}`;
      for (const rect of [...rects].reverse()) line += `V${bottom(rect)}H${this.x(rect[0]).toFixed(2)}`;
      return `${line}z`;
    });
    const rectangles = chains.reduce((sum, rects) => sum + rects.length, 0);
    const covered = chains.reduce((sum, rects) => sum + this.x(rects[rects.length - 1][1] - rects[0][0]), 0);
    const isFine = covered / Math.max(1, rectangles) < 3;
    const atPeak = this.liveAt(buffer, this.view.peak) > 0;
    const group = this.svg("g", {class: `buffer ${kind}${isFine ? " fine" : ""}${index % 2 ? " odd" : ""}${atPeak ? " at-peak" : ""}`, "data-buffer": index,
                                 role: "img", tabindex: index === this.order[this.focused] ? 0 : -1, "aria-label": this.describe(buffer).join("; ")});
    group.append(this.svg("path", {d: path.join("")}));
    const label = this.drawLabel(buffer, chains);
    if (label) group.append(label);
    return group;
  }

  /** The name where the largest box inside of the shape has room for it: across, else upright. */
  drawLabel(buffer, chains) {
    const name = buffer.name.endsWith(".output") ? buffer.name.slice(0, -7) : buffer.name;
    let best = null;
    for (const rects of chains) {
      if (rects.length > 500) continue;
      for (let i = 0; i < rects.length; ++i) {
        let [low, high] = [0, Infinity];
        for (let j = i; j < rects.length; ++j) {
          low = Math.max(low, rects[j][2]);
          high = Math.min(high, rects[j][3]);
          const height = (high - low) / this.scale * this.mapHeight;
          const width = this.x(rects[j][1] - rects[i][0]);
          if (height < 12) break;
          if (width >= 12 && (!best || width * height > best.area)) {
            best = {area: width * height, width, height, x: (this.x(rects[i][0]) + this.x(rects[j][1])) / 2, y: this.y(buffer.at + (low + high) / 2)};
          }
        }
      }
    }
    if (!best) return null;
    const fits = (length) => Math.floor((length - 6) / MemoryChart.character);
    const shorten = (length) => (name.length <= fits(length) ? name : `${name.slice(0, fits(length) - 1)}\u2026`);
    const least = Math.min(name.length, 7);
    const [across, upright] = [fits(best.width), fits(best.height)];
    if (across >= least && (across >= name.length || across >= upright)) {
      const text = this.svg("text", {x: best.x, y: best.y + (best.height >= 30 ? -3 : 3.5)}, shorten(best.width));
      if (best.height < 30 || best.width < 60) return text;
      const group = this.svg("g", {});
      group.append(text, this.svg("text", {class: "minor", x: best.x, y: best.y + 10}, MemoryChart.round(buffer.bytes)));
      return group;
    }
    return upright >= least ? this.svg("text", {transform: `translate(${best.x + 3.5} ${best.y}) rotate(-90)`}, shorten(best.height)) : null;
  }

  /** At least as wide as an eye can see. */
  peakBox() {
    const width = Math.max(5, this.stepWidth);
    return {x: Math.max(0, this.x(this.view.peak + 0.5) - width / 2), width};
  }

  drawPeakWash() {
    const {x, width} = this.peakBox();
    const made = [this.svg("rect", {class: "peak wash", x, y: MemoryChart.top, width, height: this.mapHeight})];
    for (let i = 0; i < this.view.gaps.length; i += 2) {
      const [low, high] = [this.view.gaps[i], this.view.gaps[i + 1]];
      made.push(this.svg("rect", {class: "gap", x, y: this.y(low), width, height: Math.max(0.75, this.y(high) - this.y(low))}));
    }
    return made;
  }

  drawPeak(whole) {
    const {x, width} = this.peakBox();
    const middle = x + width / 2;
    const text = `peak: ${this.view.live[this.view.peak].toLocaleString("en-US")} bytes, step ${this.view.peak}`;
    const half = text.length * 3.8;
    const at = whole > 2 * half ? Math.min(Math.max(middle, half), whole - half) : whole / 2;
    return [this.svg("rect", {class: "peak outline", x, y: MemoryChart.top - 4, width, height: this.mapHeight + 4}),
            this.svg("path", {class: "peak-mark", d: `M${middle} ${MemoryChart.top - 4}l-4 -6h8z`}),
            this.svg("text", {class: "peak-label", x: at, y: MemoryChart.top - 15}, text)];
  }

  drawBounds(whole) {
    const lines = [["arena", this.view.arena], ["lower", this.view.bound]];
    // What is possible in each of several memories is no line of their sum.
    if (this.view.regions) lines.pop();
    const made = lines.map(([kind, bytes]) => this.svg("path", {class: `bound ${kind}`, d: `M0 ${this.y(bytes)}H${whole}`}));
    for (const [name, begin, bytes] of this.view.regions ?? []) {
      const y = this.y(begin);
      made.push(this.svg("path", {class: "region", d: `M0 ${y}H${whole}`}),
                this.svg("text", {class: "region-name", x: whole - 4, y: y + 12}, `${name}, ${MemoryChart.round(bytes)}`));
    }
    return made;
  }

  /** Live bytes of every step; the largest of the steps within one pixel. */
  drawStrip(whole) {
    const {live, peak} = this.view;
    const bottom = this.stripTop + MemoryChart.stripHeight;
    const y = (bytes) => (bottom - MemoryChart.stripHeight * bytes / Math.max(1, live[peak])).toFixed(1);
    const stride = Math.max(1, Math.floor(1 / this.stepWidth));
    let line = `M0 ${bottom}`;
    for (let step = 0; step < live.length; step += stride) {
      const end = Math.min(live.length, step + stride);
      line += `V${y(Math.max(...live.slice(step, end)))}H${this.x(end).toFixed(1)}`;
    }
    const {x, width} = this.peakBox();
    return [this.svg("path", {class: "strip", d: `${line}V${bottom}z`}),
            this.svg("rect", {class: "strip-peak", x, y: this.stripTop, width, height: MemoryChart.stripHeight}),
            this.svg("path", {class: "grid", d: `M0 ${this.stripTop}H${whole}M0 ${bottom}H${whole}`})];
  }

  drawTicks() {
    let tick = 1;
    for (let i = 0; tick * this.stepWidth < 34; ++i) tick = [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3);
    const made = [];
    for (let step = 0; step < this.view.count; step += tick) {
      const whole = this.x(this.view.count);
      const middle = this.x(step + 0.5);
      const half = String(step).length * MemoryChart.character / 2;
      made.push(this.svg("text", {class: "tick", x: Math.min(Math.max(middle, half), whole - half), y: MemoryChart.top + this.mapHeight + 15}, String(step)));
    }
    return made;
  }

  /** Names of layers and of streamed regions, upright where they are wide enough to be told apart. */
  drawNames() {
    const group = this.svg("g", {class: "names"});
    let height = 0;
    let free = -Infinity;
    for (const band of this.bands()) {
      const [left, right] = [this.x(band[0]), this.x(band[1])];
      const full = this.bandName(band);
      const classes = band[0] <= this.view.peak && this.view.peak < band[1] ? "highest" : "";
      const room = Math.floor((right - left - 4) / MemoryChart.character);
      const middle = Math.min(Math.max(9, (left + right) / 2), this.x(this.view.count) - 5);
      if (room >= Math.min(full.length, 16)) {
        const text = full.length <= room ? full : `${full.slice(0, room - 1)}\u2026`;
        group.append(this.svg("text", {class: classes, x: middle, y: this.namesTop + 8, "text-anchor": "middle"}, text));
        height = Math.max(height, 14);
        free = right;
      } else if (middle - 6 >= free) {
        const text = full.length <= 24 ? full : `${full.slice(0, 23)}\u2026`;
        group.append(this.svg("text", {class: classes, transform: `translate(${middle + 3.5} ${this.namesTop}) rotate(-90)`, "text-anchor": "end"}, text));
        height = Math.max(height, text.length * MemoryChart.character);
        free = middle + 6;
      }
    }
    return {group, height};
  }
}
