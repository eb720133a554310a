"use strict";
// Every text of the report becomes a text node or a property, never markup.
const source = document.getElementById("report");
const base = source.dataset.base;
const raw = source.textContent;
source.remove();

const byId = (id) => document.getElementById(id);

function make(tag, properties, ...children) {
  const node = Object.assign(document.createElement(tag), properties);
  node.append(...children);
  return node;
}

const number = new Intl.NumberFormat("en");
function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at += 1;
  }
  return (at === 0 ? value : value.toFixed(1)) + " " + units[at];
}
function counted(count, one, many) {
  return number.format(count) + " " + (count === 1 ? one : many);
}

// Names are shown as they are, but for characters that are not seen or that
// change the direction of a line.
const unseen = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
function visible(text) {
  return text.replace(unseen, (c) => "\\u{" + c.codePointAt(0).toString(16) + "}");
}
function pathNode(path) {
  const name = typeof path === "string" ? path : path.path;
  const shown = visible(name);
  const node = make("span", { className: "path", textContent: shown, dir: "ltr" });
  if (shown !== name || path.path_bytes) {
    node.classList.add("odd");
    node.title = "This name has characters that cannot be shown.";
  }
  return node;
}

// Numbers above 2^53 (inode numbers, say) do not survive JSON.parse, so a group
// keeps its own line: a saved report repeats it, and only its marks change.
const lines = raw.split("\n");
const first = lines.findIndex((line) => line.startsWith('  "groups": ['));
const groups = [];
let last = first;
if (!lines[first].includes("]")) {
  for (last = first + 1; lines[last] !== "  ]," && lines[last] !== "  ]"; last += 1) {
    const line = lines[last].replace(/,$/, "");
    const group = JSON.parse(line);
    group.line = line;
    group.at = groups.length;
    group.paths = group.files.map((file) => file.path);
    group.keep = group.files.map((file) => file.keep);
    group.left = false;
    groups.push(group);
  }
}
const rest = JSON.parse(
  [...lines.slice(0, first), '  "groups": [],', ...lines.slice(last + 1)].join("\n")
);

// ---- What is marked

function isFixed(file) {
  return file.reference;
}
function redundant(group) {
  return group.left ? 0 : group.keep.filter((keep) => !keep).length;
}
function original(group) {
  return group.files.map((file) => file.keep);
}
function summarize() {
  let files = 0;
  let freed = 0;
  for (const group of groups) {
    const count = redundant(group);
    files += count;
    freed += count * group.size;
  }
  byId("marked").textContent =
    "Marked to go: " + counted(files, "file", "files") + ", " + bytes(freed) + " in all.";
  byId("save").disabled = files === 0;
}

// In a string every quote has a backslash before it, so this is found once for
// each file and nowhere else.
const mark = /,"keep":(?:true|false)\}/g;
function markedReport() {
  const kept = groups.filter((group) => redundant(group) > 0).map((group) => {
    let at = 0;
    return group.line.replace(mark, () => ',"keep":' + group.keep[at++] + "}");
  });
  const head = lines.slice(0, first).join("\n");
  const tail = [
    '  "directory_groups": null,',
    '  "similar_directories": null,',
    '  "errors": []',
    "}",
    "",
  ].join("\n");
  return head + '\n  "groups": [\n' + kept.join(",\n") + "\n  ],\n" + tail;
}

byId("save").addEventListener("click", () => {
  const url = URL.createObjectURL(new Blob([markedReport()], { type: "application/json" }));
  const link = make("a", { href: url, download: "marked.json" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
});
byId("reset").addEventListener("click", () => {
  for (const group of groups) {
    group.keep = original(group);
    group.left = false;
  }
  show();
});

// ---- Types, by the end of the name

const types = {
  pictures: "avif bmp gif heic heif ico jfif jpeg jpg png svg tif tiff webp",
  "raw pictures": "arw cr2 cr3 dng nef orf raf rw2",
  video: "3gp avi flv m4v mkv mov mp4 mpeg mpg mts webm wmv",
  audio: "aac aiff ape flac m4a mp3 oga ogg opus wav wma",
  documents: "csv doc docx epub md odp ods odt pdf ppt pptx rtf tex txt xls xlsx",
  archives: "7z bz2 dmg gz iso rar tar tgz xz zip zst",
};
const typeOf = new Map();
for (const [type, ends] of Object.entries(types)) {
  for (const end of ends.split(" ")) typeOf.set(end, type);
}
const shownByBrowsers = new Set("avif bmp gif ico jfif jpeg jpg png svg webp".split(" "));
function end(path) {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : "";
}
for (const group of groups) group.type = typeOf.get(end(group.paths[0])) || "other";
const present = ["all", ...Object.keys(types), "other"].filter(
  (type) => type === "all" || groups.some((group) => group.type === type)
);
byId("type").append(...present.map((type) => make("option", { textContent: type })));

// ---- Directories by their redundant bytes

function newPlace(name, above) {
  return { name, above, bytes: 0, below: new Map() };
}
const everywhere = newPlace("", null);
const placeOf = new Map([["", everywhere]]);
// The place of a directory by its path, which ends with a slash.
function placeAt(path) {
  const known = placeOf.get(path);
  if (known) return known;
  const isRoot = path === "/";
  const cut = isRoot ? 0 : path.lastIndexOf("/", path.length - 2) + 1;
  const above = placeAt(path.slice(0, cut));
  const name = isRoot ? "/" : path.slice(cut, -1);
  const place = newPlace(name, above);
  above.below.set(name, place);
  placeOf.set(path, place);
  return place;
}
for (const group of groups) {
  const copies = group.files.reduce((sum, file) => sum + (file.keep ? 0 : 1), 0);
  const each = group.reclaimable_bytes / copies;
  for (const file of group.files) {
    if (!file.keep) placeAt(file.path.slice(0, file.path.lastIndexOf("/") + 1)).bytes += each;
  }
}
// A directory is in the map after the one that it is in.
for (const place of [...placeOf.values()].reverse()) {
  if (place.above) place.above.bytes += place.bytes;
}
let here = everywhere;
// Directories with one entry alone tell nothing.
function descend(place) {
  while (place.below.size === 1) {
    const [only] = place.below.values();
    if (only.bytes < place.bytes) break;
    place = only;
  }
  return place;
}
function pathOf(place) {
  const parts = [];
  for (; place.above; place = place.above) parts.unshift(place.name);
  return parts.join("/").replace(/^\/\//, "/");
}

// Tiles as nearly square as possible: Bruls, Huizing and van Wijk, "Squarified
// Treemaps" (2000). Sizes are parts of the whole, from 0 to 1.
function tiles(items, total) {
  const placed = [];
  let box = { x: 0, y: 0, width: 1.6, height: 1 };
  const area = (item) => (item.bytes / total) * 1.6;
  const worst = (row, side) => {
    const sum = row.reduce((all, item) => all + area(item), 0);
    return Math.max(
      ...row.map((item) => Math.max((side * side * area(item)) / (sum * sum), (sum * sum) / (side * side * area(item))))
    );
  };
  let row = [];
  const lay = () => {
    const sum = row.reduce((all, item) => all + area(item), 0);
    const wide = box.width >= box.height;
    const thick = sum / (wide ? box.height : box.width);
    let at = 0;
    for (const item of row) {
      const length = area(item) / thick;
      placed.push(
        wide
          ? { item, x: box.x, y: box.y + at, width: thick, height: length }
          : { item, x: box.x + at, y: box.y, width: length, height: thick }
      );
      at += length;
    }
    box = wide
      ? { x: box.x + thick, y: box.y, width: box.width - thick, height: box.height }
      : { x: box.x, y: box.y + thick, width: box.width, height: box.height - thick };
    row = [];
  };
  for (const item of items) {
    const side = Math.min(box.width, box.height);
    if (row.length > 0 && worst([...row, item], side) > worst(row, side)) lay();
    row.push(item);
  }
  if (row.length > 0) lay();
  return placed;
}

function showMap() {
  const map = byId("map");
  const all = [...here.below.values()].filter((place) => place.bytes > 0);
  all.sort((a, b) => b.bytes - a.bytes);
  const items = all.slice(0, 60);
  const others = here.bytes - items.reduce((sum, place) => sum + place.bytes, 0);
  if (others > 0.5) items.push({ name: "files here, and small directories", bytes: others, below: null });
  items.sort((a, b) => b.bytes - a.bytes);
  map.replaceChildren(
    ...tiles(items, here.bytes || 1).map(({ item, x, y, width, height }) => {
      const text = visible(item.name) + " " + bytes(Math.round(item.bytes));
      const tile = make("button", { type: "button", textContent: text, title: text });
      tile.disabled = item.below === null;
      tile.style.left = (x / 1.6) * 100 + "%";
      tile.style.top = y * 100 + "%";
      tile.style.width = (width / 1.6) * 100 + "%";
      tile.style.height = height * 100 + "%";
      tile.addEventListener("click", () => go(descend(item)));
      return tile;
    })
  );
  const place = byId("place");
  place.replaceChildren(
    here === everywhere ? "All directories" : pathNode(pathOf(here)),
    ": " + bytes(Math.round(here.bytes)) + " "
  );
  if (here.above) {
    const up = make("button", { type: "button", textContent: "Up" });
    up.addEventListener("click", () => {
      let above = here.above;
      while (above.above && above.below.size === 1) above = above.above;
      go(above);
    });
    place.append(up);
  }
}
function go(place) {
  here = place;
  page = 0;
  showMap();
  show();
}

// ---- Groups, a page at a time

let page = 0;
let pages = 1;
const orders = {
  reclaimable: (a, b) => b.reclaimable_bytes - a.reclaimable_bytes || a.at - b.at,
  size: (a, b) => b.size - a.size || a.at - b.at,
  copies: (a, b) => b.files.length - a.files.length || a.at - b.at,
  path: (a, b) => (a.paths[0] < b.paths[0] ? -1 : a.paths[0] > b.paths[0] ? 1 : a.at - b.at),
};
function chosen() {
  const wanted = byId("search").value.toLowerCase();
  const type = byId("type").value;
  const under = here === everywhere ? "" : (pathOf(here) + "/").replace(/^\/\/$/, "/");
  const matches = (group) =>
    (type === "all" || group.type === type) &&
    (wanted === "" || group.paths.some((path) => path.toLowerCase().includes(wanted))) &&
    (under === "" || group.paths.some((path) => path.startsWith(under)));
  return groups.filter(matches).sort(orders[byId("sort").value]);
}

function href(file) {
  const encoded = file.path_bytes
    ? Array.from(atob(file.path_bytes), (c) =>
        /[A-Za-z0-9\/._~-]/.test(c) ? c : "%" + c.charCodeAt(0).toString(16).padStart(2, "0")
      ).join("")
    : file.path.split("/").map(encodeURIComponent).join("/");
  return encoded.startsWith("/") ? "file://" + encoded : base + encoded;
}

function fileNode(group, at) {
  const file = group.files[at];
  const box = make("input", { type: "checkbox", checked: group.keep[at] });
  const others = group.keep.filter((keep) => keep).length - (group.keep[at] ? 1 : 0);
  box.disabled = isFixed(file) || group.left || (group.keep[at] && others === 0);
  box.addEventListener("change", () => {
    group.keep[at] = box.checked;
    byGroup.get(group).replaceWith(groupNode(group));
    summarize();
  });
  const name = make("div", {}, pathNode(file));
  if (isFixed(file)) name.append(make("span", { className: "faint", textContent: " (reference)" }));
  for (const link of file.hard_links) {
    name.append(make("span", { className: "links" }, "also named ", pathNode(link)));
  }
  if (byId("pictures").checked && shownByBrowsers.has(end(file.path))) {
    name.append(make("img", { loading: "lazy", alt: "", src: href(file) }));
  }
  const item = make("li", {}, make("label", {}, box, " keep"), name);
  item.className = group.left ? "" : group.keep[at] ? "kept" : "gone";
  return item;
}

const byGroup = new Map();
function groupNode(group) {
  const leave = make("input", { type: "checkbox", checked: group.left });
  leave.addEventListener("change", () => {
    group.left = leave.checked;
    byGroup.get(group).replaceWith(groupNode(group));
    summarize();
  });
  const title =
    bytes(group.reclaimable_bytes) + " to reclaim, " +
    counted(group.files.length, "file", "files") + " of " + bytes(group.size);
  const node = make(
    "article",
    { className: group.left ? "group left" : "group" },
    make("h3", { textContent: title }),
    make("label", { className: "faint" }, leave, " leave this group as it is"),
    make("ul", {}, ...group.files.map((_, at) => fileNode(group, at)))
  );
  byGroup.set(group, node);
  return node;
}

function show() {
  const found = chosen();
  const length = Number(byId("length").value);
  pages = Math.max(1, Math.ceil(found.length / length));
  page = Math.min(page, pages - 1);
  const part = found.slice(page * length, (page + 1) * length);
  byGroup.clear();
  byId("groups").replaceChildren(...part.map(groupNode));
  byId("shown").textContent =
    found.length === 0
      ? "No group."
      : counted(found.length, "group", "groups") + ", page " + number.format(page + 1) + " of " + number.format(pages);
  for (const nav of document.querySelectorAll(".pages")) {
    const turn = (text, to) => {
      const button = make("button", { type: "button", textContent: text });
      button.disabled = to < 0 || to >= pages;
      button.addEventListener("click", () => turnTo(to));
      return button;
    };
    nav.replaceChildren(turn("Previous", page - 1), turn("Next", page + 1));
  }
  summarize();
}
function turnTo(to) {
  if (to < 0 || to >= pages) return;
  page = to;
  show();
  byId("groups-title").scrollIntoView();
}
for (const id of ["search", "type", "sort", "length", "pictures"]) {
  byId(id).addEventListener("input", () => {
    page = 0;
    show();
  });
}
byId("controls").addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("keydown", (event) => {
  const typing = ["INPUT", "SELECT", "TEXTAREA"].includes(event.target.tagName);
  if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "/") {
    event.preventDefault();
    byId("search").focus();
  } else if (event.key === "n") {
    turnTo(page + 1);
  } else if (event.key === "p") {
    turnTo(page - 1);
  }
});

// ---- What is there once

function total(name, value) {
  byId("totals").append(make("div", {}, make("dt", { textContent: name }), make("dd", { textContent: value })));
}
total("to reclaim", bytes(rest.totals.reclaimable_bytes));
total("redundant files", number.format(rest.totals.duplicates));
total("groups", number.format(rest.totals.groups));
total("files scanned", number.format(rest.totals.files));
total("bytes scanned", bytes(rest.totals.bytes));
byId("roots").append("Scanned: ");
rest.roots.forEach((root, at) => byId("roots").append(at === 0 ? "" : ", ", pathNode(root)));

const problems = [];
if (rest.interrupted) problems.push("The scan was interrupted, so groups may be missing.");
if (!rest.complete && !rest.interrupted) problems.push("Some paths could not be read, so groups may be missing.");
if (groups.length < rest.totals.groups) {
  problems.push("Only " + number.format(groups.length) + " of " + counted(rest.totals.groups, "group", "groups") + " are in this page.");
}
byId("problems").textContent = problems.join(" ");
byId("problems").hidden = problems.length === 0;

const MOST = 1000;
function list(id, titles, items, row) {
  if (!items || items.length === 0) return;
  const section = byId(id);
  section.hidden = false;
  const table = make("table", {}, make("tr", {}, ...titles.map((title) => make("th", { textContent: title, scope: "col" }))));
  for (const item of items.slice(0, MOST)) {
    const cells = row(item).map((cell) =>
      typeof cell === "number" ? make("td", { className: "number", textContent: bytes(cell) }) : make("td", {}, ...[cell].flat())
    );
    table.append(make("tr", {}, ...cells));
  }
  section.lastElementChild.append(table);
  if (items.length > MOST) {
    section.lastElementChild.append(make("p", { textContent: "… and " + number.format(items.length - MOST) + " more." }));
  }
}
function pathLines(items) {
  return items.flatMap((item, at) => (at === 0 ? [pathNode(item)] : [make("br"), pathNode(item)]));
}
list("directories", ["To reclaim", "Size", "Directories"], rest.directory_groups, (group) => [
  group.reclaimable_bytes,
  group.bytes,
  pathLines(group.directories),
]);
function similarRow(pair) {
  const inside = counted(pair.files_inside, "file", "files") + " of " + number.format(pair.files);
  const only = pair.only_there.length === 0 ? [] : [make("p", { className: "faint", textContent: "Only here:" }), ...pathLines(pair.only_there)];
  return [pair.bytes_inside, [pathNode(pair), make("br"), inside, ...only], [pathNode(pair.inside)]];
}
list("similar", ["In both", "Directory", "Largely in"], rest.similar_directories, similarRow);
list("errors", ["Path", "Reason"], rest.errors, (error) => [error.path === null ? "" : pathNode(error), error.message]);

here = descend(everywhere);
showMap();
show();
