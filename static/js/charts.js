/* charts.js: one ECharts theme for light and dark, and the pictures of the product.
   A picture reads its own table twin, so both always say the same:
     <figure data-chart="rank" data-view="chart" data-small="table" data-currency="CNY"><div class="k-plot"></div><table class="k-twin">…</table></figure>
   Words in a picture come from the table: series names from <th>, units from th[data-u], so any language works.
   A cell gives its raw value in data-v (else its text) and its tier in data-t; a link in a row is where a click on its mark goes.
   data-small="table": on a phone the table is what opens first. data-kind="count" on the figure: numbers, not money.
   Kinds and their columns (the first column is always the name):
     columns  name | value | value before (optional) | target (optional)      upright bars: quarters, months
     months   name | this year | last year | target (optional) | outlook (optional)
     rank     name | value | count (optional)      lying bars, longest first as given; row data-s=watch or bad; data-k=rest for "+ n"
     share    name | value                         what the largest bring together: bars and their running share in percent
     funnel   step | count | money | to next step
     sankey   from | to | count                    row data-s = stay, up, down, lost, new
     treemap  name | tier | value | health         row data-s = good, watch, bad
     trend    name | value | target
     river    day offset | kind | what | who       needs no ECharts */
(function () {
  "use strict";
  const root = document.documentElement;
  const token = (name) => getComputedStyle(root).getPropertyValue("--k-" + name).trim();
  const zh = () => root.lang.startsWith("zh");
  const SYMBOLS = { CNY: "¥", USD: "$", EUR: "€", GBP: "£", HKD: "HK$" };
  const group = (v, digits) => Math.abs(v).toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  let currency = "CNY", plain = false;      /* of the figure that is being drawn */

  function scale(size) {
    if (plain) return [1, "", 0];
    if (zh()) return size >= 1e9 ? [1e8, "亿", 2] : size >= 1e4 ? [1e4, "万", 1] : [1, "", 0];
    return size >= 1e9 ? [1e9, "B", 2] : size >= 1e6 ? [1e6, "M", 2] : size >= 1e4 ? [1e3, "K", 1] : [1, "", 0];
  }
  /* as core.formats.short_money */
  function money(v) {
    const [by, unit, digits] = scale(Math.abs(v)), sign = v < 0 ? "\u2212" : "";
    if (plain) return sign + group(v, Number.isInteger(v) ? 0 : 1);
    const yuan = zh() && currency === "CNY", symbol = yuan ? "" : (SYMBOLS[currency] || currency + " ");
    return `${sign}${symbol}${group(v / by, digits)}${unit || (yuan ? " 元" : "")}`;
  }
  /* one unit for the whole axis, so that its numbers can be compared */
  function axisMoney(rows, ...columns) {
    const all = rows.flatMap((r) => columns.map((c) => Math.abs(r.v[c]) || 0)), [by, unit] = scale(Math.max(0, ...all));
    return (v) => (v / by).toLocaleString("en") + (v ? unit : "");
  }
  const count = (n, unit) => n.toLocaleString("en") + (zh() ? "" : " ") + (unit || "");
  const percent = (share) => (share * 100).toFixed(1) + "%";

  function theme() {
    const ink = token("ink"), ink2 = token("ink-2"), line = token("line"), line2 = token("line-2");
    const axis = {
      axisLine: { show: false, lineStyle: { color: line2 } }, axisTick: { show: false },
      axisLabel: { color: ink2, fontSize: 12 }, splitLine: { lineStyle: { color: line } }, nameTextStyle: { color: ink2 },
    };
    return {
      color: [token("ours"), token("line-2"), token("tier-2"), token("tier-3")],
      backgroundColor: "transparent",
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: ink, fontSize: 12 },
      categoryAxis: { ...axis, axisLine: { show: true, lineStyle: { color: line2 } }, splitLine: { show: false } },
      valueAxis: axis,
      tooltip: {
        renderMode: "richText", backgroundColor: token("raised"), borderColor: line2, borderWidth: 1, padding: [8, 12], confine: true,
        textStyle: { color: ink, fontSize: 12 }, shadowBlur: 0,
      },
    };
  }

  /* the twin: heads (name, unit) and rows of raw values, each row with its link, status and kind */
  function read(table) {
    const heads = [...table.tHead.rows[0].cells], said = (c) => (c.querySelector("a") || c).textContent.trim(), drawn = (c) => heads[c.cellIndex]?.dataset.x === undefined;      /* th[data-x], tr[data-x]: for the table only */
    const rows = [...table.tBodies[0].rows].filter((row) => row.dataset.x === undefined).map((row) => ({
      v: [...row.cells].filter(drawn).map((c) => (c.dataset.v === undefined ? said(c) : Number(c.dataset.v))),
      text: [...row.cells].filter(drawn).map(said), t: [...row.cells].filter(drawn).map((c) => Number(c.dataset.t)),
      href: row.querySelector("a")?.getAttribute("href"), s: row.dataset.s, k: row.dataset.k,
    }));
    rows.head = heads.filter(drawn).map((c) => c.textContent.trim());
    rows.unit = heads.filter(drawn).map((c) => c.dataset.u || "");
    return rows;
  }
  const small = (el) => el.clientWidth < 480;

  const bars = (el, rows) => Math.max(5, Math.min(22, (el.clientWidth / rows.length) * 0.28));
  const wrap = (name, n) => (name.length > n ? name.slice(0, n - 1) + "…" : name);

  const draw = {
    columns(rows, el) {
      const at = (i) => rows.map((r) => (Number.isFinite(r.v[i]) ? r.v[i] : null)), width = bars(el, rows), before = rows.head.length > 2;
      const label = { show: rows.length <= 8, position: "top", color: token("ink"), fontSize: 12, formatter: (p) => (p.value == null ? "" : money(p.value)) };
      const series = [{ name: rows.head[1], type: "bar", data: at(1), barWidth: width, barGap: "20%", itemStyle: { color: token("ours") }, label }];
      if (before) series.unshift({ name: rows.head[2], type: "bar", data: at(2), barWidth: width, itemStyle: { color: token("line-2") } });
      if (rows.head.length > 3) series.push({ name: rows.head[3], type: "scatter", data: at(3), symbol: "rect", symbolSize: [width + 10, 2], symbolOffset: [before ? width * 0.6 : 0, 0], itemStyle: { color: token("ink") }, z: 5 });
      return {
        grid: { left: 0, right: 0, top: 24, bottom: 6, containLabel: true },
        tooltip: { trigger: "axis", valueFormatter: (v) => (v == null ? "–" : money(v)), axisPointer: { type: "shadow", shadowStyle: { color: token("side") } } },
        xAxis: { type: "category", data: rows.map((r) => r.v[0]) },
        yAxis: { type: "value", splitNumber: 3, axisLabel: { formatter: axisMoney(rows, 1, 2, 3) } },
        series,
      };
    },
    rank(rows, el) {
      const hue = { bad: token("bad"), watch: token("watch-fill") }, counts = rows.head.length > 2;
      const names = rows.map((r) => String(r.v[0])), room = Math.min(el.clientWidth * 0.34, 16 + Math.max(...names.map((n) => [...n].reduce((w, c) => w + (c > "\u2e7f" ? 13 : 7.4), 0))));
      const most = Math.max(...rows.map((r) => r.v[1] || 0)) || 1;
      return {
        grid: { left: room, right: 4, top: 2, bottom: 2 },
        tooltip: { formatter: (p) => `${names[p.dataIndex]}\n${money(p.value)}` + (counts ? `  ${count(rows[p.dataIndex].v[2], rows.unit[2])}` : "") },
        xAxis: { type: "value", show: false, max: most * (small(el) ? 1.6 : counts ? 1.34 : 1.22) },
        yAxis: { type: "category", inverse: true, data: names, axisLine: { show: false }, axisLabel: { color: token("ink"), fontSize: 13, width: room - 12, overflow: "truncate", interval: 0 } },
        series: [{
          type: "bar", barWidth: Math.min(10, Math.max(5, el.clientHeight / rows.length / 3)),
          data: rows.map((r) => ({ value: r.v[1] || 0, itemStyle: { color: hue[r.s] || (r.k === "rest" ? token("line-2") : token("ours")) } })),
          label: { show: true, position: "right", color: token("ink"), fontSize: 12, formatter: (p) => money(p.value) + (counts ? `  {n|${count(rows[p.dataIndex].v[2], rows.unit[2])}}` : ""), rich: { n: { color: token("ink-3"), fontSize: 12 } } },
        }],
      };
    },
    share(rows, el) {
      const whole = rows.reduce((sum, r) => sum + (r.v[1] || 0), 0) || 1;
      let sum = 0;
      const running = rows.map((r) => (sum += r.v[1] || 0) / whole);
      const shown = rows.map((r) => (r.v[1] || 0) / whole), last = rows[rows.length - 1].k === "rest" ? rows.length - 2 : rows.length - 1;
      return {
        grid: { left: 0, right: 44, top: 20, bottom: 6, containLabel: true },
        tooltip: { trigger: "axis", formatter: (ps) => `${rows[ps[0].dataIndex].v[0]}\n${money(rows[ps[0].dataIndex].v[1])}  ${percent(shown[ps[0].dataIndex])}\n${percent(running[ps[0].dataIndex])}` },
        xAxis: { type: "category", data: rows.map((r) => r.v[0]), axisLabel: { interval: 0, hideOverlap: true, formatter: (n) => wrap(n, small(el) ? 4 : 8) } },
        yAxis: { type: "value", max: 1, splitNumber: 2, axisLabel: { formatter: (v) => Math.round(v * 100) + "%" } },
        series: [
          { type: "bar", data: shown.map((v, n) => ({ value: v, itemStyle: { color: rows[n].k === "rest" ? token("line-2") : token("ours") } })), barWidth: bars(el, rows) },
          { type: "line", data: running, symbol: "none", lineStyle: { color: token("ink-3"), width: 1.5 }, markPoint: { silent: true, symbolSize: 0, data: [{ coord: [last, running[last]], value: percent(running[last]) }], label: { position: "bottom", distance: 8, color: token("ink"), fontSize: 12, fontWeight: 600 } } },
        ],
      };
    },
    /* month | this year | last year | target (optional) | outlook (optional), yuan.
       Slate is this year, grey last year, ink tick the target, dashed outline the outlook: as in .k-bar */
    months(rows, el) {
      const at = (i) => rows.map((r) => (Number.isFinite(r.v[i]) ? r.v[i] : null));
      const bar = Math.max(4, Math.min(9, (el.clientWidth / rows.length) * 0.2));
      const series = [
        { name: rows.head[2], type: "bar", data: at(2), barWidth: bar, itemStyle: { color: token("line-2") } },
        { name: rows.head[1], type: "bar", data: at(1), barWidth: bar, barGap: "20%", itemStyle: { color: token("ours") } },
      ];
      if (rows.head.length > 4) {
        const outlook = at(4);
        series[1].data = series[1].data.map((v, n) => v ?? { value: outlook[n], itemStyle: { color: "transparent", borderColor: token("ours"), borderType: [3, 2], borderWidth: 1.25 } });
        series.push({ name: rows.head[3], type: "scatter", data: at(3), symbol: "rect", symbolSize: [bar + 8, 2], symbolOffset: [bar * 0.6, 0], itemStyle: { color: token("ink") }, z: 5 });
      }
      return {
        grid: { left: 0, right: 0, top: 12, bottom: 6, containLabel: true },
        tooltip: { trigger: "axis", valueFormatter: (v) => (v == null ? "–" : money(v)), axisPointer: { type: "shadow", shadowStyle: { color: token("side") } } },
        xAxis: { type: "category", data: rows.map((r) => r.v[0]), axisLabel: { interval: small(el) ? 1 : 0 } },
        yAxis: { type: "value", splitNumber: 3, axisLabel: { formatter: axisMoney(rows, 1, 2, 3, 4) } },
        series,
      };
    },
    /* step | count | yuan | conversion to next; every open or won deal that reached the step */
    funnel(rows, el) {
      const names = { type: "category", inverse: true, axisLine: { show: false } };
      return {
        grid: { left: zh() ? 44 : 76, right: 46, top: 26, bottom: 4 },
        tooltip: { formatter: (p) => `${rows[p.dataIndex].v[0]}\n${count(rows[p.dataIndex].v[1], rows.unit[1])}  ${money(rows[p.dataIndex].v[2])}` },
        xAxis: { type: "value", show: false, max: Math.max(...rows.map((r) => r.v[2])) * (small(el) ? 1.9 : 1.45) },
        yAxis: [
          { ...names, data: rows.map((r) => r.v[0]), axisLabel: { color: token("ink"), fontSize: 13, margin: 12 } },
          {
            ...names, position: "right", data: rows.map((r) => r.v[3]), name: rows.head[3], nameLocation: "start", nameGap: 8, nameTextStyle: { align: "right", padding: [0, -44, 0, 0], color: token("ink-2"), fontSize: 12 },
            axisLabel: { align: "right", margin: 44, fontSize: 13, formatter: (v, n) => (rows[n].s === "bad" ? `{bad|${v}}` : v), color: token("ink-2"), rich: { bad: { color: token("bad"), fontSize: 13, fontWeight: 600 } } },
          },
        ],
        series: [{
          type: "bar", barWidth: 8, data: rows.map((r) => r.v[2]), itemStyle: { color: token("ours") },
          label: { show: true, position: "right", color: token("ink"), fontSize: 12, formatter: (p) => `${money(p.value)}  {n|${count(rows[p.dataIndex].v[1], rows.unit[1])}}`, rich: { n: { color: token("ink-3"), fontSize: 12 } } },
        }],
      };
    },
    /* from | to | count; row data-s = stay, up, down, lost, new; data-t on the cells = tier. Colour tells movement, darkness tier */
    sankey(rows, el) {
      const hue = { stay: token("line-2"), up: token("good"), down: token("bad"), lost: token("bad"), new: token("ink-3") };
      const sum = {}, names = [], id = (side, label) => `${rows.head[side]} ${label}`;
      rows.forEach((r) => [0, 1].forEach((side) => {
        const key = id(side, r.v[side]);
        if (!(key in sum)) { sum[key] = 0; names.push({ key, label: r.v[side], side, tier: r.t[side] || 9 }); }
        sum[key] += r.v[2];
      }));
      names.sort((a, b) => a.side - b.side || a.tier - b.tier);
      const fill = (n) => (n.tier < 9 ? token("tier-" + n.tier) : n.side ? token("bad") : token("ink-3"));
      const edge = zh() ? (small(el) ? 76 : 92) : 104;
      return {
        tooltip: { formatter: (p) => (p.dataType === "edge" ? `${p.data.source} → ${p.data.target}` : p.name) + "  " + count(p.value, rows.unit[2]) },
        series: [{
          type: "sankey", animation: false, left: edge, right: edge, top: 8, bottom: 8, nodeWidth: 6, nodeGap: 14, layoutIterations: 0, draggable: false,
          emphasis: { focus: "adjacency" },
          data: names.map((n) => ({
            name: n.key, depth: n.side, itemStyle: { color: fill(n), borderWidth: 0 },
            label: { position: n.side ? "right" : "left", formatter: `${n.label} {n|${sum[n.key]}}`, color: token("ink"), fontSize: 13, rich: { n: { color: token("ink-2"), fontSize: 13, fontWeight: 600 } } },
          })),
          links: rows.map((r) => ({ source: id(0, r.v[0]), target: id(1, r.v[1]), value: r.v[2], lineStyle: { color: hue[r.s], opacity: r.s === "stay" ? 0.34 : 0.55, curveness: 0.5 } })),
        }],
      };
    },
    /* account | tier | yuan | health; row data-s = good, watch, bad. Area is revenue, tint and sign are health.
       What is too small to carry its name is gathered into one tile per tier, except when it is red */
    treemap(all, el) {
      const rows = Object.assign(all.filter((r) => r.k !== "rest"), { head: all.head, unit: all.unit }), sign = { good: "", watch: "▲ ", bad: "◆ " };
      const fill = { good: token("map"), watch: token("map-watch"), bad: token("map-bad") };
      const px = (el.clientWidth * el.clientHeight) / rows.reduce((sum, r) => sum + r.v[2], 0);
      const names = (r) => r.v[2] * px > (zh() ? 4800 : 7600) || (r.s === "bad" && r.v[2] * px > 2600);
      const say = (r) => `{b|${sign[r.s]}${r.v[0]}}` + (r.v[2] * px > 9000 ? `\n${money(r.v[2])}` : "") + (r.v[2] * px > 15000 ? `\n${rows.head[3]} ${r.v[3]}` : "");
      const text = { opacity: 1, fontSize: 12, lineHeight: 17, padding: [4, 5], position: "insideTopLeft", overflow: "break", color: token("ink-2"), rich: { b: { fontWeight: 600, color: token("ink"), fontSize: 12, lineHeight: 17 } } };
      const tile = (r) => ({ name: r.v[0], value: r.v[2], row: r, itemStyle: { color: fill[r.s] }, label: { ...text, formatter: () => say(r) } });
      const tiers = [...new Set(rows.map((r) => r.v[1]))].map((t) => {
        const mine = rows.filter((r) => r.v[1] === t), some = mine.filter(names), few = some.length < 4 && mine.length > 8;
        const named = few ? some.filter((r) => r.s === "bad") : some, rest = mine.filter((r) => !named.includes(r));
        const value = rest.reduce((sum, r) => sum + r.v[2], 0), label = `+ ${count(rest.length, rows.unit[0])}`;
        return {
          name: t, itemStyle: { color: token("ground") },
          children: named.map(tile).concat(rest.length ? [{ name: label, value, itemStyle: { color: token("map") }, label: { ...text, formatter: `${label}\n${money(value)}` } }] : []),
        };
      });
      return {
        tooltip: { formatter: (p) => `${p.name}\n${money(p.value)}` + (p.data.row ? `  ${rows.head[3]} ${p.data.row.v[3]}` : "") },
        series: [{
          type: "treemap", animation: false, left: 0, right: 0, top: 0, bottom: 0, roam: false, nodeClick: false, breadcrumb: { show: false }, squareRatio: 1.5, visibleMin: 0, childrenVisibleMin: 0,
          levels: [
            { itemStyle: { gapWidth: 12, borderWidth: 0, borderColor: token("ground") } },
            { itemStyle: { gapWidth: 2, borderWidth: 0, borderColor: token("ground") }, upperLabel: { show: true, height: 22, position: [0, 4], verticalAlign: "top", color: token("ink-2"), fontSize: 12, opacity: 1, formatter: (p) => `${p.name}  ${money(p.value)}` } },
            { itemStyle: { borderWidth: 0, gapWidth: 0, borderColor: token("ground") } },
          ],
          data: tiers,
        }],
      };
    },
    /* wave | score | target */
    trend(rows) {
      const values = rows.map((r) => r.v[1]);
      return {
        grid: { left: 0, right: 64, top: 22, bottom: 0, containLabel: true },
        tooltip: { trigger: "axis" },
        xAxis: { type: "category", data: rows.map((r) => r.v[0]), boundaryGap: ["4%", "4%"] },
        yAxis: { type: "value", min: Math.floor(Math.min(...values) / 10) * 10 - 5, max: 100, show: false },
        series: [{
          name: rows.head[1], type: "line", data: values, symbol: "circle", symbolSize: 6, lineStyle: { width: 2, color: token("ours") }, itemStyle: { color: token("ours") },
          label: { show: true, color: token("ink"), fontSize: 12 },
          markLine: { silent: true, symbol: "none", data: [{ yAxis: rows[0].v[2] }], lineStyle: { color: token("ink"), type: [4, 3], width: 1 }, label: { formatter: `${rows.head[2]} {c}`, color: token("ink-2"), fontSize: 12 } },
        }],
      };
    },
  };

  /* day offset | kind | what | who. Row data-k = visit, call, theirs, bad, plan. figure data-today, data-gap="{n} 天没有来往", data-cadence="14", data-months="-130:7月,…"
     Ours above the line, theirs below; the band is how often we met within a fortnight */
  function river(figure, el) {
    const rows = read(figure.querySelector("table")).filter((r) => r.k).sort((a, b) => a.v[0] - b.v[0]), W = el.clientWidth, H = el.clientHeight, mid = H / 2 - 6;
    const lo = Math.min(...rows.map((r) => r.v[0])) - 6, hi = Math.max(...rows.map((r) => r.v[0])) + 14;
    const X = (d) => ((d - lo) / (hi - lo)) * W, put = (tag, attrs, text) => {
      const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
      Object.entries(attrs).forEach(([k, v]) => e.setAttribute(k, v));
      if (text) e.textContent = text;
      return (at || svg).appendChild(e);
    };
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    let at = null;
    svg.setAttribute("class", "k-river"); svg.setAttribute("viewBox", `0 0 ${W} ${H}`); svg.setAttribute("role", "group"); svg.setAttribute("aria-label", figure.dataset.label || "");
    const wide = (s) => [...s].reduce((sum, c) => sum + (c > "\u2e7f" ? 12 : 6.8), 0);
    const met = rows.filter((r) => r.k === "visit" || r.k === "call" || r.k === "plan").map((r) => r.v[0]);
    const half = (d) => 3 + 5.5 * met.filter((m) => Math.abs(m - d) <= 10).reduce((sum, m) => sum + Math.cos(((m - d) / 10) * 1.5), 0);
    const edge = (from, to, sign) => { const p = []; for (let d = from; d <= to; d += 2) p.push(`${X(d).toFixed(1)},${(mid + sign * half(d)).toFixed(1)}`); return p; };
    figure.dataset.months.split(",").forEach((m) => { const [d, name] = m.split(":"); put("line", { class: "month", x1: X(d), x2: X(d), y1: H - 24, y2: H - 18 }); put("text", { class: "sub", x: X(d) + 4, y: H - 10 }, name); });
    put("polygon", { class: "band", points: [...edge(lo, 0, -1), ...edge(lo, 0, 1).reverse()].join(" ") });
    [-1, 1].forEach((s) => put("polyline", { class: "ahead", points: edge(0, hi, s).join(" ") }));
    put("line", { class: "axis", x1: 0, x2: X(0), y1: mid, y2: mid });
    const past = met.filter((d) => d <= 0).sort((a, b) => a - b);
    past.forEach((d, n) => {
      const days = n ? d - past[n - 1] : 0;
      if (days <= 2 * figure.dataset.cadence) return;
      const a = X(past[n - 1]) + 9, b = X(d) - 9, words = figure.dataset.gap.replace("{n}", days);
      put("path", { class: "gap", d: `M${a} ${mid - 12}v-4H${b}v4` });
      put("text", { class: "gap-t", x: (a + b) / 2, y: mid - 21, "text-anchor": "middle" }, words);
    });
    put("line", { class: "now", x1: X(0), x2: X(0), y1: 0, y2: H - 24 });
    put("text", { class: "now-t", x: X(0), y: H - 10, "text-anchor": "middle" }, figure.dataset.today);
    const taken = {}, rank = (r) => (r.k === "bad" ? 0 : r.v[0] === 0 ? 1 : r.k === "call" ? 3 : 2);      /* who gets a label first when room is short */
    rows.sort((a, b) => rank(a) - rank(b) || a.v[0] - b.v[0]).forEach((r) => {
      const up = r.k === "visit" || r.k === "call" || r.k === "plan", x = X(r.v[0]), w = Math.max(wide(r.text[2]), wide(`${r.text[0]} ${r.text[3]}`)) + 12;
      const lanes = up ? [mid - 58, mid - 98] : [mid + 34, mid + 70];
      const spot = lanes.flatMap((y, lane) => [[lane, false, x], [lane, true, x - w]]).find(([lane, , left]) => left >= 0 && left + w <= W + 8 && !(taken[`${up}${lane}`] || []).some(([a, b]) => left < b && left + w > a));
      if (r.href) { at = null; at = put("a", { href: r.href }); }
      if (spot) {
        const [lane, flip, left] = spot;
        (taken[`${up}${lane}`] ||= []).push([left, left + w]);
        const y = lanes[lane], dx = flip ? -5 : 5, anchor = flip ? "end" : "start";
        put("line", { class: "stem", x1: x, x2: x, y1: mid, y2: up ? y - 8 : y + 20 });
        put("text", { class: r.k === "bad" ? "bad-t" : "", x: x + dx, y, "text-anchor": anchor }, r.text[2]);
        put("text", { class: "sub", x: x + dx, y: y + 16, "text-anchor": anchor }, `${r.text[0]} ${r.text[3]}`.trim());
      }
      const mark = up ? put("circle", { class: r.k, cx: x, cy: mid, r: r.k === "call" ? 3.5 : 5 }) : put("rect", { class: r.k, x: x - 4, y: mid - 4, width: 8, height: 8, transform: `rotate(45 ${x} ${mid})` });
      mark.append(put("title", {}, `${r.text[0]} ${r.text[2]} ${r.text[3]}`));
      at = null;
    });
    el.replaceChildren(svg);
  }

  /* how tall a ranking must be to name every row */
  const tall = { rank: 26, funnel: 44 };

  function paint(figure) {
    const el = figure.querySelector(".k-plot");
    if (!el || !el.clientWidth) return;
    currency = figure.dataset.currency || "CNY";
    plain = figure.dataset.kind === "count";
    if (figure.dataset.chart === "river") return river(figure, el);
    const kind = draw[figure.dataset.chart];
    if (!kind || !window.echarts) return;
    const rows = read(figure.querySelector("table"));
    echarts.getInstanceByDom(el)?.dispose();
    if (!rows.length) return;
    if (tall[figure.dataset.chart] && !el.dataset.h) el.style.height = `${rows.length * tall[figure.dataset.chart] + 8}px`;
    const chart = echarts.init(el, theme(), { renderer: "svg" });
    const mine = { currency, plain };
    /* labels and tooltips are made later, when another figure may be the last one drawn */
    const say = (f) => (typeof f !== "function" ? f : (...args) => { ({ currency, plain } = mine); return f(...args); });
    const own = (o) => { if (Array.isArray(o)) return o.map(own); if (o && typeof o === "object" && Object.getPrototypeOf(o) === Object.prototype) return Object.fromEntries(Object.entries(o).map(([k, v]) => [k, own(v)])); return say(o); };
    chart.setOption({ animation: false, aria: { enabled: true }, ...own(kind(rows, el)) });
    chart.on("click", (p) => { const go = (p.data && p.data.row ? p.data.row : rows[p.dataIndex])?.href; if (go) location.href = go; });
    chart.getZr().on("mousemove", (e) => { el.classList.toggle("k-drill", Boolean(e.target) && rows.some((r) => r.href)); });
  }
  const figures = (from) => [...from.querySelectorAll("[data-chart]"), ...(from.matches?.("[data-chart]") ? [from] : [])];
  const paintAll = () => figures(document).filter((f) => f.dataset.view !== "table").forEach(paint);
  function show(figure, to) {
    figure.dataset.view = to;
    figure.querySelectorAll(".k-view button").forEach((b) => b.setAttribute("aria-pressed", b.dataset.to === to));
    if (to === "chart") paint(figure);
  }

  document.addEventListener("click", (e) => {
    const view = e.target.closest(".k-view button");
    if (view) show(view.closest("[data-chart]"), view.dataset.to);
  });
  document.addEventListener("kam:theme", paintAll);
  let wait, width = innerWidth;
  addEventListener("resize", () => {
    clearTimeout(wait);
    wait = setTimeout(() => { if (innerWidth !== width) { width = innerWidth; paintAll(); } }, 150);
  });
  window.kam.show = show;
  window.kam.charts = (from) => {
    figures(from).forEach((f) => {
      const first = innerWidth <= 640 && f.dataset.small === "table" ? "table" : f.dataset.view || "chart";
      show(f, first);
    });
  };
})();
