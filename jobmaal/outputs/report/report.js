// The pages' script: tables that sort, filter and download; charts; and the choice on the benchmark page.
// Belongs here: what a reader does on a page. Does not: figures (the pages bring them) and colours (report.css).
"use strict";

const DANISH = new Intl.NumberFormat("da-DK", { maximumFractionDigits: 2 });
const COLLATOR = new Intl.Collator("da-DK", { numeric: true });
const LOCALE = { decimal: ",", thousands: ".", grouping: [3], currency: ["", " kr."] };

function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// --- tables ---------------------------------------------------------------------------------------------

function prepareTable(section) {
  const table = section.querySelector("table");
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const tools = section.querySelector(".tools");
  const count = element("span", { class: "count", role: "status" });
  const empty = element("p", { class: "empty", hidden: "" }, "Ingen rækker svarer til valget.");
  table.after(empty);

  const search = element("input", { type: "search" });
  tools.append(element("label", {}, "Søg i tabellen", search));
  const choices = heads.flatMap((head, at) => {
    if (!head.hasAttribute("data-filter")) return [];
    const values = [...new Set(rows.map((row) => row.cells[at].textContent))].sort(COLLATOR.compare);
    if (values.length < 2) return [];
    const select = element("select", {}, element("option", { value: "" }, "Alle"));
    for (const value of values.filter(Boolean)) select.append(element("option", { value }, value));
    tools.append(element("label", {}, head.textContent, select));
    return [{ at, select }];
  });
  const download = element("button", { type: "button" }, "Hent som CSV");
  tools.append(download, count);

  function filter() {
    const words = search.value.toLocaleLowerCase("da").trim();
    let shown = 0;
    for (const row of rows) {
      const fits = row.textContent.toLocaleLowerCase("da").includes(words)
        && choices.every(({ at, select }) => !select.value || row.cells[at].textContent === select.value);
      row.hidden = !fits;
      shown += fits;
    }
    count.textContent = `${DANISH.format(shown)} af ${DANISH.format(rows.length)} rækker`;
    empty.hidden = shown > 0;
  }

  heads.forEach((head, at) => {
    const button = element("button", { type: "button" }, ...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", direction);
      const sign = direction === "ascending" ? 1 : -1;
      const isNumber = head.dataset.kind === "number";
      // What has no value comes last, whichever way.
      const key = (row) => row.cells[at].dataset.sort ?? (isNumber ? "" : row.cells[at].textContent);
      rows.sort((one, other) => {
        const [a, b] = [key(one), key(other)];
        if (a === "" || b === "") return (a === "") - (b === "");
        return sign * (isNumber ? a - b : COLLATOR.compare(a, b));
      });
      body.append(...rows);
    });
  });
  download.addEventListener("click", () => save(section.dataset.name, heads, rows.filter((row) => !row.hidden)));
  search.addEventListener("input", filter);
  choices.forEach(({ select }) => select.addEventListener("change", filter));

  const asked = new URLSearchParams(location.search).get("sog");
  if (asked && location.hash === `#${section.id}`) search.value = asked;
  tools.hidden = false;
  filter();
}

function save(name, heads, rows) {
  // As Danish spreadsheets read it. A text that a spreadsheet would run as a formula is marked as a text.
  const field = (text) => `"${(/^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? "'" + text : text).replaceAll('"', '""')}"`;
  const number = (cell) => cell.dataset.sort.replace(".", ",");
  // "ca. 100", "60–70" and "nr. 5 af 98" say more than their number, so they stay as they are read.
  const plain = (cell, at) => heads[at].dataset.kind === "number" && cell.dataset.sort && /^[−\d.,]+$/.test(cell.textContent);
  const lines = [
    heads.map((head) => field(head.textContent)).join(";"),
    ...rows.map((row) => [...row.cells].map((cell, at) => (plain(cell, at) ? number(cell) : field(cell.textContent))).join(";")),
  ];
  const link = element("a", { download: `${name}.csv` });
  link.href = URL.createObjectURL(new Blob(["\ufeff" + lines.join("\r\n") + "\r\n"], { type: "text/csv" }));
  link.click();
  URL.revokeObjectURL(link.href);
}

// --- charts ---------------------------------------------------------------------------------------------

function theme() {
  const style = getComputedStyle(document.documentElement);
  const colour = (name) => style.getPropertyValue(`--${name}`).trim();
  const axis = { labelColor: colour("ink"), titleColor: colour("quiet"), gridColor: colour("line"), domainColor: colour("line"), tickColor: colour("line"), labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" };
  return {
    background: "transparent",
    font: style.getPropertyValue("font-family") || "sans-serif",
    range: { category: ["c1", "c2", "c3", "c4", "c5", "c6"].map(colour) },
    axis,
    legend: { labelColor: colour("ink"), titleColor: colour("quiet"), orient: "top", labelFontSize: 12, labelLimit: 400, columns: innerWidth < 640 ? 1 : 3 },
    view: { stroke: null },
    mark: { tooltip: true },
    title: { color: colour("ink") },
  };
}

// A specification names a colour of the style sheet where it needs a certain one.
function coloured(spec) {
  const style = getComputedStyle(document.documentElement);
  return JSON.parse(JSON.stringify(spec), (key, value) =>
    typeof value === "string" && value.startsWith("--") ? style.getPropertyValue(value).trim() || value : value);
}

function wrapped(text) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last && last.length + word.length > 17) lines.push(word);
    else lines[lines.length - 1] = last ? `${last} ${word}` : word;
  }
  return (lines.length > 3 ? [...lines.slice(0, 2), `${lines[2]} …`] : lines).join("\n");
}

function narrow(spec) {
  // On a phone the names of bars are written in lines, and bars stand as far apart as these need.
  if (innerWidth >= 640) return spec;
  const axis = { labelLimit: 140, labelFontSize: 11, labelExpr: "split(datum.label, '\\n')" };
  return JSON.parse(JSON.stringify(spec), (key, value) => {
    if (key === "name" && typeof value === "string") return wrapped(value);
    if (key === "y" && value.field === "name") return { ...value, sort: value.sort.map(wrapped), axis: { ...value.axis, ...axis } };
    if (key === "height" && value.step) return { step: Math.max(value.step, 46) };
    return value;
  });
}

async function draw(place, spec) {
  const config = theme();
  await vegaEmbed(place, { ...narrow(coloured(spec)), autosize: { type: "fit-x", contains: "padding" } }, {
    actions: false, renderer: "svg", ast: true, logLevel: 1, config, formatLocale: LOCALE, tooltip: { theme: matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light" },
  });
  place.dataset.drawn = "1";
}

function drawAll() {
  for (const place of document.querySelectorAll("[data-spec]")) {
    draw(place, JSON.parse(document.getElementById(place.dataset.spec).textContent));
  }
}

// --- benchmark ------------------------------------------------------------------------------------------

function prepareBenchmark() {
  const stored = document.getElementById("benchmark-data");
  if (!stored) return () => {};
  const data = JSON.parse(stored.textContent);
  const [areaChoice, seriesChoice, groupChoice] = ["omraade", "serie", "gruppe"].map((name) => document.getElementById(`vaelg-${name}`));
  data.areas.forEach(([name, kind], at) => kind === "municipality" && areaChoice.append(new Option(name, at, false, at === data.home)));
  const tables = new Map();
  data.series.forEach((one, at) => {
    if (!tables.has(one.table)) tables.set(one.table, element("optgroup", { label: `Tabel ${one.table}` }));
    tables.get(one.table).append(new Option(one.name, at));
  });
  seriesChoice.append(...tables.values());
  // Without a wish, a series in which municipalities have places: those can be compared.
  const asked = data.series.findIndex((one) => one.key === new URLSearchParams(location.search).get("serie"));
  const ranked = data.series.findIndex((one) => one.ranks.length > 0);
  seriesChoice.value = Math.max(asked >= 0 ? asked : ranked, 0);

  function groups() {
    const area = Number(areaChoice.value), was = groupChoice.value;
    const fitting = data.groups.flatMap(([name, members], at) => (members.includes(area) ? [[name, at, members.length]] : []));
    groupChoice.replaceChildren(...fitting.map(([name, at, size]) => new Option(`${name} (${size})`, at)));
    if (fitting.some(([, at]) => String(at) === was)) groupChoice.value = was;
  }

  function show() {
    const area = Number(areaChoice.value), one = data.series[Number(seriesChoice.value)], group = Number(groupChoice.value);
    showSeries(data, one, area, group);
    showPlaces(data, one, area, group);
    showTables(data, one, area, group);
  }

  areaChoice.addEventListener("change", () => { groups(); show(); });
  seriesChoice.addEventListener("change", show);
  groupChoice.addEventListener("change", show);
  groups();
  show();
  return show;
}

const valueAt = (one, area, period) => one.values[area]?.[period] ?? null;
const isNumber = (value) => typeof value === "number";

function written(value, unit) {
  if (value === null) return "ingen række";
  if (!isNumber(value)) return value === "s" ? "skjult" : "kan ikke læses";
  return `${DANISH.format(value).replace("-", "−")}${unit ? " " + unit : ""}`;
}

function rowsOf(one, area, line, name) {
  return one.ends.map((end, at) => ({ dag: end, periode: one.periods[at][1], vaerdi: valueAt(one, area, at), linje: line, navn: name }))
    .filter((row) => isNumber(row.vaerdi));
}

function showSeries(data, one, area, group) {
  const home = data.areas[area][0], [groupName, members] = data.groups[group] ?? ["", []];
  const others = members.length <= 31 ? members.filter((member) => member !== area) : [];
  const first = one.first.filter(([of]) => of === area).map(([, at, value]) => ({ dag: one.ends[at], periode: one.periods[at][1], vaerdi: value }))
    .filter((row) => isNumber(row.vaerdi));
  const rows = [
    ...others.flatMap((member) => rowsOf(one, member, groupName, data.areas[member][0])),
    ...rowsOf(one, data.country, "Hele landet", "Hele landet"), ...rowsOf(one, area, home, home),
  ];
  const breaks = data.breaks.filter(([table]) => table === one.table).map(([, day, name]) => ({ dag: day, hvad: name }));
  const isCount = one.unit !== "pct." && one.unit !== "pct.-point";
  // A count of the whole country would press every municipality flat.
  const shown = isCount ? rows.filter((row) => row.linje !== "Hele landet") : rows;
  const lines = [home, ...(isCount ? [] : ["Hele landet"]), ...(others.length ? [groupName] : [])];
  const colours = ["--c1", ...(isCount ? [] : ["--ink"]), ...(others.length ? ["--faint"] : [])];
  const x = { field: "dag", type: "temporal", title: null, axis: { format: "%Y", tickCount: "year" } };
  const y = { field: "vaerdi", type: "quantitative", title: one.unit, scale: { zero: false } };
  const hint = [{ field: "navn", type: "nominal", title: " " }, { field: "periode", type: "nominal", title: "periode" }, { field: "vaerdi", type: "quantitative", title: one.unit }];
  const spec = {
    width: "container", height: 320,
    layer: [
      { data: { values: shown }, mark: { type: "line", clip: true, point: one.ends.length < 8 }, encoding: { x, y, detail: { field: "navn" }, tooltip: hint,
        color: { field: "linje", type: "nominal", title: null, scale: { domain: lines, range: colours } },
        strokeWidth: { condition: { test: `datum.linje === ${JSON.stringify(groupName)}`, value: 1 }, value: 2.5 } } },
      { data: { values: first }, mark: { type: "point", shape: "diamond", filled: true, size: 50, color: "--c2", opacity: 1 }, encoding: { x, y, tooltip: hint.slice(1) } },
      { data: { values: breaks }, mark: { type: "rule", strokeDash: [5, 4], color: "--bad" }, encoding: { x: { ...x }, tooltip: [{ field: "hvad", type: "nominal", title: "brud" }] } },
    ].filter((layer) => layer.data.values.length),
  };
  const last = rowsOf(one, area, home, home).at(-1), country = last && rowsOf(one, data.country, "", "").find((row) => row.dag === last.dag);
  document.getElementById("serie-titel").textContent = last
    ? `${home}: ${written(last.vaerdi, one.unit)} i ${last.periode}${country ? `; hele landet ${written(country.vaerdi, one.unit)}` : ""}`
    : `${home}: ingen tal, der kan vises`;
  document.getElementById("serie-tekst").textContent = [
    `${one.name} (${one.unit}).`,
    others.length ? `De svage linjer er de andre i gruppen ${groupName}.` : "",
    isCount ? "Hele landet er ikke tegnet, da antal for landet er så meget større." : "",
    first.length ? "Ruder er tal, som de først blev offentliggjort, hvor de siden er rettet." : "",
    breaks.length ? `Stiplet linje: brud i serien (${[...new Set(breaks.map((row) => row.hvad))].join("; ")}).` : "",
    one.values[area]?.some((value) => value === "s") ? "Skjulte tal er ikke tegnet; de er mærket i tabellen." : "",
  ].filter(Boolean).join(" ");
  draw(document.getElementById("serie-diagram"), spec);
}

function placesOf(one, area, group) {
  return one.ranks.find(([of, who]) => of === group && who === area)?.[2] ?? [];
}

function showPlaces(data, one, area, group) {
  const rows = placesOf(one, area, group).flatMap((place, at) => (place ? [{ dag: one.ends[at], periode: one.periods[at][1], plads: place[0], af: place[1] }] : []));
  const figure = document.getElementById("plads-figur"), home = data.areas[area][0];
  figure.hidden = rows.length === 0;
  if (!rows.length) return;
  const best = one.better ? "højeste" : "laveste", last = rows.at(-1);
  document.getElementById("plads-titel").textContent = `${home} er nr. ${last.plads} af ${last.af} i ${data.groups[group][0]}, ${last.periode}`;
  document.getElementById("plads-tekst").textContent = `Placering over tid; nr. 1 har den ${best} værdi og ligger øverst.`;
  draw(document.getElementById("plads-diagram"), {
    width: "container", height: 200, data: { values: rows },
    mark: { type: "line", interpolate: "step-after", point: true, color: "--c1" },
    encoding: {
      x: { field: "dag", type: "temporal", title: null, axis: { format: "%Y", tickCount: "year" } },
      y: { field: "plads", type: "quantitative", title: "placering", scale: { reverse: true, domain: [1, Math.max(...rows.map((row) => row.af))], nice: false }, axis: { tickMinStep: 1, format: "d" } },
      tooltip: [{ field: "periode", type: "nominal", title: "periode" }, { field: "plads", type: "quantitative", title: "placering" }, { field: "af", type: "quantitative", title: "af" }],
    },
  });
}

function showTables(data, one, area, group) {
  const home = data.areas[area][0], places = placesOf(one, area, group);
  const source = (at, of) => data.sources[typeof one.sources === "number" ? one.sources : one.sources[of]?.[at]];
  const cell = (value, response) => {
    const made = element("td", { class: "n" });
    if (isNumber(value)) made.dataset.sort = value;
    if (value === null) return made;
    const text = isNumber(value) ? document.createTextNode(written(value)) : element("span", { class: "mark hidden" }, written(value));
    made.append(response ? element("a", { href: `kilder.html#${encodeURI(response[0])}`, title: response[1] }, text) : text);
    return made;
  };
  const rows = one.periods.map(([, name], at) => {
    const place = places[at], plain = element("td", { class: "n" }, place ? `nr. ${place[0]} af ${place[1]}` : "");
    if (place) plain.dataset.sort = place[0];
    return element("tr", {}, element("td", { "data-sort": one.ends[at] }, name), cell(valueAt(one, area, at), source(at, area)), cell(valueAt(one, data.country, at), source(at, data.country)), plain);
  }).reverse();
  const revised = one.first.filter(([of]) => of === area).map(([, at, was, response]) => {
    const now = valueAt(one, area, at), isPlain = isNumber(was) && isNumber(now);
    return element("tr", {}, element("td", { "data-sort": one.ends[at] }, one.periods[at][1]), cell(was, data.sources[response]), cell(now, source(at, area)),
      cell(isPlain ? Math.round((now - was) * 1e4) / 1e4 : null, null));
  });
  document.getElementById("serie-tabeller").replaceChildren(
    tableOf("serien", `${one.name}: ${home}, periode for periode, nyeste først`, [["Periode", "text"], [`${home}, ${one.unit}`, "number"], [`Hele landet, ${one.unit}`, "number"], ["Placering", "number"]], rows),
    ...(revised.length ? [tableOf("rettet", `Tal for ${home}, som udgiveren siden har rettet`, [["Periode", "text"], ["Først offentliggjort", "number"], ["Nu", "number"], ["Rettelse", "number"]], revised)] : []),
  );
  document.querySelectorAll("#serie-tabeller section").forEach(prepareTable);
}

function tableOf(name, caption, columns, rows) {
  const heads = columns.map(([label, kind]) => element("th", { scope: "col", "data-kind": kind, ...(kind === "number" ? { class: "n" } : {}) }, label));
  return element("section", { class: "table", id: name, "data-name": name },
    element("h3", { id: `${name}-titel` }, caption), element("div", { class: "tools", hidden: "" }),
    element("div", { class: "scroll", tabindex: "0", role: "region", "aria-labelledby": `${name}-titel` },
      element("table", { "aria-labelledby": `${name}-titel` }, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...rows))));
}

// --- start ----------------------------------------------------------------------------------------------

document.querySelectorAll("section.table").forEach(prepareTable);
const showBenchmark = prepareBenchmark();
drawAll();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { drawAll(); showBenchmark(); });
// Rows come and go above it, so the browser is asked again.
if (location.hash) document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
