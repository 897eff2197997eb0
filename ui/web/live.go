package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"imapscope/ui/view"
)

// state is what a page shows of the whole, and how it learns that something has arrived.
type state struct {
	Source       string `json:"source"`
	Made         string `json:"made"`
	Filter       string `json:"filter"` // of a page that opens
	Hint         string `json:"hint,omitempty"`
	Grows        bool   `json:"grows"`
	Ended        bool   `json:"ended"`
	Problem      string `json:"problem,omitempty"`
	Version      uint64 `json:"version"`
	Connections  int    `json:"connections"`
	Transactions int    `json:"transactions"`
	NotKept      int64  `json:"not_kept,omitempty"`
	Lesson       uint64 `json:"lesson,omitempty"` // the version of its step; 0: there is no lesson
}

func (s *Server) state() *state {
	out := &state{
		Source: view.Inert(s.o.Source), Made: s.o.Made, Filter: s.o.Filter, Hint: view.Inert(s.o.Hint), Grows: s.o.Grows, Version: s.archive.Version(),
		Connections: s.archive.Conns(), Transactions: s.archive.Len(), NotKept: s.archive.Stats().NotKept, Lesson: s.lessonVersion(),
	}
	ended, err := s.end()
	if out.Ended = ended; err != nil {
		out.Problem = view.Inert(err.Error())
	}
	return out
}

func (s *Server) stateAnswer(context.Context, *query) (*state, error) { return s.state(), nil }

const (
	// pace is the time between two events of a stream.
	pace = 250 * time.Millisecond
	// beat is the longest time between them, so that a browser that left is noticed.
	beat = 15 * time.Second
	// readTime is how long a browser may take to read an event.
	readTime = 10 * time.Second
	// maxStreams is how many browsers follow at once; others ask again after a while.
	maxStreams = 200
)

// events is a stream of the state, whenever that has changed: not more often than pace,
// whatever arrives. Only the latest is sent. A browser that does not read is dropped, and comes
// back by itself.
func (s *Server) events(streams chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case streams <- struct{}{}:
			defer func() { <-streams }()
		default:
			w.Header().Set("Retry-After", "5")
			refuse(w, &fault{Status: http.StatusServiceUnavailable, Text: fmt.Sprintf("%d pages are following already", maxStreams)})
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		control := http.NewResponseController(w)
		ticker := time.NewTicker(pace)
		defer ticker.Stop()
		done := s.done
		for {
			changed := s.archive.Changed()
			if ended, _ := s.end(); ended {
				done = nil // the state that is sent says so
			}
			x := s.state()
			if err := send(w, control, x); err != nil {
				return
			}
			select {
			case <-ticker.C: // of the time since the last event
			case <-r.Context().Done():
				return
			}
			if !s.wait(r.Context(), x, changed, done, ticker.C) {
				return
			}
		}
	}
}

// wait waits until there is something to send after x, and returns false if the browser is gone.
// A lesson may change without anything that arrives: that is looked at with each tick.
func (s *Server) wait(ctx context.Context, x *state, changed, done <-chan struct{}, tick <-chan time.Time) bool {
	if s.o.Lesson == nil {
		tick = nil
	}
	next := time.After(beat)
	for {
		select {
		case <-changed:
			return true
		case <-done:
			return true
		case <-next:
			return true
		case <-ctx.Done():
			return false
		case <-tick:
			if x.Lesson != s.lessonVersion() {
				return true
			}
		}
	}
}

func send(w http.ResponseWriter, control *http.ResponseController, x *state) error {
	b, err := json.Marshal(x)
	if err != nil {
		return err
	}
	// Not every ResponseWriter has deadlines.
	_ = control.SetWriteDeadline(time.Now().Add(readTime))
	if _, err := fmt.Fprintf(w, "data: %s\n\n", b); err != nil {
		return err
	}
	if err := control.Flush(); err != nil {
		return err
	}
	_ = control.SetWriteDeadline(time.Time{})
	return nil
}
