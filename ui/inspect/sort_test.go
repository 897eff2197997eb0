package inspect

import (
	"testing"
	"time"
)

// TestSort sorts by each column on the screen and then no longer, by the keys and by the
// mouse; searches, findings and filters go through the order on the screen.
func TestSort(t *testing.T) {
	d := open(t, 120, 30, mtest)
	d.on("A00000").press("j", "j").on("A00002")
	for _, want := range []string{"by marks ▼", "by number ▲", "by time ▲", "by command ▲", "by status ▲", "by ms ▼", "by octets ▼", "by findings ▼"} {
		d.press("s").sees("sorted "+want+";", "Transactions  16, "+want)
	}
	d.on("A00002 FETCH").press("s").sees("in the order of arrival").misses("16, by").on("A00002")
	d.press("k").on("A00001")

	d.press(":").types("sort").sees("Tab: sort +sort-reverse").press("Enter")
	d.press("s", "s", "s", "s", "s").sees("by ms ▼").on("A00009 CHECK").press("j").on("A00001 SELECT").press("S").sees("by ms ▲").on("A00004|A00010|A00013")
	d.press("G").on("A00009 CHECK")
	// From the slowest back: the searches by exchange time.
	d.press("/").types("search").press("Enter").on("A00006 SEARCH").press("n").on("A00007").press("n").on("A00008").press("N").on("A00007")
	d.press("f").types("store").press("Enter").sees("3 of 16, filter store, by ms ▲").on("STORE").press("G").on("A00005 STORE 18")
	d.press("F").sees("16, by ms ▲").on("A00005 STORE 18")

	d.click(100, 4).sees("in the order of arrival").click(100, 4).sees("by ms ▼").click(100, 4).sees("by ms ▲")
}

// TestSortFindings goes from finding to finding in the order on the screen.
func TestSortFindings(t *testing.T) {
	d := open(t, 120, 30, "raw-errors--imap-1.pcap")
	d.on("^1 ").press(":").types("sort").press("Enter")
	for range 7 {
		d.press("s")
	}
	d.sees("by findings ▼").press(".").sees("here: .*(error|warning) .5 shows it").press("G", ".").sees("no finding after this one")
}

// TestSortLive checks that what arrives lands where it belongs, that the cursor stays on its
// transaction, and that one that ends moves.
func TestSortLive(t *testing.T) {
	k := newTalk()
	d := openSource(t, 120, 30, k, Options{Source: "a talk", Live: true})
	c := k.open(1).server("* OK hi").client("b1 NOOP").server("b1 OK").client("a1 CHECK").server("a1 OK")
	d.on("a1 CHECK").press("s", "s", "s", "s").sees("by command ▲").sees("(?s)a1 CHECK.*b1 NOOP")
	d.press("j").on("b1 NOOP").sees("^ live a talk")
	c.client("c1 EXPUNGE").server("c1 OK").client("d1 SELECT INBOX").server("d1 OK")
	d.sees("(?s)a1 CHECK.*c1 EXPUNGE.*b1 NOOP.*d1 SELECT").on("b1 NOOP")
	d.press("s", "s").sees("by ms ▼")
	c.now = c.now.Add(time.Second)
	c.client("e1 NOOP")
	d.sees("(?s)d1 SELECT.*e1 NOOP +…")
	c.now = c.now.Add(time.Minute)
	c.server("e1 OK")
	d.sees("(?s)e1 NOOP +OK +60,00.*b1 NOOP").press("G", "s", "s", "s").sees("in the order of arrival").press("G").sees("live, following")
}

// TestSortConnections sorts connections; a click opens the one that is shown there.
func TestSortConnections(t *testing.T) {
	k := newTalk()
	d := openSource(t, 140, 40, k, Options{Source: "a talk", Live: true})
	k.open(1).server("* OK hi").client("a NOOP").server("a OK")
	c := k.open(2).server("* OK hi").client("b CHECK").server("b OK").client("c NOOP").server("c OK")
	d.sees("2/2").press("Backtab").on("^1 ")
	for range 8 {
		d.press("s")
	}
	d.sees("Connections  2, by txns ▼").on("^2 ").press("S").sees("by txns ▲").on("^1 ")
	k.open(3).server("* OK hi")
	d.sees("Connections  3").on("^1 ").press("k").on("^3 ").press("G").on("^2 ")
	c.client("d NOOP").server("d OK")
	d.press("Enter").sees("3 of 4, connection 2")
}
