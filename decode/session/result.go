package session

import (
	"slices"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
)

// results are what a search found, to compare with what the same search finds when it is
// asked for identifiers in place of numbers, or the reverse.
type results struct {
	program string // what was searched for
	numbers []uint32
	uids    bool
}

// found follows the result of a search. One that found all messages shows the identifier of
// each, and so does one that was made twice, for numbers and for UIDs.
func (s *Model) found(b *Mailbox, m *Input) {
	_, rest := wire.Word(m.Raw) // "*"
	_, rest = wire.Word(rest)   // the name
	if m.Elided > 0 || m.Broken || m.Orphan || s.Dialect < protocol.IMAP4 && !s.world.Detailed {
		return // IMAP2 has no unique identifiers
	}
	var list []uint32
	uids := m.Command != nil && m.Command.UID
	if m.Row.Does(protocol.FoundSet) {
		set, byUID := foundSet(rest)
		uids = byUID
		list = members(set, min(int(b.Exists), MaxKnown))
	} else {
		if !eachNumber(rest, func(n uint32) {
			if len(list) <= MaxKnown {
				list = append(list, n)
			}
		}) {
			return
		}
		slices.Sort(list)
		list = slices.Compact(list)
	}
	if len(list) == 0 || len(list) > MaxKnown {
		return
	}
	s.report(b, m, list, uids)
	if uids && b.Known && len(list) == int(b.Exists) {
		b.identifyAll(list)
	}
	s.pair(b, m, results{program: program(m), numbers: list, uids: uids})
}

// pair compares a result with the one before it.
func (s *Model) pair(b *Mailbox, m *Input, now results) {
	then := s.last
	s.last = now
	if now.program == "" || then.program != now.program || then.uids == now.uids || len(then.numbers) != len(now.numbers) {
		return
	}
	numbers, uids := then.numbers, now.numbers
	if then.uids {
		numbers, uids = uids, numbers
	}
	for i, n := range numbers {
		if n <= b.Exists {
			b.identify(n, uids[i])
		}
	}
}

// maxProgram is how many bytes of a search are kept to compare it with the next one.
const maxProgram = 1 << 10

// program returns what a SEARCH or UID SEARCH asks for; "" if it is not known or too long.
func program(m *Input) string {
	if m.Command == nil || m.Request == nil || m.Request.Elided > 0 {
		return ""
	}
	rest := m.Request.Raw
	for range 1 + nameWords(m.Command) {
		_, rest = wire.Word(rest)
	}
	if len(rest) > maxProgram {
		return ""
	}
	return string(rest)
}

// members returns the numbers of a set in order, nil if there are more than most.
func members(set syntax.Sequence, most int) []uint32 {
	var list []uint32
	for _, r := range normal(set) {
		if uint64(r.Last)-uint64(r.First)+1 > uint64(most-len(list)) {
			return nil
		}
		for n := r.First; ; n++ {
			list = append(list, n)
			if n == r.Last {
				break
			}
		}
	}
	return list
}

// report reports what a search found.
func (s *Model) report(b *Mailbox, m *Input, list []uint32, uids bool) {
	if !s.world.Detailed || s.world.Report == nil {
		return
	}
	f := s.about(Found, m, b)
	f.Set, f.UIDs = setText(sequenceOf(list)), uids
	s.emit(f)
}

// sequenceOf returns numbers in ascending order as a set.
func sequenceOf(list []uint32) syntax.Sequence {
	var set syntax.Sequence
	for _, n := range list {
		if k := len(set); k > 0 && n-set[k-1].Last <= 1 {
			set[k-1].Last = n
			continue
		}
		set = append(set, syntax.Range{First: n, Last: n})
	}
	return set
}

// setText returns a set in wire form, cut after whole ranges.
func setText(set syntax.Sequence) string {
	text := make([]byte, 0, 16)
	for i, r := range set {
		n := len(text)
		if i > 0 {
			text = append(text, ',')
		}
		if text = r.AppendTo(text); len(text) > MaxSet {
			return string(text[:n])
		}
	}
	return string(text)
}
