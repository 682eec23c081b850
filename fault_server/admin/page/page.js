// The page itself: follows the journal by server-sent events, asks for what is not in it every two
// seconds, and shows both. Whatever came over the network is written as text, never as markup.
"use strict";

const kBase = "/__fault/";
const kTailRows = 300;
const kPollMs = 2000;
const kBacklog = 3000;

const kPalette = [
  {text: "503, wait 1 s", script: "503 ra=1"},
  {text: "429, wait 2 s", script: "429 ra=2"},
  {text: "500", script: "500"},
  {text: "slow 2 s", script: "pass delay=2s"},
  {text: "trickle", script: "200 body=fill:200 chunk=10/200ms"},
  {text: "reset", script: "reset"},
  {text: "reset in body", script: "reset@body:512"},
  {text: "close in headers", script: "close@headers:20"},
  {text: "cut short", script: "truncate"},
  {text: "never answers", script: "stall"},
  {text: "garbage", script: "garbage"},
  {text: "wrong length", script: "200 body=fill:100 length=+10"},
  {text: "bad chunk", script: "200 body=fill:100 chunked=bad-size"},
  {text: "unasked answer", script: "200 poison=200"},
  {text: "close race", script: "200 race=fin"},
  {text: "GOAWAY (h2)", script: "goaway"},
  {text: "refused stream (h2)", script: "rst code=REFUSED_STREAM"},
];

const byId = (id) => document.getElementById(id);

let model = newModel();
let source = null;
let started = null;     // which life of the server
let resets = 0;
let offset = -Infinity; // server's time minus ours, in ms: the most that was ever seen is the truth
let pausedAt = null;    // the right end of the window while paused
let missed = 0;         // polls without an answer
let pending = [];       // entries not yet shown in the tail
let dirty = true;
const timeline = new Timeline(byId("timeline"));

async function api(method, path, body) {
  const options = {method, cache: "no-store"};
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = {"Content-Type": "application/json"};
  }
  const answer = await fetch(kBase + path, options);
  const json = await answer.json();
  return {ok: answer.ok, status: answer.status, json};
}

function element(name, text, className) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function button(text, about, act) {
  const made = element("button", text, "small");
  made.type = "button";
  made.setAttribute("aria-label", about);
  made.title = about;
  made.addEventListener("click", act);
  return made;
}

// --- The stream ----------------------------------------------------------------------------------

function showLink(state, text) {
  const link = byId("link");
  if (link.dataset.state === state && link.textContent === text) return;
  link.dataset.state = state;
  link.textContent = text;
}

function forget() {
  model = newModel();
  pending = [];
  timeline.selected = null;
  byId("detail").hidden = true;
  byId("tail").replaceChildren();
  dirty = true;
}

function follow(since) {
  if (source) source.close();
  source = new EventSource(kBase + "events?since=" + since);
  source.onopen = () => showLink("live", "live");
  source.onmessage = (event) => take(event.data);
  source.onerror = () => {
    showLink("lost", "connection lost, reconnecting…");
    // The browser tries again by itself, saying Last-Event-ID, unless it has given up.
    if (source.readyState === EventSource.CLOSED) setTimeout(() => follow(model.last), 1000);
  };
}

function take(data) {
  let entry;
  try {
    entry = JSON.parse(data);
  } catch {
    return;
  }
  if (entry.seq <= model.last) return;
  offset = Math.max(offset, entry.t_ns / 1e6 - performance.now());
  pending.push(...takeEntry(model, entry));
  if (pending.length > 2 * kTailRows) pending.splice(0, kTailRows);
  dirty = true;
}

async function poll() {
  try {
    const health = (await api("GET", "health")).json;
    if (missed > 0 && source.readyState === EventSource.OPEN) showLink("live", "live");
    missed = 0;
    if (started !== health.started) {
      // The first look, or another server in the place of the old one: its numbers begin anew.
      started = health.started;
      resets = health.resets;
      offset = -Infinity;
      forget();
      follow(Math.max(0, health.journal - kBacklog));
    } else if (resets !== health.resets) {
      resets = health.resets;
      forget();
      follow(0);
    }
    offset = Math.max(offset, health.t_ns / 1e6 - performance.now());
    await Promise.all([showConnections(), showRules()]);
  } catch {
    missed += 1;
    if (missed > 1) showLink("lost", "connection lost, reconnecting…");
  }
}

async function pollForEver() {
  if (!document.hidden) await poll();
  setTimeout(pollForEver, kPollMs);
}

// --- Connections, rules --------------------------------------------------------------------------

// Brings a list up to date. A row stays the same element as long as its name is there, so that
// whoever stands on one of its buttons keeps standing there; `fill` writes what may change.
function showRows(list, rows, nameOf, make, fill) {
  const kept = new Map([...list.children].map((row) => [row.dataset.name, row]));
  const wanted = rows.map((one) => {
    const name = nameOf(one);
    let row = kept.get(name);
    if (!row) {
      row = element("li");
      row.dataset.name = name;
      const buttons = element("span", undefined, "buttons");
      buttons.append(...make(one));
      row.append(element("span", undefined, "what"), buttons);
    }
    const state = JSON.stringify(one);
    if (row.dataset.state !== state) {
      row.dataset.state = state;
      row.firstChild.replaceChildren(...fill(one));
      row.classList.toggle("spent", one.spent === true);
    }
    return row;
  });
  const same = wanted.length === list.children.length &&
      wanted.every((row, i) => row === list.children[i]);
  if (!same) list.replaceChildren(...wanted);
}

const kWaysToEnd = [["rst", "RST"], ["fin", "FIN"], ["goaway", "GOAWAY"], ["tls-alert", "alert"]];

async function showConnections() {
  const all = (await api("GET", "connections")).json.filter((one) => !one.asking);
  byId("count-connections").textContent = all.length;
  byId("no-connections").hidden = all.length > 0;
  showRows(
      byId("connections"), all.slice(0, 200), (one) => String(one.conn),
      (one) => kWaysToEnd.map(([how, text]) => button(
          text, "End connection " + one.conn + " by " + how, () => kill(one.conn, how))),
      (one) => [
        element("b", "#" + one.conn + " "), one.peer + " on " + one.listener + " ",
        element("small", one.requests + " requests, " + one.bytes_in + " bytes in, " +
                             one.bytes_out + " out"),
      ]);
}

async function kill(conn, how) {
  const answer = await api("DELETE", "connections/" + conn + "?how=" + how);
  byId("kill-error").textContent = answer.ok ? "" : answer.json.error;
  await showConnections();
}

function matchText(rule) {
  const match = {...(rule.match || {})};
  const words = [match.method || "", match.path || ""].filter((word) => word !== "");
  delete match.method;
  delete match.path;
  if (Object.keys(match).length > 0) words.push(JSON.stringify(match));
  return words.length > 0 ? words.join(" ") : "any request";
}

function scriptText(script) {
  return typeof script === "string" ? script : JSON.stringify(script);
}

async function showRules() {
  const scenario = (await api("GET", "scenario")).json;
  const rules = [...(scenario.connections || []).map((rule) => ({rule, of: "connection"})),
                 ...(scenario.rules || []).map((rule) => ({rule, of: "request"}))];
  // Only rules for whoever comes next can be spent for everybody: their cursors stand under "*".
  const spent = new Set();
  if (rules.some(({rule}) => rule.per === "global")) {
    for (const cursor of (await api("GET", "state/*")).json.cursors) {
      if (cursor.next === "then drop") spent.add(cursor.rule);
    }
  }
  byId("no-rules").hidden = rules.length > 0;
  for (const one of rules) {
    one.hits = model.hits.get(one.rule.id) || 0;
    one.spent = spent.has(one.rule.id);
  }
  showRows(
      byId("rules"), rules.slice(0, 300), ({rule, of}) => of + " " + rule.id,
      ({rule}) => [button("remove", "Remove rule " + rule.id, async () => {
        await api("DELETE", "rules/" + encodeURIComponent(rule.id));
        await poll();
      })],
      ({rule, of, hits, spent}) => [
        element("b", rule.id + " "),
        (of === "connection" ? "connections" : matchText(rule)) + " ",
        element("code", scriptText(rule.script)),
        element("small", " " + hits + (hits === 1 ? " match" : " matches") +
                             (spent ? ", spent" : "")),
      ]);
}

// --- Injecting -----------------------------------------------------------------------------------

function showError(field, text, column) {
  for (const name of ["script", "match", "count"]) {
    byId(name + "-error").textContent = name === field ? text : "";
  }
  for (const name of ["script", "path", "count"]) {
    const wrong = name === field || (name === "path" && field === "match");
    byId(name).setAttribute("aria-invalid", String(wrong));
    if (!wrong) continue;
    byId(name).focus();
    if (name === "script" && column) byId(name).setSelectionRange(column - 1, column);
  }
}

async function inject(event) {
  event.preventDefault();
  const match = {};
  if (byId("method").value.trim()) match.method = byId("method").value.trim();
  if (byId("path").value.trim()) match.path = byId("path").value.trim();
  const body = {script: byId("script").value, match};
  const count = byId("count").value.trim();
  if (count !== "" && count !== "1") body.count = Number(count);
  let answer;
  try {
    answer = await api("POST", "inject", body);
  } catch {
    byId("injected").textContent = "the server did not answer";
    return;
  }
  if (answer.ok) {
    showError("", "");
    byId("injected").textContent = "waiting for a request (" + answer.json.rule + ")";
    await poll();
  } else {
    byId("injected").textContent = "";
    const known = ["script", "match", "count"].includes(answer.json.field);
    showError(known ? answer.json.field : "script", answer.json.error, answer.json.column);
  }
}

function fillPalette() {
  for (const {text, script} of kPalette) {
    const chip = button(text, "Script " + script, () => {
      byId("script").value = script;
      showError("", "");
    });
    chip.removeAttribute("aria-label");
    byId("palette").append(chip);
  }
}

// --- Journal tail --------------------------------------------------------------------------------

function tailText(entry) {
  const words = [];
  if (entry.conn) words.push("#" + entry.conn);
  if (entry.exch) words.push("exchange " + entry.exch);
  if (entry.stream) words.push("stream " + entry.stream);
  if (entry.method) words.push(entry.method + " " + entry.target);
  if (entry.type === "req.head" && entry.key) {
    words.push("key " + entry.key + ", attempt " + entry.attempt);
  }
  if (entry.rule && entry.type === "rule") words.push(entry.rule + ": " + (entry.step_text || ""));
  if (entry.status) words.push(String(entry.status));
  if (entry.retry_after_s !== undefined) words.push("Retry-After " + entry.retry_after_s + " s");
  if (entry.body_len !== undefined) words.push(entry.body_len + " bytes");
  if (entry.type === "resp.end") words.push(entry.complete ? "complete" : "cut");
  if (entry.closed_by) words.push("by " + entry.closed_by + " (" + entry.how + ")");
  if (entry.peer) words.push(entry.peer + " on " + entry.listener);
  for (const note of entry.notes || []) words.push(note);
  return words.join("  ");
}

function tailRow(entry) {
  const early = entry.attempt_of_page ? entry.attempt_of_page.early : 0;
  const kind = entry.type.split(".")[0];
  const row = element("li", undefined, early > 0 ? "early" : kind);
  row.append(element("span", String(entry.seq).padStart(5), "seq"), " ",
             element("span", (entry.t_ns / 1e9).toFixed(3).padStart(9), "at"), " ",
             element("span", entry.type, "type"), " ", tailText(entry));
  if (early > 0) row.append("  ⚠ too early by " + timeText(early));
  return row;
}

function isShown(entry) {
  const wanted = byId("filter").value.trim().toLowerCase();
  return wanted === "" || (entry.type + " " + tailText(entry)).toLowerCase().includes(wanted);
}

function showTail() {
  const tail = byId("tail");
  const atEnd = tail.scrollTop + tail.clientHeight >= tail.scrollHeight - 30;
  const rows = document.createDocumentFragment();
  for (const entry of pending.slice(-kTailRows)) {
    if (isShown(entry)) rows.append(tailRow(entry));
  }
  pending = [];
  tail.append(rows);
  while (tail.children.length > kTailRows) tail.firstChild.remove();
  if (atEnd) tail.scrollTop = tail.scrollHeight;
}

// --- Time line -----------------------------------------------------------------------------------

const spanMs = () => Number(byId("window").value) * 1000;
const serverNow = () =>
    Math.max(model.now, offset === -Infinity ? 0 : performance.now() + offset);

function draw() {
  const now = serverNow();
  const to = pausedAt === null ? now : pausedAt;
  byId("empty").hidden = model.attempts.size > 0;
  byId("timeline").hidden = model.attempts.size === 0;
  if (model.attempts.size > 0) timeline.draw(model, to - spanMs(), to + spanMs() * 0.02, now);
}

function pause(at) {
  pausedAt = at;
  byId("pause").setAttribute("aria-pressed", String(at !== null));
  byId("pause").textContent = at === null ? "Pause" : "Paused";
  dirty = true;
}

function select(attempt) {
  timeline.selected = attempt;
  byId("detail").hidden = attempt === null;
  dirty = true;
  if (attempt === null) return;
  const to = pausedAt === null ? serverNow() : pausedAt;
  if (attempt.start < to - spanMs() || attempt.start > to) {
    pause(attempt.start + spanMs() / 2);
  }
  showDetail(attempt);
}

function showDetail(attempt) {
  const words = ["exchange " + attempt.exch + ": " + attempt.row.method + " " + attempt.row.path,
                 outcomeOf(attempt)];
  if (attempt.end !== null) words.push("took " + timeText(attempt.end - attempt.start));
  if (attempt.wait !== null) words.push("asked to wait " + timeText(attempt.wait));
  if (attempt.early > 0) words.push("came too early by " + timeText(attempt.early));
  byId("detail-title").textContent = words.join(" · ");
  byId("detail-text").textContent = model.entries.filter((one) => one.exch === attempt.exch)
      .map(({attempt_of_page, ...entry}) => JSON.stringify(entry)).join("\n");
}

// The attempt next to the selected one: in its row by time, or in the next row at about its time.
function neighbour(key) {
  const rows = timeline.rows;
  if (rows.length === 0) return null;
  const now = timeline.selected;
  if (now === null || !rows.includes(now.row)) {
    const row = rows[0];
    return row.attempts[row.attempts.length - 1];
  }
  const here = now.row.attempts;
  const place = here.indexOf(now);
  if (key === "ArrowLeft") return here[Math.max(0, place - 1)];
  if (key === "ArrowRight") return here[Math.min(here.length - 1, place + 1)];
  if (key === "Home") return here[0];
  if (key === "End") return here[here.length - 1];
  const step = key === "ArrowUp" ? -1 : 1;
  const row = rows[Math.min(Math.max(rows.indexOf(now.row) + step, 0), rows.length - 1)];
  return row.attempts.reduce((best, one) =>
      Math.abs(one.start - now.start) < Math.abs(best.start - now.start) ? one : best);
}

function onKey(event) {
  if (event.key === "Escape") return select(null);
  if (!["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"].includes(event.key)) {
    return;
  }
  event.preventDefault();
  select(neighbour(event.key));
}

function pointed(event) {
  const area = byId("timeline").getBoundingClientRect();
  return timeline.at(event.clientX - area.left, event.clientY - area.top);
}

// --- All together --------------------------------------------------------------------------------

function showCounts() {
  for (const [name, count] of Object.entries(model.counts)) {
    const shown = byId("count-" + name);
    if (shown.textContent !== String(count)) shown.textContent = count;
  }
  byId("count-undercut").parentElement.classList.toggle("raised", model.counts.undercut > 0);
}

let drawnAt = 0;
function tick(at) {
  requestAnimationFrame(tick);
  // While it follows, the line moves without news too; ten times a second is smooth enough.
  const moves = pausedAt === null && model.attempts.size > 0 && at - drawnAt > 100;
  if (!dirty && !moves) return;
  drawnAt = at;
  draw();
  if (!dirty) return;
  dirty = false;
  showCounts();
  showTail();
  if (timeline.selected !== null && timeline.selected.end === null) showDetail(timeline.selected);
}

function begin() {
  fillPalette();
  byId("inject").addEventListener("submit", inject);
  byId("pause").addEventListener("click", () => pause(pausedAt === null ? serverNow() : null));
  byId("window").addEventListener("change", () => { dirty = true; });
  byId("reset").addEventListener("click", async () => {
    await api("POST", "reset");
    await poll();
  });
  byId("filter").addEventListener("input", () => {
    byId("tail").replaceChildren();
    pending = model.entries.slice(-kTailRows);
    dirty = true;
  });
  const canvas = byId("timeline");
  canvas.addEventListener("keydown", onKey);
  canvas.addEventListener("click", (event) => select(pointed(event)));
  canvas.addEventListener("pointermove", (event) => {
    const under = pointed(event);
    canvas.title = under === null ? "" : "exchange " + under.exch + ": " + outcomeOf(under) +
        (under.early > 0 ? ", too early by " + timeText(under.early) : "");
  });
  window.addEventListener("resize", () => { dirty = true; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
  requestAnimationFrame(tick);
  pollForEver();
}

begin();
