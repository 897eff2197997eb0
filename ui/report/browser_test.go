package report_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"imapscope/capture/pcap"
	"imapscope/samples/traffic"
	"imapscope/ui/report"
)

// browser finds Chromium, or skips aloud; where peers are required it fails.
func browser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" {
		t.Fatal("chromium is not installed")
	}
	t.Skip("chromium is not installed: apt-get install chromium")
	return ""
}

// tab is a page in a browser, with what a reader does there.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu       sync.Mutex
	requests []string
	faults   []string
}

// visit opens a page from disk in a window of a given size.
func visit(t *testing.T, html []byte, width, height int64, color string) *tab {
	t.Helper()
	exe := browser(t)
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, html, 0o600); err != nil {
		t.Fatal(err)
	}
	// The browser leaves sockets behind, whose names must be short: not below t.TempDir.
	temp, err := os.MkdirTemp("", "c")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(temp) })
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.Env("TMPDIR="+temp), chromedp.ExecPath(exe), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-dev-shm-usage", true))...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	b.do() // starts it
	listen(b, network.RequestWillBeSent, func(e network.EventRequestWillBeSent) { b.requests = append(b.requests, e.Request.URL) })
	listen(b, runtime.ExceptionThrown, func(e runtime.EventExceptionThrown) { b.fault(fmt.Sprintf("%+v", e.ExceptionDetails)) })
	listen(b, runtime.ConsoleAPICalled, func(e runtime.EventConsoleAPICalled) { b.fault(fmt.Sprint(e.Type, e.Args)) })
	listen(b, page.JavascriptDialogOpening, func(e page.EventJavascriptDialogOpening) { b.fault("a dialog: " + e.Message) })
	listen(b, log.EntryAdded, func(e log.EventEntryAdded) { b.fault(e.Entry.Text) })
	address := (&url.URL{Scheme: "file", Path: file}).String()
	b.do(
		chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
			_, err := cdp.Call(ctx, t, network.Enable, network.EnableParams{})
			_, err2 := cdp.Call(ctx, t, log.Enable, cdp.Empty{})
			_, err3 := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: color}},
			})
			return errors.Join(err, err2, err3)
		}),
		chromedp.EmulateViewport(width, height),
		chromedp.Navigate(address),
	)
	// The page makes no requests and reports no errors, whatever the test does.
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range b.requests {
			if r != address && !strings.HasPrefix(r, address+"#") && r != "data:," {
				t.Errorf("the page asked for %.200s", r)
			}
		}
		if len(b.faults) > 0 {
			t.Errorf("the browser says %q", b.faults)
		}
	})
	return b
}

// listen calls f for one kind of event until the browser ends.
func listen[E any](b *tab, event cdp.Event[E], f func(E)) {
	events := chromedp.Events(b.ctx, event)
	go func() {
		for e, err := range events {
			if err != nil {
				return
			}
			b.mu.Lock()
			f(e)
			b.mu.Unlock()
		}
	}()
}

func (b *tab) fault(text string) { b.faults = append(b.faults, text) }

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// is returns the result of a script.
func (b *tab) is(script string) string {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String(("+script+"))"))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return out
}

// wants polls until a script returns what is expected.
func (b *tab) wants(script, want string) {
	b.t.Helper()
	got := ""
	for range 100 {
		if got = b.is("(() => { try { return " + script + "; } catch (e) { return e; } })()"); got == want {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	b.t.Fatalf("%s is %q, not %q", script, got, want)
}

// middle returns the middle of an element, once it is in view.
func (b *tab) middle(element string) (x, y float64) {
	b.t.Helper()
	at, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]float64](`(() => {
		const e = `+element+`;
		e.scrollIntoView({block: "center", behavior: "instant"});
		const r = e.getClientRects()[0];
		return [r.x + Math.min(r.width / 2, 200), r.y + r.height / 2];
	})()`))
	if err != nil {
		b.t.Fatalf("%s: %v", element, err)
	}
	return at[0], at[1]
}

// point moves the mouse there, click presses its button.
func (b *tab) point(element string) {
	b.t.Helper()
	x, y := b.middle(element)
	b.do(chromedp.MouseEvent("mouseMoved", x, y))
}

func (b *tab) click(element string) {
	b.t.Helper()
	x, y := b.middle(element)
	b.do(chromedp.MouseClickXY(x, y))
}

const (
	tip      = `(document.getElementById("tip").hidden ? "" : document.getElementById("tip").innerText)`
	fetch    = `document.querySelector("#c1t3")`
	aWord    = fetch + `.querySelector(".w:nth-of-type(2)")`
	theBytes = fetch + `.querySelector(".look")`
)

// The page can be read with a mouse, and with the keyboard alone.
func TestReadingWithMouseAndKeyboard(t *testing.T) {
	b := visit(t, of(t, sample, report.Options{Title: "x"}), 1200, 900, "light")
	b.wants(`document.querySelector("#c1t3 details").open`, "true") // there is a warning in it
	b.wants(`document.querySelectorAll("#c1t4 .w").length`, "0")
	b.click(`document.querySelector("#c1t4 summary")`)
	b.wants(`document.querySelectorAll("#c1t4 .w").length > 0`, "true")
	b.wants(aWord+`.textContent`, "FETCH")

	b.point(aWord)
	b.wants(tip, "Retrieves data about messages: their flags, dates, sizes, envelopes or text.\n\nRFC 1176, \"Commands\": FETCH, p. 14")
	b.wants(aWord+`.getAttribute("aria-describedby")`, "tip")
	b.point(`document.querySelector("h1")`)
	b.wants(tip, "")

	// The keyboard: one stop a line, arrows within, Escape.
	b.is(fetch + `.querySelector(".w").focus()`)
	b.do(chromedp.KeyEvent(kb.ArrowRight))
	b.wants(`document.activeElement.textContent`, "FETCH")
	b.wants(tip+`.length > 20`, "true")
	b.do(chromedp.KeyEvent(kb.Escape))
	b.wants(tip, "")
	b.wants(fetch+`.querySelectorAll("code")[0].querySelectorAll(".w[tabindex='0']").length`, "1")

	// Bytes and tree highlight each other.
	b.click(fetch + `.querySelector(".more")`)
	b.wants(theBytes+` !== null`, "true")
	node := theBytes + `.querySelectorAll(".tree button")[2]`
	b.point(node)
	b.wants(theBytes+`.querySelectorAll(".oct i.hot").length`, "10") // FETCH: five bytes, five characters
	b.wants(`[...`+theBytes+`.querySelectorAll(".oct i.hot")].map(x=>x.textContent).join(" ")`, "46 45 54 43 48 F E T C H")
	b.point(theBytes + `.querySelectorAll(".oct i")[0]`)
	b.wants(theBytes+`.querySelector(".tree .hot").textContent`, "tag  A00002")
	b.is(theBytes + `.querySelector(".oct").focus()`)
	b.do(chromedp.KeyEvent(kb.ArrowDown)) // sixteen bytes on
	b.wants(theBytes+`.querySelector(".read").textContent`, "byte 16, 30: sequence (message number)")
	b.wants(fetch+`.querySelectorAll(".times tbody tr").length > 1`, "true")

	// A link opens its target.
	b.click(`document.querySelector(".ladder-box summary")`)
	b.wants(`document.querySelector(".ladder a[href='#c1t16']").getClientRects().length`, "1")
	b.click(`document.querySelector(".ladder a[href='#c1t16']")`)
	b.wants(`document.querySelector("#c1t16 details").open`, "true")
}

// Hidden explanations stay hidden until the box is cleared.
func TestHiddenExplanations(t *testing.T) {
	b := visit(t, of(t, sample, report.Options{Title: "x", Hidden: true}), 1200, 900, "light")
	visible := `[...document.querySelectorAll(".why")].filter(e => e.getClientRects().length).length`
	b.click(fetch + `.querySelector("summary")`)
	b.wants(aWord+`.textContent`, "FETCH")
	b.wants(visible, "0")
	b.point(aWord)
	time.Sleep(300 * time.Millisecond) // nothing must happen
	b.wants(tip, "")
	b.click(`document.getElementById("hide")`)
	b.wants(visible+` > 10`, "true")
	b.point(`document.querySelector("h1")`)
	b.point(aWord)
	b.wants(tip+`.length > 20`, "true")
}

// On a phone there is no sideways scrolling, and a tap explains.
func TestNarrowScreen(t *testing.T) {
	for _, file := range []string{sample, "../../samples/raw-errors--imap-1.pcap"} {
		b := visit(t, of(t, file, report.Options{Title: "x"}), 360, 740, "dark")
		b.click(`document.getElementById("openall")`)
		b.wants(`document.querySelectorAll(".x > details:not([open])").length`, "0")
		b.wants(`document.querySelectorAll(".more").length > 10`, "true")
		b.is(`[...document.querySelectorAll(".more")].slice(0, 40).forEach(x => x.click())`)
		b.wants(`document.documentElement.scrollWidth`, "360")
		b.click(`document.querySelectorAll(".w")[3]`)
		b.wants(tip+`.length > 10`, "true")
		b.wants(`document.getElementById("tip").getBoundingClientRect().right <= 360`, "true")
	}
}

// hostile lists texts that attackers put into subjects to run in other people's pages.
var hostile = []string{
	`<script>window.pwned=1</script>`, `</script><script>window.pwned=1</script>`, `<img src=x onerror=window.pwned=1>`,
	`"><svg onload=window.pwned=1>`, `'-window.pwned=1-'`, `javascript:window.pwned=1`, `</style><script>window.pwned=1</script>`,
	`<!--<script>window.pwned=1</script>-->`, `{{.}}{{template}}`, `</template><iframe src=javascript:window.pwned=1>`,
	`&lt;script&gt;window.pwned=1&lt;/script&gt;`, `<a href=//example.com/x>x</a>`, `]]><script>window.pwned=1</script>`,
	"\u202e\u2066evil", "\x1b]8;;http://example.com\x07x\x1b]8;;\x07", "\u2028window.pwned=1\u2029", `\u003cscript>`, `<base href=//example.com>`,
	`<meta http-equiv=refresh content=0;url=//example.com>`, `<form action=//example.com><input autofocus onfocus=window.pwned=1>`,
}

// Subjects, names and mailbox names stay text.
func TestHostileTextStaysText(t *testing.T) {
	lines := []string{"S: * OK " + hostile[0]}
	for i, h := range hostile {
		quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(h)
		lines = append(lines,
			fmt.Sprintf("C: a%d SELECT \"%s\"", i, quoted), "S: * 1 EXISTS", fmt.Sprintf("S: a%d NO no mailbox %s", i, h),
			fmt.Sprintf("C: b%d FETCH 1 ENVELOPE", i),
			fmt.Sprintf("S: * 1 FETCH (ENVELOPE (NIL {%d}", len(h)), "S: "+h+fmt.Sprintf(` (("%s" NIL "%s" "%s")) NIL NIL NIL NIL NIL NIL NIL))`, quoted, quoted, quoted),
			fmt.Sprintf("S: b%d OK", i), fmt.Sprintf("C: %s NOOP %s", h, h), fmt.Sprintf("S: %s BAD %s", h, h))
	}
	b := visit(t, said(t, report.Options{Title: hostile[0], Source: hostile[2]}, lines...), 1200, 900, "light")
	b.click(`document.getElementById("openall")`)
	b.wants(`document.querySelectorAll(".x > details:not([open])").length`, "0")
	b.wants(`document.querySelectorAll(".w").length > 100`, "true")
	b.is(`document.querySelectorAll(".more").forEach(x => x.click())`)
	b.is(`document.querySelectorAll(".w").forEach(x => x.dispatchEvent(new MouseEvent("mouseover", {bubbles: true})))`)
	b.wants(`typeof window.pwned`, "undefined")
	b.wants(`document.querySelectorAll("script:not([type='application/octet-stream'])").length`, "2")
	b.wants(`document.querySelectorAll("img,iframe,base,form,object,embed,meta[http-equiv=refresh]").length`, "0")
	b.wants(`[...document.querySelectorAll("*")].filter(e => [...e.attributes].some(a => /^on/i.test(a.name) || /^\s*javascript:/i.test(a.value))).length`, "0")
	b.wants(`[...document.querySelectorAll("a[href]")].filter(a => !a.getAttribute("href").startsWith("#")).length`, "0")
	text := b.is(`document.body.textContent`)
	for _, h := range hostile[:13] {
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

// hostileWhy is a conversation with hostile text in what the page shows under Why.
func hostileWhy() []string {
	lines := []string{"S: * OK ready"}
	for i, h := range hostile {
		lines = append(lines, fmt.Sprintf("C: a%d LOGIN \"fred%d\" wrong", i, i), fmt.Sprintf("S: a%d NO %s", i, h))
	}
	return append(lines, "S: * BYE "+hostile[0]+hostile[3])
}

// Why something went wrong is readable on each width, in light and dark; its links open
// exchanges; hostile text in it stays text. Set IMAPSCOPE_SHOTS to a folder to look at it.
func TestWhyInBrowser(t *testing.T) {
	html := said(t, report.Options{Title: "x"}, hostileWhy()...)
	for _, width := range []int64{360, 768, 1440} {
		for _, color := range []string{"light", "dark"} {
			b := visit(t, html, width, 900, color)
			b.wants(`document.querySelectorAll("#why .says").length > 0`, "true")
			b.wants(`document.documentElement.scrollWidth`, fmt.Sprint(width))
			b.wants(`typeof window.pwned`, "undefined")
			b.wants(`document.querySelectorAll("#why img, #why svg, #why script, #why iframe, #why b").length`, "0")
			b.wants(`document.querySelector("#why").innerText.includes("<script>window.pwned=1</script>")`, "true")
			shot(b, fmt.Sprintf("why-%d-%s.png", width, color))
			b.click(`document.querySelector("#why a[href^='#c1t']")`)
			b.wants(`document.querySelector(location.hash + " details").open`, "true")
			b.click(`document.getElementById("hide")`)
			b.wants(`document.querySelector("#why").getClientRects().length`, "0")
		}
	}
	b := visit(t, html, 794, 1123, "light")
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	b.wants(`getComputedStyle(document.querySelector("nav")).display`, "none")
	b.wants(`[...document.querySelectorAll("#why .then")].every(e => e.getClientRects().length > 0)`, "true")
	shot(b, "why-print.png")
}

// shot writes a picture of what is on the screen, if someone wants to look at it.
func shot(b *tab, name string) {
	b.t.Helper()
	dir := os.Getenv("IMAPSCOPE_SHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(b.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name), png, 0o600)
	}
	if err != nil {
		b.t.Error(err)
	}
}

// Pages of a thousand and of ten thousand exchanges load, and their last exchange opens.
// How long that takes is logged.
func TestLargePageLoads(t *testing.T) {
	if raceDetector {
		t.Skip("with the race detector this takes minutes")
	}
	browser(t)
	for _, c := range []struct {
		size  int64
		least int // exchanges
	}{{5 << 20, 1000}, {50 << 20, 10000}} {
		t.Run(fmt.Sprint(c.least), func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "large.pcap")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			sum, err := traffic.Write(f, traffic.Options{Bytes: c.size, Conns: 4, Mix: traffic.Headers, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			f.Close()
			began := time.Now()
			p, d := newPage(t, report.Options{Title: "x"})
			if err := pcap.Files([]string{file}, pcap.Options{}).Run(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			html := written(t, p)
			t.Logf("%d transactions in %d connections: a page of %.1f MB, made in %.1f s", sum.Transactions, sum.Connections, float64(len(html))/1e6, time.Since(began).Seconds())
			b := visit(t, html, 1200, 900, "light")
			t.Logf("first paint after %s ms, loaded after %s ms", b.is(`Math.round(performance.getEntriesByName("first-contentful-paint")[0]?.startTime)`), b.is(`Math.round(performance.getEntriesByType("navigation")[0].loadEventEnd)`))
			last := regexp.MustCompile(`<li id="(c\d+t\d+)"`).FindAllSubmatch(html, -1)
			if len(last) < c.least {
				t.Fatalf("%d exchanges", len(last))
			}
			b.is(`document.querySelectorAll(".block > noscript").length > 0 ? 1 : fail`) // most are packed
			id := string(last[len(last)-1][1])
			b.is(`location.hash = "#` + id + `"`)
			b.wants(`document.querySelectorAll("#`+id+` .lines .w").length > 0`, "true")
		})
	}
}
