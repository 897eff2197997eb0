package session

import (
	"bytes"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// code is the response code that a text begins with: "[COPYUID 7 3:4 9:10]".
type code struct {
	row  *protocol.Row // nil if its name is not known
	args []byte        // what follows the name
}

// readCode returns the code of a status response's text, and whether it has one.
func readCode(text []byte) (code, bool) {
	if len(text) == 0 || text[0] != '[' {
		return code{}, false
	}
	end := bytes.IndexByte(text, ']')
	if end < 0 {
		return code{}, false
	}
	name, args, _ := bytes.Cut(text[1:end], []byte(" "))
	return code{protocol.Lookup(protocol.Code, name), args}, true
}

// number returns the first argument, if it is a number of up to 63 bits, as that of
// HIGHESTMODSEQ (RFC 7162, 7).
func (c code) number() (uint64, bool) {
	w, _ := wire.Word(c.args)
	n, err := strconv.ParseUint(string(w), 10, 63)
	return n, err == nil
}

// number32 returns the first argument, if it is a number of 32 bits.
func (c code) number32() (uint32, bool) {
	n, ok := c.number()
	return uint32(n), ok && n < 1<<32
}

// uidSets returns the arguments of APPENDUID or COPYUID: a UIDVALIDITY and one set, or two
// (RFC 4315, 3).
func (c code) uidSets() (validity uint32, first, second syntax.Sequence) {
	validity, _ = c.number32()
	_, rest := wire.Word(c.args)
	a, rest := wire.Word(rest)
	b, _ := wire.Word(rest)
	return validity, syntax.ParseSequence(a), syntax.ParseSequence(b)
}

// flags returns the words of the list that is the argument of PERMANENTFLAGS.
func (c code) flags() []string {
	list := strings.Fields(strings.Trim(string(c.args), " ()"))
	if list == nil {
		list = []string{}
	}
	return list
}

// coded follows a code that says something of the mailbox, and reports whether it did.
func (b *Mailbox) coded(c code) bool {
	if c.row == nil {
		return false
	}
	switch c.row.Effect {
	case protocol.GivesUIDValidity:
		if n, ok := c.number32(); ok {
			b.UIDValidity = n
			return true
		}
	case protocol.GivesUIDNext:
		if n, ok := c.number32(); ok {
			b.UIDNext = n
			b.next = b.nextNumber()
			b.promised = place{b.next, n}
			return true
		}
	case protocol.GivesHighestModSeq:
		if n, ok := c.number(); ok {
			b.HighestModSeq = n
			return true
		}
	case protocol.GivesPermanentFlags:
		b.Permanent = c.flags()
		return true
	}
	return false
}

// nextNumber returns the number of the next message; 0 if it is not known.
func (b *Mailbox) nextNumber() uint32 {
	if !b.Known || b.Exists == 1<<32-1 {
		return 0
	}
	return b.Exists + 1
}

// eachNumber calls see for each number of a SEARCH response, and reports false if
// something else is among them; a MODSEQ in parentheses ends them (RFC 7162, 3.1.5).
func eachNumber(rest []byte, see func(uint32)) bool {
	for {
		var w []byte
		if w, rest = wire.Word(rest); len(w) == 0 || w[0] == '(' {
			return true
		}
		n, err := strconv.ParseUint(string(w), 10, 32)
		if err != nil {
			return false
		}
		see(uint32(n))
	}
}

// foundSet returns the set of an ESEARCH response, and whether it is one of UIDs:
// "(TAG "a") UID ALL 1:5" (RFC 4731, 3.1).
func foundSet(rest []byte) (set syntax.Sequence, uids bool) {
	if i := bytes.IndexByte(rest, ')'); i >= 0 && bytes.HasPrefix(bytes.TrimLeft(rest, " "), []byte("(")) {
		rest = rest[i+1:]
	}
	first := true
	for {
		var w []byte
		if w, rest = wire.Word(rest); len(w) == 0 {
			return nil, uids
		}
		if first && protocol.Lookup(protocol.Property, w).Displays(protocol.ShowsUniqueID) {
			uids, first = true, false
			continue
		}
		first = false
		all := protocol.Lookup(protocol.SearchReturn, w).Does(protocol.FoundSet)
		if w, rest = wire.Word(rest); all {
			return syntax.ParseSequence(w), uids
		}
	}
}
