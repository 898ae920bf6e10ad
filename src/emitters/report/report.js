// Tooltips without the browser's delay, and links between the memory map and the table of layers. The page is complete
// without this.
(() => {
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  document.body.append(tip);

  const place = (event) => {
    const right = event.clientX + 16 + tip.offsetWidth > window.innerWidth;
    const below = event.clientY + 16 + tip.offsetHeight <= window.innerHeight;
    tip.style.left = `${Math.max(4, right ? event.clientX - tip.offsetWidth - 12 : event.clientX + 16)}px`;
    tip.style.top = `${Math.max(4, below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 12)}px`;
  };
  const show = (event, text) => {
    const [name, ...details] = text.split("\n");
    const title = document.createElement("b");
    title.textContent = name;
    tip.replaceChildren(title, ...details.flatMap((line) => [document.createElement("br"), line]));
    tip.hidden = false;
    place(event);
  };

  const mark = (step, on) => {
    for (const id of [`step-${step}`, `layer-${step}`]) document.getElementById(id)?.classList.toggle("on", on);
  };
  for (const shape of document.querySelectorAll(".chart .hover")) {
    const title = shape.querySelector("title");
    const text = title.textContent;
    const step = shape.dataset.step;
    shape.setAttribute("aria-label", text);
    title.remove();
    shape.addEventListener("pointerenter", (event) => {
      show(event, text);
      if (step !== undefined) mark(step, true);
    });
    shape.addEventListener("pointermove", place);
    shape.addEventListener("pointerleave", () => {
      tip.hidden = true;
      if (step !== undefined) mark(step, false);
    });
    if (step !== undefined) {
      shape.addEventListener("click", () => document.getElementById(`layer-${step}`)?.scrollIntoView({block: "center"}));
    }
  }
  for (const row of document.querySelectorAll("tr[data-step]")) {
    row.addEventListener("pointerenter", () => mark(row.dataset.step, true));
    row.addEventListener("pointerleave", () => mark(row.dataset.step, false));
  }
})();
