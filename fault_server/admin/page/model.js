// What the page knows: journal entries put together into attempts, rows, connections and counts.
// Bounded: the oldest go when there are too many. No drawing, no network in here.
"use strict";

const kMostAttempts = 3000;
const kMostEntries = 3000;
const kMostConnections = 2000;
const kMostWaits = 500;

function newModel() {
  return {
    attempts: new Map(),     // by exchange, by arrival
    rows: new Map(),         // by client, method and path
    connections: new Map(),  // by number: what the journal told of each
    entries: [],
    hits: new Map(),         // matches by rule
    counts: {requests: 0, ok: 0, client: 0, server: 0, broken: 0, faults: 0, waits: 0, undercut: 0},
    last: 0,                 // number of the last entry
    now: 0,                  // its time, in ms since the server's start
  };
}

function headerOf(entry, wanted) {
  for (const [name, value] of entry.headers || []) {
    if (name.toLowerCase() === wanted) return value;
  }
  return "";
}

function rowOf(model, entry, key) {
  const path = entry.target.split("?", 1)[0];
  const name = JSON.stringify([key, entry.method, path]);
  let row = model.rows.get(name);
  if (!row) {
    row = {name, key, method: entry.method, path, attempts: [], waits: new Map(), lanes: 1};
    model.rows.set(name, row);
  }
  return row;
}

// The lowest lane that nothing under way occupies, so that parallel attempts do not hide another.
function freeLane(row, start) {
  const taken = new Set();
  for (let i = row.attempts.length - 1; i >= 0 && i > row.attempts.length - 30; --i) {
    const other = row.attempts[i];
    if (other.end === null || other.end > start) taken.add(other.lane);
  }
  for (let lane = 0; lane < 4; ++lane) {
    if (!taken.has(lane)) return lane;
  }
  return 3;
}

function beginAttempt(model, entry, at) {
  const known = model.connections.get(entry.conn);
  // What nobody matched (raced, malformed) has no key of its own, but came from somebody.
  const key = entry.key || (known && known.key) || "";
  if (known) {
    known.key = key;
    known.exchanges += 1;
  }
  const row = rowOf(model, {target: entry.target || "?", method: entry.method || "?"}, key);
  const id = headerOf(entry, "idempotency-key") || headerOf(entry, "x-request-id");
  const forbidden = row.waits.get(id) || 0;
  const attempt = {
    exch: entry.exch, conn: entry.conn, row, id, start: at, head: null, end: null, status: 0,
    complete: false, fault: "", rule: "", wait: null, early: Math.max(0, forbidden - at),
    lane: freeLane(row, at), number: entry.attempt || 0,
  };
  const notes = entry.notes || [];
  if (notes.some((note) => note.startsWith("malformed"))) attempt.fault = "malformed";
  if (notes.some((note) => note.startsWith("raced"))) attempt.fault = "raced";
  row.lanes = Math.max(row.lanes, attempt.lane + 1);
  row.attempts.push(attempt);
  model.attempts.set(entry.exch, attempt);
  model.counts.requests += 1;
  if (attempt.early > 0) model.counts.undercut += 1;
  if (model.attempts.size > kMostAttempts) dropOldest(model);
  return attempt;
}

function dropOldest(model) {
  const [exch, oldest] = model.attempts.entries().next().value;
  model.attempts.delete(exch);
  oldest.row.attempts.shift();
  if (oldest.row.attempts.length === 0) model.rows.delete(oldest.row.name);
}

function noteHead(model, attempt, entry, at) {
  attempt.status = entry.status;
  attempt.head = at;
  const kind = entry.status < 300 ? "ok" : entry.status < 400 ? "" :
      entry.status < 500 ? "client" : "server";
  if (kind) model.counts[kind] += 1;
  if (entry.retry_after_s === undefined || entry.status < 300) return;
  model.counts.waits += 1;
  attempt.wait = Math.min(entry.retry_after_s, 4e9) * 1000;
  const row = attempt.row;
  row.waits.set(attempt.id, Math.max(row.waits.get(attempt.id) || 0, at + attempt.wait));
  if (row.waits.size > kMostWaits) row.waits.delete(row.waits.keys().next().value);
}

function endAttempt(model, attempt, at, complete) {
  if (attempt.end !== null) return;
  attempt.end = at;
  attempt.complete = complete;
  if (!complete) model.counts.broken += 1;
}

function closeConnection(model, entry, at) {
  const known = model.connections.get(entry.conn);
  for (const attempt of model.attempts.values()) {
    if (attempt.conn === entry.conn && attempt.end === null) endAttempt(model, attempt, at, false);
  }
  model.connections.delete(entry.conn);
  // It carried something, but nothing that is in the journal: it asked this interface.
  return known !== undefined && known.exchanges === 0 && known.open !== null && entry.bytes_in > 0;
}

// What there is to show once this entry is known. Connections that only ask this interface, as the
// page's own do, would fill the journal with themselves: a connection's opening is told when
// something else is told of it.
function toShow(model, entry, asker) {
  if (entry.type === "conn.open" || asker) return [];
  const known = model.connections.get(entry.conn) || entry.known;
  if (!known || known.open === null) return [entry];
  const both = [known.open, entry];
  known.open = null;
  return both;
}

// Takes one journal entry in; gives those that are now to be shown.
function takeEntry(model, entry) {
  const at = entry.t_ns / 1e6;
  model.last = entry.seq;
  model.now = Math.max(model.now, at);
  const attempt = model.attempts.get(entry.exch);
  let asker = false;
  switch (entry.type) {
    case "conn.open":
      model.connections.set(entry.conn, {exchanges: 0, key: "", open: entry});
      if (model.connections.size > kMostConnections) {
        model.connections.delete(model.connections.keys().next().value);
      }
      break;
    case "req.head":
      entry.attempt_of_page = beginAttempt(model, entry, at);
      break;
    case "rule":
      model.hits.set(entry.rule, (model.hits.get(entry.rule) || 0) + 1);
      if (model.hits.size > 1000) model.hits.delete(model.hits.keys().next().value);
      if (attempt) attempt.rule = entry.rule;
      break;
    case "fault":
      model.counts.faults += 1;
      if (attempt) attempt.fault = (entry.notes || ["fault"])[0];
      break;
    case "resp.head":
      if (attempt) noteHead(model, attempt, entry, at);
      break;
    case "resp.end":
      if (attempt) endAttempt(model, attempt, at, entry.complete === true);
      break;
    case "conn.close":
      entry.known = model.connections.get(entry.conn);
      asker = closeConnection(model, entry, at);
      break;
  }
  const shown = toShow(model, entry, asker);
  delete entry.known;
  model.entries.push(...shown);
  if (model.entries.length > kMostEntries) model.entries.splice(0, kMostEntries / 10);
  return shown;
}

function outcomeOf(attempt) {
  if (attempt.fault) return attempt.fault;
  if (attempt.end === null) return attempt.status ? attempt.status + ", under way" : "under way";
  if (attempt.complete) return String(attempt.status);
  return attempt.status ? "cut after " + attempt.status : "unanswered";
}

function kindOf(attempt) {
  if (attempt.end === null) return "open";
  if (attempt.fault || !attempt.complete) return "broken";
  if (attempt.status < 300) return "ok";
  if (attempt.status < 400) return "other";
  return attempt.status < 500 ? "client" : "server";
}

function timeText(ms) {
  if (ms >= 1e6) return (ms / 1000).toFixed(0) + " s";
  return ms >= 1000 ? (ms / 1000).toFixed(2) + " s" : ms.toFixed(ms < 10 ? 1 : 0) + " ms";
}
