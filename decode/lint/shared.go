package lint

import "imapscope/decode/account"

// Shared is what rules compare across the connections of a capture. It is used by one Linter at
// a time; see Options.Turn.
type Shared struct {
	startsTLS offerings
	boxes     map[account.Key]*account.Figures // what was reported about mailboxes
}

// NewShared returns an empty Shared.
func NewShared() *Shared {
	return &Shared{startsTLS: make(offerings), boxes: make(map[account.Key]*account.Figures)}
}
