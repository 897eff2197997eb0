package wire

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"imapscope/decode/protocol"
)

// TestHeadAndTailOfALongMessageAreKept checks what is kept of a message longer than the limit: three quarters of
// the limit from its beginning, one quarter from its end, lines before literals. Spans
// point into it, whether what is left out is in a literal, in several or in a line.
func TestHeadAndTailOfALongMessageAreKept(t *testing.T) {
	// Of 256: 192 head, 64 tail.
	x := func(n int) string { return strings.Repeat("x", n) }
	y := func(n int) string { return strings.Repeat("y", n) }
	for _, c := range []struct {
		name, in, want string
	}{
		{"all of it", "* 1 F {236}\r\n" + x(236) + " bcd\r\n",
			fmt.Sprintf(`255 %q {"{236}\r\n" %q 236 complete}`, "* 1 F {236}\r\n"+x(236)+" bcd\r\n", x(236))},
		{"a byte too many", "* 1 F {238}\r\n" + x(238) + " bcd\r\n",
			fmt.Sprintf(`257 %q {"{238}\r\n" %q 238 complete}`, "* 1 F {238}\r\n"+x(192-13)+"<1>"+x(58)+" bcd\r\n", x(237))},
		{"within a literal", "* 1 F {1000}\r\n" + x(1000) + ")\r\n",
			fmt.Sprintf(`1017 %q {"{1000}\r\n" %q 1000 complete}`, "* 1 F {1000}\r\n"+x(178)+"<761>"+x(61)+")\r\n", x(178+61))},
		{"within a line", "* 1 F {10}\r\n" + x(10) + y(1000) + " {1}\r\nz)\r\n",
			fmt.Sprintf(`1032 %q {"{10}\r\n" "xxxxxxxxxx" 10 complete} {"{1}\r\n" "z" 1 complete}`,
				"* 1 F {10}\r\n"+x(10)+y(170)+"<776>"+y(54)+" {1}\r\nz)\r\n")},
		{"a literal and what is around it", "* 1 F " + y(300) + " {10}\r\n" + x(10) + y(300) + "\r\n",
			fmt.Sprintf(`625 %q {"" "" 10 complete}`, "* 1 F "+y(186)+"<369>"+y(62)+"\r\n")},
		{"from one literal into another", "* 1 F {300}\r\n" + x(300) + " {310}\r\n" + y(310) + "\r\n",
			fmt.Sprintf(`633 %q {"{300}\r\n" %q 300 complete} {"{310}\r\n" %q 310 complete}`,
				"* 1 F {300}\r\n"+x(179)+"<121> {310}\r\n<256>"+y(54)+"\r\n", x(179), y(54))},
		{"many literals: the insides of the large first", "* 1 F {300}\r\n" + x(300) + " {2}\r\nzz {100}\r\n" + y(100) + " {90}\r\n" + x(90) + " end\r\n",
			fmt.Sprintf(`532 %q {"{300}\r\n" %q 300 complete} {"{2}\r\n" "zz" 2 complete} {"{100}\r\n" "" 100 complete} {"{90}\r\n" %q 90 complete}`,
				"* 1 F {300}\r\n"+x(179)+"<121> {2}\r\nzz {100}\r\n<100> {90}\r\n<55>"+x(35)+" end\r\n", x(179), x(35))},
		{"a line that ends in {n}", "* 1 F " + y(900) + " {3}\r\nabc\r\n",
			fmt.Sprintf(`917 %q {"{3}\r\n" "abc" 3 complete}`, "* 1 F "+y(186)+"<661>"+y(53)+" {3}\r\nabc\r\n")},
	} {
		t.Run(c.name, func(t *testing.T) {
			for cut := range 140 {
				if got := frames(t, []byte(c.in), false, 256, cut); got != c.want+"\n" {
					t.Fatalf("cut every %d:\n%swant\n%s", cut, got, c.want)
				}
			}
		})
	}
}

// TestManyLiterals checks that all literals are framed, and the first ones and the last are listed.
func TestManyLiterals(t *testing.T) {
	in := "* X" + strings.Repeat(" {1}\r\na", 3*maxLiterals) + " {2}\r\nbc\r\n* OK\r\n"
	var f Framer
	f.Init(false, 1<<20, new(Pool))
	f.Use(protocol.Words{})
	n, mark := f.Write([]byte(in))
	m := f.Message()
	if mark != End || n != len(in)-6 {
		t.Fatalf("%d after %d bytes of %d", mark, n, len(in))
	}
	if len(m.Literals) != maxLiterals {
		t.Fatalf("%d literals are listed", len(m.Literals))
	}
	first, last := m.Literals[0], m.Literals[maxLiterals-1]
	if string(first.Body.Of(m.Raw)) != "a" || string(last.Body.Of(m.Raw)) != "bc" {
		t.Fatalf("the first is %q, the last %q", first.Body.Of(m.Raw), last.Body.Of(m.Raw))
	}
}

// TestAnnouncedSize checks that nothing is allocated for bytes that were only announced.
func TestAnnouncedSize(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var f Framer
	f.Init(false, 0, new(Pool))
	f.Use(protocol.Words{})
	f.Write([]byte("* 1 FETCH (RFC822 {999999999999999}\r\nab"))
	f.Close()
	runtime.ReadMemStats(&after)
	if m := f.Message(); m.Literals[0].Size != 999999999999999 || m.Literals[0].Body.Len() != 2 {
		t.Errorf("%+v", m.Literals)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 16<<10 {
		t.Errorf("%d bytes were allocated", n)
	}
}

// TestBufferIsBounded checks that what is held of a long message, and what the pool holds after it,
// has a bound.
func TestBufferIsBounded(t *testing.T) {
	pool := new(Pool)
	var f Framer
	f.Init(false, 0, pool)
	f.Use(protocol.Words{})
	f.Write([]byte("* 1 FETCH (RFC822 {100000000}\r\n"))
	p := make([]byte, 1<<20)
	for range 20 {
		f.Write(p)
		if n := cap(f.buf); n > maxBuffer(DefaultKeep) {
			t.Fatalf("a buffer of %d bytes", n)
		}
	}
	for range 2 * maxFree {
		pool.Put(make([]byte, 10))
	}
	if len(pool.free) > maxFree {
		t.Errorf("%d buffers in the pool", len(pool.free))
	}
}

// maxBuffer returns how large the buffer of a framer grows: what is kept, another
// tail before it is moved, and what append rounds up to.
func maxBuffer(keep int) int { return 2 * keep }
