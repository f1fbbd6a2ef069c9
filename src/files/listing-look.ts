/**
 * Style and script of a listing's page, and the policy that allows only these.
 *
 * @module
 */

/** Returns an icon of lines on a square of 16 pixels, in the colour of the text. */
function icon(shapes: string): string {
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='none' stroke='%23000' stroke-width='1.3' stroke-linejoin='round' stroke-linecap='round'>${shapes}</svg>`;
  return `url("data:image/svg+xml,${svg.replaceAll("<", "%3C").replaceAll(">", "%3E")}")`;
}

const FOLDER = icon(
  "<path d='M1.75 12.25v-8.5a1 1 0 0 1 1-1h3.2l1.6 1.75h5.7a1 1 0 0 1 1 1v6.75a1 1 0 0 1-1 1H2.75a1 1 0 0 1-1-1z'/>",
);
const FILE = icon("<path d='M9.25 1.75h-5a1 1 0 0 0-1 1v10.5a1 1 0 0 0 1 1h7.5a1 1 0 0 0 1-1v-8zv3.5h3.5'/>");
const UP = icon("<path d='M5.25 2.5 2.25 5.5l3 3M2.5 5.5h7.75a3 3 0 0 1 3 3v4.75'/>");
const BROKEN = icon(
  "<path d='M6.5 9.5a2.5 2.5 0 0 1 0-3.5l2-2A2.5 2.5 0 0 1 12 7.5M9.5 6.5M4.5 8a2.5 2.5 0 0 0 3.5 4l.75-.75M2 2l12 12'/>",
);
const OTHER = icon("<circle cx='8' cy='8' r='6.25'/><circle cx='8' cy='8' r='1.5'/>");

/** The page's icon, a folder, as a `data:` URL. Without an icon, browsers request `/favicon.ico`. */
export const FAVICON: string =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath fill='%234a7bd0' d='M1 12.5V3.5a1 1 0 0 1 1-1h4l1.8 2H14a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H2a1 1 0 0 1-1-1z'/%3E%3C/svg%3E";

export const STYLE: string = `
:root {
  color-scheme: light dark;
  --ground: #fff; --text: #1b1f24; --quiet: #59626d; --line: #e3e6ea; --lit: #f2f5f9; --link: #0a56c2; --folder: #3c74c9;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14171a; --text: #e4e7ea; --quiet: #9aa4af; --line: #2a2f35; --lit: #1e2328; --link: #8ab8ff; --folder: #7fa9e6;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-block: 3.5rem 1rem; }
body {
  max-width: 62rem; margin: 0 auto; padding: 2rem 1.5rem 4rem;
  background: var(--ground); color: var(--text);
  font: 0.9375rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
a { color: var(--link); text-decoration: none; }
a:hover { text-decoration: underline; text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 1px; border-radius: 4px; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

h1 { margin: 0; font-size: 1.375rem; line-height: 1.4; font-weight: 600; overflow-wrap: anywhere; }
h1 > span:first-child { display: block; font-size: 0.8125rem; font-weight: 400; color: var(--quiet); }
h1 a { text-decoration: underline 1px var(--quiet); text-underline-offset: 0.2em; }
h1 a, h1 [dir], tbody a { white-space: pre-wrap; }
h1 a:first-of-type { padding: 0 0.35em; margin-left: -0.35em; }
h1 .slash { padding: 0 0.1em; font-weight: 400; color: var(--quiet); }

.bar { display: flex; flex-wrap: wrap; align-items: center; gap: 0.5rem 1rem; margin: 1rem 0 0.75rem; }
.bar form { display: flex; gap: 0.5rem; flex: 0 1 20rem; }
input, button {
  font: inherit; color: inherit; background: var(--ground);
  border: 1px solid var(--quiet); border-radius: 6px; padding: 0.3rem 0.65rem;
}
input { flex: 1; min-width: 0; }
input::placeholder { color: var(--quiet); opacity: 1; }
button { cursor: pointer; }
@media (scripting: enabled) { .bar button { display: none; } }
.bar p { margin: 0; color: var(--quiet); font-variant-numeric: tabular-nums; }

table { width: 100%; table-layout: fixed; border-collapse: separate; border-spacing: 0; }
th { text-align: start; font-weight: inherit; }
th, td { border-bottom: 1px solid var(--line); padding: 0; vertical-align: top; overflow-wrap: anywhere; }
thead th { position: sticky; top: 0; z-index: 1; background: var(--ground); border-bottom-color: var(--quiet); }
thead th:nth-child(2) { width: 7rem; }
thead th:nth-child(3) { width: 11rem; }
thead button {
  display: inline-flex; gap: 0.3em; padding: 0.4rem 0.5rem; border: 0; color: var(--quiet); font-size: 0.8125rem;
}
thead button:hover { text-decoration: underline; text-underline-offset: 0.2em; }
thead [aria-sort] button { color: var(--text); font-weight: 600; }
[aria-sort] button::after { content: "\\2191" / ""; }
[aria-sort="descending"] button::after { content: "\\2193" / ""; }
td { color: var(--quiet); font-variant-numeric: tabular-nums; padding: 0.35rem 0.5rem; text-align: end; }
thead th:nth-child(n + 2) { text-align: end; }
thead th:nth-child(n + 2) button { flex-direction: row-reverse; }
tbody tr:hover > * { background: var(--lit); }
tbody th { position: relative; padding: 0.35rem 0.5rem 0.35rem 2.1rem; color: var(--quiet); }
/* The whole cell is the link's, its text alone is underlined. */
tbody a::after { content: ""; position: absolute; inset: 0; border-radius: 4px; }
tbody a:focus-visible { outline: none; }
tbody a:focus-visible::after { outline: 2px solid var(--link); outline-offset: -2px; }
tbody a::before {
  content: ""; position: absolute; left: 0.5rem; top: 0.55rem; width: 1.0625rem; height: 1.0625rem;
  background: var(--quiet); mask: var(--icon, ${FILE}) no-repeat center / contain;
}
.d a::before { --icon: ${FOLDER}; background: var(--folder); }
.u a::before { --icon: ${UP}; }
.l a::before { --icon: ${BROKEN}; }
.o a::before { --icon: ${OTHER}; }
.l a { color: var(--quiet); }
.none { padding: 2rem; margin: 0; text-align: center; color: var(--quiet); }

@media (max-width: 36rem) {
  body { padding: 1.25rem 1rem 3rem; }
  .bar form { flex-basis: 100%; }
  input { font-size: 1rem; }
  tbody th { padding-block: 0.55rem; }
  tbody a::before { top: 0.75rem; }
  td { padding: 0.55rem 0.25rem; font-size: 0.8125rem; line-height: 1.73; white-space: nowrap; }
  thead button { padding-inline: 0.25rem; }
  thead th:nth-child(2) { width: 4.5rem; }
  thead th:nth-child(3) { width: 8rem; }
}
@media print { .bar form { display: none; } thead th { position: static; } }
`;

/**
 * Script of the page. It filters while the user types, shows times in the user's time zone, and moves the focus with
 * the arrow keys.
 *
 * The typed text is stored in the fragment of the URL, and applied again when the page is reloaded. The server applies
 * a filter in the query, so the page lacks the other rows. If a new text may match some of those rows, the script sends
 * it to the server. The server also sorts. Times are converted in pieces, because there may be 100,000.
 */
export const SCRIPT: string = `
(() => {
  const input = document.getElementById("filter");
  const count = document.getElementById("count");
  const body = document.querySelector("tbody");
  const entries = [...body.querySelectorAll("tr:not(.u)")];
  const all = count.textContent;
  const none = document.querySelector(".none") ?? document.createElement("p");
  const served = plain(input.defaultValue);
  let names;
  let waiting;

  function plain(text) { return text.normalize().toLowerCase(); }
  const linkOf = (row) => row.querySelector("a");

  function filter() {
    const wanted = plain(input.value);
    clearTimeout(waiting);
    if (!wanted.includes(served)) {
      waiting = setTimeout(() => { remember(input.defaultValue); input.form.submit(); }, 500);
      return;
    }
    names ??= new Map(entries.map((row) => [row, plain(linkOf(row).textContent)]));
    let shown = 0;
    for (const row of entries) {
      const isShown = names.get(row).includes(wanted);
      if (isShown) shown++;
      if (row.hidden === isShown) row.hidden = !isShown;
    }
    none.hidden = shown > 0;
    count.textContent = wanted === served ? all : shown + " of " + all;
    remember(input.value);
  }

  function remember(text) {
    const hash = text === input.defaultValue ? "" : "#" + new URLSearchParams({ filter: text });
    history.replaceState(null, "", location.pathname + location.search + hash);
  }

  function move(step) {
    const links = [...body.rows].filter((row) => !row.hidden).map(linkOf);
    const at = links.indexOf(document.activeElement);
    if (at + step < 0) return input.focus();
    links[Math.min(at + step, links.length - 1)]?.focus();
  }

  input.addEventListener("input", filter);
  input.form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });
  // The buttons of the columns also send the text, without the part of the address that remembers it.
  body.closest("form").addEventListener("formdata", ({ formData }) => {
    formData.set("filter", input.value);
    remember(input.defaultValue);
  });
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const inFilter = event.target === input;
    if (event.key === "/" && !inFilter) input.select();
    else if (event.key === "Escape" && inFilter && input.value !== "") { input.value = ""; filter(); }
    else if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp" && !inFilter) move(-1);
    else return;
    event.preventDefault();
  });
  input.setAttribute("aria-keyshortcuts", "/");
  if (matchMedia("(hover: hover)").matches) input.placeholder = "Filter (press /)";
  none.className = "none";
  none.textContent = "Nothing to show";
  none.hidden = entries.length > 0;
  document.querySelector("main").append(none);

  // Behind a proxy that removes a prefix of the path, absolute links would lack the prefix.
  const above = [...document.querySelectorAll("h1 a")];
  const depth = above.length;
  if (location.pathname.endsWith("/"))
    above.forEach((link, at) => { link.href = new URL("../".repeat(depth - at), location).pathname; });

  const cells = entries.map((row) => row.cells[2]);
  const two = (number) => String(number).padStart(2, "0");
  function toLocal(start) {
    for (const cell of cells.slice(start, start + 2000)) {
      const utc = cell.textContent.trim();
      const at = new Date(utc.replace(" ", "T") + "Z");
      if (isNaN(at)) continue;
      cell.title = utc + " UTC";
      cell.textContent = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-") + " " + two(at.getHours()) + ":" + two(at.getMinutes());
    }
    if (start + 2000 < cells.length) setTimeout(toLocal, 0, start + 2000);
  }
  input.value = new URLSearchParams(location.hash.slice(1)).get("filter") ?? input.value;
  if (input.value !== input.defaultValue) filter();
  toLocal(0);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.getElementById("zone").textContent = "Times are " + (zone === "UTC" ? "UTC." : "of " + zone + ".");
})();
`;

let contentSecurityPolicy: string | undefined;

/**
 * Returns the `Content-Security-Policy` of the page. It allows the style and the script above, pictures in the page,
 * and forms to the server itself. It forbids everything else, in case a name could add markup.
 */
export function policyOfPage(): string {
  contentSecurityPolicy ??= [
    "default-src 'none'",
    `style-src ${hashOf(STYLE)}`,
    `script-src ${hashOf(SCRIPT)}`,
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return contentSecurityPolicy;
}

function hashOf(text: string): string {
  return `'sha256-${process.getBuiltinModule("node:crypto").createHash("sha256").update(text).digest("base64")}'`;
}
