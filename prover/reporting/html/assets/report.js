"use strict";
// The page is made from the JSON in #content; details of a problem are unpacked when it is opened.
const content = JSON.parse(document.getElementById("content").textContent);
const $ = (id) => document.getElementById(id);

function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// --- Head: facts, figures, curves -----------------------------------------------------------

const percent = (share) => (100 * share).toFixed(1) + " %";
const many = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;
const range = (x) => `95 %: ${percent(x.low)} to ${percent(x.high)}`;

function head() {
  for (const [name, value] of Object.entries(content.facts))
    $("facts").append(el("div", {}, el("dt", {}, name), el("dd", {}, value)));
  const card = (value, text) =>
    $("summary").append(el("div", { class: "card" }, el("b", {}, value), el("span", {}, text)));
  const problems = content.problems;
  const s = content.summary;
  const proved = problems.filter((p) => p.status === "proved").length;
  if (s) {
    card(`${s.proved} of ${s.problems}`, "proved");
    card(percent(s.proved_share.estimate), range(s.proved_share));
    for (const [k, value] of Object.entries(s.pass || {}))
      if (k !== "1") card(percent(value.estimate), `pass@${k}, ${range(value)}`);
    if (s.unsupported) card(String(s.unsupported), "cannot be stated in this Lean");
    card(String(s.tactic_calls), s.tactic_calls === 1 ? "tactic call" : "tactic calls");
    card(duration(s.seconds), "of work");
    if (s.power_law)
      card(`exp(${s.power_law.a.toFixed(2)} · k^${s.power_law.b.toFixed(2)})`,
        `coverage of k samples, within ${percent(s.power_law.error)}`);
  } else {
    const total = (name) => problems.reduce((sum, p) => sum + (p[name] || 0), 0);
    card(`${proved} of ${problems.length}`, "proved");
    card(String(total("tactic_calls")), total("tactic_calls") === 1 ? "tactic call" : "tactic calls");
    card(duration(total("seconds")), "of work");
  }
  const curves = (s && s.curves) || {};
  for (const [cost, title] of [["seconds", "seconds"], ["tactic_calls", "tactic calls"]])
    if ((curves[cost] || []).length > 1) $("curves").append(figure(curves[cost], title));
}

function duration(seconds) {
  if (seconds < 120) return seconds.toFixed(seconds < 10 ? 1 : 0) + " s";
  return seconds < 7200 ? (seconds / 60).toFixed(1) + " min" : (seconds / 3600).toFixed(1) + " h";
}

function figure(points, title) {
  const width = 420, height = 200, left = 54, bottom = 30, top = 10, right = 14;
  const costs = points.map((p) => p[0]).filter((c) => c > 0);
  const low = Math.log10(Math.min(...costs)), high = Math.log10(Math.max(...costs));
  const span = Math.max(0.3, high - low);
  const x = (c) => left + (c <= 0 ? 0 : (Math.log10(c) - low) / span) * (width - left - right);
  const y = (share) => height - bottom - share * (height - bottom - top);
  const svg = (tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return node;
  };
  const picture = svg("svg", {
    viewBox: `0 0 ${width} ${height}`, role: "img",
    "aria-label": `Share proved over ${title}: ${percent(points[points.length - 1][1])} at the end`,
  });
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    picture.append(svg("line", { class: "axis", x1: left, x2: width - right, y1: y(share), y2: y(share) }));
    picture.append(svg("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, 100 * share + " %"));
  }
  const ticks = [];
  for (let e = Math.floor(low); e <= low + span; e++)
    for (const digit of span > 2 ? [1] : [1, 2, 5])
      if (e + Math.log10(digit) >= low - 1e-9 && e + Math.log10(digit) <= low + span + 1e-9) ticks.push(digit * 10 ** e);
  for (const tick of ticks)
    picture.append(svg("text", { x: x(tick), y: height - 10, "text-anchor": "middle" },
      String(Number(tick.toPrecision(1)))));
  let path = `M ${x(0)} ${y(0)}`;
  let share = 0;
  for (const [cost, next] of points.slice(1)) {
    path += ` L ${x(cost)} ${y(share)} L ${x(cost)} ${y(next)}`;
    share = next;
  }
  picture.append(svg("path", { class: "curve", d: path + ` L ${width - right} ${y(share)}` }));
  return el("figure", { class: "card" }, picture,
    el("figcaption", {}, `Share of the problems proved within so many ${title} (logarithmic)`));
}

// --- Table ----------------------------------------------------------------------------------

const columns = [
  ["problem", "problem", false], ["status", "status", false], ["split", "split", false],
  ["seconds", "seconds", true], ["tactic_calls", "tactic calls", true],
  ["expansions", "expansions", true],
].filter(([name]) => content.problems.some((p) => p[name] !== null && p[name] !== ""));
let sorted = null, descending = false, wanted = null;

function tableHead() {
  const row = el("tr");
  for (const [name, title, number] of columns)
    row.append(el("th", { scope: "col", class: number ? "number" : "", "data-column": name },
      el("button", { type: "button", onclick: () => sortBy(name) }, title)));
  $("problems").tHead.append(row);
  const counts = {};
  for (const p of content.problems) counts[p.status] = (counts[p.status] || 0) + 1;
  for (const [status, count] of Object.entries(counts))
    $("filters").append(el("button", {
      type: "button", "aria-pressed": "false", "data-status": status,
      onclick: (event) => {
        wanted = wanted === status ? null : status;
        for (const b of $("filters").children)
          b.setAttribute("aria-pressed", String(b.dataset.status === wanted));
        event.currentTarget.focus();
        rows();
      },
    }, `${status} ${count}`));
  $("search").addEventListener("input", rows);
}

function sortBy(name) {
  descending = sorted === name ? !descending : false;
  sorted = name;
  for (const th of $("problems").tHead.querySelectorAll("th")) {
    if (th.dataset.column === name)
      th.setAttribute("aria-sort", descending ? "descending" : "ascending");
    else th.removeAttribute("aria-sort");
  }
  rows();
}

function shown() {
  const words = $("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = content.problems.filter((p) => {
    const text = `${p.problem} ${p.file || ""} ${p.status} ${p.proof || ""}`.toLowerCase();
    return (!wanted || p.status === wanted) && words.every((word) => text.includes(word));
  });
  if (sorted)
    found.sort((a, b) => {
      const [x, y] = [a[sorted], b[sorted]];
      const order = typeof x === "number" && typeof y === "number"
        ? x - y : String(x).localeCompare(String(y), undefined, { numeric: true });
      return descending ? -order : order;
    });
  return found;
}

// A name with places where a narrow screen may break it.
const breakable = (name) => name.split(/(?<=[._/])/).flatMap((part) => [part, el("wbr")]);

function rows() {
  const body = $("problems").tBodies[0];
  const found = shown();
  body.replaceChildren(...found.map((p) => {
    const address = "#" + encodeURIComponent(p.problem);
    const row = el("tr", { "data-problem": p.problem, onclick: () => { location.hash = address; } });
    for (const [name, , number] of columns) {
      const value = p[name] === null || p[name] === undefined ? ""
        : name === "seconds" ? p[name].toFixed(2) : String(p[name]);
      const cell = el("td", {
        class: number ? "number" : name === "status" ? p.status : "", "data-column": name,
      });
      cell.append(name === "problem" ? el("a", { href: address }, ...breakable(value)) : value);
      row.append(cell);
    }
    return row;
  }));
  $("count").textContent = `${found.length} of ${content.problems.length}`;
}

// --- Details of a problem -------------------------------------------------------------------

async function unpack(problem) {
  const packed = [...document.querySelectorAll('script[type="application/gzip"]')]
    .find((script) => script.dataset.problem === problem);
  if (!packed) return null;
  const bytes = Uint8Array.from(atob(packed.textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

async function open() {
  const problem = decodeURIComponent(location.hash.slice(1));
  const record = content.problems.find((p) => p.problem === problem);
  for (const row of $("problems").tBodies[0].rows) {
    row.setAttribute("aria-selected", String(row.dataset.problem === problem));
    if (row.dataset.problem === problem) row.scrollIntoView({ block: "nearest" });
  }
  if (!record) { $("details").hidden = true; return; }
  const details = await unpack(problem);
  if (decodeURIComponent(location.hash.slice(1)) !== problem) return;
  const parts = [
    around(problem),
    el("h2", {}, ...breakable(record.problem), " ", el("span", { class: "status " + record.status }, record.status)),
    el("p", { class: "meta" }, where(record)),
  ];
  const statement = (details && details.statement) || record.statement;
  if (statement) parts.push(el("h3", {}, "Statement"), el("pre", { class: "statement" }, statement));
  if (record.proof) parts.push(el("h3", {}, "Proof"), el("pre", { class: "proof" }, record.proof));
  if (record.verdict)
    parts.push(el("p", { class: "meta" }, verdict(record.verdict)));
  if (record.error) parts.push(el("h3", {}, "Why not"), el("pre", {}, record.error));
  if (details && details.steps.length) parts.push(...steps(details.steps));
  for (const derivation of (details && details.derivations) || []) parts.push(...derived(derivation));
  if (details && details.graph) parts.push(...graph(details.graph));
  $("details").replaceChildren(...parts);
  $("details").hidden = false;
  $("details").focus({ preventScroll: true });
  $("details").scrollIntoView({ block: "start" });
}

function around(problem) {
  const list = shown().map((p) => p.problem);
  const here = list.indexOf(problem);
  const link = (name, text) => name === undefined ? null
    : el("a", { href: "#" + encodeURIComponent(name) }, text);
  return el("nav", { class: "around", "aria-label": "Problems" },
    el("a", { href: "#main" , onclick: (event) => {
      event.preventDefault();
      history.pushState(null, "", location.pathname + location.search);
      open();
      $("main").scrollIntoView({ block: "start" });
      $("main").focus({ preventScroll: true });
    } }, "↑ All problems"),
    here < 0 ? null : link(list[here - 1], "← Previous"),
    here < 0 ? null : link(list[here + 1], "Next →"));
}

function where(record) {
  const place = record.file ? record.file + (record.line ? ":" + record.line : "") : "";
  return [place, `${record.seconds.toFixed(2)} s`, many(record.tactic_calls, "tactic call"),
    many(record.expansions, "expansion")].filter(Boolean).join(" · ");
}

function verdict(v) {
  const axioms = v.axioms.length ? "axioms used: " + v.axioms.join(", ") : "no axioms used";
  const checker = v.checker.includes(v.version) ? v.checker : `${v.checker} ${v.version}`;
  return `${v.accepted ? "accepted" : "refused"} by ${checker}; ${axioms}`
    + (v.reason ? `; ${v.reason}` : "");
}

function goals(texts) {
  if (!texts.length) return [el("p", { class: "meta" }, "(not told)")];
  return texts.map((text) => el("div", { class: "goal" }, text));
}

function steps(list) {
  const items = list.map((step) => el("li", { style: `margin-left:${Math.min(step.depth, 12)}rem` },
    el("details", {}, el("summary", {}, el("code", {}, step.tactic), " ",
      el("span", { class: "meta" },
        step.leaves === 0 ? "closes the goal" : step.leaves > 1 ? `leaves ${step.leaves} goals` : "")),
    ...goals(step.goals))));
  const list_ = el("ol", { class: "steps" }, ...items);
  const all = el("button", {
    type: "button",
    onclick: () => {
      const boxes = [...list_.querySelectorAll("details")];
      const closed = boxes.some((box) => !box.open);
      for (const box of boxes) box.open = closed;
    },
  }, "Show or hide all goals");
  if (list.length === 1) list_.querySelector("details").open = true;
  return [el("h3", {}, "The proof as it was found, with the goals before each step"),
    list.length === 1 ? null : all, list_].filter(Boolean);
}

let derivations = 0;
function derived(list) {
  const prefix = `d${++derivations}-`;
  const items = new Map();
  const light = (name) => {
    for (const item of items.values()) item.classList.remove("lit");
    const step = list.find((s) => s.name === name);
    for (const lit of [name, ...step.parents]) items.get(lit)?.classList.add("lit");
  };
  for (const step of list) {
    const parents = step.parents.flatMap((parent, i) => [
      i ? ", " : " from ",
      el("a", {
        href: "#" + prefix + parent,
        onclick: (event) => {
          event.preventDefault();
          light(parent);
          items.get(parent).scrollIntoView({ block: "center" });
          items.get(parent).focus({ preventScroll: true });
        },
      }, parent)]);
    items.set(step.name, el("li", {
      id: prefix + step.name, tabindex: "0", onfocus: () => light(step.name),
    }, el("b", {}, step.name), " ", el("code", {}, step.formula), " ",
    el("span", { class: "meta" }, step.rule, ...parents)));
  }
  return [el("h3", {}, `Derivation (${list.length} steps, each with its parents)`),
    el("ol", { class: "derivation" }, ...items.values())];
}

// --- The search graph as a tree to walk through ---------------------------------------------

function graph(data) {
  const pane = el("div", { class: "node", "aria-live": "polite" });
  const tree = el("ul", { class: "tree", role: "tree", "aria-label": "Search graph" });
  const places = new Map();  // the first place of a node in the tree; it may be reached again
  const mark = { proved: "✓", failed: "✗", open: "·" };

  function select(item) {
    for (const other of tree.querySelectorAll('[aria-selected="true"]')) {
      other.setAttribute("aria-selected", "false");
      other.tabIndex = -1;
    }
    item.setAttribute("aria-selected", "true");
    item.tabIndex = 0;
    item.focus({ preventScroll: true });
    item.querySelector(".label").scrollIntoView({ block: "nearest" });
    show(item.dataset.node);
  }

  function go(id) {
    const item = places.get(String(id));
    if (!item) return;
    for (let up = item.parentElement; up !== tree; up = up.parentElement)
      if (up.tagName === "LI") toggle(up, true);
    select(item);
  }

  function toggle(item, wanted) {
    if (!item.hasAttribute("aria-expanded")) return;
    const expand = wanted ?? item.getAttribute("aria-expanded") === "false";
    item.setAttribute("aria-expanded", String(expand));
    item.querySelector(".twig").textContent = expand ? "▾" : "▸";
    if (expand && !item.querySelector("ul").childElementCount) grow(item);
  }

  function grow(item) {
    const node = data.nodes[item.dataset.node];
    for (const attempt of node.attempts)
      for (const child of attempt.children || [])
        if (data.nodes[child]) item.querySelector("ul").append(leaf(child, attempt.tactic));
  }

  function leaf(id, via) {
    const node = data.nodes[id];
    const again = places.has(String(id));
    const inside = !again && node.attempts.some((a) => (a.children || []).some((c) => data.nodes[c]));
    const target = (node.goals[0] || "").split("\n").filter((line) => line.startsWith("⊢"))[0] || "";
    const item = el("li", {
      role: "treeitem", "data-node": id, tabindex: "-1", "aria-selected": "false",
      "aria-expanded": inside ? "false" : null,
    },
    el("span", { class: "label", onclick: () => { toggle(item); select(item); } },
      el("span", { class: "twig" }, inside ? "▸" : ""),
      el("span", { class: node.status }, mark[node.status], " "),
      via ? el("code", { class: "via" }, via.split("\n")[0], " ") : "",
      `${target}${again ? " (met before)" : ""}`),
    inside ? el("ul", { role: "group" }) : null);
    if (!again) places.set(String(id), item);
    return item;
  }

  function show(id) {
    const node = data.nodes[id];
    const tried = node.attempts.map((a) => {
      const result = a.children === null
        ? el("div", { class: "error" }, el("span", { class: "failed" }, "✗ "), a.error || "known to fail")
        : a.children.length === 0 ? el("span", { class: "proved" }, "✓ closes the goal")
          : el("span", {}, "→ ", ...a.children.flatMap((child, i) => [i ? ", " : "",
            data.nodes[child]
              ? el("button", { type: "button", onclick: () => { toggleTo(id, child); } }, `node ${child}`)
              : `node ${child} (left out)`]));
      return el("li", {}, el("code", {}, a.tactic), a.proof ? el("b", { class: "proved" }, " in the proof") : "",
        " ", el("span", { class: "meta" }, `${a.origin}, log-probability ${a.log_prob}, ${a.ms} ms`),
        el("div", {}, result));
    });
    pane.replaceChildren(
      el("h3", {}, `Node ${id} `, el("span", { class: "status " + node.status }, node.status)),
      el("p", { class: "meta" }, `depth ${node.depth}` + (node.order ? `, expanded as number ${node.order}` : ", not expanded")
        + (node.value ? `, value ${node.value}` : "")
        + (node.premises.length ? `; premises: ${node.premises.join(", ")}` : "")),
      ...goals(node.goals), el("ul", { class: "attempts" }, ...tried),
      node.more ? el("p", { class: "meta" }, `and ${node.more} further tactics`) : "");
  }

  function toggleTo(parent, child) {
    const item = places.get(String(parent));
    if (item) toggle(item, true);
    go(child);
  }

  tree.addEventListener("keydown", (event) => {
    const item = event.target.closest('[role="treeitem"]');
    if (!item) return;
    const visible = [...tree.querySelectorAll('[role="treeitem"]')].filter((i) => i.offsetParent);
    const here = visible.indexOf(item);
    const move = { ArrowDown: visible[here + 1], ArrowUp: visible[here - 1], Home: visible[0],
      End: visible[visible.length - 1] }[event.key];
    if (move) select(move);
    else if (event.key === "ArrowRight") {
      if (item.getAttribute("aria-expanded") === "false") toggle(item, true);
      else item.querySelector('[role="treeitem"]') && select(item.querySelector('[role="treeitem"]'));
    } else if (event.key === "ArrowLeft") {
      if (item.getAttribute("aria-expanded") === "true") toggle(item, false);
      else item.parentElement.closest('[role="treeitem"]')
        && select(item.parentElement.closest('[role="treeitem"]'));
    } else if (event.key === "Enter" || event.key === " ") toggle(item);
    else return;
    event.preventDefault();
  });

  for (const root of data.roots) tree.append(leaf(root, ""));
  for (const item of [...tree.children]) {  // open along the proof
    let next = item;
    for (let depth = 0; next && depth < 40; depth++) {
      toggle(next, true);
      next = [...next.querySelectorAll(":scope > ul > li")]
        .find((li) => data.nodes[li.dataset.node].status === "proved");
    }
  }
  if (tree.firstElementChild) {
    tree.firstElementChild.tabIndex = 0;
    tree.firstElementChild.setAttribute("aria-selected", "true");
    show(tree.firstElementChild.dataset.node);
  }
  return [el("h3", {}, "The search"),
    data.left_out ? el("p", { class: "meta" }, `${data.left_out} further nodes are left out`) : null,
    el("div", { class: "panes" }, tree, pane)].filter(Boolean);
}

// --- Start ----------------------------------------------------------------------------------

$("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
});
head();
tableHead();
rows();
addEventListener("hashchange", open);
open();
