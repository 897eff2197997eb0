// A lesson beside the conversation: its step, the question, and what a person does about it.
import {$, el, button, ask} from "./element.js";

export class Lesson {
	// point leads to what a step points at; chosen returns the exchange that is chosen; typed is
	// called when a command was sent; say shows a problem.
	constructor({point, chosen, typed, say}) {
		Object.assign(this, {point, chosen, typed, say});
		this.version = this.asked = this.answered = 0;
		$("lesson").hidden = false;
		document.documentElement.classList.add("has-lesson");
	}

	async refresh() {
		const n = ++this.asked;
		this.show(await ask("lesson"), n);
	}

	async act(what, body) {
		const n = ++this.asked;
		const r = await fetch("act/" + what, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body || {})});
		if (!(r.headers.get("Content-Type") || "").startsWith("application/json")) return this.say(`imapscope answered ${r.status}`);
		const out = await r.json();
		if (!r.ok) return this.say(out.error);
		this.show(out, n);
	}

	// show shows the nth answer, a step, unless a later one came first. The cursor goes to what it
	// points at once, when it begins.
	show(x, n) {
		if (n < this.answered) return;
		this.answered = n;
		this.version = x.version;
		if (x.left) return this.turn(x);
		const began = this.step !== x.step, pointed = JSON.stringify(x.point || 0);
		const had = document.activeElement?.id, inside = $("step").contains(document.activeElement), draft = began ? "" : $("reply")?.value;
		document.documentElement.classList.toggle("blind", Boolean(x.blind));
		$("lesson-h").textContent = x.over ? x.title : `${x.title}: ${x.step} of ${x.steps}`;
		const said = el("p", x.right ? "said right" : "said", x.said || "");
		said.setAttribute("role", "status");
		$("step").replaceChildren(
			el("h3", "", x.heading), ...text(x.text), ...(x.ask ? [el("p", "question", x.ask)] : []),
			...this.reply(x), said, ...list("revealed", x.revealed), ...list("note", x.notes), this.tools(x),
		);
		if (!began && draft && !x.right && $("reply") && x.wants !== "type") $("reply").value = draft;
		if (began) {
			$("step").scrollTop = 0;
			($("reply") || $("goon"))?.focus({preventScroll: true});
		} else if (inside) (had && document.getElementById(had) || $("goon") || $("step").querySelector("button"))?.focus({preventScroll: true});
		if (x.point && (began || this.pointed !== pointed)) this.point(x.point, x.tab);
		this.step = x.step;
		this.pointed = pointed;
	}

	// turn waits for the next lesson, which has another page.
	turn(x) {
		if (x.last) {
			$("step").replaceChildren(el("p", "", "That was the last lesson."));
			return;
		}
		$("step").replaceChildren(el("p", "", "The next lesson is being opened …"));
		const again = async () => {
			try {
				if (!(await ask("lesson")).left) return location.replace(location.pathname);
			} catch { /* it is not there yet */ }
			setTimeout(again, 200);
		};
		again();
	}

	// reply returns what a question is answered with.
	reply(x) {
		if (x.over || x.answered && x.wants !== "type") return [];
		if (x.wants === "find") return [el("p", "reply", "", button("", "This one", () => this.act("find", this.chosen())))];
		if (x.wants === "choose") {
			return [el("ul", "choices", "", ...x.choices.map((c, i) => el("li", "", "", button("", c, () => this.act("answer", {text: c})))))];
		}
		if (!x.wants) return [];
		const form = el("form", "reply"), input = el("input"), name = el("label", "", x.wants === "type" ? x.prompt : "Your answer");
		input.id = name.htmlFor = "reply";
		input.autocomplete = "off";
		input.spellcheck = false;
		const send = button("", x.wants === "type" ? "Send" : "Answer");
		send.type = "submit";
		form.append(name, input, send);
		form.addEventListener("submit", (e) => {
			e.preventDefault();
			const text = input.value;
			input.value = "";
			if (x.wants === "type") this.typed();
			this.act(x.wants, {text});
		});
		return [form];
	}

	// tools are what can be done at every step.
	tools(x) {
		const out = el("p", "lesson-tools");
		const add = (what, name, id) => {
			const b = button(id ? "go" : "", name, () => this.act(what));
			if (id) b.id = id;
			out.append(b, " ");
		};
		if (x.step > 1) add("back", "Back");
		if (x.over) {
			if (!x.last) add("next", "Next lesson", "goon");
			else out.append("That was the last lesson.");
			return out;
		}
		if (x.wants && !x.answered && !x.presented) add("hint", "Hint");
		if (x.has_notes) add("notes", x.notes ? "Hide notes" : "Notes");
		if (x.answered) add("next", "Continue", "goon");
		else if (x.presented) add("reveal", "Reveal", "goon");
		if (!x.answered) add("skip", "Skip");
		return out;
	}
}

// text returns the paragraphs and lists of a step.
function text(blocks) {
	const out = [];
	for (const b of blocks) {
		const kids = b.spans.map((s) => s.style ? el(s.style, "", s.text) : s.text);
		if (!b.item) out.push(el("p", "", "", ...kids));
		else if (out.at(-1)?.tagName === "UL") out.at(-1).append(el("li", "", "", ...kids));
		else out.push(el("ul", "", "", el("li", "", "", ...kids)));
	}
	return out;
}

const list = (cls, lines) => lines?.length ? [el("ul", cls, "", ...lines.map((l) => el("li", "", l)))] : [];
