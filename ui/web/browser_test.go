package web_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"imapscope/ui/browsertest"
)

// visit opens the page in a window of a width.
func (s *server) visit(fragment string, o browsertest.Options) *browsertest.Tab {
	s.t.Helper()
	if o.Width == 0 {
		o.Width = 1440
	}
	if o.Height == 0 {
		o.Height = 900
	}
	if o.Color == "" {
		o.Color = "light"
	}
	return browsertest.Open(s.t, s.http.URL+"/"+fragment, s.http.URL+"/", o)
}

const (
	heading  = `document.getElementById("detail-h").textContent`
	selected = `document.querySelector("#txns .row[aria-selected=true] .label").textContent`
	shown    = `document.querySelectorAll("#txns .rows .row:not(.wait)").length`
	tip      = `(document.getElementById("tip").hidden ? "" : document.getElementById("tip").innerText)`
	panel    = `document.getElementById("panel")`
)

// A person can read a conversation with the mouse.
func TestReadingWithMouse(t *testing.T) {
	b := of(t, sample).visit("", browsertest.Options{})
	b.Wants(shown+" > 10", "true")
	b.Wants(heading+`.startsWith("Exchange 1 ")`, "true")
	b.Click(`document.querySelectorAll("#txns .rows .row")[2]`)
	b.Wants(heading+`.startsWith("Exchange 3 OK")`, "true")
	b.Wants(`location.hash`, "#c=1&n=3")
	b.Point(`document.querySelector("#panel .w:nth-of-type(2)")`)
	b.Wants(tip+`.includes("RFC 1176")`, "true")
	b.Point(`document.querySelector("h1")`)
	b.Wants(tip, "")
	// Bytes and tree mark each other.
	b.Click(`document.querySelector("#panel .more")`)
	b.Wants(`document.querySelector("#tab-tree").getAttribute("aria-selected")`, "true")
	b.Wants(panel+`.querySelectorAll(".tree button").length > 4`, "true")
	b.Point(panel + `.querySelectorAll(".tree button")[2]`)
	b.Wants(`[...document.querySelectorAll(".oct i.hot")].map(x=>x.textContent).join(" ")`, "46 45 54 43 48 F E T C H")
	b.Point(panel + `.querySelectorAll(".oct i")[0]`)
	b.Wants(panel+`.querySelector(".tree .hot").textContent.startsWith("tag")`, "true")
	b.Shot("web-tree.png")
	for _, tab := range []string{"timing", "findings", "ladder", "layers", "why", "message"} {
		b.Click(fmt.Sprintf(`document.getElementById("tab-%s")`, tab))
		b.Wants(panel+`.getAttribute("aria-busy")`, "false")
		b.Wants(panel+`.children.length > 0`, "true")
		b.Wants(`new URLSearchParams(location.hash.slice(1)).get("tab")`, tab)
		b.Shot("web-" + tab + ".png")
	}
}

// A person can read a conversation with the keyboard alone.
func TestReadingWithKeyboard(t *testing.T) {
	b := of(t, sample).visit("", browsertest.Options{})
	b.Wants(shown+" > 10", "true")
	b.Wants(heading+`.startsWith("Exchange 1 ")`, "true")
	b.Keys("j", "j")
	b.Wants(selected, "3")
	b.Wants(heading+`.startsWith("Exchange 3 ")`, "true")
	b.Keys("k")
	b.Wants(selected, "2")
	b.Keys("G")
	b.Wants(selected, b.Is(`document.querySelector("#txns .grid").getAttribute("aria-rowcount") - 1`))
	b.Keys("g")
	b.Wants(selected, "1")
	b.Keys("4")
	b.Wants(`document.querySelector("#tab-timing").getAttribute("aria-selected")`, "true")
	b.Keys("1")
	b.Wants(`document.querySelectorAll("#panel .lines li").length > 1`, "true")
	b.Keys("m", "b")
	b.Wants(`document.querySelector("#txns .row[aria-selected=true] .flags").textContent`, "mb")
	// Search, forwards and back.
	b.Keys("/")
	b.Wants(`document.activeElement.id`, "text")
	b.Keys("fetch", kb.Enter)
	b.Wants(selected, "3")
	b.Keys("n")
	b.Wants(selected+` > 3`, "true")
	b.Keys("N")
	b.Wants(selected, "3")
	// A filter that is wrong, and one that is right.
	b.Keys("f")
	b.Wants(`document.activeElement.id`, "expr")
	b.Keys("m", "s", " ", ">", kb.Enter)
	b.Wants(`document.getElementById("wrong").textContent.includes("^")`, "true")
	b.Is(`document.getElementById("expr").value = ""`)
	b.Keys(`command=="FETCH"`, kb.Enter)
	b.Wants(`document.getElementById("txns-h").textContent.includes("of") && document.getElementById("wrong").textContent === ""`, "true")
	b.Wants(`[...document.querySelectorAll("#txns .rows .request")].every(x => x.textContent.includes("FETCH"))`, "true")
	b.Keys(kb.Escape, "F")
	b.Wants(shown+" > 10", "true")
	// To the exchange, and its words.
	b.Keys(kb.Enter)
	b.Wants(`document.activeElement.id`, "panel")
	b.Keys(kb.Tab)
	b.Wants(`document.activeElement.className.startsWith("w")`, "true")
	b.Wants(tip+`.length > 10`, "true")
	b.Keys(kb.ArrowRight)
	b.Wants(`document.activeElement.textContent.length > 0 && `+tip+`.length > 10`, "true")
	b.Keys(kb.Escape)
	b.Wants(tip, "")
	b.Keys("?")
	b.Wants(`document.getElementById("help").open`, "true")
	b.Keys(kb.Escape)
	b.Wants(`document.getElementById("help").open`, "false")
}

// A link leads to an exchange, a tab and a filter.
func TestLinks(t *testing.T) {
	s := of(t, sample)
	b := s.visit("#c=1&n=12&tab=timing", browsertest.Options{})
	b.Wants(heading+`.startsWith("Exchange 12 ")`, "true")
	b.Wants(selected, "12")
	b.Wants(`document.querySelectorAll("#panel .times tr").length > 1`, "true")
	b.Is(`location.hash = "#c=1&n=5"`)
	b.Wants(heading+`.startsWith("Exchange 5 ")`, "true")
	b = s.visit("#filter="+`command%3D%3D%22FETCH%22`+"&c=1&n=3", browsertest.Options{})
	b.Wants(heading+`.startsWith("Exchange 3 ")`, "true")
	b.Wants(`document.getElementById("expr").value`, `command=="FETCH"`)
	b.Wants(`[...document.querySelectorAll("#txns .rows .request")].every(x => x.textContent.includes("FETCH"))`, "true")
}

// On a projector an exchange is revealed step by step, and the next one follows.
func TestProjector(t *testing.T) {
	b := of(t, sample).visit("#c=1&n=2", browsertest.Options{})
	b.Wants(heading+`.startsWith("Exchange 2 ")`, "true")
	b.Keys("P")
	seen := `[...document.querySelectorAll("#panel .lines > li:not(.unseen)")].length + "/" + [...document.querySelectorAll("#panel .lines > li:not(.unsaid)")].length`
	b.Wants(seen, "0/0")
	b.Keys(" ")
	b.Wants(seen, "1/0")
	b.Keys(" ")
	b.Wants(seen, "1/1")
	b.Keys(" ")
	b.Wants(seen, "2/1")
	b.Shot("web-projector.png")
	for range 2 * 200 {
		if b.Is(heading+`.startsWith("Exchange 3 ")`) == "true" {
			break
		}
		b.Keys(" ")
	}
	b.Wants(heading+`.startsWith("Exchange 3 ")`, "true")
	// The key that was one too many, if the page was slower than the test, shows the first line.
	b.Wants(`document.querySelectorAll("#panel .lines > li:not(.unseen)").length < 2`, "true")
	b.Keys("P")
	b.Wants(`document.querySelectorAll("#panel .lines > li.unseen").length`, "0")
}

// hostile lists texts that attackers put into messages to run in other people's pages.
var hostile = []string{
	`<script>window.pwned=1</script>`, `</script><script>window.pwned=1</script>`, `<img src=x onerror=window.pwned=1>`,
	`"><svg onload=window.pwned=1>`, `'-window.pwned=1-'`, `javascript:window.pwned=1`, `</style><script>window.pwned=1</script>`,
	`<!--<script>window.pwned=1</script>-->`, `</template><iframe src=javascript:window.pwned=1>`,
	`&lt;script&gt;window.pwned=1&lt;/script&gt;`, `<a href=//example.com/x>x</a>`, `]]><script>window.pwned=1</script>`,
	"\u202e\u2066evil", "\x1b]8;;http://example.com\x07x\x1b]8;;\x07", "\u2028window.pwned=1\u2029", `<base href=//example.com>`,
	`<meta http-equiv=refresh content=0;url=//example.com>`, `<form action=//example.com><input autofocus onfocus=window.pwned=1>`,
}

// Texts of a recording stay text, in every tab.
func TestHostileTextStaysText(t *testing.T) {
	lines := []string{"S: * OK " + hostile[0]}
	for i, h := range hostile {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(h)
		lines = append(lines,
			fmt.Sprintf("C: a%d LOGIN \"%s\" x", i, quoted), fmt.Sprintf("S: a%d NO %s", i, h),
			fmt.Sprintf("C: b%d SELECT \"%s\"", i, quoted), "S: * 1 EXISTS", fmt.Sprintf("S: b%d OK [READ-WRITE] %s", i, h),
			fmt.Sprintf("C: c%d FETCH 1 ENVELOPE", i),
			fmt.Sprintf("S: * 1 FETCH (ENVELOPE (NIL {%d}", len(h)), "S: "+h+fmt.Sprintf(` (("%s" NIL "%s" "%s")) NIL NIL NIL NIL NIL NIL NIL))`, quoted, quoted, quoted),
			fmt.Sprintf("S: c%d OK", i), fmt.Sprintf("C: %s NOOP %s", h, h), fmt.Sprintf("S: %s BAD %s", h, h))
	}
	s := said(t, lines...)
	b := s.visit("", browsertest.Options{})
	b.Wants(shown+" > 10", "true")
	text := ""
	for _, tab := range []string{"annotated", "tree", "message", "timing", "findings", "ladder", "why"} {
		b.Click(fmt.Sprintf(`document.getElementById("tab-%s")`, tab))
		for n := 1; n <= 4*len(hostile); n += 5 {
			b.Is(fmt.Sprintf(`location.hash = "#c=1&n=%d&tab=%s"`, n, tab))
			b.Wants(heading+fmt.Sprintf(`.startsWith("Exchange %d ") && `, n)+panel+`.getAttribute("aria-busy") === "false"`, "true")
			text += b.Is(`document.body.textContent`)
		}
	}
	b.Wants(`typeof window.pwned`, "undefined")
	b.Wants(`document.querySelectorAll("script").length`, "1")
	b.Wants(`document.querySelectorAll("img,iframe,base,object,embed,meta[http-equiv=refresh]").length`, "0")
	b.Wants(`[...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => /^on/i.test(a.name) || /^\s*javascript:/i.test(a.value))).length`, "0")
	for _, h := range hostile[:12] {
		if !strings.Contains(text, h) {
			t.Errorf("the page does not show %s", h)
		}
	}
	for _, r := range "\u202e\u2066\u2028\u2029\x1b\x07" {
		if strings.ContainsRune(text, r) {
			t.Errorf("the page shows %U as it is", r)
		}
	}
}

// The page fits every width, in light and dark. Set IMAPSCOPE_SHOTS to a folder to look at it.
func TestWidths(t *testing.T) {
	s := of(t, errs)
	for _, width := range []int64{360, 768, 1024, 1440} {
		for _, color := range []string{"light", "dark"} {
			b := s.visit("#c=1&n=3", browsertest.Options{Width: width, Color: color})
			b.Wants(heading+`.startsWith("Exchange 3 ")`, "true")
			for _, tab := range []string{"annotated", "tree", "timing", "findings", "ladder", "why"} {
				b.Click(fmt.Sprintf(`document.getElementById("tab-%s")`, tab))
				b.Wants(`new URLSearchParams(location.hash.slice(1)).get("tab") || "annotated"`, tab)
				b.Wants(panel+`.getAttribute("aria-busy")`, "false")
				b.Wants(`document.documentElement.scrollWidth`, fmt.Sprint(width))
				b.Is(`scrollTo(0, 0)`)
				b.Shot(fmt.Sprintf("web-%d-%s-%s.png", width, color, tab))
			}
		}
	}
}

// axe-core finds nothing, at each width, in light and dark, in each tab.
func TestAccessible(t *testing.T) {
	axe := browsertest.Axe(t)
	s := of(t, errs)
	for _, width := range []int64{360, 1440} {
		for _, color := range []string{"light", "dark"} {
			b := s.visit("#c=1&n=3", browsertest.Options{Width: width, Color: color})
			b.Wants(heading+`.startsWith("Exchange 3 ")`, "true")
			for _, tab := range []string{"annotated", "tree", "message", "timing", "findings", "ladder", "layers", "why"} {
				b.Is(fmt.Sprintf(`document.getElementById("tab-%s").click()`, tab))
				b.Wants(`new URLSearchParams(location.hash.slice(1)).get("tab") || "annotated"`, tab)
				b.Wants(panel+`.getAttribute("aria-busy")`, "false")
				b.Accessible(axe, fmt.Sprint(width, " ", color, ", ", tab))
			}
			b.Is(`document.getElementById("keys").click()`)
			b.Accessible(axe, fmt.Sprint(width, " ", color, ", keys"))
		}
	}
}

// Without a script the page says what it needs; printed, it has the exchange.
func TestNoScriptAndPrint(t *testing.T) {
	s := of(t, sample)
	b := s.visit("", browsertest.Options{NoScript: true})
	b.Wants(`document.querySelector("noscript").getClientRects().length > 0 && document.body.innerText.includes("imapscope report")`, "true")
	b = s.visit("#c=1&n=3", browsertest.Options{Media: "print", Width: 794, Height: 1123})
	b.Wants(heading+`.startsWith("Exchange 3 ")`, "true")
	b.Wants(`document.querySelectorAll("#panel .sentence").length > 1`, "true")
	b.Wants(`getComputedStyle(document.querySelector(".tools")).display`, "none")
	b.Shot("web-print.png")
}

// A hundred thousand rows scroll: few are elements, and few are fetched.
func TestManyRows(t *testing.T) {
	browsertest.Find(t)
	const commands = 100_000
	lines := []string{"S: * OK ready"}
	for i := range commands {
		lines = append(lines, fmt.Sprintf("C: a%d NOOP", i), fmt.Sprintf("S: a%d OK done", i))
	}
	s := said(t, lines...)
	b := s.visit("", browsertest.Options{})
	b.Wants(shown+" > 10", "true")
	b.Wants(`document.querySelector("#txns .grid").getAttribute("aria-rowcount")`, fmt.Sprint(commands+1))
	b.Keys("G")
	b.Wants(`document.querySelector("#txns .row[aria-selected=true]").getAttribute("aria-rowindex")`, fmt.Sprint(commands+1))
	b.Keys("g")
	before := len(b.Requests())
	b.Is(`document.querySelector("#txns .grid").scrollTop = document.querySelector("#txns .grid").scrollHeight / 2`)
	b.Wants(`document.querySelectorAll("#txns .rows .row.wait").length + "/" + (`+shown+` > 10)`, "0/true")
	b.Wants(`document.querySelectorAll("#txns .rows .row").length < 80`, "true")
	if n := len(b.Requests()) - before; n > 10 {
		t.Errorf("%d requests to show the middle of %d rows", n, commands)
	}
	// How long a frame takes while it scrolls is logged.
	b.Is(`(() => { window.frames = []; let last = performance.now(), n = 0; const g = document.querySelector("#txns .grid");
		const step = (now) => { window.frames.push(now - last); last = now; g.scrollTop += 400; if (n++ < 120) requestAnimationFrame(step); else window.done = true; };
		requestAnimationFrame(step); return "begun"; })()`)
	b.Wants(`window.done`, "true")
	t.Logf("median %s, longest %s", b.Is(`window.frames.sort((a, b) => a - b)[60].toFixed(1)`), b.Is(`window.frames.at(-1).toFixed(1)`))
}
