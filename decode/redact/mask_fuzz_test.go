package redact_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/decodetest"
	"imapscope/decode/redact"
)

// session makes transcripts in which every secret is a "pw", followed by digits
// and marked by what is around it: no two are the same.
type session struct {
	t       *rapid.T
	script  []string
	secrets []string
	tags    int
}

func (s *session) say(format string, args ...any) {
	s.script = append(s.script, fmt.Sprintf(format, args...))
}

// secret returns a new one, of a length of its own: the tags that strayed secrets are
// taken for stay different when they are hidden.
func (s *session) secret() string {
	n := len(s.secrets) + 1
	pw := fmt.Sprintf("PwX%s%dZ", strings.Repeat("q", n), n)
	if rapid.Bool().Draw(s.t, "low") {
		pw = strings.ToLower(pw)
	}
	s.secrets = append(s.secrets, pw)
	return pw
}

func (s *session) tag() string {
	s.tags++
	return fmt.Sprintf("A%03d", s.tags)
}

// answer returns a tagged response, which may repeat a secret.
func (s *session) answer(tag string) {
	text := "done"
	if n := len(s.secrets); n > 0 && rapid.Bool().Draw(s.t, "echo") {
		text = "what is " + s.secrets[rapid.IntRange(0, n-1).Draw(s.t, "which")] + "?"
		if rapid.Bool().Draw(s.t, "up") {
			text = strings.ToUpper(text)
		}
	}
	s.say("S: %s %s %s", tag, rapid.SampledFrom([]string{"OK", "NO", "BAD"}).Draw(s.t, "status"), text)
}

// literal sends one that waits, does not, or is refused.
func (s *session) literal(before, body string) (refused bool) {
	switch rapid.IntRange(0, 4).Draw(s.t, "literal") {
	case 0:
		s.say("C: %s{%d+}", before, len(body))
	case 1:
		s.say("C: %s{%d}", before, len(body))
	case 2:
		s.say("C: %s{%d}", before, len(body))
		return true
	default:
		s.say("C: %s{%d}", before, len(body))
		s.say("S: + go")
	}
	s.say("C| %s", body)
	return false
}

func (s *session) step() {
	tag := s.tag()
	switch rapid.IntRange(0, 11).Draw(s.t, "step") {
	case 0:
		s.say("C: %s LOGIN fred %s", tag, s.secret())
		s.answer(tag)
	case 1:
		s.say(`C: %s login "fr ed" "%s"`, tag, s.secret())
		s.answer(tag)
	case 2:
		pw := s.secret()
		if s.literal(tag+" LOGIN fred ", pw) {
			s.say("S: %s BAD no literals", tag)
			if rapid.Bool().Draw(s.t, "all the same") {
				s.say("C: %s", pw)
				s.say("S: %s BAD %s?", pw, pw)
			} else {
				s.secrets = s.secrets[:len(s.secrets)-1] // it was not sent
			}
			return
		}
		s.say("C: ")
		s.answer(tag)
	case 3:
		if s.literal(tag+" LOGIN ", "fred") {
			s.say("S: %s NO", tag)
			return
		}
		s.say("C:  %s", s.secret())
		s.answer(tag)
	case 4:
		s.say("C: %s AUTHENTICATE X", tag)
		for range rapid.IntRange(0, 3).Draw(s.t, "responses") {
			s.say("S: + ")
			s.say("C: %s%s", s.secret(), rapid.SampledFrom([]string{"", " ", " =="}).Draw(s.t, "end"))
		}
		s.answer(tag)
	case 5:
		s.say("C: %s AUTHENTICATE X %s", tag, s.secret())
		s.answer(tag)
	case 6:
		s.say("C: LOGIN fred %s", s.secret())
		s.say("S: * BAD a tag, please")
	case 7:
		s.say("C: %s FETCH 1:2 (FLAGS RFC822)", tag)
		for i := range 2 {
			s.say("S: * %d FETCH (FLAGS (\\Seen) RFC822 {12}", i+1)
			s.say("S: %s NO mail", tag)
			s.say("S: )")
		}
		s.answer(tag)
	case 8:
		if s.literal(tag+" APPEND box ", "a mail") {
			s.say("S: %s NO", tag)
			return
		}
		s.say("C: ")
		s.answer(tag)
	case 9:
		next := s.tag()
		s.say("C: %s NOOP", tag)
		s.say("C: %s LOGIN fred %s", next, s.secret())
		s.answer(next)
		s.answer(tag)
	case 10:
		s.say("C: %s IDLE", tag)
		s.say("S: + idling")
		s.say("S: * 3 EXISTS")
		s.say("C: DONE")
		s.answer(tag)
	case 11:
		s.say("S: * NO a warning")
	}
}

// TestMaskProperty checks that for any conversation, however it is cut, what a Mask passes on
// decodes to the same exchanges and holds no secret.
func TestMaskProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := session{t: rt}
		defer func() {
			if rt.Failed() {
				rt.Log(strings.Join(s.script, "\n"))
			}
		}()
		s.say("S: * OK hi")
		for range rapid.IntRange(1, 8).Draw(rt, "steps") {
			s.step()
		}
		ps, err := decodetest.Parse(strings.Join(s.script, "\n"))
		if err != nil {
			rt.Fatal(err)
		}
		cs := chunks(interrupt(rt, cutAnyhow(rt, ps)), 0)
		got := mask(rt, false, cs)
		sameExchanges(rt, false, cs, got.chunks)
		noSecret(rt, got, s.secrets)
	})
}

func cutAnyhow(t *rapid.T, ps []decodetest.Piece) []decodetest.Piece {
	var out []decodetest.Piece
	for _, p := range ps {
		for b := p.Data; len(b) > 0; {
			n := rapid.IntRange(1, len(b)).Draw(t, "cut")
			out = append(out, decodetest.Piece{Dir: p.Dir, Data: b[:n]})
			b = b[n:]
		}
	}
	return out
}

// interrupt lets the server say something in the middle of a client's line, and
// the client go on in the middle of that.
func interrupt(t *rapid.T, ps []decodetest.Piece) []decodetest.Piece {
	var out []decodetest.Piece
	whole := true // no server's line is begun
	for _, p := range ps {
		if p.Dir == capture.ServerToClient || !whole || rapid.IntRange(0, 5).Draw(t, "interrupt") > 0 {
			out = append(out, p)
			whole = p.Dir == capture.ServerToClient && p.Data[len(p.Data)-1] == '\n' || p.Dir == capture.ClientToServer && whole
			continue
		}
		said := rapid.SampledFrom([]string{"* 5 EXISTS\r\n", "* NO be quick\r\n", "+ what\r\n"}).Draw(t, "said")
		n := rapid.IntRange(1, len(said)).Draw(t, "first")
		out = append(out, decodetest.Piece{Dir: capture.ServerToClient, Data: []byte(said[:n])}, p)
		if n < len(said) {
			out = append(out, decodetest.Piece{Dir: capture.ServerToClient, Data: []byte(said[n:])})
		}
	}
	return out
}

// noSecret looks for secrets in whatever case, and for the beginnings of them.
func noSecret(t rapid.TB, got *tape, secrets []string) {
	t.Helper()
	for dir := range capture.Direction(2) {
		b := bytes.ToLower(got.bytes(dir))
		for _, s := range secrets {
			if bytes.Contains(b, bytes.ToLower([]byte(s))) {
				t.Errorf("%q was handed on of the %s: %q", s, dir, b)
			}
		}
	}
}

// FuzzMask checks that any input, in any pieces, with losses or from the middle on,
// what is handed on decodes to the same exchanges, and all that Secrets finds in
// it is hidden.
func FuzzMask(f *testing.F) {
	f.Add("a LOGIN fred {6}\r\nsecret\r\nb NOOP\r\n", "* OK\r\n+ go\r\na OK secret\r\n", []byte{12, 36, 13, 20, 11})
	f.Add("a AUTHENTICATE X\r\nab cd\r\n\r\n*\r\n", "* OK\r\n+ \r\na NO ab cd\r\n", []byte{13, 36, 9, 40})
	f.Add("a LOGIN {3}\r\nb {4}\r\nabcd\r\n", "* OK\r\na BAD\r\nb BAD\r\n", []byte{13, 24, 15, 14})
	f.Add("LOGIN a \"b\r\nsecret\r\n", "* OK\r\nLOGIN BAD\r\n* 1 FETCH (X {3}\r\nabc)\r\n", []byte{13, 36, 10, 21})
	f.Add("a LOGIN \"b\" \"secret\"\r\n", "* OK\r\na OK secret secret\r\n", []byte{1, 13, 2, 36, 10})
	f.Add("a COMPRESS DEFLATE\r\nb LOGIN fred secret\r\n", "* OK\r\na OK\r\nxyz\r\n", []byte{13, 79, 50, 40})
	f.Fuzz(func(t *testing.T, client, server string, cuts []byte) {
		ps, midStream := mix(client, server, cuts)
		cs := chunks(ps, 0)
		if compressed(midStream, cs) {
			feed(t, redact.NewMask(new(tape)), midStream, cs)
			return
		}
		got := mask(t, midStream, cs)
		if !tagHidden(midStream, got.chunks) {
			sameExchanges(t, midStream, cs, got.chunks)
		}
		if a, b := frames(midStream, cs), frames(midStream, got.chunks); !slices.Equal(a, b) {
			t.Errorf("other messages (-captured +handed on):\n%s", cmp.Diff(a, b))
		}
		secretsHidden(t, midStream, cs, got)
	})
}

// tagHidden reports whether a secret was read as a tag. Hidden, it may be the same as another.
func tagHidden(midStream bool, cs []capture.Event) bool {
	return slices.ContainsFunc(exchanges(midStream, cs), func(s string) bool {
		return strings.HasPrefix(s, "client request "+string(redact.Hidden))
	})
}

// frames returns where messages begin and end.
func frames(midStream bool, cs []capture.Event) []string {
	var out []string
	for _, s := range exchanges(midStream, cs) {
		if i := strings.LastIndex(s, " at "); i >= 0 {
			out = append(out, s[:1]+s[i:])
		}
	}
	return out
}

// mix takes what two sides say in turns: a cut is the direction, whether there is
// a loss, and how many bytes come.
func mix(client, server string, cuts []byte) (ps []decodetest.Piece, midStream bool) {
	said := [2][]byte{[]byte(client), []byte(server)}
	if len(cuts) > 0 {
		midStream = cuts[0] == 255
	}
	for _, c := range cuts {
		dir, n := capture.Direction(c&1), int(c>>2)
		n = min(n, len(said[dir]))
		p := decodetest.Piece{Dir: dir, Data: said[dir][:n]}
		if c&2 != 0 {
			p.Lost, p.Data = int64(n), nil
		}
		said[dir] = said[dir][n:]
		ps = append(ps, p)
	}
	ps = append(ps, decodetest.Piece{Dir: capture.ServerToClient, Data: said[1]})
	return append(ps, decodetest.Piece{Dir: capture.ClientToServer, Data: said[0]}), midStream
}

func compressed(midStream bool, cs []capture.Event) bool {
	return slices.ContainsFunc(exchanges(midStream, cs), func(s string) bool {
		return strings.HasPrefix(s, "upgrade compress")
	})
}

// secretsHidden holds what was handed on against what is secret of the messages
// that were captured.
func secretsHidden(t testing.TB, midStream bool, cs []capture.Event, got *tape) {
	t.Helper()
	d := decode.New(decode.Options{MidStream: midStream})
	var came, early int64 // bytes of the server: so far, and before the last secret was known
	see := func(events []decode.Event) {
		for _, e := range events {
			m, ok := e.(*decode.Message)
			switch {
			case !ok:
				continue
			case m.Dir == capture.ClientToServer && len(m.Secrets) > 0:
				early = came
			case m.Dir == capture.ServerToClient && m.Off < early:
				continue // some of it was handed on already
			}
			if m.Lost > 0 || m.Elided > 0 {
				continue
			}
			sent := got.bytes(m.Dir)
			for _, s := range m.Secrets {
				for i := s.Start; i < s.End; i++ {
					if c := sent[m.Off+int64(i)]; c != redact.Hidden && !strings.ContainsRune(" \"\r\n", rune(c)) {
						t.Errorf("byte %d of %q is not hidden", i, m.Raw)
						return
					}
				}
			}
		}
	}
	for _, c := range cs {
		if c.Dir == capture.ServerToClient {
			came += int64(len(c.Data)) + c.N
		}
		see(d.Event(&c))
	}
	see(d.Close(began, capture.FIN))
}
