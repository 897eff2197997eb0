// The lists above the transactions: connections, and what sums them up by origin, user, finding.
import {$, el, button, ask, amount, grouped, heading, rove, signs} from "./element.js";
import {Grid} from "./grid.js";

const number = (n) => n ? grouped(n) : "";
const count = (title, sort, help, wide = "") => ({title, sort, cls: "num" + wide, help});

// groups returns what origins and users have in common.
const groups = (name, help, missing) => ({
	columns: [
		{title: name, sort: "name", cls: "text", help},
		count("conns", "conns", "connections", " wide"),
		count("open", "open", "connections that are open", " wide"),
		count("txns", "txns", "transactions of these connections"),
		count("NO", "no", "transactions that ended in NO"),
		count("BAD", "bad", "transactions that ended in BAD"),
		count("bytes", "bytes", "bytes of both sides", " wide"),
		count("errors", "errors", "findings that are errors"),
		count("warnings", "warnings", "findings that are warnings", " wide"),
		{title: "last seen", sort: "last", cls: "time wide", help: "time of the last event"},
	],
	cells: (g) => [
		g.rest ? el("i", "", "all others") : g.name || el("i", "", missing), number(g.conns), number(g.open), number(g.txns), number(g.no), number(g.bad), amount(g.bytes),
		number(g.errors), number(g.warnings), g.last,
	],
	cls: (g) => g.errors ? "error" : g.warnings ? "warning" : "",
	key: (g) => g.and,
	sort: "name",
});

const kinds = {
	connection: {
		path: "connections", title: "Connections", help: "each connection",
		columns: [
			{title: "#", cls: "num", help: "the connection's number"},
			{title: "origin", cls: "text origin wide", help: "the file, interface or sensor where it was seen"},
			{title: "client", cls: "addr", help: "who connected, address and port; ↳1: the server's leg of connection 1, which the proxy changed"},
			{title: "server", cls: "addr wide", help: "where it connected to"},
			{title: "user", cls: "text", help: "who is logged in"},
			{title: "mailbox", cls: "text wide", help: "what is selected"},
			{title: "dialect", cls: "dialect wide", help: "as announced or shown"},
			{title: "state", cls: "state wide", help: "open, or how it ended"},
			{title: "txns", cls: "num", help: "transactions"},
			{title: "bytes", cls: "num wide", help: "bytes of both sides"},
			{title: "findings", cls: "num", help: "errors and warnings found"},
		],
		cells: (c) => [String(c.c), c.origin, (c.leg ? `↳${c.leg} ` : "") + c.client, c.server, c.user, c.mailbox, c.dialect, c.state, String(c.txns), amount(c.bytes), c.errors + c.warnings ? String(c.errors + c.warnings) : ""],
		cls: (c) => c.errors ? "error" : c.warnings ? "warning" : "",
		key: (c) => c.c,
	},
	origin: {path: "origins", title: "Origins", help: "connections by the file, interface or sensor where they were seen", ...groups("origin", "the file, interface or sensor where connections were seen", "unknown")},
	user: {path: "users", title: "Users", help: "connections by who is logged in", ...groups("user", "who is logged in at the end of connections", "not logged in")},
	finding: {
		path: "findings", title: "Findings", help: "what was found, by rule",
		columns: [
			{title: "", name: "severity", cls: "worst", help: "! error, ? warning, · note"},
			{title: "finding", sort: "id", cls: "text", help: "the rule that finds it"},
			{title: "blames", cls: "verdict wide", help: "who is to blame"},
			count("count", "count", "how often it was found"),
			count("conns", "conns", "connections with it"),
			count("origins", "origins", "origins with it", " wide"),
			count("users", "users", "users with it", " wide"),
			{title: "first example", cls: "text example wide", help: "the connection and transaction where it was found first, and what was found there"},
		],
		cells: (f) => [
			signs[f.severity] || "", `${f.id} ${f.title}`, f.verdict, number(f.count), number(f.conns), number(f.origins), number(f.users),
			`${f.c}${f.n ? "/" + f.n : ""}${f.message ? ": " + f.message : ""}`,
		],
		cls: (f) => "has-" + f.severity,
		key: (f) => f.id,
		sort: "severity", desc: true, named: "severity",
	},
};
export const overviews = Object.keys(kinds);

// Orders that begin with the least, and how all are named.
const rising = new Set(["name", "id"]);

export class Overview {
	// picked returns what the lists are narrowed to, {conn, and, rule}; pick narrows them to a
	// row, or no longer; changed is called when another list is shown; fetched reports errors.
	constructor({picked, pick, changed, fetched}) {
		Object.assign(this, {picked, pick, changed, fetched});
		this.by = "connection";
		this.text = "";
		this.grids = {};
		for (const by of overviews) {
			const k = kinds[by], tab = button("", k.title, () => this.open(by)), panel = el("div");
			tab.id = "by-" + by;
			tab.title = k.help;
			tab.setAttribute("role", "tab");
			tab.setAttribute("aria-controls", "list-" + by);
			$("by").append(tab);
			panel.id = "list-" + by;
			panel.className = "list" + (k.sort ? " sums" : "");
			panel.setAttribute("role", "tabpanel");
			panel.setAttribute("aria-labelledby", tab.id);
			$("conns").append(panel);
			this.grids[by] = this.make(by, k, panel);
		}
		$("by").addEventListener("keydown", (e) => { if (rove(e, [...$("by").children], "ArrowLeft", "ArrowRight")) document.activeElement.click(); });
		$("pick").addEventListener("submit", (e) => e.preventDefault());
		$("having").addEventListener("input", () => {
			clearTimeout(this.typing);
			this.typing = setTimeout(() => {
				this.text = $("having").value;
				this.grid.reset();
			}, 150);
		});
		$("sort").addEventListener("change", () => this.order($("sort").value));
		$("turn").addEventListener("click", () => this.order(this.grid.sort));
		this.mark();
	}

	make(by, k, panel) {
		const grid = new Grid(panel, k.title, k.columns, {
			fetch: (from, rows) => this.fetch(by, from, rows),
			cells: k.cells,
			cls: (x) => k.cls(x) + (this.chosen(by, k.key(x)) ? " only" : ""),
			choose: () => {},
			open: () => {
				const x = grid.row(grid.at);
				if (x && !x.rest) this.pick(by, k.key(x), !this.chosen(by, k.key(x)));
			},
			press: Boolean(k.sort),
			order: (sort) => this.order(sort),
		});
		grid.sort = k.sort;
		grid.desc = Boolean(k.desc);
		grid.arrange();
		return grid;
	}

	get grid() { return this.grids[this.by]; }

	// chosen reports whether the lists are narrowed to a row.
	chosen(by, key) {
		const p = this.picked();
		return by === "connection" ? p.conn === key : by === "finding" ? p.rule === key : p.and.includes(key);
	}

	async fetch(by, from, rows) {
		const k = kinds[by], g = this.grids[by], p = this.picked();
		// What a list itself narrows to does not narrow it: another row can be chosen.
		const and = p.and.filter((c) => !c.startsWith(by + " ")), rule = by === "finding" ? "" : p.rule;
		const out = await this.fetched(ask(k.path, {from, rows, q: this.text, sort: g.sort, desc: g.desc, and, rule}));
		if (by !== this.by) return out;
		const some = out.total !== out.all;
		const text = heading(k.title, out.total, some ? out.all : undefined);
		$("conns-h").textContent = text;
		$("by-" + by).textContent = text;
		clearTimeout(this.late);
		if (out.later) this.late = setTimeout(() => this.grid.refresh(), 500);
		g.total = out.total;
		g.empty(some ? "None of them matches." : by === "finding" ? "Nothing was found." : "");
		return out;
	}

	// order sorts by something else, or the other way round.
	order(sort) {
		const g = this.grid;
		g.desc = sort === g.sort ? !g.desc : !rising.has(sort);
		g.sort = sort;
		g.arrange();
		this.mark();
		g.reset();
	}

	open(by) {
		if (!kinds[by]) return;
		const before = this.by;
		this.by = by;
		this.mark();
		if (by === before) return;
		this.changed();
		this.grid.resized();
		return this.grid.reset();
	}

	next() { this.open(overviews[(overviews.indexOf(this.by) + 1) % overviews.length]); }

	mark() {
		for (const by of overviews) {
			const tab = $("by-" + by), on = by === this.by;
			if (!on) tab.textContent = kinds[by].title;
			tab.setAttribute("aria-selected", on);
			tab.tabIndex = on ? 0 : -1;
			$("list-" + by).hidden = !on;
		}
		const k = kinds[this.by], g = this.grid;
		$("sorting").hidden = !k.sort;
		if (!k.sort) return;
		const orders = k.columns.filter((c) => c.sort).map((c) => [c.sort, c.title]);
		if (k.named) orders.unshift([k.named, k.named]);
		$("sort").replaceChildren(...orders.map(([value, title]) => {
			const o = el("option", "", title);
			o.value = value;
			o.selected = value === g.sort;
			return o;
		}));
		$("turn").textContent = g.desc ? "↓" : "↑";
		$("turn").setAttribute("aria-label", g.desc ? "The most first; turn the order round" : "The least first; turn the order round");
	}

	refresh() { this.grid.refresh(); }
	reset() { return this.grid.reset(); }
	later() { this.grid.later(); }
	resized() { this.grid.resized(); }
}
