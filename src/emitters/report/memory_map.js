// The memory map of the page: its buttons, what they choose, pointer and keys. Reads the JSON in #memory-data, which
// memory_picture.cpp writes, and draws into #memory-map, as memory_chart.js does. Nothing is loaded, names are only ever
// set as text.
class MemoryMap extends MemoryChart {
  constructor(host, data) {
    super();
    this.host = host;
    this.layers = data.layers;
    this.views = data.views;
    for (const view of this.views) view.buffers.forEach((buffer) => { buffer.rects = MemoryChart.decode(buffer.shape); });
    this.zoom = 1;
    this.sameScale = false;
    this.build();
    this.select(0);
    new ResizeObserver(() => this.resize()).observe(this.scroller);
  }

  // ---- page elements

  build() {
    const element = (name, className, text = "") => {
      const made = document.createElement(name);
      made.className = className;
      made.textContent = text;
      return made;
    };
    const button = (text, label, action) => {
      const made = element("button", "", text);
      made.type = "button";
      made.setAttribute("aria-label", label);
      made.addEventListener("click", action);
      return made;
    };
    const tools = element("div", "map-tools");
    this.viewButtons = [];
    if (this.views.length > 1) {
      const group = element("div", "buttons");
      group.setAttribute("role", "group");
      group.setAttribute("aria-label", "Memory plan");
      this.viewButtons = this.views.map((view, index) => button(view.label, `Show: ${view.label}`, () => this.select(index)));
      group.append(...this.viewButtons);
      const scale = element("label", "", " same scale");
      const box = element("input", "");
      box.type = "checkbox";
      box.addEventListener("change", () => { this.sameScale = box.checked; this.draw(); });
      scale.prepend(box);
      tools.append(group, scale);
    }
    const zooms = element("div", "buttons");
    zooms.setAttribute("role", "group");
    zooms.setAttribute("aria-label", "Zoom");
    zooms.append(button("\u2212", "Zoom out", () => this.zoomTo(this.zoom / 2)), button("fit", "Zoom to all steps", () => this.zoomTo(1)),
                 button("+", "Zoom in", () => this.zoomTo(this.zoom * 2)), button("peak", "Zoom to the peak", () => this.zoomToPeak()));
    tools.append(zooms);
    this.figures = element("p", "map-figures");
    this.figures.setAttribute("aria-live", "polite");
    const body = element("div", "map-body");
    this.axis = this.svg("svg", {class: "map-axis", "aria-hidden": "true"});
    this.scroller = element("div", "map-scroll");
    this.chart = this.svg("svg", {class: "chart", role: "group"});
    this.scroller.append(this.chart);
    body.append(this.axis, this.scroller);
    this.host.append(tools, this.figures, body,
                     element("p", "note", "Point at a shape, or walk with the arrow keys; + and \u2212 zoom, Enter goes to the layer."));
    this.listen();
  }

  // ---- what is shown

  select(index) {
    this.view = this.views[index];
    this.index = index;
    this.zoom = 1;
    this.focused = 0;
    this.viewButtons.forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
    for (const story of document.querySelectorAll(".story")) story.hidden = story.dataset.view !== String(index);
    const view = this.view;
    const bytes = (number) => number.toLocaleString("en-US");
    const lost = view.arena - view.live[view.peak];
    let text = `Arena ${bytes(view.arena)} bytes, lower bound ${bytes(view.bound)}; unused at the peak ${bytes(Math.max(0, lost))}.`;
    for (const other of this.views) {
      if (other !== view) text += ` ${other.label}: ${bytes(other.arena)} bytes, ${(other.arena / Math.max(1, view.arena)).toFixed(2)} times as many.`;
    }
    this.figures.textContent = text;
    this.chart.setAttribute("aria-label", `Memory map, ${view.label}: ${view.buffers.length} buffers over ${view.count} steps. ${text}`);
    this.order = view.buffers.map((_, i) => i).filter((i) => view.buffers[i].rects.length > 0);
    const begin = (i) => view.buffers[i].rects[0][0];
    this.order.sort((a, b) => begin(a) - begin(b) || view.buffers[a].at - view.buffers[b].at);
    this.width = 0;
    this.resize();
  }

  resize() {
    const width = this.scroller.clientWidth;
    if (width === this.width || width === 0) return;
    this.width = width;
    this.draw();
  }

  zoomTo(zoom, anchor = this.scroller.clientWidth / 2) {
    const most = Math.max(4, 40 * this.view.count / this.width);
    const step = (this.scroller.scrollLeft + anchor) / this.stepWidth;
    this.zoom = Math.min(most, 20000 / this.width * 4, Math.max(1, zoom));
    this.draw();
    this.scroller.scrollLeft = step * this.stepWidth - anchor;
  }

  zoomToPeak() {
    this.zoomTo(12 * this.view.count / this.width);
    this.scroller.scrollLeft = (this.view.peak + 0.5) * this.stepWidth - this.scroller.clientWidth / 2;
  }

  // ---- pointer and keys

  listen() {
    const {chart} = this;
    const bufferOf = (event) => event.target.closest?.("[data-buffer]");
    chart.addEventListener("pointermove", (event) => {
      const shape = bufferOf(event);
      const step = this.stepAt(event.clientX);
      this.point(step);
      tip.show(event.clientX, event.clientY, shape ? this.describe(this.view.buffers[shape.dataset.buffer]) : this.describeStep(step));
      this.markRow(shape ? this.view.buffers[shape.dataset.buffer].from : this.layerAt(step));
    });
    chart.addEventListener("pointerleave", () => this.leave());
    chart.addEventListener("focusin", (event) => {
      const shape = bufferOf(event);
      if (shape) this.showFocus(Number(shape.dataset.buffer));
    });
    chart.addEventListener("focusout", () => this.leave());
    chart.addEventListener("dblclick", (event) => {
      const shape = bufferOf(event);
      if (shape) this.goToLayer(Number(shape.dataset.buffer));
    });
    chart.addEventListener("keydown", (event) => this.key(event));
    this.scroller.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoomTo(this.zoom * (event.deltaY < 0 ? 1.25 : 0.8), event.clientX - this.scroller.getBoundingClientRect().left);
    }, {passive: false});
    for (const row of document.querySelectorAll("tr[data-step]")) {
      row.addEventListener("pointerenter", () => this.markLayer(Number(row.dataset.step)));
      row.addEventListener("pointerleave", () => this.marked.setAttribute("width", 0));
    }
  }

  stepAt(clientX) {
    const step = Math.floor((clientX - this.chart.getBoundingClientRect().left) / this.stepWidth);
    return Math.min(this.view.count - 1, Math.max(0, step));
  }

  layerAt(step) {
    const subject = this.view.steps ? this.view.steps.subjects[step] : step;
    return typeof subject === "number" ? subject : undefined;
  }

  describeStep(step) {
    return [`step ${step}: ${this.stepName(step)}`, `${this.view.live[step].toLocaleString("en-US")} bytes live in ${this.view.alive[step]} buffers`];
  }

  point(step) {
    const middle = this.x(step + 0.5).toFixed(1);
    this.cursor.setAttribute("d", `M${middle} ${MemoryChart.top}V${this.stripTop + MemoryChart.stripHeight}`);
  }

  leave() {
    tip.hide();
    this.cursor.setAttribute("d", "");
    this.markRow(undefined);
  }

  markRow(layer) {
    if (layer === this.markedRow) return;
    layerRow(this.markedRow)?.classList.remove("on");
    layerRow(layer)?.classList.add("on");
    this.markedRow = layer;
  }

  /** The steps of a layer of the table. */
  markLayer(layer) {
    const subjects = this.view.steps?.subjects;
    const begin = subjects ? subjects.indexOf(layer) : layer;
    const end = subjects ? subjects.lastIndexOf(layer) + 1 : layer + 1;
    if (begin < 0) return;
    this.marked.setAttribute("x", this.x(begin));
    this.marked.setAttribute("width", Math.max(2, this.x(end - begin)));
  }

  showFocus(index) {
    const [begin, end, low, high] = this.view.buffers[index].rects[0];
    const {scroller} = this;
    if (this.x(end) < scroller.scrollLeft || this.x(begin) > scroller.scrollLeft + scroller.clientWidth) {
      scroller.scrollLeft = this.x(begin) - scroller.clientWidth / 3;
    }
    const box = this.chart.getBoundingClientRect();
    const middle = this.view.buffers[index].at + (low + high) / 2;
    this.point(begin);
    tip.show(Math.max(box.left + this.x(begin), scroller.getBoundingClientRect().left), box.top + this.y(middle), this.describe(this.view.buffers[index]));
    this.markRow(this.view.buffers[index].from);
  }

  goToLayer(index) {
    const layer = this.view.buffers[index].from ?? this.view.buffers[index].to?.[0];
    layerRow(layer)?.scrollIntoView({block: "center"});
  }

  focus(position) {
    this.shapes[this.order[this.focused]]?.setAttribute("tabindex", -1);
    this.focused = Math.min(this.order.length - 1, Math.max(0, position));
    const shape = this.shapes[this.order[this.focused]];
    shape?.setAttribute("tabindex", 0);
    shape?.focus({preventScroll: true});
  }

  /** The nearest address above or below among the buffers that are alive at the same time. */
  focusBeside(direction) {
    const {buffers} = this.view;
    const now = buffers[this.order[this.focused]];
    const step = now.rects[0][0];
    let best = -1;
    this.order.forEach((index, position) => {
      const isBeyond = (buffers[index].at - now.at) * direction > 0;
      if (!isBeyond || this.liveAt(buffers[index], step) === 0) return;
      if (best < 0 || (buffers[index].at - buffers[this.order[best]].at) * direction < 0) best = position;
    });
    if (best >= 0) this.focus(best);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const shape = event.target.closest?.("[data-buffer]");
    if (shape) this.focused = this.order.indexOf(Number(shape.dataset.buffer));
    const actions = {ArrowRight: () => this.focus(this.focused + 1), ArrowLeft: () => this.focus(this.focused - 1),
                     ArrowDown: () => this.focusBeside(1), ArrowUp: () => this.focusBeside(-1),
                     Home: () => this.focus(0), End: () => this.focus(this.order.length - 1), Escape: () => tip.hide(),
                     Enter: () => this.goToLayer(this.order[this.focused]),
                     "+": () => this.zoomKey(this.zoom * 2), "=": () => this.zoomKey(this.zoom * 2),
                     "-": () => this.zoomKey(this.zoom / 2), 0: () => this.zoomKey(1)};
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
  }

  /** Drawing makes new shapes, so the focus has to be set again. */
  zoomKey(zoom) {
    this.zoomTo(zoom);
    this.focus(this.focused);
  }
}

{
  const host = document.getElementById("memory-map");
  const data = document.getElementById("memory-data");
  if (host && data) new MemoryMap(host, JSON.parse(data.textContent));
}
