// The detail of an exchange, by tabs. Only the tab that is open is made.
import {$, el, button, bar, ask, plural, rove, amount} from "./element.js";
import {line, close} from "./words.js";
import {look, dump} from "./bytes.js";

export const tabs = ["annotated", "tree", "message", "timing", "findings", "ladder", "layers", "why"];
const title = (t) => t[0].toUpperCase() + t.slice(1);

export class Detail {
	// goTo leads to an exchange; changed is called when another tab is open.
	constructor({goTo, changed, problem}) {
		Object.assign(this, {goTo, changed, problem});
		this.tab = "annotated";
		this.m = 0; // the message in Tree
		this.revealed = Infinity;
		for (const t of tabs) {
			const b = button("", title(t), () => this.open(t));
			b.id = "tab-" + t;
			b.setAttribute("role", "tab");
			b.setAttribute("aria-controls", "panel");
			$("tabs").append(b);
		}
		$("tabs").addEventListener("keydown", (e) => {
			if (rove(e, [...$("tabs").children], "ArrowLeft", "ArrowRight")) document.activeElement.click();
		});
		this.mark();
	}

	mark() {
		for (const b of $("tabs").children) {
			const on = b.id === "tab-" + this.tab;
			b.setAttribute("aria-selected", on);
			b.tabIndex = on ? 0 : -1;
		}
		$("panel").setAttribute("aria-labelledby", "tab-" + this.tab);
	}

	open(tab) {
		if (!tabs.includes(tab)) return;
		this.tab = tab;
		this.mark();
		this.changed();
		return this.draw();
	}

	// show shows an exchange; again says that it is the same one, which has grown.
	async show(where, again) {
		if (!again) {
			this.m = 0;
			this.revealed = document.documentElement.classList.contains("projector") ? 0 : Infinity;
		}
		this.where = where;
		this.hasBeen = again;
		return this.draw();
	}

	// draw makes the open tab. What was asked for before is dropped.
	async draw() {
		if (!this.where) return;
		this.stop?.abort();
		const {signal} = this.stop = new AbortController();
		const panel = $("panel");
		panel.setAttribute("aria-busy", "true");
		try {
			const made = await this[this.tab](signal);
			if (signal.aborted) return;
			close();
			const at = panel.scrollTop;
			panel.replaceChildren(...made.filter(Boolean));
			panel.scrollTop = this.hasBeen ? at : 0;
			this.point();
			this.reveal();
		} catch (e) {
			if (signal.aborted) return;
			panel.replaceChildren(el("p", "limit", e.message));
		}
		panel.setAttribute("aria-busy", "false");
		this.late = false;
	}

	// point marks what a lesson points at: a line, a word, or the greeting.
	point() {
		const at = this.pointed;
		if (!at || at.c !== this.where.c || (at.n || 1) !== this.where.n) return;
		const lines = [...$("panel").querySelectorAll(this.tab === "ladder" ? ".ladder>li" : ".lines>li")];
		if (at.greeting) return lines.find((li) => li.classList.contains("s"))?.classList.add("pointed");
		const among = at.line ? lines.slice(at.line - 1, at.line) : lines;
		const plain = (t) => t.toLowerCase().replaceAll('"', "");
		const word = at.word && among.flatMap((li) => [...li.querySelectorAll(".w")]).find((w) => plain(w.textContent) === plain(at.word));
		const e = word || at.line && among[0];
		e?.classList?.add("pointed");
		e?.scrollIntoView?.({block: "nearest"});
	}

	async exchange(signal) {
		const x = await ask("exchange", this.where, signal);
		$("detail-h").replaceChildren(`Exchange ${x.row.label} `, el("span", "st " + x.row.effect, x.row.status), el("span", "took", x.row.took));
		return x;
	}

	async annotated(signal) {
		const x = await this.exchange(signal), list = el("ol", "lines");
		const add = (messages, from) => messages.forEach((m, i) => list.append(this.line(m, from + i)));
		add(x.messages, 0);
		const rest = el("div");
		const more = () => {
			const have = list.children.length;
			if (have >= x.total) return;
			rest.replaceChildren(button("more", plural(x.total - have, "more message"), async () => {
				add((await ask("exchange", {...this.where, from: have})).messages, have);
				more();
			}));
		};
		more();
		return [
			x.problem && el("p", "limit", x.problem), list, rest,
			x.more && el("p", "limit", `… and ${plural(x.more, "message")} that are not shown`),
			...(x.acts || []).map((a) => el("p", "act", a)),
			x.findings.length && el("ul", "findings", "", ...x.findings.map(finding)),
		];
	}

	line(m, i) {
		const li = el("li", m.from + (m.effect ? " " + m.effect : ""));
		li.append(el("span", "away", m.from === "c" ? "client: " : "server: "), el("span", "since", m.since), line(m));
		const b = button("more", "Bytes", () => {
			this.m = i;
			this.open("tree");
		});
		b.setAttribute("aria-label", `Bytes and tree of line ${i + 1}`);
		li.append(b);
		if (m.sentence) li.append(el("p", "sentence", m.sentence));
		return li;
	}

	async tree(signal) {
		const x = await this.exchange(signal);
		this.m = Math.min(this.m, Math.max(0, x.total - 1));
		if (!x.total) return [el("p", "none", x.problem || "There are no bytes to show.")];
		const m = await ask("message", {...this.where, m: this.m}, signal);
		const choose = el("select");
		choose.setAttribute("aria-label", "Message");
		x.messages.forEach((y, i) => {
			const o = el("option", "", `${i + 1} ${y.from === "c" ? "→" : "←"} ${y.text.slice(0, 100)}`);
			o.value = i;
			choose.append(o);
		});
		choose.value = this.m;
		choose.addEventListener("change", () => {
			this.m = Number(choose.value);
			this.draw();
		});
		return [
			el("p", "choose", "", choose), el("p", "sentence", m.sentence), look(this.where, this.m, m),
			m.beyond && el("p", "limit", `… and ${plural(m.beyond, "more node")}`),
		];
	}

	async message(signal) {
		const [x] = await Promise.all([ask("mail", this.where, signal), this.exchange(signal)]);
		if (!x.mails.length) return [el("p", "none", "No message was fetched or sent here.")];
		return [...x.mails.map((m) => {
			const fields = el("dl", "fields");
			for (const [k, v] of m.fields) fields.append(el("div", "", "", el("dt", "", k), el("dd", "", v)));
			return el("article", "mail", "", m.number && el("h3", "", "Message " + m.number), fields, el("pre", "", (m.text || []).join("\n")),
				...m.attachments.map((a) => el("p", "attached", "Attached: " + a)), ...(m.notes || []).map((n) => el("p", "limit", n)));
		}), x.more && el("p", "limit", `… and ${plural(x.more, "more message")}`)];
	}

	async timing(signal) {
		const {timing: t} = await this.exchange(signal);
		if (!t) return [el("p", "none", "Its times are not known.")];
		const rows = el("tbody");
		for (const p of t.parts) {
			const th = el("th", "depth" + Math.min(p.depth, 1), p.name);
			th.scope = "row";
			rows.append(el("tr", "", "", th, el("td", "ms", p.took), el("td", "graph", "", bar(p.from, p.to)), el("td", "words", p.words)));
		}
		return [el("p", "", `Exchange time: ${t.took}`), el("table", "times", "", el("caption", "away", "Where the time went"), rows), ...(t.notes || []).map((n) => el("p", "limit", n))];
	}

	async findings(signal) {
		const x = await this.exchange(signal);
		return [
			!x.findings.length && el("p", "none", "No findings about this exchange."),
			x.findings.length && el("ul", "findings", "", ...x.findings.map(finding)),
			x.about.length && el("h3", "", `About connection ${x.conn.c}`),
			x.about.length && el("ul", "findings", "", ...x.about.map(finding)),
		];
	}

	async ladder(signal) {
		const c = this.where.c, list = el("ol", "ladder"), rest = el("div");
		const get = (from) => ask("ladder", {c, from, rows: 300}, signal);
		const add = (x) => {
			for (const s of x.steps) {
				const li = el("li", s.remark ? "remark" : s.from + " " + (s.effect || ""));
				for (let limit = 10, n = 0; s.gap >= limit && n < 5; limit *= 10, n++) li.dataset.gap = n + 1;
				const on = s.n && s.n === this.where.n;
				const text = s.n ? button("goto" + (on ? " on" : ""), s.label, () => this.goTo({c, n: s.n})) : el("span", "", s.label);
				li.append(el("time", "", s.time), el("span", "arrow", "", text), el("span", "txn", s.n ? String(s.n) : ""));
				list.append(li);
			}
			rest.replaceChildren(x.more ? button("more", "More", async () => add(await get(x.from + x.steps.length))) : "");
		};
		const x = await get(0);
		add(x);
		const save = el("a", "save", "Save as SVG");
		save.href = "api/ladder.svg?c=" + c;
		save.download = `ladder-${c}.svg`;
		await this.exchange(signal);
		return [el("p", "ends", "", el("span", "", "client " + x.client), el("span", "", "server " + x.server)), list, rest, el("p", "", "", save)];
	}

	async layers(signal) {
		const c = this.where.c, rows = el("tbody"), bytes = el("div", "record"), rest = el("div");
		const x = await ask("layers", {c, rows: 200}, signal);
		await this.exchange(signal);
		if (!x.total && !x.lines.length) return [el("p", "none", "No layers: what both sides sent is the text of IMAP itself.")];
		const open = async (k) => {
			const r = await ask("record", {c, k}, signal);
			bytes.replaceChildren(el("h3", "", `Record ${k + 1} on the wire`), el("pre", "oct", "", ...dump(r.wire)), el("h3", "", "Opened"),
				r.plain.length ? el("pre", "oct", "", ...dump(r.plain)) : el("p", "none", "Nothing of IMAP."), r.more ? el("p", "limit", "Only the beginning is shown.") : "",
				r.n ? button("more", `To exchange ${c}/${r.n}`, () => this.goTo({c, n: r.n})) : "");
		};
		const add = (y) => {
			for (const r of y.records) {
				const b = button("goto", String(r.k + 1), () => open(r.k));
				b.setAttribute("aria-label", `Bytes of record ${r.k + 1}`);
				rows.append(el("tr", r.from + (r.fault ? " bad" : ""), "", el("td", "", "", b), el("td", "", r.time), el("td", "", r.from === "c" ? "→" : "←"), el("td", "", r.layer),
					el("td", "", (r.fault ? r.fault + ": " : "") + r.what), el("td", "ms", amount(r.wire)), el("td", "ms", r.plain ? amount(r.plain) : "")));
			}
			const have = y.from + y.records.length;
			rest.replaceChildren(have < y.total ? button("more", plural(y.total - have, "more record"), async () => add(await ask("layers", {c, rows: 200, from: have}))) : "");
		};
		add(x);
		const head = el("tr");
		for (const h of ["record", "time", "from", "layer", "what", "wire", "plain"]) {
			const th = el("th", "", h);
			th.scope = "col";
			head.append(th);
		}
		return [...x.lines.map((l) => el("p", "", l)), x.total > 0 && el("table", "records", "", el("caption", "away", "Records"), el("thead", "", "", head), rows), rest, bytes];
	}

	async why(signal) {
		const c = this.where.c;
		const [x] = await Promise.all([ask("why", {c}, signal), this.exchange(signal)]);
		const list = (all) => el("ol", "causes", "", ...all.map((y) => this.cause(y)));
		return [
			x.nothing && el("p", "", x.nothing),
			x.here.length && el("h3", "", `Connection ${c}`), x.here.length && list(x.here),
			!x.here.length && !x.nothing && el("p", "none", `Nothing is wrong on connection ${c} that the bytes show.`),
			x.others.length && el("h3", "", "Other connections and accounts"), x.others.length && list(x.others),
			x.more && el("p", "limit", `… and ${plural(x.more, "more cause")}`), x.unsaid && el("p", "limit", x.unsaid),
		];
	}

	cause(x) {
		const shown = el("ul", "evidence");
		for (const e of x.evidence) {
			const li = el("li", "", "", e.n ? button("goto", e.place, () => this.goTo({c: e.c, n: e.n})) : e.place);
			if (e.text) li.append(": " + e.text);
			shown.append(li);
		}
		if (x.more) shown.append(el("li", "", `… and ${x.more} more`));
		const li = el("li", x.severity, "", el("p", "says", x.sentence), el("p", "sev", "", el("strong", "", x.severity), "; verdict: " + x.about), shown);
		if (x.alike) li.append(el("p", "", "Alike:"), el("ul", "evidence", "", ...x.alike.map((a) => el("li", "", a)), ...(x.further ? [el("li", "", `… and ${x.further} more`)] : [])));
		li.append(el("dl", "then", "", el("div", "", "", el("dt", "", "To prove it"), el("dd", "", x.proof)), el("div", "", "", el("dt", "", "What to do"), el("dd", "", x.remedy))));
		return li;
	}

	// reveal hides the lines of an exchange that a class is still to guess.
	reveal() {
		if (this.tab !== "annotated") return;
		[...$("panel").querySelectorAll(".lines>li")].forEach((li, i) => {
			li.classList.toggle("unseen", 2 * i > this.revealed - 1);
			li.classList.toggle("unsaid", 2 * i + 1 > this.revealed - 1);
		});
		for (const e of $("panel").querySelectorAll(".findings")) e.classList.toggle("unseen", this.revealed < this.steps);
	}

	// steps returns in how many steps the exchange is revealed: each line, then what it means.
	get steps() { return 2 * $("panel").querySelectorAll(".lines>li").length; }

	// step reveals a step, or hides it again; it reports whether there was one.
	step(by) {
		if (this.tab !== "annotated") return false;
		const to = Math.min(this.revealed, this.steps) + by;
		if (to < 0 || to > this.steps) return false;
		this.revealed = to;
		this.reveal();
		$("panel").querySelectorAll(".lines>li")[Math.max(0, Math.ceil(to / 2) - 1)]?.scrollIntoView({block: "nearest"});
		return true;
	}
}

// finding returns the elements of a finding.
function finding(f) {
	const li = el("li", f.severity, "", el("p", "", "", el("strong", "", `${f.id} ${f.title}`), el("span", "sev", ` ${f.severity}, ${f.verdict}`)), el("p", "", f.message));
	if (f.before || f.at || f.after) li.append(el("pre", "", "", f.before || "", el("mark", "", f.at || ""), f.after || ""));
	if (f.made_by) li.append(el("p", "", f.made_by));
	li.append(el("p", "", f.explanation), el("p", "cite", f.cite), el("p", "", "What to do: " + f.advice));
	return li;
}
