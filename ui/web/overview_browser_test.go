package web_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"imapscope/capture"
	"imapscope/ui/browsertest"
	"imapscope/ui/web"
)

const (
	panes = `[...document.querySelectorAll("#conns .list:not([hidden]) .rows .row:not(.wait)")]`
	chips = `[...document.querySelectorAll("#only button")].map(b => b.firstChild.textContent).join(" & ")`
)

// A person can go from a sensor to its transactions and back, and from a finding to where it is.
func TestOverviewInBrowser(t *testing.T) {
	s := sensors(t, "frontend-1", "frontend-2", "frontend-1", "frontend-3")
	b := s.visit("#by=origin", browsertest.Options{})
	b.Wants(panes+".length", "3")
	b.Wants(`document.getElementById("conns-h").textContent`, "Origins: 3")
	b.Shot("overview-origins.png")
	b.Click(panes + "[0]")
	b.Wants(chips, `origin == "frontend-1"`)
	b.Wants(shown, "10")
	b.Wants(`document.querySelector("#conns .only .text").textContent`, "frontend-1")
	b.Click(`document.getElementById("by-user")`)
	b.Wants(panes+".length", "2")
	b.Click(panes + "[0]")
	b.Wants(chips, `origin == "frontend-1" & user == "user0"`)
	b.Wants(`new URLSearchParams(location.hash.slice(1)).getAll("and").length`, "2")
	b.Click(`document.getElementById("by-connection")`)
	b.Wants(panes+".length", "1")
	b.Shot("overview-narrowed.png")
	b.Click(`document.querySelector("#only button")`)
	b.Wants(chips, `user == "user0"`)
	b.Wants(panes+".length", "2")
	b.Click(`document.getElementById("by-finding")`)
	b.Wants(panes+".length > 1", "true")
	b.Click(panes + "[0]")
	b.Wants(chips+`.includes("finding ")`, "true")
	b.Wants(`document.querySelector("#tab-findings").getAttribute("aria-selected")`, "true")
	// Not the first row: others may have come before it meanwhile.
	b.Wants(panel+`.textContent.includes(document.querySelector("#conns .list:not([hidden]) .only .text").textContent.split(" ")[0])`, "true")
	b.Shot("overview-finding.png")
	b.Click(`document.querySelector("#conns .list:not([hidden]) .only")`)
	b.Wants(chips, `user == "user0"`)
	b.Click(`document.getElementById("all")`)
	b.Wants(chips, "")
}

// A person can use an overview with the keyboard alone: choose a list, sort, find, narrow, go back.
func TestOverviewWithKeyboard(t *testing.T) {
	s := sensors(t, "frontend-1", "frontend-2", "frontend-1", "frontend-3")
	b := s.visit("", browsertest.Options{})
	b.Wants(shown+" > 10", "true")
	b.Keys("o")
	b.Wants(panes+".length", "3")
	b.Is(`document.getElementById("by-origin").focus()`)
	b.Keys(kb.ArrowRight)
	b.Wants(`document.getElementById("conns-h").textContent`, "Users: 3")
	b.Keys(kb.ArrowLeft, kb.Tab)
	b.Wants(`document.activeElement.id`, "having")
	b.Keys("nd-1")
	b.Wants(panes+".length", "1")
	b.Wants(`document.getElementById("conns-h").textContent`, "Origins: 1 of 3")
	b.Is(`document.getElementById("having").select()`)
	b.Keys(kb.Backspace)
	b.Wants(panes+".length", "3")
	b.Keys(kb.Tab)
	b.Wants(`document.activeElement.id`, "sort")
	b.Keys("con") // as browsers choose an option by its first letters
	b.Wants(panes+`[0].querySelector(".text").textContent`, "frontend-1")
	b.Wants(`document.querySelector("#list-origin [aria-sort=descending]").textContent`, "conns")
	b.Keys(kb.Tab, " ")
	b.Wants(panes+`[2].querySelector(".text").textContent`, "frontend-1")
	b.Keys(kb.Tab)
	b.Wants(`document.activeElement.getAttribute("aria-label")`, "Origins")
	b.Keys("G", kb.Enter)
	b.Wants(chips, `origin == "frontend-1"`)
	b.Wants(shown, "10")
	b.Keys(kb.Enter)
	b.Wants(chips, "")
	b.Wants(shown+" > 10", "true")
}

// A link has what the lists are narrowed to.
func TestOverviewLinks(t *testing.T) {
	s := sensors(t, "frontend-1", "frontend-2")
	rule := ask[groups](s, "findings", 200).Rows[0].ID
	b := s.visit("#by=user&rule="+rule+"&and="+url.QueryEscape(`origin == "frontend-2"`), browsertest.Options{})
	b.Wants(chips, `origin == "frontend-2" & finding `+rule)
	b.Wants(shown, "1")
	b.Wants(`document.querySelector("#by-user").textContent`, "Users: 1")
	b.Wants(selected, b.Is(`document.querySelector("#txns .rows .row .label").textContent`))
}

// Names of sensors and users stay text, and what one clicks on is what is listed.
func TestOverviewOfHostileNamesInBrowser(t *testing.T) {
	s := sensors(t, hostile...)
	for _, by := range overviewTabs {
		b := s.visit("#by="+by, browsertest.Options{})
		b.Wants(panes+".length > 2", "true")
		for row := range 3 {
			b.Click(panes + fmt.Sprintf("[%d]", row))
			b.Wants(`document.querySelectorAll("#conns .list:not([hidden]) .only").length`, map[bool]string{true: "0", false: "1"}[by == "connection"])
			b.Wants(`document.querySelectorAll("#txns .rows .row:not(.wait)").length > 0`, "true")
		}
		b.Wants(`typeof window.pwned`, "undefined")
		b.Wants(`document.querySelectorAll("img,iframe,base,object,embed,meta[http-equiv=refresh]").length`, "0")
		text := b.Is(`document.body.textContent + [...document.querySelectorAll("*")].map(e => e.title + (e.getAttribute("aria-label") || "")).join("")`)
		for _, r := range "\u202e\u2066\u2028\u2029\x1b\x07" {
			if strings.ContainsRune(text, r) {
				t.Errorf("%s: the page shows %U as it is", by, r)
			}
		}
	}
}

var overviewTabs = []string{"connection", "origin", "user", "finding"}

// The overviews fit every width, in light and dark.
func TestOverviewWidths(t *testing.T) {
	s := sensors(t, "frontend-1", "frontend-2.example.net", "/var/log/mail/frontend-with-a-long-name.example.net-2026-11-30.pcapng.zst", "monday.pcap")
	for _, width := range []int64{360, 1024, 1440, 1920} {
		for _, color := range []string{"light", "dark"} {
			b := s.visit("#and="+url.QueryEscape(`user == "user0"`), browsertest.Options{Width: width, Color: color})
			b.Wants(heading+`.startsWith("Exchange ")`, "true")
			for _, by := range overviewTabs {
				b.Click(fmt.Sprintf(`document.getElementById("by-%s")`, by))
				b.Wants(panes+".length > 0", "true")
				b.Is(`scrollTo(0, 0)`)
				b.Wants(`document.documentElement.scrollWidth`, fmt.Sprint(width))
				b.Shot(fmt.Sprintf("overview-%d-%s-%s.png", width, color, by))
			}
		}
	}
}

// axe-core finds nothing in the overviews.
func TestOverviewAccessible(t *testing.T) {
	axe := browsertest.Axe(t)
	s := sensors(t, "frontend-1", "frontend-2", "frontend-1")
	for _, width := range []int64{360, 1440} {
		for _, color := range []string{"light", "dark"} {
			b := s.visit("#by=origin&and="+url.QueryEscape(`user == "user0"`), browsertest.Options{Width: width, Color: color})
			b.Wants(heading+`.startsWith("Exchange ")`, "true")
			for _, by := range overviewTabs {
				b.Is(fmt.Sprintf(`document.getElementById("by-%s").click()`, by))
				b.Wants(panes+".length > 0", "true")
				b.Accessible(axe, fmt.Sprint(width, " ", color, ", ", by))
			}
		}
	}
}

// Of ten thousand sensors and users, few rows are elements, and what arrives is shown while
// it does.
func TestOverviewOfManySensorsInBrowser(t *testing.T) {
	browsertest.Find(t)
	const sensors = 10_000
	s := serve(t, web.Options{Grows: true})
	say := func(i int) {
		s.play(capture.ConnID(i+1), fmt.Sprintf("frontend-%05d", i), fmt.Sprintf("S: * OK ready\nC: a1 LOGIN user%05d x\nS: a1 OK done\nC: a2 FROB\nS: a2 BAD what\n", i))
	}
	for i := range sensors - 1 {
		say(i)
	}
	b := s.visit("#by=origin", browsertest.Options{})
	rows := `document.querySelector("#conns .list:not([hidden]) .grid").getAttribute("aria-rowcount")`
	b.Wants(rows, fmt.Sprint(sensors))
	say(sensors - 1)
	b.Wants(rows, fmt.Sprint(sensors+1))
	b.Wants(`document.querySelectorAll(".rows .row").length < 100`, "true")
	b.Is(`document.querySelector("#conns .list:not([hidden]) .grid").focus()`)
	b.Keys("G")
	b.Wants(`document.querySelector("#conns .list:not([hidden]) [aria-selected=true] .text").textContent`, "frontend-09999")
	b.Keys(kb.Enter)
	b.Wants(shown, "2")
	b.Is(`document.getElementById("by-user").click()`)
	b.Wants(panes+".length", "1")
	s.Ended(nil)
}
