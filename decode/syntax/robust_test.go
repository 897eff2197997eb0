package syntax_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

func TestDeepLists(t *testing.T) {
	const deep = 100_000
	open, both := strings.Repeat("(", deep), strings.Repeat("(", deep)+strings.Repeat(")", deep)
	for _, line := range []string{
		"* 1 FETCH (X " + both + ")\r\n", "* 1 FETCH " + open + "\r\n", "* X " + both + "\r\n",
		"* OK [X " + both + "] text\r\n", "* FLAGS " + open + "\r\n", "* 1 FETCH (ENVELOPE " + open + ")\r\n",
		"* 1 FETCH (X[" + both + "] y)\r\n", "* 1 FETCH (BODYSTRUCTURE " + open + ")\r\n",
		"* 1 FETCH (BODY " + strings.Repeat(`("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 1 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) `, deep) + ")\r\n",
	} {
		deepLine(t, line, false)
	}
	for _, line := range []string{
		"a X " + both + "\r\n", "a SEARCH " + both + "\r\n", "a FETCH 1 " + open + "\r\n", "a STORE 1 FLAGS " + open + "\r\n",
		"a SEARCH" + strings.Repeat(" NOT", deep) + " SEEN\r\n", "a SEARCH " + strings.Repeat("OR (", deep) + "\r\n",
	} {
		deepLine(t, line, true)
	}
}

func deepLine(t *testing.T, line string, client bool) {
	t.Helper()
	m, _ := wire.Split([]byte(line), client)
	n := syntax.ParseResponse(m)
	if client {
		n = syntax.ParseRequest(m)
	}
	if err := invariant(n, m); err != nil {
		t.Errorf("%.20q: %v", line, err)
	}
	errs := 0
	for range n.Errors() {
		errs++
	}
	if errs > 1 {
		t.Errorf("%.20q: %d errors for one cause", line, errs)
	}
}

// elided frames b with little memory, so that its middle is left out.
func elided(t *testing.T, b []byte, keep int) *wire.Message {
	t.Helper()
	var f wire.Framer
	f.Init(false, keep, new(wire.Pool))
	for len(b) > 0 {
		n, mark := f.Write(b)
		b = b[n:]
		if mark == wire.End {
			break
		}
	}
	if len(b) > 0 {
		t.Fatalf("%q is left over", b)
	}
	return f.Message()
}

// TestElidedLiteral: what is left out is within one literal, so nothing else
// suffers.
func TestElidedLiteral(t *testing.T) {
	body := strings.Repeat("All work and no play\r\n", 100)
	line := fmt.Sprintf("* 8 FETCH (FLAGS (\\Seen) RFC822 {%d}\r\n%s RFC822.SIZE %d)\r\n", len(body), body, len(body))
	m := elided(t, []byte(line), 256)
	if m.Elided == 0 {
		t.Fatal("nothing was left out")
	}
	n := syntax.ParseResponse(m)
	if err := invariant(n, m); err != nil {
		t.Fatal(err)
	}
	for e := range n.Errors() {
		t.Error(e)
	}
	d, _ := syntax.ReadFetch(n, m.Raw)
	if size, ok := d.Get("RFC822.SIZE").Number(m.Raw); !ok || size != uint64(len(body)) {
		t.Errorf("size %d after the gap\n%s", size, dump(n, m.Raw))
	}
	if lit := d.Get("RFC822"); lit == nil || lit.Kind != syntax.KindLiteral || lit.Role != protocol.RoleMessage {
		t.Errorf("literal %+v", lit)
	}
}

// TestElidedElsewhere: nothing behind a gap in the words is taken for what
// follows on what is before it.
func TestElidedElsewhere(t *testing.T) {
	var line bytes.Buffer
	line.WriteString("* SEARCH")
	for i := range 1000 {
		fmt.Fprintf(&line, " %d", 1000+i)
	}
	line.WriteString("\r\n")
	m := elided(t, line.Bytes(), 256)
	n := syntax.ParseResponse(m)
	if err := invariant(n, m); err != nil {
		t.Fatal(err)
	}
	for e := range n.Errors() {
		t.Error(e)
	}
	numbers, _ := syntax.ReadSearch(n, m.Raw)
	for i, v := range numbers[:len(numbers)-1] {
		if v != uint64(1000+i) {
			t.Errorf("number %d is %d", i, v)
		}
	}
	if n.Find(syntax.KindUnknown) == nil {
		t.Error("what stands behind the gap is taken apart")
	}
}

func TestElidedAnywhere(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var line bytes.Buffer
		line.WriteString("* 1 FETCH (")
		for i := range rapid.IntRange(1, 6).Draw(t, "properties") {
			if i > 0 {
				line.WriteByte(' ')
			}
			body := strings.Repeat("x) ", rapid.IntRange(0, 30).Draw(t, "bytes"))
			fmt.Fprintf(&line, "BODY[%d] ", i)
			line.Write(rapid.SampledFrom([]syntax.Value{syntax.Literal(body), syntax.Quoted(body)}).Draw(t, "value").AppendTo(nil))
		}
		line.WriteString(")\r\n")
		whole, _ := wire.Split(line.Bytes(), false)
		from := rapid.IntRange(0, len(whole.Raw)).Draw(t, "from")
		to := rapid.IntRange(from, len(whole.Raw)).Draw(t, "to")
		m := leaveOut(whole, from, to)
		n := syntax.ParseResponse(m)
		if err := invariant(n, m); err != nil {
			t.Fatalf("%v\n%q gaps %v literals %+v", err, m.Raw, m.Gaps, m.Literals)
		}
		readAll(n, m.Raw)
		inside := false
		for _, l := range whole.Literals {
			inside = inside || l.Body.Start <= from && to <= l.Body.End
		}
		for e := range n.Errors() {
			if inside {
				t.Fatalf("%q gaps %v: %v", m.Raw, m.Gaps, e)
			}
		}
	})
}

// leaveOut is m without its bytes from from up to to.
func leaveOut(m *wire.Message, from, to int) *wire.Message {
	kept := func(off int) int {
		if off <= from {
			return off
		}
		return max(off-(to-from), from)
	}
	out := &wire.Message{Elided: int64(to - from)}
	if to > from {
		out.Gaps = []wire.Gap{{At: from, N: int64(to - from)}}
	}
	out.Raw = append(append(out.Raw, m.Raw[:from]...), m.Raw[to:]...)
	for _, l := range m.Literals {
		l.Head = wire.Span{Start: kept(l.Head.Start), End: kept(l.Head.End)}
		l.Body = wire.Span{Start: kept(l.Body.Start), End: kept(l.Body.End)}
		out.Literals = append(out.Literals, l)
	}
	return out
}

// TestCutShort: what a message lacks because it was cut is not its writer's
// mistake.
func TestCutShort(t *testing.T) {
	withdrawn, _ := wire.Split([]byte("a LOGIN fred {6}\r\n"), true)
	withdrawn.Literals[0].State = wire.Withdrawn
	partial, _ := wire.Split([]byte("* 8 FETCH (RFC822 {893}\r\nDate: Sat"), false)
	for _, m := range []*wire.Message{withdrawn, partial} {
		n := syntax.ParseRequest(m)
		if m == partial {
			n = syntax.ParseResponse(m)
		}
		if err := invariant(n, m); err != nil {
			t.Error(err)
		}
		for e := range n.Errors() {
			t.Errorf("%q: %v", m.Raw, e)
		}
	}
	n := syntax.ParseRequest(withdrawn)
	if p := n.FindRole(protocol.RolePassword); p == nil || p.Kind != syntax.KindLiteral {
		t.Errorf("the withdrawn password is %+v", p)
	}
}

// TestNoByteOfASecretIsWithoutItsRole: however a LOGIN or a SASL exchange goes wrong, no byte of a
// secret is without its role.
func TestNoByteOfASecretIsWithoutItsRole(t *testing.T) {
	for _, line := range []string{
		"a LOGIN fred secret", "a login fred \"secret\"", "a LOGIN fred \"secret", "a LOGIN fred sec secret",
		"a LOGIN \"fred\"secret", "a LOGIN fred  secret", "a LOGIN fred {6}\r\nsecret", "a LOGIN fred {3}\r\nsec secret",
		"a LOGIN fred \"se\"secret", "a LOGIN fred (secret)", " a LOGIN fred secret ",
		"a AUTHENTICATE PLAIN secret", "a AUTHENTICATE PLAIN {6}\r\nsecret", "a AUTHENTICATE PLAIN  x secret",
	} {
		m, _ := wire.Split([]byte(line+"\r\n"), true)
		noSecret(t, syntax.ParseRequest(m), m)
	}
	for _, line := range []string{"secret", "se secret", "{3}\r\nsecret", "secret DONE"} {
		m, _ := wire.Split([]byte(line+"\r\n"), true)
		noSecret(t, syntax.ParseContinuation(m), m)
	}
}

func noSecret(t *testing.T, n *syntax.Node, m *wire.Message) {
	t.Helper()
	for leaf := range n.Leaves() {
		if b := leaf.Bytes(m.Raw); !leaf.Role.Secret() && bytes.Contains(b, []byte("sec")) {
			t.Errorf("%q: %v %q shows it", m.Raw, leaf.Kind, b)
		}
	}
}

func TestReuse(t *testing.T) {
	var p syntax.Parser
	lines := []string{
		"* 1 FETCH (ENVELOPE " + benchEnvelope + ")\r\n", "* OK\r\n", "* X " + strings.Repeat("(a) ", 500) + "\r\n",
		"* 1 FETCH (ENVELOPE " + benchEnvelope + ")\r\n",
	}
	for _, line := range lines {
		m, _ := wire.Split([]byte(line), false)
		if got, want := dump(p.Response(m), m.Raw), dump(syntax.ParseResponse(m), m.Raw); got != want {
			t.Errorf("%q: reused %s\nfresh %s", line, got, want)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	var p syntax.Parser
	m, _ := wire.Split([]byte("* 1 FETCH (FLAGS (\\Seen) ENVELOPE "+benchEnvelope+")\r\n"), false)
	p.Response(m)
	if n := testing.AllocsPerRun(100, func() { p.Response(m) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
