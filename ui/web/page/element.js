// Small parts of the page, and answers.

export const $ = (id) => document.getElementById(id);

export {el, button, bar, rove} from "./shared.js";

// grouped returns a number with commas between its thousands.
export const grouped = (n) => n.toLocaleString("en");

// plural returns a number with its noun.
export const plural = (n, what) => `${grouped(n)} ${what}${n === 1 ? "" : "s"}`;

// heading returns what is above a list of n rows: of all, if that is given.
export const heading = (title, n, all) => `${title}: ${grouped(n)}${all === undefined ? "" : ` of ${grouped(all)}`}`;

// signs are how findings of a severity are marked.
export const signs = {error: "!", warning: "?", note: "·"};

// amount returns a number of bytes in few characters.
export function amount(n) {
	if (n < 10000) return String(n);
	for (const unit of ["k", "M", "G"]) {
		n /= 1000;
		if (n < 1000 || unit === "G") return (n < 100 ? n.toFixed(1) : Math.round(n)) + unit;
	}
}

// ask fetches an answer. Its error has the text to show.
export async function ask(what, parameters, signal) {
	const q = new URLSearchParams();
	for (const [k, v] of Object.entries(parameters || {})) {
		for (const x of Array.isArray(v) ? v : [v]) if (x !== undefined && x !== "" && x !== 0 && x !== false) q.append(k, x);
	}
	const r = await fetch(`api/${what}?${q}`, {signal, cache: "no-store"});
	const type = r.headers.get("Content-Type") || "";
	if (!type.startsWith("application/json")) throw new Error(r.status === 401 ? "This page is no longer allowed in: open the link that imapscope printed." : `imapscope answered ${r.status}`);
	const out = await r.json();
	if (!r.ok) throw Object.assign(new Error(out.error), {caret: out.caret});
	return out;
}
