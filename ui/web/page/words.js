// Words of a message as buttons, with their meanings.
import {$, el} from "./element.js";
import {word, explain} from "./shared.js";

// line returns a message's line, word by word.
export function line(m) {
	const code = el("code");
	if (!m.words?.length) {
		code.textContent = m.text;
		return code;
	}
	m.words.forEach((w, i) => {
		if (w.before) code.append(w.before);
		code.append(word(w.text, !i, w.name, w.fault, w));
	});
	if (m.after) code.append(m.after);
	if (m.more) code.append(` … and ${m.more} more words`);
	return code;
}

// close hides what is explained, and open reports whether something is.
export const {close, open} = explain($("tip"), ({meaning, cite, shape, plain}) => [
	el("p", "", meaning), ...(shape ? [el("p", "shape", shape)] : []), ...(plain ? [el("p", "", plain)] : []), ...(cite ? [el("p", "cite", cite)] : []),
]);
