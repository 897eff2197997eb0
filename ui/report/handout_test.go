package report_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"imapscope/ui/report"
)

// bare opens a page in a browser without script, as for print if print is set.
func bare(t *testing.T, html []byte, print bool) *tab {
	t.Helper()
	b := visit(t, html, 900, 900, "light")
	b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		var err2 error
		if print {
			_, err2 = cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		}
		_, err3 := cdp.Call(ctx, t, page.Reload, page.ReloadParams{})
		return errors.Join(err, err2, err3)
	}))
	b.wants(`document.documentElement.className + document.readyState`, "complete")
	return b
}

// visible counts the elements of a selector that are displayed.
func visible(selector string) string {
	return `[...document.querySelectorAll("` + selector + `")].filter(e => e.checkVisibility()).length`
}

// many returns a page with exchanges in blocks: more than the page has as elements.
func many(t *testing.T, o report.Options) []byte {
	lines := []string{"S: * OK ready"}
	for i := range 180 {
		lines = append(lines, fmt.Sprintf("C: a%d FETCH %d FLAGS", i, i+1), fmt.Sprintf("S: * %d FETCH (FLAGS (\\Seen <b>))", i+1), fmt.Sprintf("S: a%d OK </noscript><i>done", i))
	}
	return said(t, o, lines...)
}

// Without a script the whole conversation is there, explained, and nothing that needs a script.
func TestWithoutScript(t *testing.T) {
	b := bare(t, many(t, report.Options{}), false)
	b.wants(`document.querySelectorAll(".x").length`, "180")
	b.wants(`document.querySelectorAll(".block i, .block b, main > noscript").length`, "0")
	b.wants(visible("button"), "0")
	b.wants(visible("#hide"), "1")
	b.is(`document.querySelectorAll("details").forEach(d => { d.open = true; })`)
	b.wants(visible("#c1t1 .words dd .cite")+` > 5`, "true")
	b.wants(visible("#c1t180 .sentence"), "3")
	b.is(`document.getElementById("hide").click()`)
	b.wants(visible("#c1t1 .words, #c1t180 .sentence, #vocabulary"), "0")
}

// Printed, a page explains itself; with explanations hidden it has room for answers instead.
func TestHandout(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		b := bare(t, of(t, sample, report.Options{Hidden: hidden}), true)
		b.is(`document.querySelectorAll("details").forEach(d => { d.open = true; })`)
		shown, answers := "16", "0"
		if hidden {
			shown, answers = "0", "16"
		}
		b.wants(`[...document.querySelectorAll(".x")].filter(x => [...x.querySelectorAll(".sentence")].some(e => e.checkVisibility())).length`, shown)
		b.wants(visible(".x .answer"), answers)
		b.wants(visible(".tools, nav, .skip, .how.scripted"), "0")
		b.wants(`[...document.querySelectorAll("#c1t1 .words dd")].every(e => /RFC \d+/.test(e.textContent))`, "true")
	}
}

// The title is at the head of each printed page, and no title ends the style.
func TestRunningHead(t *testing.T) {
	html := string(of(t, sample, report.Options{Title: `}</style><script>"x`}))
	style := regexp.MustCompile(`(?s)<style>(.*?)</style>`).FindStringSubmatch(html)[1]
	if !strings.Contains(style, `@top-left{content:"\00007d \00003c \00002f style`) || !strings.Contains(style, "counter(pages)") {
		t.Errorf("%.300s", style[len(style)-300:])
	}
}

// The keyboard reaches the first exchange within a few stops, and its skip link in two.
func TestFewStopsBeforeTheExchanges(t *testing.T) {
	b := visit(t, of(t, sample, report.Options{}), 1200, 900, "light")
	inside := `document.activeElement.closest(".x") !== null`
	stops := 0
	for ; stops < 20 && b.is(inside) == "false"; stops++ {
		b.do(chromedp.KeyEvent(kb.Tab))
	}
	if stops > 16 {
		t.Errorf("%d stops before the first exchange", stops)
	}
	b.is(`document.activeElement.blur()`)
	b.is(`document.querySelector(".skip").focus()`)
	b.do(chromedp.KeyEvent(kb.Enter))
	b.wants(`document.activeElement.id`, "c1-x")
	b.do(chromedp.KeyEvent(kb.Tab))
	b.wants(`document.activeElement.closest(".x").id`, "c1t1")
}

// At no width is a word broken, or is anything outside the window.
func TestNoWordIsBroken(t *testing.T) {
	html := of(t, sample, report.Options{})
	for _, width := range []int64{360, 768, 1024, 1440} {
		b := visit(t, html, width, 900, "light")
		b.is(`[1, 2, 3, 4, 7].forEach(n => { document.querySelector("#c1t" + n + " > details").open = true; })`)
		b.wants(`document.querySelectorAll(".spent").length`, "5")
		b.is(`document.querySelectorAll(".spent").forEach(d => { d.open = true; })`)
		shot(b, fmt.Sprintf("page-%d.png", width))
		b.wants(`document.documentElement.scrollWidth <= innerWidth`, "true")
		b.wants(`(() => {
			const broken = [], range = document.createRange();
			for (const e of document.querySelectorAll(".times th, .times td, .digest th, .digest td, .sentence, .fields dt, .story p, h1, h2, .mark, .cite")) {
				for (const n of e.childNodes) {
					if (n.nodeType !== 3 || !e.checkVisibility()) continue;
					for (const w of n.data.matchAll(/[a-z]{1,24}/gi)) {
						range.setStart(n, w.index);
						range.setEnd(n, w.index + w[0].length);
						const lines = new Set([...range.getClientRects()].map(r => Math.round(r.top)));
						if (lines.size > 1) broken.push(w[0]);
					}
				}
			}
			return broken.join(" ");
		})()`, "")
	}
}

// Lines of one kind are folded; unfolded, their words are explained, too.
func TestLinesAreFolded(t *testing.T) {
	b := visit(t, of(t, sample, report.Options{}), 1200, 900, "light")
	fold := fetch + `.querySelector(".fold > details")`
	b.wants(fold+`.querySelector("summary").textContent`, "7 more FETCH responses")
	b.wants(fetch+`.querySelectorAll(".w").length > 0`, "true")
	b.wants(fold+`.querySelectorAll(".w").length`, "0")
	b.click(fold + `.querySelector("summary")`)
	b.wants(fold+`.querySelectorAll(".more").length`, "7")
	b.wants(fetch+`.querySelector(".fields").textContent.startsWith("DateTue, 7 May 91")`, "true")
	b.wants(fetch+`.querySelectorAll(".digest tbody tr").length`, "10")
}

// A link into a block that is not unfolded yet opens its exchange.
func TestLinkIntoABlock(t *testing.T) {
	b := visit(t, many(t, report.Options{}), 1200, 900, "light")
	b.is(`location.hash = "#c1t179"`)
	b.wants(`document.querySelector("#c1t179 > details").open`, "true")
	b.wants(`document.querySelectorAll("#c1t179 .w").length > 5`, "true")
	b.wants(`document.querySelectorAll(".x").length`, "180") // while nothing else is to be done
	b.wants(`document.querySelectorAll(".block i, .block b").length`, "0")
}
