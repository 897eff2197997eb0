package intercept

import "time"

// Hurry sets how long the server's "+" and the literal of a client that does not wait are awaited.
func (e *Engine) Hurry(plus, unasked time.Duration) { e.plusTimeout, e.grace = plus, unasked }

// HurryInserted sets how long the client's commands wait for an inserted one.
func (e *Engine) HurryInserted(limit time.Duration) { e.insertTimeout = limit }
