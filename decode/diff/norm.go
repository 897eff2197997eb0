package diff

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/excerpt"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// set returns words as a set, sorted and without duplicates: as they are compared, since
// letter case does not matter in flags and capabilities (RFC 1176, "Conventions", p. 10),
// and as they are shown.
func set(words []string) (value, shown string) {
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return strings.Compare(strings.ToUpper(a), strings.ToUpper(b)) })
	words = slices.CompactFunc(words, strings.EqualFold)
	shown = strings.Join(words, " ")
	return strings.ToUpper(shown), shown
}

func withoutRecent(flags string) string {
	words := strings.Fields(flags)
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return protocol.Lookup(protocol.Flag, w).Does(protocol.MarksRecent) }), " ")
}

// short is the length of the longest string that is shown unchanged.
const short = 80

// str returns a string as it is compared and as it is shown.
func str(b []byte) (value, shown string) {
	value = string(b)
	if len(b) <= short && !strings.ContainsAny(value, "\r\n") {
		return value, value
	}
	sum := sha256.Sum256(b)
	value = fmt.Sprintf("%d bytes, SHA-256 %x", len(b), sum[:8])
	return value, value
}

// norm returns a value in normal form: strings by their content, however written.
func norm(n *syntax.Node, raw []byte) (value, shown string) { return normBut(n, raw, nil) }

// normBut is norm with other values in place of some nodes.
func normBut(n *syntax.Node, raw []byte, but map[*syntax.Node]string) (value, shown string) {
	if v, ok := but[n]; ok {
		return v, string(n.Bytes(raw))
	}
	switch n.Kind {
	case syntax.KindNIL:
		return protocol.NIL, protocol.NIL
	case syntax.KindQuoted, syntax.KindLiteral:
		return normString(n, raw)
	case syntax.KindAtom:
		if n.Role != protocol.RoleNone { // a string, written as a word
			return normString(n, raw)
		}
	case syntax.KindSequence:
		if s := syntax.ReadSequence(n, raw); s != nil {
			return normSequence(s, n.Role != protocol.RoleUID), string(n.Bytes(raw))
		}
	case syntax.KindSP, syntax.KindCRLF:
		return "", ""
	}
	if len(n.Kids) == 0 || n.Kind == syntax.KindSection {
		v := strings.ToUpper(string(n.Bytes(raw)))
		return v, string(n.Bytes(raw))
	}
	return normKids(n, raw, but)
}

// normString returns a string in normal form. NIL is the absence of a string, "NIL" is one.
func normString(n *syntax.Node, raw []byte) (value, shown string) {
	v, s := str(n.Value(raw))
	switch n.Role {
	case protocol.RolePassword, protocol.RoleSASL:
		return v, "********"
	case protocol.RoleMailbox:
		if strings.EqualFold(v, protocol.Inbox) { // RFC 3501, 5.1
			v, s = protocol.Inbox, protocol.Inbox
		}
	case protocol.RoleRights: // a set (RFC 4314, section 2)
		letters := []byte(v)
		slices.Sort(letters)
		v = string(letters)
	}
	if n.Kind != syntax.KindAtom && strings.EqualFold(v, protocol.NIL) {
		s = strconv.Quote(v)
	}
	return `"` + v + `"`, s
}

// normSequence returns a set of numbers in normal form: in ascending order, if their order does not
// matter. That of unique identifiers in COPYUID does: the first is the first of the other set
// (RFC 4315, section 3).
func normSequence(s syntax.Sequence, sorted bool) string { return merged(s, sorted).String() }

// merged returns a set of numbers with its ranges forwards, and those that follow each other as one;
// sorted, and with each number once, if asked for.
func merged(s syntax.Sequence, sorted bool) syntax.Sequence {
	out := make(syntax.Sequence, len(s))
	for i, r := range s {
		out[i].First, out[i].Last = r.Bounds()
	}
	if sorted {
		slices.SortFunc(out, func(a, b syntax.Range) int { return cmp.Compare(a.First, b.First) })
	}
	k := 0
	for _, r := range out[min(1, len(out)):] {
		switch last := &out[k]; {
		case sorted && r.First <= last.Last, last.Last != syntax.Star && r.First == last.Last+1:
			last.Last = max(last.Last, r.Last)
		default:
			k++
			out[k] = r
		}
	}
	return out[:min(k+1, len(out))]
}

// normKids returns a node that has others in normal form.
func normKids(n *syntax.Node, raw []byte, but map[*syntax.Node]string) (value, shown string) {
	var vs, ss []string
	unordered := false // attributes of a mailbox are a set, whose letter case does not matter
	for i := range n.Kids {
		kid := &n.Kids[i]
		switch kid.Kind {
		case syntax.KindSP, syntax.KindCRLF, syntax.KindOpen, syntax.KindClose:
			continue
		}
		if v, ok := but[kid]; ok && v == "" {
			continue
		}
		v, s := normBut(kid, raw, but)
		vs, ss = append(vs, v), append(ss, s)
		unordered = unordered || kid.Role == protocol.RoleAttribute
	}
	if unordered {
		for i, v := range vs {
			vs[i] = strings.ToUpper(v)
		}
		slices.Sort(vs)
	}
	value, shown = strings.Join(vs, " "), strings.Join(ss, " ")
	switch n.Kind {
	case syntax.KindList, syntax.KindGroup, syntax.KindAddresses, syntax.KindAddress, syntax.KindEnvelope, syntax.KindBody, syntax.KindThread:
		value, shown = "("+value+")", "("+shown+")"
	}
	return hashed(value), excerptOf(shown)
}

// hashed returns a value, or its length and hash if it is long.
func hashed(value string) string {
	if len(value) <= 4*short {
		return value
	}
	sum := sha256.Sum256([]byte(value))
	return strconv.Itoa(len(value)) + fmt.Sprintf(" %x", sum[:8])
}

// excerptOf returns what is shown of a value.
func excerptOf(shown string) string { return excerpt.Head(shown, 4*short) }
