// The inspector as a page: what is listed, what is chosen, and the keys.
import {$, el, button, ask, amount, heading, plural, signs} from "./element.js";
import {Grid} from "./grid.js";
import {Overview, overviews} from "./overview.js";
import {Detail, tabs} from "./detail.js";
import {Lesson} from "./lesson.js";
import * as words from "./words.js";

const html = document.documentElement;
let state = {version: -1}, filter = "", conn = 0, and = [], rule = "", chosen, awaited, searched = "", following = false, looking, lesson;

// marks are kept in the browser, for as long as its window is open.
const marks = new Map(JSON.parse(sessionStorage.getItem("marks") || "[]"));
const nameOf = (x) => `${x.c}/${x.n}`;
function toggle(sign) {
	if (!chosen) return;
	const have = marks.get(nameOf(chosen)) || "";
	marks.set(nameOf(chosen), have.includes(sign) ? have.replace(sign, "") : have + sign);
	sessionStorage.setItem("marks", JSON.stringify([...marks].filter(([, v]) => v)));
	txns.later();
}

const say = (text) => { $("state").textContent = text; };

// only is what the lists are narrowed to.
const only = () => ({filter, conn, and, rule});
const some = () => filter || conn || rule || and.length;

const overview = new Overview({
	picked: only,
	pick: async (by, key, on) => {
		const rest = and.filter((c) => !c.startsWith(by + " "));
		if (by === "connection") await narrow({conn: on ? key : 0});
		else if (by === "finding") await narrow({rule: on ? key : ""});
		else await narrow({and: on ? [...rest, key] : rest});
		await again();
		if (by === "connection") txns.root.focus();
		if (by === "finding" && on) detail.open("findings");
	},
	changed: () => remember(),
	fetched: (answer) => fetched(answer),
});

const txns = new Grid($("txns"), "Transactions", [
	{title: "", name: "marks", cls: "flags", help: "m: marked, b: bookmark; f: a fault acted, e: edited, h: held; ↳: on the server's leg"},
	{title: "#", cls: "num label", help: "number on its connection; of several, with the connection's before it: 2/4"},
	{title: "time", cls: "time wide", help: "of the request's first byte"},
	{title: "request", cls: "request", help: "tag, command and arguments; passwords masked, literals as {n}"},
	{title: "status", cls: "st", help: "OK, NO or BAD; … is running"},
	{title: "took", cls: "num took", help: "exchange time: from the request's first byte to the response's line feed"},
	{title: "bytes", cls: "num wide", help: "bytes of both sides"},
	{title: "!", cls: "worst", help: "findings: ! errors, ? warnings, · notes"},
], {
	fetch: async (from, rows) => {
		const out = await fetched(ask("transactions", {from, rows, ...only()}));
		looking = out.look < out.limit ? setTimeout(() => txns.refresh(), 300) : undefined;
		$("txns-h").textContent = heading("Transactions", out.total, some() ? out.limit : undefined) + (conn ? `, connection ${conn}` : "") + (filter ? `, ${filter}` : "");
		if (looking) $("txns-h").append(` (looked at ${Math.floor(100 * out.look / out.limit)} %)`);
		if (out.failed) $("txns-h").append(`; the filter failed for ${out.failed}: ${out.why}`);
		txns.total = out.total;
		txns.empty(looking ? "Looking …" : some() ? "No transaction matches. “Show all” shows all again." : state.connections ? "No command yet." : state.ended ? "No IMAP connection was found." : state.hint || "Reading …");
		return out;
	},
	cells: (t) => [
		({fault: "f", edit: "e", held: "h"}[t.deed] || (t.deed ? t.deed[0] : "")) + (t.leg ? "↳" : "") + (marks.get(nameOf(t)) || ""),
		t.label, t.time, t.request, t.status, t.took, amount(t.bytes), signs[t.worst] || "",
	],
	cls: (t) => t.effect + (t.worst ? " has-" + t.worst : ""),
	choose: (t) => choose(t),
	open: () => $("panel").focus(),
});

const detail = new Detail({goTo, changed: remember});

async function fetched(answer) {
	try {
		return await answer;
	} catch (e) {
		say(e.message);
		throw e;
	}
}

// choose shows an exchange that is under the cursor.
let soon;
function choose(t) {
	leads++;
	following = following && txns.at === txns.total - 1;
	chosen = {c: t.c, n: t.n};
	awaited = undefined;
	remember();
	clearTimeout(soon);
	detail.late = true;
	soon = setTimeout(() => detail.show(chosen), 60); // holding a key passes over many
}

// goTo leads to an exchange, wherever it is, unless another one is chosen meanwhile.
let leads = 0;
async function goTo(x) {
	let mine = ++leads;
	let at = await ask("place", {...x, ...only()});
	for (let n = 0; at.look && n < 50 && mine === leads; n++) {
		await new Promise((r) => setTimeout(r, 100));
		at = await ask("place", {...x, ...only()});
	}
	if (mine !== leads) return true;
	if (at.row < 0 && some()) {
		await narrow(everything);
		mine = ++leads;
		at = await ask("place", x);
	}
	if (at.row < 0) {
		say(state.ended ? `There is no exchange ${nameOf(x)}.` : `Exchange ${nameOf(x)} is not there yet.`);
		return false;
	}
	await txns.get(at.row);
	if (mine !== leads) return true;
	txns.show(at.row);
	chosen = {c: x.c, n: x.n};
	awaited = undefined;
	remember();
	if (detail.where?.c !== x.c || detail.where.n !== x.n) await detail.show(chosen);
	return true;
}

// points leads to what a step of a lesson points at. A greeting is the first line of the ladder.
async function points(at, tab) {
	for (let n = 0; n < 50 && !state.connections; n++) await new Promise((r) => setTimeout(r, 100));
	detail.pointed = at;
	detail.tab = at.greeting ? "ladder" : tabs.includes(tab) ? tab : "annotated";
	detail.mark();
	detail.where = undefined; // it is shown again, with what is pointed at
	following = false;
	await goTo({c: at.c, n: at.n || 1});
}

const everything = {filter: "", conn: 0, and: [], rule: ""};

// narrow lists only what a filter and conditions (and) match, of one connection or (0) of any, with
// a finding of a rule or ("") any. What is not named stays as it is.
async function narrow(to) {
	const next = {...only(), ...to};
	$("wrong").textContent = "";
	if (next.filter) {
		const {wrong} = await fetched(ask("fields", {filter: next.filter}));
		if (wrong) {
			$("wrong").textContent = wrong.caret ? `${wrong.caret}\n${wrong.error}` : wrong.error;
			return false;
		}
	}
	const others = next.rule !== rule || next.and.join("\n") !== and.join("\n");
	({filter, conn, and, rule} = next);
	leads++; // what was on its way to a row leads to another list
	$("expr").value = filter;
	$("only").replaceChildren(...[
		...and.map((c) => [c, {and: and.filter((x) => x !== c)}]), ...(rule ? [[`finding ${rule}`, {rule: ""}]] : []), ...(conn ? [[`connection ${conn}`, {conn: 0}]] : []),
	].map(([text, without]) => {
		const b = button("", text, () => narrow(without).then(again), el("span", "", " ×"));
		b.setAttribute("aria-label", `No longer only ${text}`);
		return b;
	}));
	following = false;
	remember();
	if (others && overview.by === "connection") overview.reset(); // the others keep their place
	else if (others) overview.refresh();
	else overview.later();
	await txns.reset();
	return true;
}

// The address names what is shown.
let own = "";
function remember() {
	const p = new URLSearchParams();
	if (state.version < 0) return; // what the address names is not looked at yet
	const x = chosen || awaited;
	if (x) {
		p.set("c", x.c);
		p.set("n", x.n);
	}
	if (detail && detail.tab !== "annotated") p.set("tab", detail.tab);
	if (filter) p.set("filter", filter);
	if (conn) p.set("conn", conn);
	for (const c of and) p.append("and", c);
	if (rule) p.set("rule", rule);
	if (overview.by !== "connection") p.set("by", overview.by);
	own = p.size ? "#" + p : "";
	if (location.hash !== own) history.replaceState(null, "", own || location.pathname + location.search);
}

async function arrive() {
	if (location.hash === own && own) return;
	const p = new URLSearchParams(location.hash.slice(1));
	const number = (k) => Math.max(0, Math.min(parseInt(p.get(k), 10) || 0, 2 ** 31 - 1));
	const tab = p.get("tab"), x = {c: number("c"), n: number("n")};
	if (tabs.includes(tab)) {
		detail.tab = tab;
		detail.mark();
		if (detail.where) detail.draw();
	}
	if (x.c && x.n) awaited = x;
	if (overviews.includes(p.get("by"))) overview.open(p.get("by"));
	await narrow({filter: p.get("filter") ?? filter, conn: number("conn"), and: p.getAll("and"), rule: p.get("rule") || ""});
	if (awaited && await goTo(awaited)) return;
	if (state.ended) awaited = undefined;
	if (!awaited) await first();
}
addEventListener("hashchange", arrive);

// What arrives.
let settled;
function arrived(next) {
	const first = state.version < 0, changed = next.version !== state.version || next.ended !== state.ended;
	state = next;
	$("source").textContent = state.source ? ": " + state.source : "";
	document.title = state.source ? `${state.source} – imapscope` : "imapscope";
	say(`${plural(state.connections, "connection")}, ${plural(state.transactions, "transaction")}${state.ended ? "" : state.grows ? ", live" : ", reading …"}${state.problem ? `. ${state.problem}` : ""}${state.not_kept ? `. ${plural(state.not_kept, "byte")} could not be kept` : ""}`);
	if (state.lesson && !lesson) {
		lesson = new Lesson({
			point: (at, tab) => settled.then(() => points(at, tab)), chosen: () => chosen || {c: 0, n: 0}, typed: () => { following = true; }, say,
		});
	}
	if (lesson && state.lesson !== lesson.version) lesson.refresh();
	if (first) {
		filter = state.filter;
		$("main").hidden = false;
		overview.reset();
		settled = arrive();
		return;
	}
	if (!changed) return;
	overview.refresh();
	clearTimeout(looking);
	txns.refresh();
	settled?.then(async () => {
		await txns.loading;
		if (awaited && !chosen) {
			if (!await goTo(awaited) && state.ended) awaited = undefined;
		} else if (following && txns.total) txns.last();
		else if (!chosen && txns.total) txns.go(0);
		else if (chosen && txns.row(txns.at)?.status === "…") detail.show(chosen, true);
	});
}

const events = new EventSource("api/events");
events.onmessage = (e) => {
	const next = JSON.parse(e.data);
	arrived(next);
	if (next.ended) events.close();
};
events.onerror = () => { if (events.readyState !== EventSource.CLOSED || !state.ended) say("imapscope does not answer; trying again …"); };

// Filter.
$("filter").addEventListener("submit", async (e) => {
	e.preventDefault();
	$("fields").hidden = true;
	if (await narrow({filter: $("expr").value.trim()})) await again();
});
$("all").addEventListener("click", async () => {
	await narrow(everything);
	await again();
});

// again goes back to what was chosen, if it is listed.
async function again() {
	if (chosen && (await ask("place", {...chosen, ...only()})).row >= 0) return goTo(chosen);
	await first();
}

// first goes to the first transaction, once there is one, unless another one is chosen meanwhile.
async function first() {
	const mine = leads;
	for (let n = 0; n < 50 && looking && !txns.total; n++) await new Promise((r) => setTimeout(r, 100));
	if (txns.total && mine === leads) await txns.go(0);
}

let known;
async function complete() {
	known ||= (await ask("fields")).fields;
	const input = $("expr"), before = input.value.slice(0, input.selectionStart), part = before.match(/[a-z_]*$/i)[0].toLowerCase();
	const list = known.filter((f) => f.name.startsWith(part)).map((f) => button("field", "", () => {
		input.setRangeText(f.name, before.length - part.length, input.selectionStart, "end");
		input.focus();
		complete();
	}, el("code", "", f.name), ` ${f.help}`, el("span", "type", ` (${f.type})`)));
	$("fields").replaceChildren(...list);
	$("fields").hidden = !list.length;
}
$("expr").addEventListener("input", complete);
$("expr").addEventListener("focus", complete);
$("filter").addEventListener("focusout", (e) => { if (!$("filter").contains(e.relatedTarget)) $("fields").hidden = true; });

// Search.
async function find(back) {
	if (!searched) return say("No search yet: / starts one.");
	for (let n = 0; n < 100; n++) {
		const out = await fetched(ask("search", {q: searched, at: txns.at < 0 ? "-1" : String(txns.at), back, ...only()}));
		if (out.row >= 0) {
			following = false;
			say(`${plural(out.found, "transaction")} found${out.look ? " so far" : ""}`);
			return txns.go(out.row);
		}
		if (!out.look) break;
		say(`Searching: ${out.found} found so far`);
	}
	say(`Not found: ${searched}`);
}
$("search").addEventListener("submit", (e) => {
	e.preventDefault();
	searched = $("text").value;
	txns.root.focus();
	find(false);
});

async function nextFinding(back) {
	for (let at = txns.at, n = 0; n < 100; n++) {
		const out = await fetched(ask("finding", {at: String(at), back, ...only()}));
		if (out.row >= 0) return txns.go(out.row);
		if (!out.look) break;
		at = out.next;
	}
	say("No finding after this one.");
}

async function nextBookmark() {
	const list = [];
	for (const [k, v] of marks) if (v.includes("b")) list.push(k.split("/").map(Number));
	list.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
	const next = list.find(([c, n]) => chosen && (c > chosen.c || c === chosen.c && n > chosen.n)) || list[0];
	if (next) goTo({c: next[0], n: next[1]});
	else say("No bookmark: b sets one.");
}

function project() {
	const on = html.classList.toggle("projector");
	$("project").setAttribute("aria-pressed", on);
	detail.revealed = on ? 0 : Infinity;
	for (const g of [overview, txns]) g.resized();
	if (on) detail.open("annotated").then(() => $("panel").focus());
	else detail.reveal();
}
$("project").addEventListener("click", project);

function step(by) {
	if (!html.classList.contains("projector")) return false;
	if (!detail.late && !detail.step(by) && by > 0) txns.move("j");
	return true;
}

// goOn continues a lesson; it reports whether there is one.
function goOn() {
	$("goon")?.click();
	return Boolean(lesson);
}

// Keys: one table feeds the handler and the help.
const inPanel = () => $("detail").contains(document.activeElement);
const scroll = (by) => { $("panel").scrollTop += by * 24; };
const listed = (key) => overview.grid.root === document.activeElement ? overview.grid.move(key) : txns.move(key);
const keys = [
	["j", "to the next line; in the exchange: scroll", () => inPanel() ? scroll(1) : listed("j"), "ArrowDown"],
	["k", "to the line before", () => inPanel() ? scroll(-1) : listed("k"), "ArrowUp"],
	["g", "to the first line", () => listed("g"), "Home"],
	["G", "to the last line; follow what arrives", () => { following = true; listed("G"); }, "End"],
	["Enter", "connections, origins, users, findings: only this one’s transactions, or no longer; transactions: to the exchange", null],
	["Tab", "to the next part of the page", null],
	["Escape", "close what is open; back to the transactions", null],
	...tabs.map((t, i) => [String(i + 1), `tab: ${t}`, () => detail.open(t)]),
	["/", "search in the transactions", () => { $("text").focus(); $("text").select(); }],
	["n", "to the next match", () => find(false)],
	["N", "to the match before", () => find(true)],
	["o", "overview: connections, by origin, by user, by finding", () => overview.next()],
	["f", "filter", () => { $("expr").focus(); $("expr").select(); }],
	["F", "show all transactions again", () => $("all").click()],
	[".", "to the next transaction with a finding", () => nextFinding(false)],
	["m", "mark this transaction, or unmark it", () => toggle("m")],
	["b", "set a bookmark here, or remove it", () => toggle("b")],
	["'", "to the next bookmark", nextBookmark],
	["P", "projector: large type, one step at a time", project],
	["Space", "projector: reveal the next line, then what it means; with Shift: back. Lesson: continue", null],
	["H", "lesson: a hint", () => lesson?.act("hint")],
	["<", "lesson: back", () => lesson?.act("back")],
	[">", "lesson: skip", () => lesson?.act("skip")],
	["?", "these keys", () => $("help").showModal()],
];
$("keylist").append(el("dl", "keys", "", ...keys.map(([k, text]) => el("div", "", "", el("dt", "", "", el("kbd", "", k)), el("dd", "", text)))));
$("keys").addEventListener("click", () => $("help").showModal());

addEventListener("keydown", (e) => {
	if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || $("help").open) return;
	const typing = e.target.matches?.("input,select,textarea");
	if (e.key === "Escape") {
		if (words.open()) words.close();
		else if (!$("fields").hidden) $("fields").hidden = true;
		else txns.root.focus();
		return;
	}
	if (typing) return;
	if (e.key === " " && !e.target.matches?.("button,summary,a") && (step(e.shiftKey ? -1 : 1) || goOn())) return e.preventDefault();
	if (!$("letters").checked && e.key.length === 1) return;
	const act = keys.find(([k, , f]) => f && k === e.key);
	if (!act) return;
	e.preventDefault();
	act[2]();
});
