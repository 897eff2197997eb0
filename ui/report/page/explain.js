// imapscopeExplain makes elements of explanations: words that say what they mean, bytes next to
// the syntax tree, times. It needs an element #tip for explanations, and may have a check box
// #hide. Texts from a recording are only ever assigned to textContent.
const imapscopeExplain = (() => {
	const {el, button, bar, word, explain, dumpLine, Look} = imapscopeShared;
	const $ = (id) => document.getElementById(id);
	const tip = $("tip"), hide = $("hide");
	let strings, senses, labels;
	const text = (i) => strings[i] || "";

	// tables sets the tables that explanations refer to; see data.go.
	const tables = (list) => { [strings, senses, labels] = list; };

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
			const [between, length, sense, spelled] = m.words.slice(i, i + WORD);
			const [flags, meaning, cite, term] = senses[sense];
			const start = at + between, end = start + length;
			code.append(m.chars(at, start));
			at = end;
			code.append(word((spelled ? text(spelled) : m.chars(start, end)), !i, flags & 1, flags & 2, {meaning, cite, term}));
		}
		code.append(m.after);
		if (m.more) code.append(` \u2026 and ${m.more} more words`);
	}

	// explained explains the words of a line, and adds the button for its bytes.
	function explained(item, m, i) {
		const code = item.querySelector("code");
		line(code, m);
		const look = button("more", "Bytes", () => {
			const shown = item.querySelector(".look");
			look.setAttribute("aria-expanded", String(!shown));
			if (shown) shown.remove();
			else item.append(bytes(m));
		});
		look.setAttribute("aria-expanded", "false");
		look.setAttribute("aria-label", `Bytes and tree of line ${i + 1}`);
		code.after(look);
	}

	// exchange explains the lines of an exchange, and adds those that are not there.
	function exchange(body, [messages, times, notes]) {
		const list = body.querySelector(":scope > .lines");
		const items = [...list.querySelectorAll("li.m")];
		messages.forEach((raw, i) => {
			const m = message(raw);
			let item = items[i];
			if (!item) {
				item = el("li", "m " + m.cls, "", el("span", "since", m.since), el("code"));
				if (m.sentence) item.append(el("p", "sentence why", m.sentence));
				list.append(item);
			}
			const fold = item.closest(".fold > details");
			if (fold && !fold.open) fold.addEventListener("toggle", () => explained(item, m, i), {once: true});
			else explained(item, m, i);
		});
		if (times.length) body.append(timing(times, notes));
	}

	// timing shows how the time of an exchange was spent.
	function timing(times, notes) {
		const t = el("table", "times");
		const rows = el("tbody");
		for (let i = 0; i < times.length; i += TIME) {
			const [depth, name, words, from, to, took] = times.slice(i, i + TIME);
			const th = el("th", "", (depth ? "\u2003" : "") + text(name));
			th.scope = "row";
			rows.append(el("tr", "", "", th, el("td", "ms", text(took)), el("td", "graph", "", bar(from / 10000, to / 10000)), el("td", "said", text(words))));
		}
		t.append(rows);
		const box = el("details", "spent", "", el("summary", "", "How the time was spent"), t);
		for (const n of notes) box.append(el("p", "limit", text(n)));
		return box;
	}

	// bytes shows a message's tree next to its bytes.
	function bytes(m) {
		const wide = matchMedia("(min-width: 46rem)").matches ? 16 : 8, look = new Look(wide), n = m.hex.length / 2;
		let from = 0;
		for (let i = 0; i < m.tree.length; i += NODE) {
			const [depth, label, on, length, cut] = m.tree.slice(i, i + NODE);
			const [kind, role, wrong] = labels[label];
			const start = from + on, end = start + length;
			from = start;
			look.node({depth, kind: text(kind), role: role ? text(role) : "", wrong: wrong ? text(wrong) : "", excerpt: cut < 0 ? m.chars(start, end) : text(cut), start, end});
		}
		for (let i = 0; i < n; i += wide) {
			if (m.omitted && i <= m.gap && m.gap < i + wide) look.oct.append(el("span", "line at", `(${m.omitted} bytes omitted)`));
			const pairs = m.hex.slice(2 * i, 2 * (i + wide)), chars = [];
			for (let k = 0; k < pairs.length; k += 2) {
				const pair = pairs.slice(k, k + 2), c = parseInt(pair, 16);
				chars.push(pair === "**" ? "*" : c < 32 || c > 126 ? "." : String.fromCharCode(c));
			}
			look.oct.append(dumpLine(i, i + (m.omitted && i >= m.gap ? m.omitted : 0), pairs, chars, wide, look.cells));
		}
		if (m.beyond) look.oct.append(el("span", "line at", `(${m.beyond} more bytes)`));
		return el("div", "look", "", look.tree, look.oct, look.read);
	}

	// The explanation of a word.
	const {close} = explain(tip, ({meaning, cite, term}) => {
		if (hide?.checked) return;
		const out = [el("p", "", text(meaning))];
		if (cite) {
			const c = el("p", "cite");
			if (term) {
				const a = el("a", "", text(cite));
				a.href = "#v" + term;
				c.append(a);
			} else c.append(text(cite));
			out.push(c);
		}
		return out;
	});
	document.addEventListener("keydown", (e) => { if (e.key === "Escape") close(); });
	hide?.addEventListener("change", close);

	return {tables, exchange, close};
})();
