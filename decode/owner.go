package decode

import "bytes"

// owner finds the outstanding command that an untagged response belongs to, by
// the table of answers: data of a kind goes to the commands that ask for it,
// BYE to LOGOUT, all else to the oldest. If several would do it is the oldest of
// them, and ambiguous.
//
// A command that may have been answered already (its answer was lost, or was a
// "* BAD") is asked only after the others.
func (d *Decoder) owner(m *Message) (t *Transaction, ambiguous bool) {
	switch len(d.out) {
	case 0:
		return nil, false
	case 1:
		return d.out[0], false
	}
	for _, asks := range d.claims(m) {
		for _, late := range []bool{false, true} {
			n := 0
			for _, o := range d.out {
				if o.late == late && asks(o, m) {
					if n++; n > 1 {
						return t, true
					}
					t = o
				}
			}
			if n > 0 {
				return t, false
			}
		}
	}
	return d.out[0], true
}

// claim reports whether a command asks for a response.
type claim func(t *Transaction, m *Message) bool

// claims are asked in order; the first that any command fulfils decides.
func (d *Decoder) claims(m *Message) []claim {
	if c, ok := answers[m.Word]; ok {
		return c
	}
	return byName
}

func anyone(*Transaction, *Message) bool { return true }

func byCommand(names ...string) claim {
	return func(t *Transaction, _ *Message) bool {
		for _, n := range names {
			if t.Command == n {
				return true
			}
		}
		return false
	}
}

// byName: data named like the command it answers (LIST, STATUS, CAPABILITY …).
var byName = []claim{func(t *Transaction, m *Message) bool { return t.Command == m.Word }, anyone}

// answers is the table of answers.
var answers = map[string][]claim{
	"FETCH":   {fetches, stores, byUID, anyone},
	"STORE":   {stores, fetches, byUID, anyone}, // the obsolete form of FETCH
	"SEARCH":  {byCommand("SEARCH", "UID SEARCH"), anyone},
	"ESEARCH": {byCommand("SEARCH", "UID SEARCH"), anyone},
	"MAILBOX": {finds("MAILBOXES"), anyone},
	"BBOARD":  {finds("BBOARDS"), anyone},
	"FLAGS":   {selects, anyone},
	"EXISTS":  {func(t *Transaction, m *Message) bool { return selects(t, m) && t.flags && !t.exists }, anyone},
	"RECENT":  {func(t *Transaction, m *Message) bool { return selects(t, m) && t.flags && !t.recent }, anyone},
	"EXPUNGE": {byCommand("EXPUNGE", "UID EXPUNGE"), anyone},
	"COPY":    {byCommand("COPY", "UID COPY"), anyone},
	"BYE":     {byCommand("LOGOUT"), anyone},
}

var selects = byCommand("SELECT", "BBOARD", "EXAMINE")

// fetches: a FETCH whose sequence holds the number.
func fetches(t *Transaction, m *Message) bool {
	switch t.Command {
	case "FETCH", "PARTIAL":
		return m.isIn(t, 2, m.Number)
	case "UID FETCH":
		return uidHas(t, m)
	}
	return false
}

func stores(t *Transaction, m *Message) bool {
	switch t.Command {
	case "STORE":
		return m.isIn(t, 2, m.Number)
	case "UID STORE":
		return uidHas(t, m)
	}
	return false
}

// maxSequences is how many octets of sequences are read to find where one
// message belongs; those that come after hold no number then.
const maxSequences = 32 << 10

// isIn reports whether the sequence that is word w of the request of t holds n.
func (m *Message) isIn(t *Transaction, w int, n uint32) bool {
	if m.read > maxSequences {
		return false
	}
	seq := t.word(w)
	m.read += len(seq)
	return sequenceHas(seq, n)
}

// uidHas: the UID forms name other numbers than the response begins with, but it
// has the UID among its items (RFC 3501, section 6.4.8).
func uidHas(t *Transaction, m *Message) bool {
	if !m.uidRead {
		m.uid, m.hasUID = uidOf(m)
		m.uidRead = true
	}
	return m.hasUID && m.isIn(t, 3, m.uid)
}

// uidOf is the UID that stands before the first literal of a response.
func uidOf(m *Message) (uint32, bool) {
	line := m.Raw
	if len(m.Literals) > 0 {
		line = line[:m.Literals[0].Head.Start]
	}
	for _, before := range []string{"(UID ", " UID "} {
		if i := bytes.Index(line, []byte(before)); i >= 0 {
			w, _, _ := bytes.Cut(line[i+len(before):], []byte(" "))
			if n, ok := parseNumber(bytes.TrimRight(w, ")\r\n")); ok {
				return n, true
			}
		}
	}
	return 0, false
}

// byUID: the UID form that data without UID may still be for.
var byUID = byCommand("UID FETCH", "UID STORE")

// finds: FIND MAILBOXES, FIND ALL.MAILBOXES and so on.
func finds(what string) claim {
	return func(t *Transaction, _ *Message) bool {
		if t.Command != "FIND" {
			return false
		}
		arg := canonical(t.argument())
		return arg == what || arg == "ALL."+what
	}
}

// argument is the first word after the command.
func (t *Transaction) argument() []byte { return t.word(2) }

// word is the nth word of the request, from 0: the tag is 0, the command 1.
func (t *Transaction) word(n int) []byte {
	w, rest := word(t.Request.Raw)
	for range n {
		w, rest = word(rest)
	}
	return w
}
