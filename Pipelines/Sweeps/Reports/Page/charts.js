// Scales and axes.
function linear(from, to, start, end) {
  const scale = value => from === to ? (start + end) / 2 : start + (value - from) / (to - from) * (end - start);
  scale.invert = place => from + (place - start) / (end - start) * (to - from);
  return scale;
}
function ticks(from, to, count) {
  const span = to - from || Math.abs(from) || 1, raw = span / Math.max(1, count), power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(candidate => candidate >= raw * 0.999);
  const found = [];
  for (let value = Math.ceil(from / step - 1e-9) * step; value <= to + step * 1e-9; value += step) found.push(+value.toPrecision(12));
  return found;
}
// The range of metrics, without a few that are far off.
function range(values) {
  const sorted = [...values].sort((a, b) => a - b), pick = share => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  if (!sorted.length) return [0, 1];
  const spread = pick(.75) - pick(.25) || (sorted.at(-1) - sorted[0]) / 4;
  let low = Math.max(sorted[0], pick(.25) - 4 * spread), high = Math.min(sorted.at(-1), pick(.75) + 4 * spread);
  if (low === high) [low, high] = [low - Math.abs(low || 1) * .05, high + Math.abs(high || 1) * .05];
  const margin = (high - low) * .05;
  return [low - margin, high + margin];
}
const canvas = (width, height, label) => element("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
const text = (x, y, value, attributes = {}) => element("text", { x, y, ...attributes }, value);
function frame(svg, x, y, box, xTicks, yTicks, xName, yName) {
  for (const value of yTicks) svg.append(element("line", { class: "grid", x1: box.left, x2: box.right, y1: y(value), y2: y(value) }), text(box.left - 8, y(value) + 4, number(value), { "text-anchor": "end" }));
  for (const value of xTicks) svg.append(text(x(value), box.base + 18, number(value), { "text-anchor": "middle" }));
  svg.append(text(box.right, box.base + 34, xName, { "text-anchor": "end" }), text(box.left - 8, 12, yName, { class: "name", "text-anchor": "start", x: 2 }));
}
const legend = (id, ...entries) => fill(id, ...entries.map(([svg, label]) => element("span", {}, svg, label)));
const sample = (...marks) => element("svg", { width: 22, height: 12, viewBox: "0 0 22 12", "aria-hidden": "true" }, ...marks);
const triangle = (x, y) => `M${x - 4.5} ${y + 4}L${x + 4.5} ${y + 4}L${x} ${y - 4}Z`;
const cross = (x, y) => `M${x - 4} ${y - 4}L${x + 4} ${y + 4}M${x + 4} ${y - 4}L${x - 4} ${y + 4}`;
function mark(trial, x, y) {
  const shape = trial.state === "failed" ? element("path", { d: cross(x, y) }) : trial.state === "pruned" ? element("path", { d: triangle(x, y) }) : element("circle", { cx: x, cy: y, r: trial === best ? 6 : trial.state === "running" ? 4 : 4.2 });
  return element("g", { class: `trial ${trial.state}${trial === best ? " is-best" : ""}`, "data-trial": trial.id, on: pointing(trial) }, shape);
}

function drawHistory(width) {
  if (!trials.length) return fill("history", element("p", { class: "none" }, "There are no trials yet."));
  const height = width < 520 ? 260 : 320, rail = trials.some(trial => trial.metric === undefined || trial.state === "failed") ? 26 : 0;
  const box = { left: 58, right: width - 14, top: 24, base: height - 42 }, svg = canvas(width, height, `${data.metric} of each trial and the best so far`);
  const [low, high] = range(trials.filter(trial => trial.metric !== undefined && trial.state !== "failed").map(trial => trial.metric));
  const last = Math.max(1, trials.at(-1).id), x = linear(0, last, box.left + 8, box.right - 8), y = linear(low, high, box.base - rail - 4, box.top);
  frame(svg, x, y, box, ticks(0, last, width / 90).filter(Number.isInteger), ticks(low, high, 5), "trial", data.metric);
  if (rail) svg.append(element("line", { class: "rail", x1: box.left, x2: box.right, y1: box.base - 8, y2: box.base - 8 }), text(box.left - 8, box.base - 4, "none", { "text-anchor": "end" }));
  let path = "", leader;
  for (const trial of trials.filter(trial => trial.state === "completed")) {
    if (leader === undefined) path = `M${x(trial.id)} ${y(leader = trial.metric)}`;
    else if (better(trial.metric, leader)) path += `H${x(trial.id)}V${y(leader = trial.metric)}`;
  }
  if (path) svg.append(element("path", { class: "so-far", d: path + `H${x(last)}` }));
  for (const trial of trials) {
    const hasPlace = trial.metric !== undefined && trial.state !== "failed";
    svg.append(mark(trial, x(trial.id), hasPlace ? y(Math.min(high, Math.max(low, trial.metric))) : box.base - 8));
  }
  fill("history", svg);
  at("history-hint").textContent = data.maximize ? "The metric of each trial, in the order in which they began; the line is the best so far." : "The metric of each trial, in the order in which they began; the line is the best, that is the least, so far.";
  const any = state => trials.some(trial => trial.state === state);
  legend("history-legend",
    ...[[any("completed"), "completed", element("circle", { cx: 11, cy: 6, r: 4 }), "completed"], [any("pruned"), "pruned", element("path", { d: triangle(11, 6) }), "stopped early, at its last metric"],
      [any("failed"), "failed", element("path", { d: cross(11, 6) }), "failed"], [any("running"), "running", element("circle", { cx: 11, cy: 6, r: 4 }), "running or cut off"]]
      .filter(([is]) => is).map(([, kind, shape, label]) => [sample(element("g", { class: kind }, shape)), label]),
    [sample(element("path", { class: "so-far", d: "M1 6H21" })), "best so far"]);
}

// Parallel coordinates: axes by importance, the metric last; brushes by axis.
const brushes = new Map();
let showAll = false;
const mostAxes = 10;

function axesShown() {
  const share = name => data.importance.find(entry => entry.options.length === 1 && entry.options[0] === name)?.share ?? 0;
  const options = [...data.axes].filter(axis => axis.kind !== "fixed").sort((a, b) => share(b.name) - share(a.name));
  at("all-axes").hidden = options.length <= mostAxes;
  at("all-axes").textContent = showAll ? `Show the ${mostAxes} most important` : `Show all ${options.length} options`;
  const [low, high] = range(trials.filter(trial => trial.metric !== undefined && trial.state !== "failed").map(trial => trial.metric));
  return [...(showAll ? options : options.slice(0, mostAxes)), { name: data.metric, kind: "number", isMetric: true, min: low, max: high }];
}
function axisScale(axis, top, base) {
  if (axis.kind === "choice") {
    const places = new Map(axis.choices.map((choice, i) => [String(choice), base - (i + .5) / axis.choices.length * (base - top)]));
    const scale = value => places.get(String(value));
    return scale;
  }
  const [from, to] = axis.log ? [Math.log10(axis.min), Math.log10(axis.max)] : [axis.min, axis.max], inner = linear(from, to, base, top);
  return value => Math.min(base, Math.max(top, inner(axis.log ? Math.log10(value) : value)));
}
function axisTicks(axis) {
  if (axis.kind === "choice") return axis.choices.map(choice => [choice, String(choice).length > 14 ? String(choice).slice(0, 13) + "…" : String(choice)]);
  if (!axis.log) return ticks(axis.min, axis.max, 5).filter(value => !axis.whole || Number.isInteger(value)).map(value => [value, number(value)]);
  const [low, high] = [Math.log10(axis.min), Math.log10(axis.max)], found = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power++) found.push(10 ** power);
  const shown = found.length >= 3 ? found.filter((_, i) => i % Math.ceil(found.length / 6) === 0) : [axis.min, ...found.filter(value => value > axis.min * 1.3 && value < axis.max / 1.3), axis.max];
  return shown.map(value => [value, number(+value.toPrecision(3))]);
}

function drawParallel(width) {
  const axes = axesShown(), step = 96, inner = Math.max(width, 120 + (axes.length - 1) * step), height = 390;
  const top = 46, base = height - 44, unused = height - 16, svg = canvas(inner, height, "Options and metric of each trial, a line each");
  const x = linear(0, Math.max(1, axes.length - 1), 66, inner - 62), scales = axes.map(axis => axisScale(axis, top, base));
  const valueOf = (trial, axis) => axis.isMetric ? (trial.state === "failed" ? undefined : trial.metric) : trial.values[axis.name];
  const place = (trial, i) => valueOf(trial, axes[i]) === undefined ? unused : scales[i](valueOf(trial, axes[i])) ?? unused;
  const hasUnused = axes.map((axis, i) => trials.some(trial => place(trial, i) === unused));
  const order = [...trials].sort((a, b) => (a === best) - (b === best) || (a.state === "completed") - (b.state === "completed") || (a.state === "completed" ? rank(a.metric) - rank(b.metric) : a.id - b.id));
  const lines = new Map();
  for (const trial of order) {
    const d = axes.map((_, i) => `${i ? "L" : "M"}${x(i).toFixed(1)} ${place(trial, i).toFixed(1)}`).join("");
    const line = element("path", { class: `line ${trial.state}${trial === best ? " is-best" : ""}`, d, "data-trial": trial.id, css: { "--rank": trial.state === "completed" ? Math.round(100 * rank(trial.metric)) + "%" : null }, on: pointing(trial) });
    lines.set(trial, line);
    svg.append(line);
  }
  axes.forEach((axis, i) => {
    svg.append(element("line", { class: "axis", x1: x(i), x2: x(i), y1: top, y2: base }));
    // Names take turns in height, so that each has the room of two axes.
    const most = Math.max(8, Math.floor((i === 0 || i === axes.length - 1 ? 1.4 : 2) * (x(1) - x(0)) / 8)), name = shortName(axis.name), shown = name.length > most ? name.slice(0, most - 1) + "…" : name;
    svg.append(element("text", { class: "name", x: x(i), y: i % 2 ? 14 : 30, "text-anchor": i === 0 ? "start" : i === axes.length - 1 ? "end" : "middle", ...(i === 0 ? { x: 4 } : i === axes.length - 1 ? { x: inner - 4 } : {}) }, shown, element("title", {}, axis.name + (axis.log ? " (logarithmic)" : ""))));
    for (const [value, label] of axisTicks(axis)) svg.append(text(x(i) - 6, scales[i](value) + 4, label, { "text-anchor": "end", "paint-order": "stroke", stroke: "var(--card)", "stroke-width": 3 }));
    if (hasUnused[i]) svg.append(text(x(i) - 6, unused + 4, axis.isMetric ? "none" : "not used", { "text-anchor": "end", "paint-order": "stroke", stroke: "var(--card)", "stroke-width": 3 }), element("line", { class: "rail", x1: x(i) - 4, x2: x(i) + 4, y1: unused, y2: unused }));
    const shade = svg.appendChild(element("rect", { class: "brush", x: x(i) - 9, width: 18, rx: 3, "data-axis": axis.name }));
    const area = svg.appendChild(element("rect", { class: "catch", x: x(i) - 16, width: 32, y: top - 8, height: unused - top + 16, "data-axis": axis.name, tabindex: 0, role: "slider", "aria-label": `Selection of ${axis.name}: up and down keys move its lower end, with shift its upper end, escape clears it`, "aria-valuetext": "all", "aria-valuenow": 0 }));
    const show = () => {
      const brush = brushes.get(axis.name);
      shade.setAttribute("visibility", brush ? "visible" : "hidden");
      if (brush) { shade.setAttribute("y", brush[0]); shade.setAttribute("height", brush[1] - brush[0]); }
      area.setAttribute("aria-valuetext", brush ? `${lines.size - [...lines.values()].filter(line => line.classList.contains("out")).length} trials selected` : "all");
    };
    const set = brush => { brush ? brushes.set(axis.name, brush) : brushes.delete(axis.name); show(); select(); };
    let from = null;
    const clamp = event => { const box = svg.getBoundingClientRect(); return Math.max(top - 4, Math.min(unused + 6, (event.clientY - box.top) * height / box.height)); };
    area.addEventListener("pointerdown", event => { from = clamp(event); area.setPointerCapture(event.pointerId); event.preventDefault(); area.focus({ preventScroll: true }); });
    area.addEventListener("pointermove", event => { if (from !== null && Math.abs(clamp(event) - from) > 3) set([Math.min(from, clamp(event)), Math.max(from, clamp(event))]); });
    area.addEventListener("pointerup", event => { if (from !== null && Math.abs(clamp(event) - from) <= 3) set(null); from = null; });
    area.addEventListener("pointercancel", () => from = null);
    area.addEventListener("keydown", event => {
      const [upper, lower] = brushes.get(axis.name) ?? [top - 4, unused + 6], move = event.key === "ArrowUp" ? -12 : event.key === "ArrowDown" ? 12 : 0;
      if (event.key === "Escape") set(null);
      else if (move) set(event.shiftKey ? [Math.max(top - 4, Math.min(lower - 6, upper + move)), lower] : [upper, Math.min(unused + 6, Math.max(upper + 6, lower + move))]);
      else return;
      event.preventDefault();
    });
    show();
  });
  function select() {
    let count = 0;
    for (const [trial, line] of lines) {
      const isIn = axes.every((axis, i) => { const brush = brushes.get(axis.name); return !brush || place(trial, i) >= brush[0] && place(trial, i) <= brush[1]; });
      line.classList.toggle("out", !isIn);
      count += isIn;
      const body = at("trials").querySelector(`tbody[data-trial="${trial.id}"]`);
      if (body) body.hidden = !isIn;
    }
    at("selected").textContent = brushes.size ? `${count} of ${trials.length} trials selected` : "";
    at("clear").hidden = !brushes.size;
  }
  fill("parallel", svg);
  select();
  legend("parallel-legend", [element("i", { class: "ramp" }), `${data.metric}: worst to best of the completed`], [sample(element("path", { class: "line is-best", d: "M1 6H21" })), "best"],
    ...[["pruned", "stopped early"], ["failed", "failed"], ["running", "running or cut off"]].filter(([state]) => trials.some(trial => trial.state === state)).map(([state, label]) => [sample(element("path", { class: "line " + state, d: "M1 6H21" })), label]));
}

function drawCurves(width) {
  const shown = trials.filter(trial => trial.curve.length);
  if (!shown.length) {
    at("curves-hint").textContent = "";
    at("curves-legend").replaceChildren();
    return fill("curves", element("p", { class: "none" }, "No trial reported metrics on its way."));
  }
  const height = 300, box = { left: 58, right: width - 14, top: 24, base: height - 42 }, svg = canvas(width, height, `${data.metric} of trials on their way`);
  const points = shown.flatMap(trial => trial.curve), [low, high] = range(points.map(([, metric]) => metric)), last = Math.max(...points.map(([step]) => step)), first = Math.min(...points.map(([step]) => step));
  const x = linear(Math.min(first, last === first ? 0 : first), last, box.left + 6, box.right - 8), y = linear(low, high, box.base - 4, box.top), clip = metric => y(Math.min(high, Math.max(low, metric)));
  frame(svg, x, y, box, ticks(first, last, width / 90), ticks(low, high, 5), "step", data.metric);
  const order = [...shown].sort((a, b) => (a === best) - (b === best) || (a.state === "completed") - (b.state === "completed") || (a.state === "completed" ? rank(a.metric) - rank(b.metric) : 0));
  for (const trial of order) {
    const [step, metric] = trial.curve.at(-1);
    const d = trial.curve.length === 1 ? `M${x(step) - 3} ${clip(metric)}h6` : trial.curve.map(([step, metric], i) => `${i ? "L" : "M"}${x(step).toFixed(1)} ${clip(metric).toFixed(1)}`).join("");
    svg.append(element("path", { class: `line ${trial.state}${trial === best ? " is-best" : ""}`, d, "data-trial": trial.id, css: { "--rank": trial.state === "completed" ? Math.round(100 * rank(trial.metric)) + "%" : null }, on: pointing(trial) }));
    if (trial.state === "pruned") svg.append(element("circle", { class: "end", cx: x(step), cy: clip(metric), r: 2.6 }));
  }
  fill("curves", svg);
  at("curves-hint").textContent = `What ${shown.length} of ${trials.length} trials reported on their way.`;
  legend("curves-legend", [element("i", { class: "ramp" }), "worst to best at their ends"], [sample(element("path", { class: "line is-best", d: "M1 6H21" })), "best"],
    ...(shown.some(trial => trial.state === "pruned") ? [[sample(element("path", { class: "line pruned", d: "M1 6H17" }), element("circle", { class: "end", cx: 18, cy: 6, r: 2.6 })), "stopped early"]] : []));
}

function drawPlots() {
  const inside = id => { const style = getComputedStyle(at(id).parentElement); return Math.max(240, at(id).parentElement.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)); };
  drawHistory(inside("history"));
  drawParallel(inside("parallel"));
  drawCurves(inside("curves"));
}

drawHead();
drawBest();
drawAbout();
drawImportance();
drawTable();
drawPlots();
at("clear").addEventListener("click", () => { brushes.clear(); drawPlots(); });
at("all-axes").addEventListener("click", () => { showAll = !showAll; drawPlots(); });
let drawnAt = innerWidth;
addEventListener("resize", () => { if (innerWidth !== drawnAt) { drawnAt = innerWidth; drawPlots(); } });
