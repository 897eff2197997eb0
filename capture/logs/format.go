package logs

import (
	"slices"
	"sync"
)

// A Format is one kind of log.
type Format struct {
	Name    string // "mutt"
	Program string // what writes it
	How     string // how to make such a log
	Missing string // what it lacks

	// is reports whether a line occurs in this format only. If there is no such line, weigh
	// returns what one says for the format; begun reports whether a line of the protocol came
	// before.
	is    func(l []byte, p Protocol) bool
	weigh func(l []byte, p Protocol, begun bool) weight
	new   func(*book) parser
}

// A parser reads the lines of a log in their order.
type parser interface {
	line(line) error
}

// Formats lists the formats in the order in which they are tried.
func Formats() []Format { return append(slices.Clone(programs()), texts()...) }

// programs returns the formats that a line shows. They are compiled once.
var programs = sync.OnceValue(func() []Format {
	return []Format{
		exported(), imaplib(), mutt(), curlTraced(), curlVerbose(), rawlog(), rawlogAlone(), mbsync(), fetchmail(), alpine(),
		mozilla(), javaMail(), imapFlow(), mailKit(), offlineIMAP(), android(), sClient(), mailIMAPClient(),
	}
})

// texts returns the formats that are weighed. They keep what they saw: each is for one log.
func texts() []Format { return []Format{transcript(), bare()} }
