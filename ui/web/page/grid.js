// A Grid is a table of any number of rows: only those on the screen are elements, and only
// windows of them are fetched.
import {el} from "./element.js";

const PAGE = 100; // rows fetched together
const KEPT = 12; // pages kept
const TALLEST = 8e6; // pixels: browsers do not draw taller elements

export class Grid {
	// columns are {title, help, cls, sort}; fetch returns {total, rows} of a window; cells returns
	// the texts or elements of a row. If press is set, a click on a row opens it, not two; order
	// is called with the sort of a column whose head was clicked.
	constructor(section, label, columns, {fetch, cells, choose, open, same, cls, press, order}) {
		Object.assign(this, {columns, fetch, cells, choose, open, same, cls});
		this.id = section.id;
		this.total = 0;
		this.at = -1;
		this.pages = new Map();
		this.era = 0;
		this.root = el("div", "grid");
		this.root.tabIndex = 0;
		this.root.setAttribute("role", "grid");
		this.root.setAttribute("aria-label", label);
		this.root.setAttribute("aria-colcount", columns.length);
		const head = el("div", "head row");
		head.setAttribute("role", "row");
		head.setAttribute("aria-rowindex", "1");
		for (const c of columns) {
			const h = el("span", c.cls, c.title);
			h.setAttribute("role", "columnheader");
			if (c.help) h.title = c.help;
			if (!c.title) h.append(el("span", "away", c.name));
			if (c.sort) h.addEventListener("click", () => order(c.sort));
			head.append(h);
		}
		this.head = head;
		const headgroup = el("div", "headgroup", "", head);
		headgroup.setAttribute("role", "rowgroup");
		this.body = el("div", "rows");
		this.body.setAttribute("role", "rowgroup");
		this.none = el("p", "none");
		this.none.hidden = true;
		this.root.append(headgroup, this.body);
		section.append(this.root, this.none);
		this.root.addEventListener("scroll", () => this.later(), {passive: true});
		new ResizeObserver(() => this.later()).observe(this.root);
		this.root.addEventListener("keydown", (e) => this.key(e));
		// Not only a click: that has no row if the rows are drawn again while the button is down.
		for (const kind of ["mousedown", "click"]) {
			this.body.addEventListener(kind, (e) => {
				const row = e.target.closest(".row");
				if (!row || e.button || kind === "click" && row.index === this.at) return;
				this.go(row.index);
				this.root.focus({preventScroll: true});
				e.preventDefault();
				if (press && kind === "mousedown" && e.detail < 2) this.open();
			});
		}
		if (!press) this.body.addEventListener("dblclick", () => this.open?.());
	}

	// arrange shows by which column the rows are sorted.
	arrange() {
		this.columns.forEach((c, i) => {
			if (c.sort) this.head.children[i].setAttribute("aria-sort", c.sort !== this.sort ? "none" : this.desc ? "descending" : "ascending");
		});
	}

	// height returns that of a row, in pixels.
	get height() {
		return this.rowHeight ||= Math.max(parseFloat(getComputedStyle(this.root).getPropertyValue("--row")) || 0, 0.5) * parseFloat(getComputedStyle(document.documentElement).fontSize);
	}

	// resized forgets measures.
	resized() {
		this.rowHeight = 0;
		this.later();
	}

	// reset shows another list from its beginning.
	reset() {
		this.era++;
		this.pages.clear();
		this.total = 0;
		this.at = -1;
		this.root.scrollTop = 0;
		return this.load(0);
	}

	// refresh fetches again what is on the screen.
	refresh() {
		for (const p of this.pages.values()) p.old = true;
		this.stale = true; // and what is on its way
		this.later();
		if (!this.total) this.load(0); // draw fetches nothing of an empty list
	}

	// last goes to the last row, of as many as there are now.
	async last() {
		await this.loading;
		await this.load(Math.floor(Math.max(0, this.total - 1) / PAGE));
		return this.go(this.total - 1);
	}

	// room returns how many rows fit.
	get room() { return Math.max(1, Math.floor((this.root.clientHeight - this.height) / this.height)); }

	get tall() { return Math.min(this.total * this.height, TALLEST); }

	// top returns the first row on the screen: rows are not where they would be if the list is
	// taller than what a browser draws.
	get top() {
		const whole = this.total * this.height;
		if (whole <= TALLEST) return Math.floor(this.root.scrollTop / this.height);
		const most = Math.max(1, this.tall - this.root.clientHeight + this.height);
		return Math.floor(Math.min(1, this.root.scrollTop / most) * Math.max(0, this.total - this.room));
	}

	scrollToRow(i) {
		const whole = this.total * this.height;
		if (whole <= TALLEST) this.root.scrollTop = i * this.height;
		else this.root.scrollTop = i / Math.max(1, this.total - this.room) * (this.tall - this.root.clientHeight + this.height);
	}

	later() {
		if (this.drawing) return;
		this.drawing = requestAnimationFrame(() => {
			this.drawing = 0;
			this.draw();
		});
	}

	row(i) { return this.pages.get(Math.floor(i / PAGE))?.rows[i % PAGE]; }

	draw() {
		this.body.style.height = this.tall + "px";
		this.root.setAttribute("aria-rowcount", this.total + 1);
		const first = Math.max(0, Math.min(this.top, this.total - this.room)), last = Math.min(this.total, first + this.room + 3);
		const whole = this.total * this.height <= TALLEST;
		const list = [];
		for (let i = first; i < last; i++) {
			const r = el("div", "row");
			r.index = i;
			r.id = `${this.id}-${i}`;
			r.setAttribute("role", "row");
			r.setAttribute("aria-rowindex", i + 2);
			r.setAttribute("aria-selected", i === this.at);
			r.style.top = (whole ? i * this.height : this.root.scrollTop + (i - first) * this.height) + "px";
			const data = this.row(i);
			const cells = data ? this.cells(data) : [];
			if (data && this.cls) r.className += " " + this.cls(data);
			if (!data) r.className += " wait";
			this.columns.forEach((c, k) => {
				const cell = el("span", c.cls);
				cell.setAttribute("role", "gridcell");
				if (data) cell.append(cells[k]);
				r.append(cell);
			});
			list.push(r);
		}
		this.body.replaceChildren(...list);
		if (this.at >= first && this.at < last) this.root.setAttribute("aria-activedescendant", `${this.id}-${this.at}`);
		else this.root.removeAttribute("aria-activedescendant");
		for (const p of new Set([Math.floor(first / PAGE), Math.floor(Math.max(first, last - 1) / PAGE)])) {
			const have = this.pages.get(p);
			if (this.total && (!have || have.old || have.rows.length < Math.min(PAGE, this.total - p * PAGE))) this.load(p);
		}
	}

	// load fetches a page, one at a time: while one is on its way, only the last page that was
	// wanted is fetched after it.
	async load(p) {
		if (this.loading) {
			this.wanted = p;
			return this.loading;
		}
		const era = this.era;
		this.stale = false;
		this.loading = this.fetch(p * PAGE, PAGE);
		let out;
		try {
			out = await this.loading;
		} catch {
			return; // fetched has reported it
		} finally {
			this.loading = undefined;
		}
		if (era === this.era) {
			this.pages.delete(p);
			this.pages.set(p, {rows: out.rows, old: this.stale});
			while (this.pages.size > KEPT) this.pages.delete(this.pages.keys().next().value);
			this.total = out.total;
			this.later();
		} else this.wanted ??= 0;
		const next = this.wanted;
		this.wanted = undefined;
		if (next !== undefined && (era !== this.era || !this.pages.get(next) || this.pages.get(next).old)) return this.load(next);
	}

	// get returns a row, fetched if need be.
	async get(i) {
		for (let n = 0; n < 5 && !this.row(i); n++) await this.load(Math.floor(i / PAGE));
		return this.row(i);
	}

	// show puts a row under the cursor, and into view.
	show(i) {
		this.at = i;
		this.body.style.height = this.tall + "px"; // before it is scrolled: it may have grown
		const first = this.top;
		if (i < first || i >= first + this.room) this.scrollToRow(Math.max(0, i - Math.floor(this.room / 2)));
		this.later();
	}

	async go(i) {
		if (!this.total) return;
		i = Math.max(0, Math.min(i, this.total - 1));
		this.at = i;
		this.body.style.height = this.tall + "px"; // before it is scrolled: it may have grown
		const first = this.top;
		if (i < first) this.scrollToRow(i);
		else if (i >= first + this.room) this.scrollToRow(i - this.room + 1);
		this.later();
		const row = await this.get(i);
		if (row && this.at === i) this.choose(row, i);
	}

	// move handles what moves in a list, in any pane; it reports whether a key did.
	move(key) {
		const to = {
			j: this.at + 1, ArrowDown: this.at + 1, k: this.at - 1, ArrowUp: this.at - 1, PageDown: this.at + this.room, PageUp: this.at - this.room,
			Home: 0, g: 0, End: this.total - 1, G: this.total - 1,
		}[key];
		if (to === undefined) return false;
		this.go(to);
		return true;
	}

	key(e) {
		if (e.ctrlKey || e.metaKey || e.altKey) return;
		if (["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"].includes(e.key) && this.move(e.key)) {
			e.preventDefault();
			e.stopPropagation();
		}
		if (e.key === "Enter") {
			e.preventDefault();
			e.stopPropagation();
			this.open?.();
		}
	}

	empty(text) {
		this.none.textContent = text;
		this.none.hidden = this.total > 0 || !text;
	}
}
