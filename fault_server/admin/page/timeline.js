// Draws the rows of a model on a canvas and finds what is under a point. Drawn by hand: thousands
// of bars, no element for each.
"use strict";

const kMostRowsDrawn = 60;

function cssColors() {
  const style = getComputedStyle(document.documentElement);
  const colors = {};
  for (const name of ["ink", "dim", "paper", "panel", "line", "focus", "ok", "other", "client",
                      "server", "broken", "open", "zone"]) {
    colors[name] = style.getPropertyValue("--" + name).trim();
  }
  return colors;
}

class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.selected = null;
    this.rows = [];
    this.hidden = 0;
    this.from = 0;
    this.to = 1;
    this.colors = cssColors();
    matchMedia("(prefers-color-scheme: dark)")
        .addEventListener("change", () => { this.colors = cssColors(); });
  }

  // The rows with something in the window, grouped by client in a fixed order, so that none jumps.
  choose(model) {
    let rows = [...model.rows.values()].filter((row) => this.reaches(row));
    this.hidden = Math.max(0, rows.length - kMostRowsDrawn);
    if (this.hidden) {
      const latest = (row) => row.attempts[row.attempts.length - 1].start;
      rows.sort((a, b) => latest(b) - latest(a));
      rows = rows.slice(0, kMostRowsDrawn);
    }
    const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
    rows.sort((a, b) => order(a.key, b.key) || order(a.path, b.path) || order(a.method, b.method));
    this.rows = rows;
  }

  reaches(row) {
    return row.attempts.some((one) => one.start <= this.to &&
        (one.end === null || one.end >= this.from ||
         (one.wait !== null && one.head + one.wait >= this.from)));
  }

  // Heights: a line of text per client, one per row where the labels do not fit beside.
  layout() {
    const width = this.canvas.clientWidth || 600;
    this.narrow = width < 560;
    this.left = this.narrow ? 4 : Math.min(240, Math.round(width * 0.24));
    this.width = width;
    let y = 22;
    let key = null;
    for (const row of this.rows) {
      if (row.key !== key) {
        row.heading = y;
        y += 20;
        key = row.key;
      } else {
        row.heading = null;
      }
      row.label = y;
      row.top = y + (this.narrow ? 15 : 0);
      row.height = 20 + 5 * (row.lanes - 1);
      y = row.top + row.height + 4;
    }
    this.height = this.rows.length === 0 ? 64 : y + (this.hidden ? 18 : 2);
    const scale = window.devicePixelRatio || 1;
    const wide = Math.round(width * scale), high = Math.round(this.height * scale);
    if (this.canvas.width !== wide || this.canvas.height !== high) {
      this.canvas.width = wide;
      this.canvas.height = high;
      this.canvas.style.height = this.height + "px";
    }
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
  }

  x(at) {
    const part = (at - this.from) / (this.to - this.from);
    return this.left + part * (this.width - this.left - 6);
  }

  box(attempt) {
    const row = attempt.row;
    const lane = (row.height - 6) / row.lanes;
    const left = Math.max(this.x(attempt.start), this.left);
    const end = Math.min(this.x(attempt.end === null ? this.now : attempt.end), this.width - 6);
    return {left, top: row.top + 4 + attempt.lane * lane, width: Math.max(3, end - left),
            height: Math.max(3, lane - 1)};
  }

  draw(model, from, to, now) {
    this.from = from;
    this.to = to;
    this.now = now;
    this.choose(model);
    this.layout();
    const pen = this.pen;
    pen.clearRect(0, 0, this.width, this.height);
    pen.font = "12px ui-sans-serif, system-ui, sans-serif";
    pen.textBaseline = "middle";
    this.axis();
    for (const row of this.rows) {
      this.words(row);
      pen.save();
      pen.beginPath();
      pen.rect(this.left, row.top, this.width - this.left - 4, row.height + 3);
      pen.clip();
      for (const attempt of row.attempts) this.zone(attempt);
      for (const attempt of row.attempts) this.bar(attempt);
      pen.restore();
    }
    if (this.rows.length === 0) {
      pen.fillStyle = this.colors.dim;
      pen.fillText("No attempt in this window.", this.left + 8, 40);
    }
    if (this.hidden) {
      pen.fillStyle = this.colors.dim;
      pen.fillText(this.hidden + " rows without recent attempts are not shown", 8,
                   this.height - 9);
    }
  }

  axis() {
    const pen = this.pen;
    const span = this.to - this.from;
    const raw = span / (this.narrow ? 4 : 8);
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
    pen.strokeStyle = this.colors.line;
    pen.fillStyle = this.colors.dim;
    pen.lineWidth = 1;
    pen.textAlign = "center";
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = Math.round(this.x(at)) + 0.5;
      pen.beginPath();
      pen.moveTo(x, 18);
      pen.lineTo(x, this.height);
      pen.stroke();
      const text = at >= 0 ? (at / 1000).toFixed(step < 100 ? 2 : step < 1000 ? 1 : 0) + " s" : "";
      pen.fillText(text, Math.min(Math.max(x, this.left + 16), this.width - 22), 9);
    }
    pen.textAlign = "left";
  }

  words(row) {
    const pen = this.pen;
    if (row.heading !== null) {
      pen.fillStyle = this.colors.ink;
      pen.font = "600 12px ui-sans-serif, system-ui, sans-serif";
      pen.fillText(this.fit(row.key || "(no key)", this.width - 16), 4, row.heading + 11);
      pen.font = "12px ui-sans-serif, system-ui, sans-serif";
    }
    pen.fillStyle = this.colors.dim;
    const room = this.narrow ? this.width - 16 : this.left - 16;
    const y = row.label + (this.narrow ? 8 : row.height / 2 + 1);
    pen.fillText(this.fit(row.method + " " + row.path, room), 8, y);
  }

  fit(text, room) {
    let shown = text.slice(0, 200);
    if (this.pen.measureText(shown).width <= room) return shown;
    while (shown.length > 1 && this.pen.measureText(shown + "…").width > room) {
      shown = shown.slice(0, -1);
    }
    return shown + "…";
  }

  zone(attempt) {
    if (attempt.wait === null || attempt.head + attempt.wait < this.from) return;
    const left = Math.max(this.x(attempt.head), this.left);
    const right = Math.min(this.x(attempt.head + attempt.wait), this.width);
    if (right <= left || attempt.head > this.to) return;
    const pen = this.pen, row = attempt.row;
    pen.save();
    pen.beginPath();
    pen.rect(left, row.top + 1, right - left, row.height);
    pen.globalAlpha = 0.13;
    pen.fillStyle = this.colors.zone;
    pen.fill();
    pen.globalAlpha = 0.55;
    pen.strokeStyle = this.colors.zone;
    pen.stroke();
    pen.clip();
    pen.beginPath();
    const slant = row.height;
    for (let x = left - slant - (left % 8); x < right; x += 8) {
      pen.moveTo(x, row.top + row.height + 1);
      pen.lineTo(x + slant, row.top + 1);
    }
    pen.globalAlpha = 0.3;
    pen.stroke();
    pen.restore();
  }

  bar(attempt) {
    if (attempt.start > this.to) return;
    if (attempt.end !== null && attempt.end < this.from) return;
    const pen = this.pen;
    const box = this.box(attempt);
    const color = this.colors[kindOf(attempt)];
    pen.fillStyle = color;
    pen.fillRect(box.left, box.top, box.width, box.height);
    const text = outcomeOf(attempt);
    if (box.height >= 12 && box.width > pen.measureText(text).width + 8) {
      pen.fillStyle = this.colors.paper;
      pen.fillText(text, box.left + 4, box.top + box.height / 2 + 1);
    }
    if (kindOf(attempt) === "broken") {
      const x = box.left + box.width;
      pen.strokeStyle = color;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.moveTo(x, box.top);
      pen.lineTo(x + 5, box.top + box.height);
      pen.moveTo(x + 5, box.top);
      pen.lineTo(x, box.top + box.height);
      pen.stroke();
      pen.lineWidth = 1;
    }
    if (attempt.early > 0) {
      pen.fillStyle = this.colors.server;
      pen.beginPath();
      pen.moveTo(box.left - 5, attempt.row.top);
      pen.lineTo(box.left + 6, attempt.row.top);
      pen.lineTo(box.left + 0.5, attempt.row.top + 8);
      pen.fill();
    }
    if (attempt === this.selected) {
      pen.strokeStyle = this.colors.ink;
      pen.lineWidth = 2;
      pen.strokeRect(box.left - 2, box.top - 2, box.width + 4, box.height + 4);
      pen.lineWidth = 1;
    }
  }

  at(x, y) {
    const row = this.rows.find((one) => y >= one.top - 2 && y <= one.top + one.height + 3);
    if (!row || x < this.left) return null;
    let best = null, nearest = 8;
    for (const attempt of row.attempts) {
      const box = this.box(attempt);
      const apart = Math.max(box.left - x, x - box.left - box.width, 0) +
          Math.max(box.top - y, y - box.top - box.height, 0);
      if (apart < nearest && this.x(attempt.start) <= this.width) {
        best = attempt;
        nearest = apart;
      }
    }
    return best;
  }
}
