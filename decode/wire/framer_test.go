package wire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"imapscope/decode/protocol"
)

// frames runs a framer over in, cut after cut bytes (0: not cut), and returns its
// events as text. A client's literals are all accepted. A 0xff in in is a
// loss; the byte after it is the number of bytes.
func frames(tb testing.TB, in []byte, client bool, keep, cut int) string {
	tb.Helper()
	var f Framer
	f.Init(client, keep, new(Pool))
	f.Use(protocol.Words{})
	if keep == 0 {
		keep = DefaultKeep
	}
	var out strings.Builder
	var sum, took int64
	end := func() {
		m := f.Message()
		show(&out, &f, m)
		if len(m.Raw) > max(keep, minKeep) {
			tb.Fatalf("%d bytes kept of a message, more than %d", len(m.Raw), keep)
		}
		if len(m.Literals) > maxLiterals {
			tb.Fatalf("%d literals", len(m.Literals))
		}
		if int64(len(m.Raw))+m.Elided != f.Len() {
			tb.Fatalf("%d bytes kept and %d elided of %d", len(m.Raw), m.Elided, f.Len())
		}
		at := 0
		for _, l := range m.Literals {
			if l.Head.Start < at || l.Head.End < l.Head.Start || l.Body.Start < l.Head.End || l.Body.End < l.Body.Start || l.Body.End > len(m.Raw) {
				tb.Fatalf("spans out of order: %+v in %d bytes", m.Literals, len(m.Raw))
			}
			at = l.Body.End
		}
		sum += f.Len()
		if own := f.Reset(); own != nil {
			f.pool.Put(own)
		}
	}
	for len(in) > 0 {
		if in[0] == 0xff {
			if len(in) > 1 && in[1] > 0 {
				if skipped := f.Skipped(); f.Gap(int64(in[1])) == End {
					end()
				} else if f.state == skipping && skipped > f.Skipped() {
					tb.Fatal("skipped bytes are not counted")
				}
			}
			in = in[min(2, len(in)):]
			continue
		}
		p := in
		if i := bytes.IndexByte(p, 0xff); i >= 0 {
			p = p[:i]
		}
		if cut > 0 {
			p = p[:min(cut, len(p))]
		}
		in = in[len(p):]
		took += int64(len(p))
		// The framer must not retain its input.
		p = bytes.Clone(p)
		whole := p
		for len(p) > 0 {
			n, mark := f.Write(p)
			p = p[n:]
			switch mark {
			case More:
				if len(p) > 0 {
					tb.Fatalf("%d bytes left, and no event", len(p))
				}
			case Head:
				fmt.Fprintf(&out, "head ")
				show(&out, &f, f.Message())
			case Found:
				fmt.Fprintf(&out, "found after %d\n", f.Skipped())
				sum += f.Skipped()
			case End:
				end()
			}
		}
		for i := range whole {
			whole[i] = '#'
		}
	}
	if f.Close() == End {
		end()
	}
	if n := f.Skipped(); n > 0 {
		fmt.Fprintf(&out, "never found after %d\n", n)
		sum += n
	}
	if sum != took {
		tb.Fatalf("%d bytes went in, %d came out:\n%s", took, sum, out.String())
	}
	return out.String()
}

func show(w *strings.Builder, f *Framer, m *Message) {
	raw := string(m.Raw)
	for i := len(m.Gaps) - 1; i >= 0; i-- {
		g := m.Gaps[i]
		raw = fmt.Sprintf("%s<%d>%s", raw[:g.At], g.N, raw[g.At:])
	}
	fmt.Fprintf(w, "%d %q", f.Len(), raw)
	for _, l := range m.Literals {
		fmt.Fprintf(w, " {%q %q %d %s", l.Head.Of(m.Raw), l.Body.Of(m.Raw), l.Size, l.State)
		if l.Waited {
			w.WriteString(" waited")
		}
		w.WriteByte('}')
	}
	if f.Lost() > 0 {
		fmt.Fprintf(w, " lost %d", f.Lost())
	}
	if f.Damaged() {
		w.WriteString(" damaged")
	}
	w.WriteByte('\n')
}

func TestFrames(t *testing.T) {
	for _, c := range []struct {
		name   string
		client bool
		in     string
		want   []string
	}{
		{"lines", false, "* OK hi\r\n* 1 EXISTS\nA1 OK x\r\n", []string{
			`9 "* OK hi\r\n"`, `11 "* 1 EXISTS\n"`, `9 "A1 OK x\r\n"`,
		}},
		{"a message in a literal", false, "* 5 FETCH (X {8}\r\n* 5 OK\r\n)\r\n* OK\r\n", []string{
			`29 "* 5 FETCH (X {8}\r\n* 5 OK\r\n)\r\n" {"{8}\r\n" "* 5 OK\r\n" 8 complete}`, `6 "* OK\r\n"`,
		}},
		{"an announcement at the end of a literal", false, "* 5 FETCH (X {4}\r\n {9}\r\n* OK\r\n", []string{
			`24 "* 5 FETCH (X {4}\r\n {9}\r\n" {"{4}\r\n" " {9}" 4 complete}`, `6 "* OK\r\n"`,
		}},
		{"an announcement half in a literal", false, "* 5 FETCH (X {2}\r\n {9}\r\n* OK\r\n", []string{
			`24 "* 5 FETCH (X {2}\r\n {9}\r\n" {"{2}\r\n" " {" 2 complete}`, `6 "* OK\r\n"`,
		}},
		{"right after a literal stands no other", false, "* 5 FETCH (X {1}\r\n {9}\r\n* OK\r\n", []string{
			`24 "* 5 FETCH (X {1}\r\n {9}\r\n" {"{1}\r\n" " " 1 complete}`, `6 "* OK\r\n"`,
		}},
		{"literals in a row", false, "* X {1}\r\na {2}\r\nbc {0}\r\n\r\n", []string{
			`26 "* X {1}\r\na {2}\r\nbc {0}\r\n\r\n" {"{1}\r\n" "a" 1 complete} {"{2}\r\n" "bc" 2 complete} {"{0}\r\n" "" 0 complete}`,
		}},
		{"text announces nothing", false, "* OK {3}\r\n+ {3}\r\nA1 NO {3}\r\nA2 x {3}\r\n", []string{
			`10 "* OK {3}\r\n"`, `7 "+ {3}\r\n"`, `11 "A1 NO {3}\r\n"`, `10 "A2 x {3}\r\n"`,
		}},
		{"neither do quotes", false, "* X \"a {3}\r\n* X \"a\\\" {3}\r\n* X \"a\" {3}\r\nabc\r\n", []string{
			`12 "* X \"a {3}\r\n"`, `14 "* X \"a\\\" {3}\r\n"`, `18 "* X \"a\" {3}\r\nabc\r\n" {"{3}\r\n" "abc" 3 complete}`,
		}},
		{"a literal without its space", false, "* 5 FETCH (X{2}\r\n*\n)\r\n* 5 FETCH (X {1}\r\na Y{1}\r\nb)\r\n* LIST () \"/\"{1}\r\nc\r\n", []string{
			`22 "* 5 FETCH (X{2}\r\n*\n)\r\n" {"{2}\r\n" "*\n" 2 complete}`,
			`30 "* 5 FETCH (X {1}\r\na Y{1}\r\nb)\r\n" {"{1}\r\n" "a" 1 complete} {"{1}\r\n" "b" 1 complete}`,
			`21 "* LIST () \"/\"{1}\r\nc\r\n" {"{1}\r\n" "c" 1 complete}`,
		}},
		{"an atom with a brace", false, "* MAILBOX a{3}\r\n* LIST () \"(\" b{3}\r\n* OK\r\n", []string{
			`16 "* MAILBOX a{3}\r\n"`, `20 "* LIST () \"(\" b{3}\r\n"`, `6 "* OK\r\n"`,
		}},
		{"a client's atom with a brace", true, "a LOGIN (b{3}\r\nc NOOP\r\n", []string{`15 "a LOGIN (b{3}\r\n"`, `8 "c NOOP\r\n"`}},
		{"line ends at a literal's head", false, "* 5 F (X {2}\nab Y {1}\r\r\nc)\r\r\n", []string{
			`29 "* 5 F (X {2}\nab Y {1}\r\r\nc)\r\r\n" {"{2}\n" "ab" 2 complete} {"{1}\r\r\n" "c" 1 complete}`,
		}},
		{"a client's literals", true, "a LOGIN {1}\r\nb {2+}\r\ncd\r\n", []string{
			`head 13 "a LOGIN {1}\r\n" {"{1}\r\n" "" 1 partial}`,
			`head 21 "a LOGIN {1}\r\nb {2+}\r\n" {"{1}\r\n" "b" 1 complete} {"{2+}\r\n" "" 2 partial}`,
			`25 "a LOGIN {1}\r\nb {2+}\r\ncd\r\n" {"{1}\r\n" "b" 1 complete} {"{2+}\r\n" "cd" 2 complete}`,
		}},
		{"cut in a line", false, "* OK h", []string{`6 "* OK h" damaged`}},
		{"cut in a literal", false, "* 1 X {5}\r\nab", []string{`13 "* 1 X {5}\r\nab" {"{5}\r\n" "ab" 5 partial} damaged`}},
		{"cut before a literal", true, "a X {5}\r\n", []string{
			`head 9 "a X {5}\r\n" {"{5}\r\n" "" 5 partial}`,
			`9 "a X {5}\r\n" {"{5}\r\n" "" 5 partial} damaged`,
		}},
		{"lost in a line", false, "* 1 EX\xff\x05 x\r\n* 2 EXISTS\r\n", []string{
			`6 "* 1 EX" lost 5 damaged`, `found after 4`, `12 "* 2 EXISTS\r\n"`,
		}},
		{"lost between lines", false, "* OK\r\n\xff\x05ISTS\r\nA1 OK x\r\n", []string{
			`6 "* OK\r\n"`, `found after 6`, `9 "A1 OK x\r\n"`,
		}},
		{"lost in a literal", false, "* 1 X {9}\r\nab\xff\x05cd)\r\n* OK\r\n", []string{
			`18 "* 1 X {9}\r\nabcd)\r\n" {"{9}\r\n" "abcd" 9 partial} lost 5`, `6 "* OK\r\n"`,
		}},
		{"lost to the end of a literal", false, "* 1 X {9}\r\nab\xff\x07)\r\n* OK\r\n", []string{
			`16 "* 1 X {9}\r\nab)\r\n" {"{9}\r\n" "ab" 9 partial} lost 7`, `6 "* OK\r\n"`,
		}},
		{"lost past a literal", false, "* 1 X {9}\r\nab\xff\x08)\r\n* OK\r\n", []string{
			`13 "* 1 X {9}\r\nab" {"{9}\r\n" "ab" 9 partial} lost 8 damaged`, `found after 3`, `6 "* OK\r\n"`,
		}},
		{"lost, and never found", true, "a X\xff\x01 y\r\nwhat is that\r\nb NO", []string{
			`3 "a X" lost 1 damaged`, `never found after 22`,
		}},
		{"lost twice", true, "a X\xff\x01 y\r\nb \xff\x01c NOOP\r\nd NOOP\r\n", []string{
			`3 "a X" lost 1 damaged`, `found after 6`, `8 "c NOOP\r\n"`, `8 "d NOOP\r\n"`,
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := strings.Join(c.want, "\n") + "\n"
			for _, cut := range []int{0, 1, 2, 3, 5, 7} {
				if got := frames(t, []byte(c.in), c.client, 0, cut); got != want {
					t.Errorf("cut every %d:\n%swant\n%s", cut, got, want)
				}
			}
		})
	}
}

// TestQuotesAndGap checks that whether {n} is in quotes does not depend on how the
// bytes were cut.
func TestQuotesAndGap(t *testing.T) {
	for line := 20; line < 300; line++ {
		in := "* 1 F {500}\r\n" + strings.Repeat("x", 500) + ` "` + strings.Repeat("y", line) + " {4}\r\n* OK\r\n"
		want := frames(t, []byte(in), false, 256, 0)
		for _, cut := range []int{1, 7, 63, 64, 65, 100, 127, 128, 129, 300, 513, 560} {
			if got := frames(t, []byte(in), false, 256, cut); got != want {
				t.Fatalf("a line of %d, cut every %d:\n%swhole:\n%s", line, cut, got, want)
			}
		}
	}
}

// TestEverythingIsCalledInEveryState calls everything in every state.
func TestEverythingIsCalledInEveryState(t *testing.T) {
	starts := []struct {
		name  string
		bytes string
		skip  bool
	}{
		{"idle", "", false},
		{"in a line", "a NO", false},
		{"at a literal", "a X {5}\r\n", false},
		{"in a literal", "a X {5}\r\nab", false},
		{"skipping", "xyz\r\nwh", true},
	}
	calls := []struct {
		name string
		call func(*Framer) Mark
		want [5]string // by start: the mark, and the message
	}{
		{"Ready", func(f *Framer) Mark { f.Ready(); return f.Close() }, [5]string{
			"0", `2 4 "a NO" damaged`, `2 9 "a X {5}\r\n" {"{5}\r\n" "" 5 partial waited} damaged`,
			`2 11 "a X {5}\r\nab" {"{5}\r\n" "ab" 5 partial} damaged`, "0 skipped 7",
		}},
		{"Refuse", (*Framer).Refuse, [5]string{"0", "0", `2 9 "a X {5}\r\n" {"{5}\r\n" "" 5 withdrawn}`, "0", "0 skipped 7"}},
		{"Close", (*Framer).Close, [5]string{
			"0", `2 4 "a NO" damaged`, `2 9 "a X {5}\r\n" {"{5}\r\n" "" 5 partial} damaged`,
			`2 11 "a X {5}\r\nab" {"{5}\r\n" "ab" 5 partial} damaged`, "0 skipped 7",
		}},
		{"Gap of 2", func(f *Framer) Mark { return f.Gap(2) }, [5]string{
			"0", `2 4 "a NO" lost 2 damaged`, "0", "0", "0 skipped 7",
		}},
		{"Gap of 3", func(f *Framer) Mark { return f.Gap(3) }, [5]string{
			"0", `2 4 "a NO" lost 3 damaged`, "0", "0", "0 skipped 7",
		}},
		{"Gap of 9", func(f *Framer) Mark { return f.Gap(9) }, [5]string{
			"0", `2 4 "a NO" lost 9 damaged`, `2 9 "a X {5}\r\n" {"{5}\r\n" "" 5 partial} lost 9 damaged`,
			`2 11 "a X {5}\r\nab" {"{5}\r\n" "ab" 5 partial} lost 9 damaged`, "0 skipped 7",
		}},
	}
	for _, c := range calls {
		for i, s := range starts {
			var f Framer
			f.Init(true, 0, new(Pool))
			f.Use(protocol.Words{})
			if s.skip {
				f.Skip()
			}
			for p := []byte(s.bytes); len(p) > 0; {
				n, _ := f.Write(p)
				p = p[n:]
			}
			var out strings.Builder
			m := c.call(&f)
			fmt.Fprintf(&out, "%d ", m)
			if m == End {
				show(&out, &f, f.Message())
			}
			if n := f.Skipped(); n > 0 {
				fmt.Fprintf(&out, "skipped %d", n)
			}
			if got := strings.TrimSpace(out.String()); got != c.want[i] {
				t.Errorf("%s %s: %s, want %s", c.name, s.name, got, c.want[i])
			}
		}
	}
}

func FuzzFramer(f *testing.F) {
	for _, s := range []string{
		"* OK hi\r\n* 1 FETCH (X {3}\r\nabc)\r\nA1 OK {3}\r\n",
		"a LOGIN {4}\r\nfred {6+}\r\nsecret\r\nb NOOP\r\n",
		"* 1 X {999999999999999}\r\nab",
		"* 1 X {9}\r\nab\xff\x05cd)\r\n* 2 EXI\xff\x10xx\r\n* 3 EXISTS\r\n",
		"* X {1}\r\n {9}\r\n* X \"a {3}\r\n* X {4}\r\n {9}\r\n",
		"* 1 F {20}\r\n" + strings.Repeat("x", 300) + " \"y {4}\r\n",
		"* 1 F {500}\r\n" + strings.Repeat("x", 500) + ` "` + strings.Repeat("y", 90) + " {4}\r\n* OK\r\n",
	} {
		for _, client := range []bool{false, true} {
			f.Add([]byte(s), client, uint16(0), uint8(1))
			f.Add([]byte(s), client, uint16(300), uint8(90))
		}
	}
	f.Fuzz(func(t *testing.T, in []byte, client bool, keep uint16, cut uint8) {
		k := minKeep + int(keep)%1024
		want := frames(t, in, client, k, 0)
		if got := frames(t, in, client, k, int(cut)+1); got != want {
			t.Fatalf("cut every %d bytes:\n%swhole:\n%s", int(cut)+1, got, want)
		}
	})
}

func BenchmarkFramer(b *testing.B) {
	line := `* 1 FETCH (FLAGS (\Seen) INTERNALDATE " 7-May-1991 12:34:56 +0000" RFC822.SIZE 368)` + "\r\n"
	body := fmt.Sprintf("* 1 FETCH (RFC822 {%d}\r\n%s)\r\n", 20_000, strings.Repeat("All work and no play\r\n", 1000)[:20_000])
	for _, bm := range []struct {
		name string
		data string
		mtu  int
	}{
		{"headers", strings.Repeat(line, 1000), 0},
		{"headers in segments", strings.Repeat(line, 1000), 1460},
		{"bodies", strings.Repeat(body, 10), 0},
		{"bodies in segments", strings.Repeat(body, 10), 1460},
	} {
		b.Run(bm.name, func(b *testing.B) {
			data := []byte(bm.data)
			mtu := bm.mtu
			if mtu == 0 {
				mtu = len(data)
			}
			pool := new(Pool)
			var f Framer
			f.Init(false, 0, pool)
			f.Use(protocol.Words{})
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				for rest := data; len(rest) > 0; {
					p := rest[:min(mtu, len(rest))]
					rest = rest[len(p):]
					for len(p) > 0 {
						n, mark := f.Write(p)
						p = p[n:]
						if mark == End {
							if own := f.Reset(); own != nil {
								pool.Put(own)
							}
						}
					}
				}
			}
		})
	}
}

// TestResyncKnowsNewRows checks that a line whose verb is a row's begins a message where framing
// was lost; one whose verb is none does not.
func TestResyncKnowsNewRows(t *testing.T) {
	for _, c := range []struct {
		line   string
		client bool
		found  bool
	}{
		{"a1 GETQUOTA x\r\n", true, true},
		{"a1 frobnicate x\r\n", true, false},
		{"done\r\n", true, true},
		{"* CONVERSION a b\r\n", false, true},
		{"* 3 CONVERTED (TAG a)\r\n", false, true},
		{"* CONVERTED (TAG a)\r\n", false, false},
		{"* 3 of them\r\n", false, false},
	} {
		var f Framer
		f.Init(c.client, 0, new(Pool))
		f.Use(protocol.Words{})
		f.Skip()
		_, mark := f.Write([]byte(c.line))
		if (mark == Found) != c.found {
			t.Errorf("%q: found %v", c.line, mark == Found)
		}
	}
}
