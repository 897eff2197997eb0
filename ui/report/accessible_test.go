package report_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"imapscope/ui/report"
)

// TestAccessible checks that axe finds nothing, in light and dark, closed and open, large
// and small, with explanations hidden and shown.
func TestAccessible(t *testing.T) {
	browser(t)
	script, err := os.ReadFile(os.Getenv("IMAPSCOPE_AXE"))
	if err != nil {
		if os.Getenv("IMAPSCOPE_REQUIRE_PEERS") != "" {
			t.Fatal("IMAPSCOPE_AXE does not name axe.min.js")
		}
		t.Skip("axe-core is not here: npm install axe-core, and IMAPSCOPE_AXE=…/axe.min.js")
	}
	check := func(b *tab, state string) {
		t.Helper()
		var found []struct {
			ID, Impact, Help string
			Nodes            []struct{ HTML, FailureSummary string }
		}
		raw, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations))`, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(raw), &found); err != nil {
			t.Fatal(err)
		}
		for _, v := range found {
			for _, n := range v.Nodes[:min(3, len(v.Nodes))] {
				t.Errorf("%s: %s (%s): %s\n%.200s\n%s", state, v.ID, v.Impact, v.Help, n.HTML, n.FailureSummary)
			}
		}
	}
	for _, size := range []int64{1440, 1024, 768, 360} {
		for _, color := range []string{"light", "dark"} {
			b := visit(t, said(t, report.Options{Title: "x"}, hostileWhy()...), size, 900, color)
			b.is("(() => {" + string(script) + "})()")
			check(b, fmt.Sprint(size, " ", color, ", why"))
			b = visit(t, of(t, sample, report.Options{Title: "x", Hidden: true}), size, 900, color)
			b.is("(() => {" + string(script) + "})()")
			state := fmt.Sprint(size, " ", color)
			check(b, state+", explanations hidden")
			b.click(`document.getElementById("hide")`)
			b.click(`document.getElementById("openall")`)
			b.wants(`document.querySelectorAll(".x > details:not([open])").length`, "0")
			b.wants(`document.querySelectorAll(".more").length > 10`, "true")
			b.is(`[...document.querySelectorAll(".more")].slice(0, 8).forEach(x => x.click())`)
			b.is(fetch + `.querySelector(".w").focus()`)
			check(b, state+", all open")
		}
	}
}
