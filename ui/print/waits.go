package print

import (
	"sync"
	"time"

	"imapscope/decode/lint"
)

// maxWaits is how many waits one of several Linters keeps before they are added to those of all.
const maxWaits = 1 << 12

// sharedWaits are the lint.Waits of several Linters: each keeps its own, with their places in the
// source, until one of them asks for those before its own place.
type sharedWaits struct {
	mu    sync.Mutex
	all   lint.Histograms
	parts []*partWaits
}

// partWaits implements lint.Waits for one of several Linters.
type partWaits struct {
	shared *sharedWaits
	part   *place
	own    []placedWait // not in all yet
}

// placedWait is how long a command waited that was answered at a place in the source.
type placedWait struct {
	at      uint64
	command string
	wait    time.Duration
}

// part adds the waits of a Linter.
func (s *sharedWaits) part(p *place) *partWaits {
	w := &partWaits{shared: s, part: p}
	s.parts = append(s.parts, w)
	return w
}

// Add implements lint.Waits.
func (w *partWaits) Add(command string, wait time.Duration) {
	w.shared.mu.Lock()
	w.own = append(w.own, placedWait{w.part.at, command, wait})
	full := len(w.own) >= maxWaits
	w.shared.mu.Unlock()
	if full {
		w.settle()
	}
}

// Usual implements lint.Waits.
func (w *partWaits) Usual(command string) (time.Duration, int) {
	w.settle()
	w.shared.mu.Lock()
	defer w.shared.mu.Unlock()
	return w.shared.all.Usual(command)
}

// settle adds to those of all the waits that came before this place in the source: those of the
// others up to it, and all of its own.
func (w *partWaits) settle() {
	w.part.turn()
	w.shared.mu.Lock()
	defer w.shared.mu.Unlock()
	for _, p := range w.shared.parts {
		n := 0
		for ; n < len(p.own) && (p == w || p.own[n].at < w.part.at); n++ {
			w.shared.all.Add(p.own[n].command, p.own[n].wait)
		}
		p.own = append(p.own[:0], p.own[n:]...)
	}
}
