package inspect

import (
	"strings"
	"testing"

	"imapscope/ui/inspect/panes"
)

// TestFilterIsFound writes a filter without knowing the language: fields, operators and values
// are chosen from lists, and what is wrong is shown in place of the list.
func TestFilterIsFound(t *testing.T) {
	d := open(t, 80, 24, mtest)
	d.on("A00000").press("f").sees(`^ command +command == "FETCH" +the command`, "Tab ↓ ↑ choose", "1 of [0-9]+$")
	d.press("Tab").sees("^filter: command$", "Enter goes on").press("Enter").sees("^ == +is$", "^ startsWith ")
	d.press("Down", "Enter").sees("^filter: command ==$", `^ "LOGIN" +Identifies the user`)
	d.types(`"fe`).sees(`^ "FETCH"`).misses(`"LOGIN"`).press("Tab").sees(`^filter: command == "FETCH"$`, "Enter shows what matches")
	d.types(" ").sees("^ and +both").press("Tab", "Enter").types("octets > ").misses("^ and").sees("^ ! it ends too early")
	d.types("1000").press("Enter").sees(`2 of 16, filter command == "FETCH" and octets > 1000`)
	d.press("f").types(" an").sees("^ and ").press("Tab", "Enter").types("nothing == 1").press("Enter").sees(`^ ! there is no field "nothing"`, "unsolicited,")
	d.press("Esc").sees("2 of 16")
	d.press("f", "Ctrl-U").types("logout").press("Enter").sees("1 of 16, filter logout") // a text, not a field
}

// TestChoiceIsOnTheScreen goes through more fields than fit above the prompt, in both
// directions, on a very small screen too.
func TestChoiceIsOnTheScreen(t *testing.T) {
	for _, height := range []int{24, 12} {
		d := open(t, 80, height, mtest)
		d.on("A00000").press("f").sees("^ command ")
		for range 13 {
			d.press("Down")
		}
		d.sees("^filter: sent$", "^ sent ", "13 of").misses("^ command ")
		d.press("Up").sees("^filter: octets$", "12 of").press("Esc").misses("filter:")
	}
}

// TestDetailHasRoom checks that on a small screen the transactions make room for the detail
// once it has the focus, and the connections are a line until they have it.
func TestDetailHasRoom(t *testing.T) {
	d := open(t, 80, 24, mtest)
	d.on("A00000").sees(`^ Connections  1  127.0.0.1:59550 → 127.0.0.1:14310  fred  archive  fin ← ─`, "A00008 SEARCH").misses("client +server")
	d.press("j", "j", "Enter").on("→ A00002 FETCH").sees("A00002 FETCH 1:20 ALL +OK", `Short for \(FLAGS`, "← \\* 2 FETCH").misses("A00005 STORE")
	d.press("q").sees("A00005 STORE")
	d.press("Backtab").sees("client +server").on("^1 127.0.0.1:59550").press("Tab").misses("client +server")
}

// TestMarksAreExplained reads what the signs on the row under the cursor mean.
func TestMarksAreExplained(t *testing.T) {
	d := open(t, 80, 24, mtest)
	d.on("A00000").misses("here:").press("m", "b").sees("here: m marked, b bookmark")
	d.press("j", "j").sees(`here: \? warning \(5 shows it\) ─`)
	d.press("?").sees("On this row", "warning .5 shows it").press("q")
	k := newTalk()
	d = openSource(t, 80, 24, k, Options{Source: "a talk", Live: true})
	k.open(1).server("* OK hi").server("a9 OK what?")
	d.sees("here: orphan a response without a request")
}

// TestTabsHaveKeys checks that each tab on the screen has the key that opens it, on the
// smallest screen.
func TestTabsHaveKeys(t *testing.T) {
	d := open(t, 80, 24, mtest)
	d.on("A00000").sees("1Annotated 2Tree 3Message 4Timing 5Findings 6Ladder ─")
	for tab := panes.TabAnnotated; tab < panes.TabDiff; tab++ {
		d.press(d.x.detail.Key(tab)).onTab(tab).sees(d.x.detail.Key(tab) + tab.String())
	}
	// A click on a name opens it, too.
	line := 0
	for y, l := range strings.Split(d.press("1").settled(), "\n") {
		if strings.HasPrefix(l, " Detail") {
			line = y
		}
	}
	d.click(strings.Index(strings.Split(d.text(), "\n")[line], "4Timing")+2, line).onTab(panes.TabTiming)
}

// TestHelpWraps checks that no line of the help is cut at 80 columns.
func TestHelpWraps(t *testing.T) {
	d := open(t, 80, 140, mtest)
	d.on("A00000").press("?").sees("Help: Transactions", "sort by the next column", ":sort", "Ctrl-T", ":theme")
	for _, l := range strings.Split(d.settled(), "\n") {
		if strings.Contains(l, "…") && !strings.Contains(l, "… is running") && !strings.Contains(l, "What is a …") {
			t.Errorf("cut: %s", l)
		}
	}
}
