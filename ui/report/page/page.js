"use strict";
// The explanation of an exchange becomes elements when the exchange is opened. Texts from a
// recording are only ever assigned to textContent.
(() => {
	document.documentElement.className = "";
	const $ = (id) => document.getElementById(id);
	const tip = $("tip"), hide = $("hide");
	let strings, senses, labels;
	const text = (i) => strings[i] || "";

	// unpack parses compressed JSON in base64.
	async function unpack(element) {
		const bytes = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
		return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
	}

	// el returns a new element with a class, a text and children.
	function el(name, cls, content, ...kids) {
		const e = document.createElement(name);
		if (cls) e.className = cls;
		if (content) e.textContent = content;
		e.append(...kids);
		return e;
	}

	const svg = (name, set) => {
		const e = document.createElementNS("http://www.w3.org/2000/svg", name);
		for (const k in set) e.setAttribute(k, set[k]);
		return e;
	};

	// bar draws a part of a time, from and to in ten thousandths.
	function bar(from, to) {
		const s = svg("svg", {viewBox: "0 0 10000 10", preserveAspectRatio: "none", "aria-hidden": "true"});
		s.append(svg("rect", {x: from, width: Math.max(to - from, 60), height: 10}));
		return s;
	}

	const WORD = 4, NODE = 5, TIME = 6;

	// message returns the explanation of one message of an exchange.
	function message(m) {
		const [cls, since, sentence, after, more, hex, gap, omitted, beyond, words, tree] = m;
		// chars returns bytes as text: \xNN unless printable ASCII, without line ends.
		const chars = (from, to) => {
			let out = "";
			for (let i = from; i < to; i++) {
				const pair = hex.slice(2 * i, 2 * i + 2), c = parseInt(pair, 16);
				if (pair === "**") out += "*";
				else if (c >= 32 && c < 127) out += String.fromCharCode(c);
				else if (c !== 10 && c !== 13) out += "\\x" + pair;
			}
			return out;
		};
		return {cls: text(cls), since: text(since), sentence: text(sentence), after: text(after), more, hex, gap, omitted, beyond, words, tree, chars};
	}

	// line puts a message's words in place of its text.
	function line(code, m) {
		code.textContent = "";
		let at = 0;
		for (let i = 0; i < m.words.length; i += WORD) {
			const [between, length, sense, word] = m.words.slice(i, i + WORD);
			const [flags, meaning, cite, term] = senses[sense];
			const start = at + between, end = start + length;
			code.append(m.chars(at, start));
			at = end;
			const b = el("button", "w" + (flags & 1 ? " p" : "") + (flags & 2 ? " f" : ""), (word ? text(word) : m.chars(start, end)) || "\u26a0");
			b.type = "button";
			b.tabIndex = i ? -1 : 0;
			b.explains = {meaning, cite, term};
			code.append(b);
		}
		code.append(m.after);
		if (m.more) code.append(` \u2026 and ${m.more} more words`);
	}

	// open makes the elements of an exchange.
	async function open(details) {
		const body = details.querySelector(".body");
		if (!body || body.made) return;
		body.made = true;
		const data = $(body.dataset.of + "-data");
		if (!data) return;
		const [messages, times, notes] = await unpack(data);
		if (!strings) [strings, senses, labels] = await unpack($("tables"));
		const list = body.querySelector(":scope > .lines");
		const items = list.children;
		messages.forEach((raw, i) => {
			const m = message(raw);
			if (!items[i]) list.append(el("li", m.cls, "", el("span", "since", m.since), el("code")));
			const item = items[i];
			line(item.querySelector("code"), m);
			const look = el("button", "more", "Bytes");
			look.type = "button";
			look.setAttribute("aria-expanded", "false");
			look.setAttribute("aria-label", `Bytes and tree of line ${i + 1}`);
			look.addEventListener("click", () => {
				const shown = item.querySelector(".look");
				look.setAttribute("aria-expanded", String(!shown));
				if (shown) shown.remove();
				else item.append(bytes(m));
			});
			item.append(look);
			if (m.sentence) item.append(el("p", "sentence why", m.sentence));
		});
		if (times.length) body.append(timing(times, notes));
	}

	// timing shows how the time of an exchange was spent.
	function timing(times, notes) {
		const t = el("table", "times", "", el("caption", "", "Time"));
		const rows = el("tbody");
		for (let i = 0; i < times.length; i += TIME) {
			const [depth, name, words, from, to, took] = times.slice(i, i + TIME);
			const th = el("th", "", (depth ? "\u2003" : "") + text(name));
			th.scope = "row";
			rows.append(el("tr", "", "", th, el("td", "ms", text(took)), el("td", "graph", "", bar(from, to)), el("td", "words", text(words))));
		}
		t.append(rows);
		const box = el("div", "", "", t);
		for (const n of notes) box.append(el("p", "limit", text(n)));
		return box;
	}

	// bytes shows a message's tree next to its bytes; each highlights the other.
	function bytes(m) {
		const box = el("div", "look");
		const tree = el("ul", "tree"), oct = el("div", "oct"), read = el("p", "read");
		tree.setAttribute("aria-label", "Syntax tree");
		oct.setAttribute("role", "group");
		oct.setAttribute("aria-label", "Bytes: the arrow keys move");
		oct.tabIndex = 0;
		read.setAttribute("aria-live", "polite");
		box.append(tree, oct, read);
		const cells = [], chars = [], nodes = [];
		const n = m.hex.length / 2;
		const wide = matchMedia("(min-width: 46rem)").matches ? 16 : 8; // bytes in a row
		let at = -1;

		const light = (node) => {
			for (const e of box.querySelectorAll(".hot")) e.classList.remove("hot");
			if (!node) return;
			node.button.classList.add("hot");
			for (let i = node.start; i < node.end && i < n; i++) {
				cells[i].classList.add("hot");
				chars[i].classList.add("hot");
			}
		};
		// of is the deepest node that has a byte.
		const of = (i) => {
			let found;
			for (const x of nodes) if (x.start <= i && i < x.end) found = x;
			return found;
		};
		const say = (node) => {
			read.textContent = node ? `bytes ${node.start} to ${node.end - 1}: ${node.label}` : "";
		};
		const go = (i) => {
			if (i < 0 || i >= n) return;
			if (at >= 0) cells[at].classList.remove("here");
			at = i;
			cells[at].classList.add("here");
			const node = of(at);
			light(node);
			node?.button.scrollIntoView({block: "nearest"});
			cells[at].scrollIntoView({block: "nearest"});
			read.textContent = `byte ${at}, ${m.hex.slice(2 * at, 2 * at + 2)}: ${node ? node.label : ""}`;
		};

		let from = 0;
		for (let i = 0; i < m.tree.length; i += NODE) {
			const [depth, label, on, length, told] = m.tree.slice(i, i + NODE);
			const [kind, role, err] = labels[label];
			const start = from + on, end = start + length;
			from = start;
			const excerpt = told < 0 ? m.chars(start, end) : text(told);
			const b = el("button", "", text(kind));
			b.type = "button";
			b.tabIndex = i ? -1 : 0;
			if (role) b.append(el("span", "role", ` (${text(role)})`));
			if (excerpt) b.append("  " + excerpt);
			if (err) b.append(el("span", "err", "  \u2190 " + text(err)));
			const node = {start, end, button: b, label: text(kind) + (role ? ` (${text(role)})` : "")};
			b.addEventListener("mouseenter", () => { light(node); say(node); });
			b.addEventListener("focus", () => { light(node); say(node); cells[start]?.scrollIntoView({block: "nearest"}); });
			nodes.push(node);
			tree.append(el("li", "d" + Math.min(depth, 6), "", b));
		}
		tree.addEventListener("keydown", (e) => rove(e, nodes.map((x) => x.button), "ArrowUp", "ArrowDown"));

		for (let i = 0; i < n; i += wide) {
			if (m.omitted && i <= m.gap && m.gap < i + wide) oct.append(el("span", "row at", `(${m.omitted} bytes omitted)`));
			const row = el("span", "row");
			const offset = i + (m.omitted && i >= m.gap ? m.omitted : 0);
			row.append(el("span", "at", offset.toString(16).padStart(6, "0") + " "));
			for (let k = i; k < i + wide; k++) {
				if (k % 8 === 0) row.append(" ");
				if (k >= n) {
					row.append("   ");
					continue;
				}
				const pair = m.hex.slice(2 * k, 2 * k + 2);
				cells[k] = el("i", "", pair);
				row.append(cells[k], " ");
				const c = parseInt(pair, 16);
				chars[k] = el("i", "", pair === "**" ? "*" : c < 32 || c > 126 ? "." : String.fromCharCode(c));
				for (const cell of [cells[k], chars[k]]) cell.octet = k;
			}
			row.append(" ", ...chars.slice(i, i + wide));
			oct.append(row);
		}
		if (m.beyond) oct.append(el("span", "row at", `(${m.beyond} more bytes)`));
		oct.addEventListener("mouseover", (e) => { if (e.target.octet !== undefined) go(e.target.octet); });
		oct.addEventListener("click", (e) => { if (e.target.octet !== undefined) go(e.target.octet); });
		oct.addEventListener("keydown", (e) => {
			const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide}[e.key];
			if (!step) return;
			e.preventDefault();
			go(at < 0 ? 0 : at + step);
		});
		oct.addEventListener("focus", () => { if (at < 0) go(0); });
		return box;
	}

	// rove moves the focus along a list with two keys, so that the list is one stop for Tab.
	function rove(e, list, back, on) {
		const at = list.indexOf(document.activeElement);
		const to = {[back]: at - 1, [on]: at + 1, Home: 0, End: list.length - 1}[e.key];
		if (at < 0 || to === undefined) return;
		e.preventDefault();
		if (!list[to]) return;
		list[at].tabIndex = -1;
		list[to].tabIndex = 0;
		list[to].focus();
	}

	// The explanation of a word: shown on hover, focus or tap, and gone with Escape.
	let owner;
	function show(b) {
		if (hide.checked) return close();
		if (owner && owner !== b) close();
		owner = b;
		const {meaning, cite, term} = b.explains;
		tip.textContent = "";
		tip.append(el("p", "", text(meaning)));
		if (cite) {
			const c = el("p", "cite");
			if (term) {
				const a = el("a", "", text(cite));
				a.href = "#v" + term;
				c.append(a);
			} else c.append(text(cite));
			tip.append(c);
		}
		tip.hidden = false;
		b.setAttribute("aria-describedby", "tip");
		place();
	}

	// place puts the explanation below its word, or above where there is no room.
	function place() {
		if (!owner) return;
		const at = owner.getClientRects()[0] || owner.getBoundingClientRect();
		const left = Math.max(4, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 4));
		tip.style.left = left + scrollX + "px";
		const below = at.bottom + 4 + tip.offsetHeight < innerHeight || at.top < tip.offsetHeight + 8;
		tip.style.top = (below ? at.bottom + 4 : at.top - tip.offsetHeight - 4) + scrollY + "px";
	}
	addEventListener("scroll", place, {passive: true});
	addEventListener("resize", place);

	function close() {
		owner?.removeAttribute("aria-describedby");
		owner?.classList.remove("pinned");
		owner = undefined;
		tip.hidden = true;
	}
	const word = (e) => e.target.closest?.(".w");
	let leaving;
	document.addEventListener("mouseover", (e) => {
		clearTimeout(leaving);
		const b = word(e);
		if (b && !owner?.classList.contains("pinned")) show(b);
		else if (owner && !owner.classList.contains("pinned") && !tip.contains(e.target) && document.activeElement !== owner) leaving = setTimeout(close, 200);
	});
	document.addEventListener("focusin", (e) => { if (word(e)) show(word(e)); else if (!tip.contains(e.target)) close(); });
	document.addEventListener("click", (e) => {
		const b = word(e);
		if (!b) {
			if (!tip.contains(e.target)) close();
			return;
		}
		const pinned = b.classList.contains("pinned");
		close();
		if (pinned) return;
		show(b);
		b.classList.add("pinned");
	});
	document.addEventListener("keydown", (e) => {
		if (e.key === "Escape") close();
		const b = word(e);
		if (b) rove(e, [...b.parentNode.querySelectorAll(".w")], "ArrowLeft", "ArrowRight");
	});
	hide.addEventListener("change", close);

	document.addEventListener("toggle", (e) => { if (e.target.open) open(e.target); }, true);
	const all = (state) => { for (const d of document.querySelectorAll(".x > details")) d.open = state; };
	$("openall").addEventListener("click", () => all(true));
	$("closeall").addEventListener("click", () => all(false));

	// A link to an exchange opens it.
	function arrive() {
		const x = location.hash && $(decodeURIComponent(location.hash.slice(1)));
		const d = x && x.querySelector(":scope > details");
		if (d) d.open = true;
	}
	addEventListener("hashchange", arrive);
	document.addEventListener("click", (e) => { if (e.target.closest?.("a[href^='#c']")) setTimeout(arrive); });
	arrive();

	// Printing opens the exchanges first, if they are not too many.
	let opened = [];
	addEventListener("beforeprint", () => {
		opened = [...document.querySelectorAll(".x > details:not([open])")].slice(0, 500);
		for (const d of opened) { d.open = true; open(d); }
	});
	addEventListener("afterprint", () => { for (const d of opened) d.open = false; });
})();
