package decode_test

import (
	"bytes"
	"compress/flate"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

const compressScript = `S: * OK hi
C: a1 LOGIN fred secret
S: a1 OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hello
C: a2 COMPRESS DEFLATE
S: a2 OK DEFLATE active
C: a3 SELECT INBOX
S: * 3 EXISTS
S: a3 OK [READ-WRITE] done
C: a4 UID FETCH 1:* (UID BODY[])
S: * 1 FETCH (UID 7 BODY[] {11}
S: hello world)
S: a4 OK done
C: a5 APPEND INBOX {5}
S: + go
C: abcde
S: a5 OK done
C: a6 LOGOUT
S: * BYE bye
S: a6 OK done`

// deflated returns pieces with those after the OK to COMPRESS compressed, at a level, each
// direction flushed after each piece.
func deflated(t *testing.T, ps []decodetest.Piece, level int) []decodetest.Piece {
	var w [2]*flate.Writer
	var buf [2]bytes.Buffer
	begun := false
	out := make([]decodetest.Piece, len(ps))
	for i, p := range ps {
		out[i] = p
		if !begun {
			begun = bytes.HasPrefix(p.Data, []byte("a2 OK"))
			continue
		}
		if w[p.Dir] == nil {
			w[p.Dir], _ = flate.NewWriter(&buf[p.Dir], level)
		}
		if _, err := w[p.Dir].Write(p.Data); err != nil {
			t.Fatal(err)
		}
		if err := w[p.Dir].Flush(); err != nil {
			t.Fatal(err)
		}
		out[i].Data = bytes.Clone(buf[p.Dir].Bytes())
		buf[p.Dir].Reset()
	}
	return out
}

func parsed(t *testing.T, script string) []decodetest.Piece {
	ps, err := decodetest.Parse(script)
	if err != nil {
		t.Fatal(err)
	}
	return ps
}

// textOf returns what show returns for a session, without what its layers change.
func textOf(ps []decodetest.Piece, cut int) string {
	got, _ := run(decode.Options{Layers: true}, ps, cut)
	var keep []string
	for line := range strings.Lines(got) {
		if !strings.HasPrefix(line, "  upgrade") && !strings.HasPrefix(line, "  closed") {
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "")
}

// TestCompressedIsDecoded checks that a compressed session gives the messages and
// transactions of the same session in plain text, cut anywhere.
func TestCompressedIsDecoded(t *testing.T) {
	plain := parsed(t, compressScript)
	want := textOf(plain, 0)
	if n := strings.Count(want, "  = "); n != 6 {
		t.Fatalf("%d transactions:\n%s", n, want)
	}
	for _, level := range []int{flate.NoCompression, flate.BestSpeed, flate.BestCompression, flate.HuffmanOnly} {
		ps := deflated(t, plain, level)
		for _, cut := range []int{0, 1, 3, 64} {
			if d := cmp.Diff(want, textOf(ps, cut)); d != "" {
				t.Errorf("level %d, cut every %d bytes:\n%s", level, cut, d)
			}
		}
	}
}

// TestCompressedTotals checks what Closed says about the layer.
func TestCompressedTotals(t *testing.T) {
	plain := parsed(t, compressScript)
	ps := deflated(t, plain, flate.BestCompression)
	var in, out [2]int64
	for i := range ps[5:] {
		in[ps[5+i].Dir] += int64(len(ps[5+i].Data))
		out[ps[5+i].Dir] += int64(len(plain[5+i].Data))
	}
	var closed *decode.Closed
	decodetest.Run(decode.Options{Layers: true}, ps, 0, func(events []decode.Event) {
		for _, e := range events {
			if c, ok := e.(*decode.Closed); ok {
				closed = c
			}
		}
	})
	if closed.Upgraded != 0 || len(closed.Layers) != 1 {
		t.Fatalf("%+v", closed)
	}
	if l := closed.Layers[0]; l.Of != decode.Compression || l.In != in || l.Out != out || l.Faults != 0 {
		t.Errorf("%+v, want %v for %v", l, in, out)
	}
}

// opened returns what an Opened passes on of pieces.
func passedOn(t *testing.T, ps []decodetest.Piece) *capturetest.Facts {
	var got capturetest.Facts
	feedTo(t, decode.NewOpened(decode.Options{}, &got), ps)
	return &got
}

// feedTo reports pieces as one connection.
func feedTo(t *testing.T, s capture.Sink, ps []decodetest.Piece) {
	to := capturetest.To(s)
	now := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	check := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	check(to.Open(capture.Conn{ID: 1, Start: now}))
	var off [2]int64
	for _, p := range ps {
		now = now.Add(time.Millisecond)
		switch {
		case p.Lost > 0:
			check(to.Gap(1, p.Dir, now, off[p.Dir], p.Lost))
		case p.Again > 0:
			check(to.Again(1, p.Dir, now, off[p.Dir]-p.Again, p.Again))
		default:
			check(to.Data(1, p.Dir, now, off[p.Dir], p.Data))
		}
		off[p.Dir] += int64(len(p.Data)) + p.Lost
	}
	check(to.HalfClose(1, capture.ServerToClient, now, capture.FIN))
	check(to.Close(1, now, capture.FIN))
}

// TestOpenedPassesOn checks that an Opened changes nothing where no layer is, and where one
// cannot be opened.
func TestOpenedPassesOn(t *testing.T) {
	for _, script := range []string{
		compressScript, // its text, as a proxy that ended the layer records it
		"S: * OK hi\nC: a NOOP\nC! 7\nC^ 3\nS: a OK done",
		"C| \\x16\\x03\\x01\\x00\\x05hello\nS| \\x15\\x03\\x03\\x00\\x02\\x02\\x28",
		"S: * OK hi\nC: a STARTTLS\nS: a OK go\nC| \\x16\\x03\\x01\\x00\\x05hello\nS! 9\nS| \\x15\\x03\\x03\\x00\\x02\\x02\\x28",
	} {
		ps := parsed(t, script)
		var want capturetest.Facts
		feedTo(t, &want, ps)
		if d := cmp.Diff(want.Lines(), passedOn(t, ps).Lines()); d != "" {
			t.Errorf("%s:\n%s", script, d)
		}
	}
}

// TestOpenedCompression checks that an Opened passes on the text of a compressed session,
// with a note where it begins.
func TestOpenedCompression(t *testing.T) {
	plain := parsed(t, compressScript)
	var want capturetest.Facts
	feedTo(t, &want, plain)
	got := passedOn(t, deflated(t, plain, flate.BestCompression))
	notes := 0
	got.Events = deleteNotes(got.Events, &notes)
	if d := cmp.Diff(want.Lines(), got.Lines()); d != "" {
		t.Error(d)
	}
	if notes != 1 {
		t.Errorf("%d notes", notes)
	}
}

func deleteNotes(events []capture.Event, n *int) []capture.Event {
	out := events[:0]
	for _, e := range events {
		if e.Kind == capture.Note {
			*n++
			continue
		}
		out = append(out, e)
	}
	return out
}

// TestCompressedWithLoss loses each piece of a compressed session, the OK to COMPRESS too.
// What can be read is read, and nothing is decoded that was not said.
func TestCompressedWithLoss(t *testing.T) {
	plain := parsed(t, compressScript)
	whole := deflated(t, plain, flate.BestCompression)
	said := map[string]bool{}
	for _, p := range plain {
		for line := range strings.Lines(string(p.Data)) {
			said[line] = true
		}
	}
	for i := 4; i < len(whole); i++ {
		ps := append([]decodetest.Piece(nil), whole...)
		ps[i] = decodetest.Piece{Dir: ps[i].Dir, Lost: int64(len(ps[i].Data))}
		var requests, tagged int
		decodetest.Run(decode.Options{Layers: true}, ps, 0, func(events []decode.Event) {
			for _, e := range events {
				m, ok := e.(*decode.Message)
				if !ok {
					continue
				}
				if first, _, _ := strings.Cut(string(m.Raw), "\n"); m.Lost == 0 && !m.Broken && !said[first+"\n"] {
					t.Errorf("piece %d lost: %q was not said", i, m.Raw)
				}
				switch m.Kind {
				case decode.Request:
					requests++
				case decode.Tagged:
					tagged++
				}
			}
		})
		switch {
		case i == 4 && requests != 6: // its server's side is lost with it
			t.Errorf("the OK to COMPRESS lost: %d requests", requests)
		case whole[i].Dir == capture.ServerToClient && requests != 6:
			t.Errorf("piece %d of the server lost: %d requests", i, requests)
		case whole[i].Dir == capture.ClientToServer && tagged != 6:
			t.Errorf("piece %d of the client lost: %d answers", i, tagged)
		}
	}
}
