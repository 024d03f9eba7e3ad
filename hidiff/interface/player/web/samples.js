// All chains' answers at once; a click on one asks the page for its frames.

function showSamples() {
  const box = find(".samples");
  const lane = state.lanes[0];
  const many = lane?.samples;
  box.hidden = !many;
  if (!many) {
    state.sample = null;
    return;
  }
  if (box.dataset.run === state.run) return;
  box.dataset.run = state.run;
  const list = find(".samples .sheet");
  const tiles = ["mean", "disagreement"].map((name) => {
    const colours = name === "mean" ? GREY : HEAT;
    const tile = tileOf(many, shaded(many[name], colours), words[`samples_${name}`], "");
    tile.dataset.map = name;
    tile.setAttribute("aria-pressed", "false");
    return tile;
  });
  many.masks.forEach((mask, i) => {
    const fill = (out) => {
      for (let at = 0; at < out.length; at++) out[at] = mask[at] ? white : black;
    };
    const facts = [`${many.areas[i].toFixed(2)} %`];
    if (many.dice) facts.push(`Dice ${many.dice[i].toFixed(3)}`);
    const name = say("sample", { number: i + 1 }) + (i === many.representative ? ` ★` : "");
    const tile = tileOf(many, fill, name, facts.join(" · "));
    tile.dataset.sample = i;
    tile.title = i === many.representative ? words.representative : "";
    if (lane.chain && lane.chain.sample === i) tile.setAttribute("aria-current", "true");
    tiles.push(tile);
  });
  list.replaceChildren(...tiles);
  const span = (values, places) => `${Math.min(...values).toFixed(places)} – ${Math.max(...values).toFixed(places)}`;
  const lines = [say("samples_area", { span: span(many.areas, 2) })];
  if (many.dice) lines.push(say("samples_dice", { span: span(many.dice, 3) }));
  find(".samples .spread").textContent = lines.join(" ");
}

function tileOf({ width, height }, fill, name, facts) {
  const tile = document.createElement("button");
  tile.type = "button";
  const canvas = document.createElement("canvas");
  const scale = Math.min(1, 160 / Math.max(width, height));
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const paper = canvas.getContext("2d");
  paper.imageSmoothingQuality = "medium";
  paper.drawImage(painted(width, height, fill), 0, 0, canvas.width, canvas.height);
  const [label, small] = [document.createElement("span"), document.createElement("small")];
  label.textContent = name;
  small.textContent = facts;
  tile.append(canvas, label, small);
  return tile;
}

// The mean or the disagreement laid on the answer, or taken off again.
function chooseMap(name) {
  state.sample = state.sample === name ? null : name;
  for (const tile of all("[data-map]")) tile.setAttribute("aria-pressed", tile.dataset.map === state.sample);
  take(state.clock.length - 1);
}

function chooseSample(index) {
  trigger("select", { sample: index, run: state.run });
}
