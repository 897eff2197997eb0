package intercept

import "errors"

// SetStep turns step mode on or off: each request waits, and Step lets one go. Turning it off
// releases what waits only because of it.
func (h *Holds) SetStep(on bool) {
	h.mu.Lock()
	h.step = on
	h.version.Add(1)
	h.mu.Unlock()
	if !on {
		h.resumeAll("step mode has ended", func(w *Held) bool { return w.stepped })
	}
}

// Stepping reports whether step mode is on.
func (h *Holds) Stepping() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.step
}

// Step releases what has waited longest, as it is. In step mode the next request waits again,
// even if it came with the one before.
func (h *Holds) Step() error {
	w := h.Waiting()
	if len(w) == 0 {
		return errors.New("nothing waits")
	}
	return h.Resume(w[0].ID)
}
