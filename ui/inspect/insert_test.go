package inspect

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"
)

// searches plays a server that answers each command with the number of its words.
func searches(c net.Conn) {
	fmt.Fprint(c, "* OK ready\r\n")
	for s := bufio.NewScanner(c); s.Scan(); {
		words := strings.Fields(s.Text())
		fmt.Fprintf(c, "* SEARCH %d\r\n%s OK done\r\n", len(words)-1, words[0])
	}
}

// TestInsert checks that a command of the user's own is sent, and that only the user sees its
// answer.
func TestInsert(t *testing.T) {
	d, c := proxied(t, 100, 30, searches)
	c.gets("* OK ready")
	c.sends("a NOOP")
	c.gets("* SEARCH 1", "a OK done")
	d.sees("a NOOP .*OK").press("c").sees("command on connection 1:").types("SEARCH SEEN").press("Enter")
	d.sees("Detail.*Answers", "Your command", "→ U\\w+ SEARCH SEEN", "← \\* SEARCH 2", "← U\\w+ OK done", "kept from the client")
	c.sends("b CHECK")
	c.gets("* SEARCH 1", "b OK done")
	d.press("c").types("LOGOUT").press("Enter").sees("LOGOUT cannot be inserted: it changes")
	d.press("K").sees("no command of yours runs")
}

// TestRepeat checks that a command that waits is repeated with a change, and that both answers
// are next to each other; and one of the past likewise.
func TestRepeat(t *testing.T) {
	d, c := proxied(t, 120, 40, searches)
	c.gets("* OK ready")
	d.holds("")
	c.sends("a SEARCH ALL")
	d.sees("Waiting  1").press("W", "C").sees("repeat as: SEARCH ALL", "releases the command as it is").types(" UID 7").press("Enter")
	c.gets("* SEARCH 2", "a OK done")
	d.sees("As the client sent it +│ As you changed it", "→ a SEARCH ALL +│ → U\\w+ SEARCH ALL UID 7", "← \\* SEARCH 2 +│ ← \\* SEARCH 4", "← a OK done +│ ← U\\w+ OK done")
	d.press("I", "q").on("a SEARCH ALL|U\\w+")
	d.press("g", "C").sees("repeat as: SEARCH ALL", "sends it again on connection 1").types(" NEW").press("Enter")
	d.sees("Then: 1/1 +│ As you changed it", "← a OK done +│ ← U\\w+ OK done")
	c.sends("b NOOP")
	c.gets("* SEARCH 1", "b OK done")
	for _, size := range [][2]int{{40, 12}, {80, 24}} {
		d.resize(size[0], size[1])
		d.sees("Then: 1/1")
	}
}
