// A message's tree next to its bytes, as much as was fetched.
import {el, button, plural, ask} from "./element.js";
import {Look, dumpLine} from "./shared.js";

// dump returns rows of a hex dump; cells gets the elements of each byte by its place.
export function dump(rows, cells) {
	return rows.map((r) => r.omitted ? el("span", "line at", `(${plural(r.omitted, "byte")} not kept)`) : dumpLine(r.start, r.offset, r.hex, r.chars, 16, cells));
}

// look returns the elements for message m of an exchange; where says which exchange.
export function look(where, m, answer) {
	const box = el("div", "look"), look = new Look(16), left = el("div", "", "", look.tree), right = el("div", "", "", look.oct);
	// more adds a button that fetches what is missing.
	const more = (to, have, all, what, parameters, add) => {
		if (have() >= all) return;
		const b = button("more", `${plural(all - have(), "more " + what)}`, async () => {
			b.disabled = true;
			add(await ask("message", {...where, m, ...parameters()}));
			b.remove();
			more(to, have, all, what, parameters, add);
		});
		to.append(b);
	};
	const addNodes = (list) => { for (const x of list) look.node(x); };
	let rows = 0;
	const addRows = (list) => {
		rows += list.length;
		look.oct.append(...dump(list, look.cells));
	};
	addNodes(answer.tree);
	addRows(answer.hex);
	more(left, () => look.nodes.length, answer.nodes, "row", () => ({node: look.nodes.length}), (x) => addNodes(x.tree));
	more(right, () => rows, answer.rows, "row", () => ({from: rows}), (x) => addRows(x.hex));
	box.append(left, right, look.read);
	return box;
}
