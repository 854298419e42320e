"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const trials = data.trials, best = trials.find(trial => trial.id === data.best);
const byId = new Map(trials.map(trial => [trial.id, trial]));

// Making elements: all text goes in as text, never as markup.
function element(name, attributes = {}, ...children) {
  const isSvg = ["svg", "g", "path", "circle", "rect", "line", "text", "title"].includes(name);
  const made = isSvg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "on") for (const [event, handler] of Object.entries(value)) made.addEventListener(event, handler);
    else if (key === "css") for (const [property, text] of Object.entries(value)) made.style.setProperty(property, text);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.filter(child => child !== null && child !== undefined));
  return made;
}
const at = id => document.getElementById(id);
const fill = (id, ...children) => at(id).replaceChildren(...children.filter(child => child));

// The name of an option without what all options begin with.
const shortName = name => name.startsWith(data.prefix) ? name.slice(data.prefix.length) : name;

// Numbers and times for people.
function number(value) {
  if (typeof value !== "number") return value === undefined || value === null ? "–" : String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e7) return String(value);
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e6) ? value.toExponential(2).replace(/\.?0*e\+?/, "e") : String(+value.toPrecision(4));
}
function time(seconds) {
  if (seconds === undefined || seconds === null) return "–";
  if (seconds < 1) return Math.round(seconds * 1000) + " ms";
  if (seconds < 60) return +seconds.toPrecision(3) + " s";
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes} min ${Math.round(seconds % 60)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
// Two figures of the largest unit that there is one of.
function brief(seconds) {
  const [size, unit] = [[86400, "d"], [3600, "h"], [60, "min"]].find(([size]) => seconds >= size) ?? [1, "s"];
  return seconds < 1 || seconds === undefined ? time(seconds) : (seconds / size >= 10 ? Math.round(seconds / size) : +(seconds / size).toFixed(1)) + " " + unit;
}
const memory = megabytes => megabytes === undefined || megabytes === null ? "–" : megabytes >= 1000 ? (megabytes / 1000).toFixed(1) + " GB" : Math.round(megabytes) + " MB";
const median = values => values.length ? [...values].sort((a, b) => a - b)[values.length >> 1] : undefined;
const better = (a, b) => data.maximize ? a > b : a < b;

// Where a metric stands among all: 0 for the worst, 1 for the best.
const ranked = trials.filter(trial => trial.state === "completed").map(trial => trial.metric).sort((a, b) => data.maximize ? a - b : b - a);
const rank = metric => ranked.length < 2 ? 1 : ranked.findIndex(other => !better(metric, other)) / (ranked.length - 1);
const describe = trial => [`Trial ${trial.id}: ${trial.state}`, trial.metric === undefined ? null : `${data.metric} ${number(trial.metric)}`, trial.seconds === undefined ? null : `time ${time(trial.seconds)}`,
  ...Object.entries(trial.values).map(([name, value]) => `${shortName(name)}: ${number(value)}`), trial.failure ? trial.failure.split("\n")[0].slice(0, 200) : null].filter(Boolean).join("\n");

// One tip for all plots, and one trial that is pointed at in all of them.
function point(trial, event) {
  document.querySelectorAll(".hot").forEach(other => other.classList.remove("hot"));
  const tip = at("tip");
  tip.hidden = !trial;
  if (!trial) return;
  document.querySelectorAll(`[data-trial="${trial.id}"]`).forEach(mark => mark.classList.add("hot"));
  tip.textContent = describe(trial);
  const box = tip.getBoundingClientRect();
  tip.style.left = Math.max(8, Math.min(event.clientX + 14, innerWidth - box.width - 8)) + "px";
  tip.style.top = Math.max(8, event.clientY + 14 + box.height > innerHeight ? event.clientY - box.height - 10 : event.clientY + 14) + "px";
}
const pointing = trial => ({ pointermove: event => point(trial, event), pointerleave: () => point(null), click: () => at("trials").querySelector(`tbody[data-trial="${trial.id}"]`)?.scrollIntoView({ block: "center", behavior: "smooth" }) });

async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Pages from files may not have a clipboard.
    const area = document.body.appendChild(element("textarea"));
    area.value = text;
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => button.textContent = before, 1200);
}
const copier = (label, text) => element("button", { type: "button", on: { click: event => copy(text, event.currentTarget) } }, label);
const facts = entries => element("dl", { class: "facts" }, ...entries.filter(([, value]) => value !== undefined && value !== null).flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));

function drawHead() {
  const count = state => trials.filter(trial => trial.state === state).length;
  const spent = trials.reduce((sum, trial) => sum + (trial.seconds ?? 0), 0);
  fill("head", element("h1", {}, data.id), element("p", {}, `${data.task}: ${data.metric}, ${data.maximize ? "more" : "less"} is better; ${data.tuner} tuner, begun ${data.created}`));
  const tile = (value, label, kind = "") => element("div", { class: "tile " + kind }, element("b", {}, value), element("span", {}, label));
  fill("tiles",
    tile(best ? number(best.metric) : "–", best ? `best ${data.metric}, trial ${best.id}` : "no trial completed", "first"),
    tile(count("completed"), `completed of ${data.planned || trials.length}`), tile(count("pruned"), "stopped early"), tile(count("failed"), "failed"),
    count("running") ? tile(count("running"), "running or cut off") : null,
    tile(brief(spent), "in trials, all together"), tile(brief(median(trials.filter(trial => trial.state === "completed").map(trial => trial.seconds))), "median completed trial"));
  fill("foot", data.footer);
}

function drawBest() {
  if (!best) return fill("best", element("p", { class: "none" }, "No trial was completed."));
  fill("best", facts(Object.entries(best.values).map(([name, value]) => [name, number(value)])),
    element("h3", {}, "As a space file"), element("pre", { id: "best-yaml" }, data.bestYaml),
    element("p", { class: "row" }, copier("Copy YAML", data.bestYaml), copier("Copy JSON", data.bestJson)));
}

function drawAbout() {
  fill("about", facts(data.facts),
    data.resume ? element("h3", {}, "To go on") : null, data.resume ? element("pre", { id: "resume" }, data.resume) : null, data.resume ? element("p", { class: "row" }, copier("Copy command", data.resume)) : null,
    element("h3", {}, "The space that was searched"), element("pre", {}, data.space), element("p", { class: "row" }, copier("Copy space", data.space)));
}

function drawImportance() {
  const shares = data.importance.filter(entry => entry.share >= 0.005).slice(0, 12);
  at("importance-hint").textContent = shares.length
    ? "Shares of the variance of the metric over the space (fANOVA), with the standard deviation over the trees of the forest; hatched is what two options do only together."
    : "";
  if (!shares.length) return fill("importance", element("p", { class: "none" }, `Told from ${data.leastTrials} completed trials on whose metrics differ.`));
  const percent = share => (100 * share).toFixed(1) + " %";
  fill("importance", element("dl", { class: "bars" }, ...shares.flatMap(entry => [
    element("dt", {}, entry.options.map(shortName).join(" × ")),
    element("dd", { class: "bar" + (entry.options.length > 1 ? " both" : "") },
      element("i", { css: { width: 100 * Math.min(1, entry.share) + "%" } }),
      element("u", { css: { left: 100 * Math.max(0, entry.share - entry.deviation) + "%", width: 100 * (Math.min(1, entry.share + entry.deviation) - Math.max(0, entry.share - entry.deviation)) + "%" } })),
    element("dd", { class: "number" }, `${percent(entry.share)} ± ${(100 * entry.deviation).toFixed(1)}`)])));
}

// The table of trials: a body for each trial, so that its text goes where it goes.
const columns = [
  { name: "trial", value: trial => trial.id, right: true },
  { name: "state", value: trial => trial.state },
  { name: data.metric, value: trial => trial.metric, right: true },
  { name: "time", value: trial => trial.seconds, text: trial => time(trial.seconds), right: true },
  { name: "memory", value: trial => trial.memory, text: trial => memory(trial.memory), right: true },
  ...data.axes.map(axis => ({ name: shortName(axis.name), value: trial => trial.values[axis.name], right: axis.kind === "number" }))];
const sorting = { column: 0, down: false };

function trialBody(trial) {
  const hasText = trial.failure || trial.log;
  const text = element("tr", { class: "text", hidden: true }, element("td", { colspan: columns.length }, element("div", {},
    ...(trial.failure ? [element("h3", {}, "Failure"), element("pre", {}, trial.failure)] : []), ...(trial.log ? [element("h3", {}, "Log"), element("pre", {}, trial.log)] : []))));
  const toggle = event => {
    text.hidden = !text.hidden;
    event.currentTarget.setAttribute("aria-expanded", String(!text.hidden));
  };
  return element("tbody", { "data-trial": trial.id, class: trial === best ? "is-best" : null }, element("tr", {}, ...columns.map(column => {
    const value = column.value(trial);
    const cell = element("td", { class: [column.right ? "right" : "", value === undefined ? "off" : ""].join(" ").trim() || null });
    if (column.name === "state" && column === columns[1]) {
      cell.append(element("span", { class: "state " + trial.state }, trial.state));
      if (hasText) cell.append(element("button", { type: "button", class: "more", "aria-expanded": "false", on: { click: toggle } }, trial.failure ? "why" : "log"));
    } else {
      cell.append(column.text ? column.text(trial) : number(value));
    }
    return cell;
  })), hasText ? text : null);
}

function sort(column) {
  sorting.down = sorting.column === column ? !sorting.down : columns[column].name === data.metric && data.maximize;
  sorting.column = column;
  const table = at("trials"), value = columns[column].value, sign = sorting.down ? -1 : 1;
  table.querySelectorAll("th").forEach((head, i) => i === column ? head.setAttribute("aria-sort", sorting.down ? "descending" : "ascending") : head.removeAttribute("aria-sort"));
  const bodies = [...table.tBodies].sort((first, second) => {
    const a = value(byId.get(+first.dataset.trial)), b = value(byId.get(+second.dataset.trial));
    if (a === undefined || b === undefined) return (a === undefined) - (b === undefined);
    return sign * (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
  });
  table.append(...bodies);
}

function drawTable() {
  at("trials-hint").textContent = trials.length ? "Click a heading to sort. Only trials that are selected above are listed." : "There are none yet.";
  fill("trials", element("thead", {}, element("tr", {}, ...columns.map((column, i) => element("th", { scope: "col", class: column.right ? "right" : null, "aria-sort": i === 0 ? "ascending" : null },
    element("button", { type: "button", on: { click: () => sort(i) } }, column.name))))), ...trials.map(trialBody));
}
