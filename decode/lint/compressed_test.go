package lint

import (
	"bytes"
	"compress/flate"
	"testing"
	"time"

	"imapscope/capture"
	"imapscope/capture/capturetest"
	"imapscope/decode"
	"imapscope/decode/decodetest"
)

// Of a compressed session that lacks a piece, check reports that, and nothing else.
func TestLossInCompressedData(t *testing.T) {
	pieces, err := decodetest.Parse(`S: * OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hi
C: a1 LOGIN fred secret
S: a1 OK [CAPABILITY IMAP4rev1 COMPRESS=DEFLATE] hello
C: a2 COMPRESS DEFLATE
S: a2 OK DEFLATE active
C: a3 SELECT INBOX
S: * FLAGS (\Answered \Flagged \Deleted \Seen \Draft)
S: * 3 EXISTS
S: * 0 RECENT
S: * OK [UIDVALIDITY 1] ok
S: * OK [UIDNEXT 9] ok
S: a3 OK [READ-WRITE] done
C: a4 UID FETCH 1:3 (UID)
S: * 1 FETCH (UID 6)
S: * 2 FETCH (UID 7)
S: * 3 FETCH (UID 8)
S: a4 OK done
C: a5 LOGOUT
S: * BYE bye
S: a5 OK done`)
	if err != nil {
		t.Fatal(err)
	}
	var out [2]bytes.Buffer
	var w [2]*flate.Writer
	for dir := range w {
		if w[dir], err = flate.NewWriter(&out[dir], flate.BestCompression); err != nil {
			t.Fatal(err)
		}
	}
	for i := 5; i < len(pieces); i++ { // behind the OK to COMPRESS
		p := &pieces[i]
		w[p.Dir].Write(p.Data)
		w[p.Dir].Flush()
		p.Data = bytes.Clone(out[p.Dir].Bytes())
		out[p.Dir].Reset()
	}
	if found := lintPieces(t, pieces, -1); len(found) > 0 {
		t.Errorf("nothing is lost: %v", found)
	}
	for lost := 4; lost < len(pieces); lost++ {
		found := lintPieces(t, pieces, lost)
		for _, f := range found {
			if f.Rule.ID != "N001" {
				t.Errorf("piece %d lost: %s %s", lost, f.Rule.ID, f.Message)
			}
		}
		if len(found) == 0 {
			t.Errorf("piece %d lost: not reported", lost)
		}
	}
}

// lintPieces returns the findings about a connection without one of its pieces.
func lintPieces(t *testing.T, pieces []decodetest.Piece, lost int) (found []Finding) {
	t.Helper()
	l, err := New(Options{MinSeverity: Note}, func(f Finding) { found = append(found, f) })
	if err != nil {
		t.Fatal(err)
	}
	s := capturetest.To(decode.NewDemux(decode.Options{Layers: true}, l))
	now := time.Date(1990, 8, 1, 12, 0, 0, 0, time.UTC)
	s.Open(capture.Conn{ID: 1, Start: now})
	var off [2]int64
	for i, p := range pieces {
		now = now.Add(time.Millisecond)
		if i == lost {
			s.Gap(1, p.Dir, now, off[p.Dir], int64(len(p.Data)))
		} else {
			s.Data(1, p.Dir, now, off[p.Dir], p.Data)
		}
		off[p.Dir] += int64(len(p.Data))
	}
	s.HalfClose(1, capture.ServerToClient, now, capture.FIN)
	s.Close(1, now, capture.FIN)
	return found
}
