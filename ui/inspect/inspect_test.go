package inspect

import (
	"fmt"
	"strings"
	"testing"

	"imapscope/ui/inspect/panes"
)

const mtest = "mtest1988--imap-1.pcap"

// TestKeys presses every key of the table, as a user would, and checks what it does.
func TestKeys(t *testing.T) {
	steps := map[string]func(*driver){
		"down":  func(d *driver) { d.press("j").on("A00001 SELECT").press("Down").on("A00002 FETCH") },
		"up":    func(d *driver) { d.press("j", "j", "k").on("A00001").press("Up").on("A00000") },
		"last":  func(d *driver) { d.press("G").on("A00015 LOGOUT").press("g", "End").on("A00015 LOGOUT") },
		"first": func(d *driver) { d.press("G", "g").on("A00000 LOGIN").press("G", "Home").on("A00000 LOGIN") },
		"page-down": func(d *driver) {
			d.press("PgDn").on("A00010").press("g", "Ctrl-F").on("A00010").press("g", "Ctrl-D").on("A00010")
		},
		"page-up": func(d *driver) {
			d.press("G", "PgUp").on("A00005").press("G", "Ctrl-B").on("A00005").press("G", "Ctrl-U").on("A00005")
		},
		"next-pane":     func(d *driver) { d.press("Tab").on("A00000 LOGIN fred").press("Tab").on("127.0.0.1:59550") },
		"previous-pane": func(d *driver) { d.press("Backtab").on("127.0.0.1:59550") },
		"open": func(d *driver) {
			d.press("Enter").on("→ A00000 LOGIN").press("Backtab", "Backtab", "Enter").sees("16 of 16, connection 1")
		},
		"back": func(d *driver) {
			d.press("Enter").on("→ A00000").press("q").on("^1 .*A00000").press("Enter", "Esc").on("^1 .*A00000")
			d.press("q").ends()
		},
		"zoom": func(d *driver) { d.press("z").misses("Detail", "Connections").press("z").sees("Detail") },
		"right": func(d *driver) {
			d.press("Enter", "G", "Right").sees("▾.*← A00000 OK").press("g", "l").sees("^ *0.00 → A00000 LOGIN")
		},
		"left":         func(d *driver) { d.press("Enter", "h").sees("▸.*→ A00000").press("l").sees("▾.*→ A00000") },
		"next-tab":     func(d *driver) { d.press("t").onTab(panes.TabTree).press("]").onTab(panes.TabMessage) },
		"previous-tab": func(d *driver) { d.press("T").onTab(panes.TabLadder).press("[").onTab(panes.TabFindings) },
		"annotated":    func(d *driver) { d.press("5", "1").onTab(panes.TabAnnotated).sees("→ A00000 LOGIN fred") },
		"tree":         func(d *driver) { d.press("2").onTab(panes.TabTree) },
		"message":      func(d *driver) { d.press("3").onTab(panes.TabMessage) },
		"timing":       func(d *driver) { d.press("4").onTab(panes.TabTiming) },
		"findings":     func(d *driver) { d.press("5").onTab(panes.TabFindings).sees("No findings") },
		"ladder":       func(d *driver) { d.press("6").onTab(panes.TabLadder) },
		"search": func(d *driver) {
			d.press("/").types("unseen").press("Enter").on("SEARCH UNSEEN").sees("1 found")
			d.press("/").types("nowhere at all").press("Enter").sees("not found: nowhere at all")
		},
		"next-match": func(d *driver) {
			d.press("/").types("search").press("Enter").on("A00006 SEARCH").press("n").on("A00007").press("n", "n").on("A00006")
		},
		"previous-match": func(d *driver) {
			d.press("/").types("search").press("Enter").on("A00006 SEARCH").press("N").on("A00008").press("N").on("A00007")
		},
		"filter": func(d *driver) {
			d.press("f").types(`command = "STORE"`).sees("! .*write ==").press("Ctrl-U").types(`command == "STORE"`).press("Enter").sees("3 of 16, filter").on("A00004 STORE").misses("LOGOUT")
			d.press("f", "Ctrl-U").types("comma").sees(`^ command +command == "FETCH"`).press("Tab").types(` == "NOOP"`).press("Enter").sees("1 of 16").on("NOOP")
			d.press("f", "Ctrl-U").types(`kinds[9] == "X"`).press("Enter").sees("0 of 16, filter failed on 16").sees("column 6: index out of range: 9").press("F").sees("Transactions  16")
		},
		"all": func(d *driver) {
			d.press("f").types("NOOP").press("Enter").sees("1 of 16").on("NOOP").press("F").sees("Transactions  16").on("NOOP")
		},
		"bookmark": func(d *driver) { d.press("b").on("^b +1 ").press("b").on("^1 ") },
		"next-bookmark": func(d *driver) {
			d.press("'").sees("no bookmark").press("j", "b", "G", "b", "g", "'").on("A00001").press("'").on("LOGOUT").press("'").on("A00001")
		},
		"mark": func(d *driver) { d.press("m").on("^m +1 ").press("m").on("^1 ") },
		"diff": func(d *driver) {
			d.press("d").sees("mark two").press("j", "j", "j", "j", "m", "j", "m", "d", "z").sees("^A +5 +A00004 STORE", "^B +6 +A00005 STORE", "request", "Normal variation", "status text").press("q", "q").onTab(panes.TabAnnotated)
		},
		"replay": func(d *driver) { d.press("r").sees("imapscope replay FILE --to ADDR --inspect") }, // and TestReplay
		"comment": func(d *driver) {
			d.press(";").types("who is that?").press("Enter").on("^; +1 ").press("5").sees("; who is that")
		},
		"copy-netcat": func(d *driver) {
			d.press("j", "j", "y").sees("copied: printf").copies(`A00002 FETCH 1:20 ALL\r\nx9 LOGOUT\r\n' | nc -q 5 127.0.0.1 14310`)
		},
		"copy-curl": func(d *driver) {
			d.press("j", "j", "Y").sees("copied: curl").copies(`'imap://127.0.0.1:14310/INBOX' --request 'FETCH 1:20 ALL'`)
		},
		"export": func(d *driver) {
			d.press("m", "j", "m", "x").sees("export the 2 marked").types("/tmp/a.zip").sees("the name must end in").press("Ctrl-U").types("/tmp/a.txt").press("Enter").sees("2 transactions written").asked("export /tmp/a.txt [0 1] map[]")
		},
		"save": func(d *driver) {
			d.press(";").types("hm").press("Enter", "w").types("all.pcapng").press("Enter").sees("saved to").asked("save all.pcapng map[0:hm]")
		},
		// With hands: TestHoldAndResume, TestFaults and those after them.
		"intercept": func(d *driver) { d.press("i").sees("imapscope proxy --inspect --intercept none") },
		"faults":    func(d *driver) { d.press("X").sees("to break the traffic, .*imapscope proxy --inspect --intercept") },
		"pause":     func(d *driver) { d.press("p").sees("paused, 0 more").press("p").sees("ended") },
		"secrets": func(d *driver) {
			d.misses("secret").press("Ctrl-S").sees("LOGIN fred secret", "secrets are shown").press("Ctrl-S").sees("secrets are masked").misses("fred secret")
		},
		"sort": func(d *driver) { // and TestSort
			d.press("s", "s").sees("sorted by number ▲").press("s", "s").sees("sorted by command ▲").on("A00009 CHECK")
		},
		"sort-reverse": func(d *driver) {
			d.press("S").sees("not sorted yet").press("s", "s", "S").sees("sorted by number ▼").on("A00015 LOGOUT")
		},
		"command": func(d *driver) {
			d.press(":").types("las").sees("Tab: last +last-change").types("t").press("Enter").on("LOGOUT").press(":").types("nonsense").sees("no such command").press("Esc")
		},
		"help": func(d *driver) {
			d.press("?").sees("Help: Transactions", "to the next line").press("G").sees("exchange time").press("q").misses("Help:").press("F1").sees("Help:")
		},
		"theme":        func(d *driver) { d.press("Ctrl-T").sees("NO_COLOR is set") }, // and TestThemes
		"redraw":       func(d *driver) { d.press("Ctrl-L").on("A00000") },
		"quit":         func(d *driver) { d.press("Q").ends() },
		"next-finding": nil,                                                                              // TestFindings
		"request":      nil,                                                                              // TestJumps
		"last-change":  nil,                                                                              // TestJumps
		"uid":          nil,                                                                              // TestMessageHistory
		"mailbox":      nil,                                                                              // TestMailboxHistory
		"layers":       func(d *driver) { d.press("7").onTab(panes.TabLayers).sees("No layers") },        // and TestLayers
		"why":          func(d *driver) { d.press("8").onTab(panes.TabWhy).sees("Not looked into yet") }, // and TestWhy
		"ladder-scale": nil,                                                                              // TestLadder
		"ladder-save":  nil,                                                                              // TestLadder
	}
	for _, a := range newActions() {
		step, ok := steps[a.name]
		if !ok {
			t.Errorf("no test for %s", a.name)
		}
		if step == nil {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			d := open(t, 120, 30, mtest)
			d.sees("A00000 LOGIN fred \\*{8}").on("A00000")
			step(d)
		})
	}
}

// onTab waits until a tab is open.
func (d *driver) onTab(t panes.Tab) *driver {
	d.t.Helper()
	d.until(func() (ok bool) {
		d.do(func() { ok = d.x.detail.Tab() == t })
		return ok
	}, "opens %s", t)
	return d
}

func (d *driver) copies(part string) {
	d.t.Helper()
	d.until(func() (ok bool) {
		d.do(func() { ok = strings.Contains(d.copied, part) })
		return ok
	}, "copies %q but %q", part, d.copied)
}

func (d *driver) asked(what string) {
	d.t.Helper()
	d.until(func() bool {
		d.saved.mu.Lock()
		defer d.saved.mu.Unlock()
		return strings.Contains(fmt.Sprint(d.saved.asked), what)
	}, "asks %q", what)
}

// Transactions with findings are marked, and a key goes to them.
func TestFindings(t *testing.T) {
	d := open(t, 120, 30, "raw-errors--imap-1.pcap")
	d.sees("Transactions  58").press(".").on("a002 SELECT").press("5").sees("^! error C002 .*client", "RFC 1176, .The Protocol., p. 6", "What to do: ")
}

// TestFindingsWithoutTransaction checks that the findings of a connection without commands
// are shown on the findings tab when the connection is chosen.
func TestFindingsWithoutTransaction(t *testing.T) {
	k := newTalk()
	k.open(1).server("* NO we are closed")
	k.open(2).server("hello there")
	close(k.lines)
	d := openSource(t, 120, 40, k, Options{Source: "a talk"})
	d.sees("No command yet").press("5").onTab(panes.TabFindings)
	d.sees("About the connection:", "error S002 .*server").misses("S001")
	d.press("Backtab", "j").sees("error S001 .*server", "← .*hello there").misses("S002")
}

// TestJumps jumps from a response to its request, and to what last changed a message.
func TestJumps(t *testing.T) {
	d := open(t, 120, 40, mtest)
	d.on("A00000").press("j", "j", "Enter", "G").on("A00002 OK").press("R").on("→ A00002 FETCH")
	// Message 3 is flagged as deleted by the fifth.
	d.press("q", "u").sees("does not concern a single message")
	d.press("G", "k", "k", "u").sees("no change of message 2 was seen before")
	d.press("g").on("A00000")
}

// TestLadder shows a connection as two life lines, to scale and not, and saves it.
func TestLadder(t *testing.T) {
	d := open(t, 120, 60, mtest)
	d.on("A00000").press("j", "j", "6").sees("client 127.0.0.1:59550 +server 127.0.0.1:14310")
	d.sees("A00002 FETCH 1:20 ALL ─+▶│ ┌", "◀─ A00001 OK .*│ └")
	d.press("Tab").on("A00002 FETCH").press("S").sees("gaps to scale", "┊ +┊").on("A00002 FETCH").press("S").misses("┊")
	d.press("L").types("a.zip").sees("the name must end in one of .txt .svg").press("Ctrl-U").types("a.s").sees("Tab: a.svg").press("Tab", "Enter")
	d.sees("[0-9]+ steps written to a.svg").asked("write a.svg <svg xmlns=")
	d.press("L").types("a.txt").press("Enter").sees("steps written to a.txt").asked("write a.txt ")
	d.press("g", "/").types("store 3").press("Enter").on("A00004 STORE").press("Enter").onTab(panes.TabAnnotated).sees("→ A00004 STORE")
}
