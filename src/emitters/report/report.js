// What parts of the page share: one tip, and the marks that link the memory map with the table of layers.
"use strict";

/** Shows lines of text beside a point, the first one bold. */
const tip = (() => {
  const box = document.createElement("div");
  box.className = "tip";
  box.setAttribute("role", "status");
  box.hidden = true;
  document.body.append(box);
  const place = (x, y) => {
    const right = x + 16 + box.offsetWidth > document.documentElement.clientWidth;
    const below = y + 16 + box.offsetHeight <= window.innerHeight;
    box.style.left = `${Math.max(4, right ? x - box.offsetWidth - 12 : x + 16)}px`;
    box.style.top = `${Math.max(4, below ? y + 16 : y - box.offsetHeight - 12)}px`;
  };
  const show = (x, y, [name, ...details]) => {
    const title = document.createElement("b");
    title.textContent = name;
    box.replaceChildren(title, ...details.flatMap((line) => [document.createElement("br"), line]));
    box.hidden = false;
    place(x, y);
  };
  return {show, hide: () => { box.hidden = true; }};
})();

const layerRow = (layer) => document.getElementById(`layer-${layer}`);
