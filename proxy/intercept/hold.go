package intercept

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"imapscope/capture"
	"imapscope/decode/wire"
	"imapscope/proxy/intercept/edit"
)

// ErrGone reports that a held message was released in the meantime, or its connection ended.
var ErrGone = errors.New("it no longer waits")

// DefaultHoldTimeout is how long a message is held at most, if Holds.Timeout is 0.
const DefaultHoldTimeout = 5 * time.Minute

// Holds is a Stage that holds messages until they are released. Its methods may be called
// concurrently.
type Holds struct {
	Timeout time.Duration // 0 means DefaultHoldTimeout
	// Announce, if set, is called for each message when it begins to wait. It must not block.
	// It is set before the first connection.
	Announce func(*Held)

	version atomic.Uint64 // of rules and step

	mu      sync.Mutex
	rules   []Rule
	step    bool    // each request waits
	waiting []*Held // oldest first
	last    int
	gone    bool
	changed chan struct{}
	conns   map[capture.ConnID]*holder
}

// A Held is a message that waits. Its fields do not change.
type Held struct {
	ID    int // counted from 1
	Conn  capture.Conn
	Txn   int // the transaction's number, 0 outside any
	Dir   capture.Direction
	Tag   string
	Word  string // as Head.Word
	Raw   []byte // as it came, or as a stage before changed it
	Since time.Time

	holds    *Holds
	on       *Conn
	name     string      // what notes call it
	shownTag string      // its tag, for notes; "" if there is none, or it must not be shown
	secrets  []wire.Span // the places of Raw that are secret
	request  bool        // a command, not a line that belongs to one
	stepped  bool        // it waits because of step mode only
	decided  bool
	out      []byte // nil: dropped
	did      []note // what was done, once it is decided
}

// NewHolds returns a Holds without rules.
func NewHolds() *Holds {
	return &Holds{changed: make(chan struct{}, 1), conns: make(map[capture.ConnID]*holder)}
}

// SetRules replaces the rules. What waits already goes on waiting.
func (h *Holds) SetRules(rules []Rule) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rules = slices.Clone(rules)
	h.version.Add(1)
}

// Rules returns the rules.
func (h *Holds) Rules() []Rule {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.rules)
}

// Waiting returns what waits, oldest first.
func (h *Holds) Waiting() []*Held {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.waiting)
}

// Find returns what waits and has an ID; ErrGone if there is none.
func (h *Holds) Find(id int) (*Held, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.find(id); i >= 0 {
		return h.waiting[i], nil
	}
	return nil, ErrGone
}

// Changed returns a channel that signals that Waiting has changed.
func (h *Holds) Changed() <-chan struct{} { return h.changed }

// Conns returns the connections that are open now, in the order in which they began.
func (h *Holds) Conns() []capture.Conn {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]capture.Conn, 0, len(h.conns))
	for _, a := range h.conns {
		all = append(all, a.conn.Info)
	}
	slices.SortFunc(all, func(a, b capture.Conn) int { return int(a.ID) - int(b.ID) })
	return all
}

// Resume releases a message as it is.
func (h *Holds) Resume(id int) error { return h.release(id, verdict{}) }

// Edit releases a message as raw. The engine sends raw as it is, except that the literals of a
// request wait for the server.
func (h *Holds) Edit(id int, raw []byte) error {
	w, err := h.Find(id)
	switch {
	case err != nil:
		return err
	case len(raw) == 0:
		return errors.New("nothing is left of the message; to send nothing, drop it")
	case len(raw) > w.on.engine.opts.Limit:
		return fmt.Errorf("the message would have %d bytes; the limit is %d", len(raw), w.on.engine.opts.Limit)
	case string(raw) == string(w.Raw):
		return h.Resume(id)
	}
	did := fmt.Sprintf("edited: %s (%d bytes, was %d)", w.name, len(raw), len(w.Raw))
	return h.release(id, verdict{changes: true, out: raw, did: did})
}

// EditText releases a message as a text says that was made from Held.Text.
func (h *Holds) EditText(id int, text []byte) error {
	w, err := h.Find(id)
	if err != nil {
		return err
	}
	raw, err := w.Parse(text)
	if err != nil {
		return err
	}
	return h.Edit(id, raw)
}

// Drop discards a message.
func (h *Holds) Drop(id int) error {
	w, err := h.Find(id)
	if err != nil {
		return err
	}
	return h.release(id, verdict{changes: true, did: "dropped: " + w.name})
}

// ResumeAll releases everything that waits, and returns how many messages that were.
func (h *Holds) ResumeAll() (n int) { return h.resumeAll("", func(*Held) bool { return true }) }

// resumeAll releases what waits and is meant. why is in the notes.
func (h *Holds) resumeAll(why string, meant func(*Held) bool) (n int) {
	for _, w := range h.Waiting() {
		if meant(w) && h.release(w.ID, verdict{why: why}) == nil {
			n++
		}
	}
	return n
}

// Close releases everything; nothing is held from then on.
func (h *Holds) Close() {
	h.mu.Lock()
	h.gone = true
	h.version.Add(1)
	h.mu.Unlock()
	h.resumeAll("what held it has ended", func(*Held) bool { return true })
}

// verdict is how a message is released.
type verdict struct {
	changes bool
	out     []byte // if it changes: what is sent, nil if nothing is
	did     string // if it changes: what the note says; "" for no note
	why     string // it was released, if not the user did
}

func (h *Holds) find(id int) int {
	return slices.IndexFunc(h.waiting, func(w *Held) bool { return w.ID == id })
}

func (h *Holds) release(id int, v verdict) error {
	h.mu.Lock()
	i := h.find(id)
	if i < 0 {
		h.mu.Unlock()
		return ErrGone
	}
	w := h.waiting[i]
	h.waiting = slices.Delete(h.waiting, i, i+1)
	w.decide(v)
	h.mu.Unlock()
	h.signal()
	w.on.Wake()
	return nil
}

// decide opens the gate. Holds.mu is locked.
func (w *Held) decide(v verdict) {
	w.decided, w.out = true, w.Raw
	w.did = append(w.did, w.heldNote(v.why))
	if v.changes {
		w.out = v.out
	}
	if v.did != "" {
		w.did = append(w.did, note{kind: capture.ByEdit, text: v.did, tag: w.shownTag})
	}
}

// heldNote returns the note that says how long the message was held, and why it is not any more.
func (w *Held) heldNote(why string) note {
	text := fmt.Sprintf("%s for %.1f s", w.name, time.Since(w.Since).Seconds())
	if why != "" {
		text += "; " + why
	}
	return note{kind: capture.ByHolding, text: text, tag: w.shownTag}
}

func (h *Holds) signal() {
	select {
	case h.changed <- struct{}{}:
	default:
	}
}

// Released implements Gate.
func (w *Held) Released([]byte) (out []byte, done bool) {
	w.holds.mu.Lock()
	defer w.holds.mu.Unlock()
	return w.out, w.decided
}

// notes returns what was done, once the message is released.
func (w *Held) notes() []note { return w.did }

// Masked returns what can be shown of Raw: secrets are masked, byte by byte.
func (w *Held) Masked() []byte { return masked(w.Raw, w.secrets) }

// Text returns the message as text that a person edits: see package edit. Secrets are left out.
func (w *Held) Text() []byte { return edit.Format(w.Raw, w.Dir, w.secrets...) }

// Parse returns the bytes that a text is written for that was made from Text.
func (w *Held) Parse(text []byte) ([]byte, error) {
	return edit.Parse(text, w.Raw, w.Dir, w.secrets...)
}
