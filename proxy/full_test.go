package proxy

import (
	"testing"
	"testing/synctest"
	"time"

	"imapscope/capture"
)

// TestFullnessIsReportedOnce: a limit that is reached again and again is news once, and its
// end is reported with a count once it has not been reached for a while.
func TestFullnessIsReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f fullness
		for round := range 2 {
			for i := range 100 {
				if news := f.reached(); news != (i == 0) {
					t.Fatalf("round %d, time %d: news %v", round, i, news)
				}
				time.Sleep(fullFor / 2)
				if n := f.ended(); n != 0 {
					t.Fatalf("ended after %d", n)
				}
			}
			time.Sleep(fullFor)
			if n := f.ended(); n != 100 {
				t.Errorf("ended, reached %d times", n)
			}
			if n := f.ended(); n != 0 {
				t.Errorf("ended again")
			}
		}
	})
}

// TestNoteReachesConnections: a remark about the proxy is on the open connections, up to a
// bound, and without any on the next one.
func TestNoteReachesConnections(t *testing.T) {
	notes := map[capture.ConnID][]string{}
	p := &Proxy{Sink: sinkFunc(func(e *capture.Event) error {
		if e.Kind == capture.Note {
			notes[e.Conn] = append(notes[e.Conn], e.Text)
		}
		return nil
	})}
	p.once.Do(p.start)
	for range 100 {
		p.Note("before") // only the first few wait
	}
	one := newTap(&p.taps, capture.Conn{Start: time.Now()})
	if len(notes[1]) != maxNotesWaiting || notes[1][0] != "before" {
		t.Errorf("%q", notes[1])
	}
	one.close(time.Now(), capture.FIN)
	for range 2 * maxNoted {
		newTap(&p.taps, capture.Conn{Start: time.Now()})
	}
	clear(notes)
	p.Note("now")
	if len(notes) != maxNoted || notes[1] != nil {
		t.Errorf("%d connections have the note; the closed one %q", len(notes), notes[1])
	}
}

type sinkFunc func(*capture.Event) error

func (f sinkFunc) Event(e *capture.Event) error { return f(e) }
