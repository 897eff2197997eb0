// The page: blocks of exchanges are unfolded as they come into view, and an exchange is
// explained when it is opened.
(() => {
	document.documentElement.className = "js";
	const $ = (id) => document.getElementById(id);

	// unpack parses compressed JSON in base64.
	async function unpack(packed) {
		const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
		return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).json();
	}
	let tables;
	const packs = new Map(); // explanations, by block

	// open explains an exchange.
	async function open(details) {
		const body = details.querySelector(":scope > .body");
		if (!body || body.made || printing) return;
		body.made = true;
		const [block, n] = body.dataset.of.split(".");
		const data = $("d" + block);
		if (!data) return;
		tables ||= unpack($("tables").textContent).then(imapscopeExplain.tables);
		if (!packs.has(block)) packs.set(block, unpack(data.textContent));
		await tables;
		const explanation = (await packs.get(block))[n];
		if (explanation) imapscopeExplain.exchange(body, explanation);
	}

	// unfold makes elements of a block, whose HTML is the text of a <noscript>.
	let all = false, printing = false;
	function unfold(block) {
		const folded = block.querySelector(":scope > noscript");
		if (!folded) return;
		seen.unobserve(block);
		const made = document.createElement("template");
		made.innerHTML = folded.textContent;
		block.replaceChildren(made.content);
		block.style.minHeight = "";
		begin(block);
	}
	// begin explains the exchanges that are open at first.
	function begin(within) {
		if (all) for (const d of within.querySelectorAll(".x > details")) d.open = true;
		for (const d of within.querySelectorAll(".x > details[open]")) open(d);
	}
	const seen = new IntersectionObserver((list) => {
		for (const e of list) if (e.isIntersecting) unfold(e.target);
	}, {rootMargin: "1500px"});
	const blocks = [...document.querySelectorAll(".block")];
	for (const b of blocks) {
		b.style.minHeight = b.dataset.size * 2.4 + "rem";
		seen.observe(b);
	}

	// Blocks that are out of sight are unfolded while there is nothing else to do, so that the
	// browser's search finds what is in them.
	const idle = window.requestIdleCallback || ((f) => setTimeout(f, 50));
	let next = 0;
	function rest(deadline) {
		do {
			if (next >= blocks.length) return;
			unfold(blocks[next++]);
		} while (deadline?.timeRemaining?.() > 20);
		idle(rest);
	}
	addEventListener("load", () => setTimeout(() => idle(rest), 1000));

	document.addEventListener("toggle", (e) => {
		if (e.target.open && e.target.parentNode?.classList.contains("x")) open(e.target);
	}, true);
	const setAll = (state) => {
		all = state;
		for (const d of document.querySelectorAll(".x > details")) d.open = state;
	};
	$("openall").addEventListener("click", () => setAll(true));
	$("closeall").addEventListener("click", () => setAll(false));

	// reach returns the element with an ID, once its block is unfolded.
	function reach(id) {
		const place = /^c(\d+)(?:t(\d+))?/.exec(id);
		if (!$(id) && place) {
			const [k, n] = [Number(place[1]), Number(place[2] || 0)];
			for (const b of blocks) {
				if (!b.dataset.to) continue;
				const [toK, toN] = b.dataset.to.split(".").map(Number);
				if (toK > k || toK === k && toN >= n) {
					unfold(b);
					break;
				}
			}
		}
		return $(id);
	}

	// A link to an exchange opens it.
	function arrive() {
		const x = location.hash && reach(decodeURIComponent(location.hash.slice(1)));
		if (!x) return;
		const d = x.querySelector(":scope > details");
		if (d) d.open = true;
		x.scrollIntoView();
	}
	addEventListener("hashchange", arrive);
	document.addEventListener("click", (e) => { if (e.target.closest?.("a[href^='#c']")) setTimeout(arrive); });
	begin(document);
	arrive();

	// Printing unfolds and opens everything.
	let opened = [];
	addEventListener("beforeprint", () => {
		printing = true;
		blocks.forEach(unfold);
		opened = [...document.querySelectorAll("details:not([open])")];
		for (const d of opened) d.open = true;
	});
	addEventListener("afterprint", () => {
		for (const d of opened) d.open = false;
		setTimeout(() => { printing = false; }, 100);
	});
})();
