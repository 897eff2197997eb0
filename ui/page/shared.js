// What pages share: elements, words that say what they mean, bytes next to their syntax tree.
// Texts from a recording are only ever assigned to textContent.

// el returns a new element with a class, a text and children.
export function el(name, cls, content, ...kids) {
	const e = document.createElement(name);
	if (cls) e.className = cls;
	if (content !== undefined && content !== "") e.textContent = content;
	e.append(...kids);
	return e;
}

// button returns a button that calls act.
export function button(cls, content, act, ...kids) {
	const b = el("button", cls, content, ...kids);
	b.type = "button";
	if (act) b.addEventListener("click", act);
	return b;
}

const NS = "http://www.w3.org/2000/svg";

// bar draws a part of a time; from and to are between 0 and 1.
export function bar(from, to) {
	const s = document.createElementNS(NS, "svg"), r = document.createElementNS(NS, "rect");
	s.setAttribute("viewBox", "0 0 1000 10");
	s.setAttribute("preserveAspectRatio", "none");
	s.setAttribute("aria-hidden", "true");
	r.setAttribute("x", 1000 * from);
	r.setAttribute("width", Math.max(1000 * (to - from), 6));
	r.setAttribute("height", 10);
	s.append(r);
	return s;
}

// rove moves the focus along a list with two keys, so that the list is one stop for Tab. It
// reports whether the key was one of them.
export function rove(e, list, back, on) {
	const at = list.indexOf(document.activeElement);
	const to = {[back]: at - 1, [on]: at + 1, Home: 0, End: list.length - 1}[e.key];
	if (at < 0 || to === undefined) return false;
	e.preventDefault();
	e.stopPropagation();
	if (!list[to]) return true;
	list[at].tabIndex = -1;
	list[to].tabIndex = 0;
	list[to].focus();
	return true;
}

// word returns a word of a message as a button with an explanation. Of the words of a line, the
// first is a stop for Tab.
export function word(text, first, isName, isFault, explanation) {
	const b = button("w" + (isName ? " p" : "") + (isFault ? " f" : ""), text || "\u26a0");
	b.tabIndex = first ? 0 : -1;
	b.explains = explanation;
	return b;
}

// explain shows what words mean in the element tip: on hover, focus or tap, and gone with Escape.
// meaning returns the elements for an explanation, or nothing if there is none to show.
export function explain(tip, meaning) {
	let owner, leaving;
	const wordOf = (e) => e.target.closest?.(".w");

	function show(b) {
		const content = meaning(b.explains);
		if (!content) return close();
		if (owner && owner !== b) close();
		owner = b;
		tip.replaceChildren(...content);
		tip.hidden = false;
		b.setAttribute("aria-describedby", "tip");
		place();
	}

	// place puts the explanation below its word, or above where there is no room.
	function place() {
		if (!owner) return;
		const at = owner.getClientRects()[0] || owner.getBoundingClientRect();
		tip.style.left = Math.max(4, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 4)) + "px";
		const below = at.bottom + 4 + tip.offsetHeight < innerHeight || at.top < tip.offsetHeight + 8;
		tip.style.top = (below ? at.bottom + 4 : at.top - tip.offsetHeight - 4) + "px";
	}

	function close() {
		owner?.removeAttribute("aria-describedby");
		owner?.classList.remove("pinned");
		owner = undefined;
		tip.hidden = true;
	}

	addEventListener("scroll", place, {passive: true, capture: true});
	addEventListener("resize", place);
	document.addEventListener("mouseover", (e) => {
		clearTimeout(leaving);
		const b = wordOf(e);
		if (b && !owner?.classList.contains("pinned")) show(b);
		else if (owner && !owner.classList.contains("pinned") && !tip.contains(e.target) && document.activeElement !== owner) leaving = setTimeout(close, 200);
	});
	document.addEventListener("focusin", (e) => { if (wordOf(e)) show(wordOf(e)); else if (!tip.contains(e.target)) close(); });
	document.addEventListener("click", (e) => {
		const b = wordOf(e);
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
		const b = wordOf(e);
		if (b) rove(e, [...b.parentNode.querySelectorAll(".w")], "ArrowLeft", "ArrowRight");
	});
	return {close, open: () => Boolean(owner)};
}

// dumpLine returns a row of a hex dump: wide bytes, in pairs of digits and as characters. start is
// the place of the first in what is shown, offset that in the message. cells gets the elements of
// each byte by its place; it may be missing.
export function dumpLine(start, offset, pairs, chars, wide, cells) {
	const line = el("span", "line"), shown = [];
	line.append(el("span", "at", offset.toString(16).padStart(6, "0") + " "));
	for (let k = 0; k < wide; k++) {
		if (k % 8 === 0) line.append(" ");
		const pair = pairs.slice(2 * k, 2 * k + 2);
		if (!pair) {
			line.append("   ");
			continue;
		}
		const hex = el("i", "", pair), char = el("i", "", chars[k]);
		hex.place = char.place = start + k;
		cells?.set(start + k, [hex, char]);
		line.append(hex, " ");
		shown.push(char);
	}
	line.append(" ", ...shown);
	return line;
}

// A Look is a message's tree next to its bytes; each marks the other. Rows of bytes are added to
// oct, their elements to cells; wide is how many bytes are in a row.
export class Look {
	constructor(wide) {
		this.wide = wide;
		this.tree = el("ul", "tree");
		this.oct = el("div", "oct");
		this.read = el("p", "read");
		this.cells = new Map();
		this.nodes = [];
		this.at = -1;
		this.lit = [];
		this.tree.setAttribute("aria-label", "Syntax tree");
		this.oct.setAttribute("role", "group");
		this.oct.setAttribute("aria-label", "Bytes: the arrow keys move");
		this.oct.tabIndex = 0;
		this.read.setAttribute("role", "status");
		this.tree.addEventListener("keydown", (e) => rove(e, this.nodes.map((x) => x.button), "ArrowUp", "ArrowDown"));
		for (const kind of ["mouseover", "click"]) {
			this.oct.addEventListener(kind, (e) => { if (e.target.place !== undefined) this.go(e.target.place); });
		}
		this.oct.addEventListener("keydown", (e) => {
			const step = {ArrowLeft: -1, ArrowRight: 1, ArrowUp: -wide, ArrowDown: wide}[e.key];
			if (!step) return;
			e.preventDefault();
			this.go(this.at < 0 ? 0 : this.at + step, true);
		});
		this.oct.addEventListener("focus", () => { if (this.at < 0) this.go(0); });
	}

	// node adds a node of the tree, of the bytes from start to end.
	node({depth, kind, role, excerpt, wrong, start, end}) {
		const b = button("", kind);
		b.tabIndex = this.nodes.length ? -1 : 0;
		if (role) b.append(el("span", "role", ` (${role})`));
		if (excerpt) b.append("  " + excerpt);
		if (wrong) b.append(el("span", "err", "  \u2190 " + wrong));
		const node = {start, end, button: b, label: kind + (role ? ` (${role})` : "")};
		b.addEventListener("mouseenter", () => this.choose(node));
		b.addEventListener("focus", () => {
			this.choose(node);
			this.cells.get(start)?.[0].scrollIntoView({block: "nearest"});
		});
		this.nodes.push(node);
		this.tree.append(el("li", "d" + Math.min(depth, 8), "", b));
	}

	light(node) {
		for (const e of this.lit) e.classList.remove("hot");
		this.lit = [];
		if (!node) return;
		this.lit.push(node.button);
		for (let i = node.start; i < node.end && this.cells.has(i); i++) this.lit.push(...this.cells.get(i));
		for (const e of this.lit) e.classList.add("hot");
	}

	choose(node) {
		this.light(node);
		this.read.textContent = `bytes ${node.start} to ${node.end - 1}: ${node.label}`;
	}

	// go goes to a byte, and to the deepest node that has it.
	go(i, follow) {
		if (!this.cells.has(i)) return;
		this.cells.get(this.at)?.[0].classList.remove("here");
		this.at = i;
		const [cell] = this.cells.get(i), node = this.nodes.findLast((x) => x.start <= i && i < x.end);
		cell.classList.add("here");
		this.light(node);
		if (follow) cell.scrollIntoView({block: "nearest"});
		node?.button.scrollIntoView({block: "nearest"});
		this.read.textContent = `byte ${i}, ${cell.textContent}: ${node ? node.label : ""}`;
	}
}
