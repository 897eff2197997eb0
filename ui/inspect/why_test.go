package inspect

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"imapscope/capture"
	"imapscope/capture/pcap"
	"imapscope/decode/lint"
	"imapscope/ui/inspect/panes"
	"imapscope/ui/view"
)

// reasoned returns findings that the inspector looks into.
func reasoned(t *testing.T) *view.Findings {
	t.Helper()
	f, err := view.NewReasonedFindings(view.Options{}, lint.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWhy: the tab says why something went wrong, first on this connection; Enter on
// evidence leads to the transaction and to the bytes.
func TestWhy(t *testing.T) {
	k := newTalk()
	c := k.open(1)
	c.server("* OK ready").client("a1 LOGIN fred secret").server("a1 OK").client("a2 LOGOUT").server("* BYE").server("a2 OK")
	c = k.open(2)
	c.server("* OK ready").client("a1 NOOP").server("a1 OK").client("a2 LOGIN joe secret").server("a2 NO we do not know joe")
	close(k.lines)
	d := openSource(t, 80, 24, k, Options{Source: "a talk", Findings: reasoned(t)})
	d.sees("^ Detail  1Annotated 2Tree 3Message 4Timing 5Findings 6Ladder 8Why 1 ─").on("a1 LOGIN")
	d.press("8").onTab(panes.TabWhy).sees("Connection 1: nothing is wrong", "Other connections and accounts, 1 thing:", "^! The server ")
	d.press("Tab", "z").sees("Verdict: user; connection 2; login: ", "  > transaction 2/2, ", "To prove it: ", "What to do: ").misses("secret")
	d.press("/").types("transaction 2/2").press("Enter").on("> transaction 2/2").press("Enter").onTab(panes.TabAnnotated).sees("→ a2 LOGIN joe")
	d.press("8").onTab(panes.TabWhy).sees("^Connection 2, 1 thing:").misses("nothing is wrong")
	d.press("z", "Backtab").press(":").types("why").press("Enter").onTab(panes.TabWhy)
	d.press("t").onTab(panes.TabAnnotated).press("T").onTab(panes.TabWhy)
}

// TestWhyLeadsToBytes: evidence with bytes marks them.
func TestWhyLeadsToBytes(t *testing.T) {
	d := openSource(t, 100, 40, pcap.Files([]string{"testdata/faults/06-literal-short.pcap"}, pcap.Options{}), Options{Source: "a fault", Findings: reasoned(t)})
	d.sees("Why [0-9]", "^ ended").press("8", "Tab", "z").sees("Connection 1, ")
	d.press("/").types("'s bytes").press("Enter").on("'s bytes [0-9]+ to ").press("Enter").onTab(panes.TabAnnotated)
	d.on("a3|\\{300\\}").sees("^ Detail")
}

// TestWhySilent: where nothing is wrong there is no tab, but it can be opened, and says so.
func TestWhySilent(t *testing.T) {
	k := newTalk()
	k.open(1).server("* OK ready").client("a1 LOGIN fred secret").server("a1 OK")
	close(k.lines)
	d := openSource(t, 80, 24, k, Options{Source: "a talk", Findings: reasoned(t)})
	d.on("a1 LOGIN").press("8").onTab(panes.TabWhy).sees("Nothing is wrong here that the bytes show")
	d.press("1").misses("─ .*Why")
}

// TestWhyLive: what goes wrong while the inspector is open is shown as it comes, and
// withdrawn when it turns out to be something else; hundreds of alike connections are one
// thing.
func TestWhyLive(t *testing.T) {
	k := newTalk()
	d := openSource(t, 80, 24, k, Options{Source: "proxy", Live: true, Findings: reasoned(t)})
	c := k.open(1)
	c.server("* OK ready").client("a1 LOGIN fred secret").server("a1 NO try again")
	d.sees("Why 1 ─").press("8", "Tab").sees("^! The server .*", "try again")
	c.client("a2 LOGIN fred sesame").server("a2 OK")
	d.misses("Why 1 ─").sees("Nothing is wrong here that the bytes show")
	for i := range 300 {
		k.open(2 + capture.ConnID(i)).server(fmt.Sprintf("* BYE session %d is one too many", i))
	}
	d.sees("Why 1 ─", "300 connections: 2-301").press("z")
	if n := strings.Count(d.settled(), "one too many"); n > 5 {
		t.Errorf("%d sentences:\n%s", n, d.text())
	}
}

// TestWhyBlind: a lesson that asks for the fault does not give it away.
func TestWhyBlind(t *testing.T) {
	k := newTalk()
	k.open(1).server("* OK ready").client("a1 LOGIN fred secret").server("a1 NO no such user")
	close(k.lines)
	d := openSource(t, 80, 24, k, Options{Source: "a talk", Findings: reasoned(t)})
	d.sees("Why 1 ─")
	d.do(func() { d.x.model.SetBlind(true) })
	d.press("8").onTab(panes.TabWhy).sees("Find out what is wrong").misses("Verdict", "Why 1")
}

// TestWhyHostile: what a server says stays text.
func TestWhyHostile(t *testing.T) {
	k := newTalk()
	k.open(1).server("* BYE [red]\x1b[31m[::b]\u202e[\"x\"] [:::https://example.com]x")
	close(k.lines)
	d := openSource(t, 80, 24, k, Options{Source: "a talk", Findings: reasoned(t)})
	d.sees("Why 1 ─").press("8").sees(regexp.QuoteMeta("[red]")).press("Tab", "z")
	d.inert("why")
}
