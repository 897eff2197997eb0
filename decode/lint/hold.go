package lint

import "imapscope/capture"

// heldBack is a finding that is told only if nothing of one side was lost before that
// side's next message: a command whose greeting was not captured was not too early,
// and a response whose command was not captured is no orphan. A loss is known only
// when something follows it.
type heldBack struct {
	needs capture.Direction
	rule  *Rule
	place place
	text  string
}

// maxHeldBack is how many findings wait at most; the oldest is told then.
const maxHeldBack = 16

// foundIf tells a finding once it is sure that nothing of one side was lost.
func (c *conn) foundIf(needs capture.Direction, r *Rule, p place, text string) {
	if len(c.held) == maxHeldBack {
		h := c.held[0]
		c.held = append(c.held[:0], c.held[1:]...)
		c.found(h.rule, h.place, h.text)
	}
	c.held = append(c.held, heldBack{needs, r, p, text})
}

// release tells the findings that waited for one side, or drops them.
func (c *conn) release(side capture.Direction, tell bool) {
	if len(c.held) == 0 {
		return
	}
	kept := c.held[:0]
	for _, h := range c.held {
		switch {
		case h.needs != side:
			kept = append(kept, h)
		case tell:
			c.found(h.rule, h.place, h.text)
		}
	}
	c.held = kept
}
