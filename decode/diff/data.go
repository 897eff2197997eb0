package diff

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// other adds untagged data that has no form of its own in this package: by what it is about,
// without the values that differ between any two runs, which are facts of their own.
func (r *reader) other(row *protocol.Row, q syntax.Response, n *syntax.Node, raw []byte) {
	subject := q.Data
	if about := aboutOf(q.Args, raw); about != "" {
		subject += " " + about
	}
	if q.Number > 0 {
		subject = fmt.Sprint(q.Data, " ", q.Number)
	}
	if row.Does(protocol.Reports) {
		r.items(subject, n, raw)
		return
	}
	if row.Does(protocol.Vanishes) {
		r.vanish(q, n, raw)
		return
	}
	list := itemsOf(n)
	r.pieces(fact{subject: subject, path: subject, shown: q.Data}, q.Args, list, raw)
	for _, it := range list {
		r.item(subject, it, raw)
	}
}

// vanish adds messages that are gone, and how many there are, in one response or in several. Those that
// were gone EARLIER may be any that the client could know, and more (RFC 7162, section 3.2.10.1).
func (r *reader) vanish(q syntax.Response, n *syntax.Node, raw []byte) {
	uids, earlier := syntax.ReadVanished(n, raw)
	_, shown := r.args(q.Args, raw)
	r.add(fact{subject: q.Data, value: strconv.FormatBool(earlier), shown: q.Data + " " + shown})
	r.add(fact{subject: q.Data, path: q.Data + " numbers", value: normSequence(uids, true), other: Number, missing: Number})
	if !earlier {
		r.vanished = merged(append(r.vanished, uids...), true)
		r.lost, r.lostAs = size(r.vanished), q.Data
	}
}

// itemsOf returns the values below a node that belong to a word or a name of their own, which
// are in any order.
func itemsOf(n *syntax.Node) (list []*syntax.Node) {
	for k := range n.All() {
		if k.Kind == syntax.KindItem && len(k.Kids) > 0 {
			list = append(list, k)
		}
	}
	return list
}

// item adds a value that belongs to a word or a name, which is its first kid.
func (r *reader) item(subject string, it *syntax.Node, raw []byte) {
	_, name := norm(&it.Kids[0], raw)
	args := make([]*syntax.Node, 0, len(it.Kids))
	for i := range it.Kids[1:] {
		args = append(args, &it.Kids[1+i])
	}
	r.pieces(fact{subject: subject, path: subject + " " + name}, args, nil, raw)
}

// pieces adds a value without the parts of it that are facts of their own: those that vary, and the
// items among them. Known are the subject and the path of the fact, and what it shows first.
func (r *reader) pieces(f fact, args, items []*syntax.Node, raw []byte) {
	but := make(map[*syntax.Node]string)
	for _, it := range items {
		but[it] = ""
	}
	var apart [variations][]*syntax.Node
	for _, a := range args {
		r.apart(a, raw, but, &apart)
	}
	var words []string
	for _, a := range args {
		v, _ := normBut(a, raw, but)
		words = append(words, v)
	}
	f.value = strings.Join(strings.Fields(strings.Join(words, " ")), " ")
	if len(apart[Number]) > 0 {
		f.value += " numbers " + ranks(apart[Number], raw)
	}
	_, shown := r.args(args, raw)
	f.shown = strings.TrimSpace(f.shown + " " + shown)
	r.add(f)
	for v, list := range apart {
		if v := Variation(v); len(list) > 0 && v != Form {
			value, _ := r.args(list, raw)
			r.add(fact{subject: f.subject, path: f.path + " " + v.String(), value: value, other: v, missing: v})
		}
	}
}

// apart adds the leaves below a node that vary to those of their kind, and what is compared in their
// place. What already has something in its place is left out.
func (r *reader) apart(n *syntax.Node, raw []byte, but map[*syntax.Node]string, list *[variations][]*syntax.Node) {
	if _, done := but[n]; done {
		return
	}
	for i := range n.Kids {
		r.apart(&n.Kids[i], raw, but, list)
	}
	if v := r.varies(n, raw); len(n.Kids) == 0 && v != Real {
		list[v] = append(list[v], n)
		if but[n] = ""; v == Number {
			but[n] = "#"
		}
	}
}

// ranks returns the order in which numbers are, without the numbers: unique identifiers grow in
// the order of the messages whichever they are. Of sets it is how many they have,
// and of other values how many there are.
func ranks(nodes []*syntax.Node, raw []byte) string {
	numbers := make([]uint64, len(nodes))
	for i, n := range nodes {
		var ok bool
		if numbers[i], ok = n.Number(raw); !ok {
			return cmp.Or(sizes(nodes, raw), strconv.Itoa(len(nodes)))
		}
	}
	sorted := slices.Sorted(slices.Values(numbers))
	words := make([]string, len(numbers))
	for i, n := range numbers {
		at, _ := slices.BinarySearch(sorted, n)
		words[i] = strconv.Itoa(at + 1)
	}
	return strings.Join(words, " ")
}

// offered returns capabilities without those that depend on TLS, if one side has it.
func (r *reader) offered(words []string) []string {
	if !r.tls {
		return words
	}
	return slices.DeleteFunc(words, func(w string) bool {
		row := protocol.Lookup(protocol.Capability, w)
		return row.Does(protocol.StartsTLS) || row.Does(protocol.ForbidsLogin)
	})
}

// aboutOf returns the mailbox or the quota root that data is about.
func aboutOf(args []*syntax.Node, raw []byte) string {
	for _, a := range args {
		for k := range a.Leaves() {
			if k.Role == protocol.RoleMailbox || k.Role == protocol.RoleQuotaRoot {
				_, shown := norm(k, raw)
				return shown
			}
		}
	}
	return ""
}

// varies returns the variation that a value belongs to.
func (r *reader) varies(n *syntax.Node, raw []byte) Variation {
	switch n.Role {
	case protocol.RoleUID, protocol.RoleUIDValidity, protocol.RoleUIDNext, protocol.RoleModSeq, protocol.RoleObjectID:
		return Number
	case protocol.RoleMessageNumber, protocol.RoleMessageSet:
		if r.uid { // the tree does not know the command
			return Number
		}
	case protocol.RoleUsage:
		return NewMail
	case protocol.RoleAttribute: // \Marked
		if n.Kind == syntax.KindFlag && variesOf(protocol.Lookup(protocol.Flag, n.Bytes(raw))) == protocol.WithMail {
			return NewMail
		}
	case protocol.RoleCommandTag:
		if string(n.Value(raw)) == r.tag {
			return Form
		}
	}
	return Real
}

// mailboxOf returns the mailbox below a node.
func mailboxOf(n *syntax.Node, raw []byte) string {
	if k := n.FindRole(protocol.RoleMailbox); k != nil {
		_, name := norm(k, raw)
		return name
	}
	return ""
}

// items adds the figures of a STATUS response, each for itself.
func (r *reader) items(subject string, n *syntax.Node, raw []byte) {
	any, mailbox := false, mailboxOf(n, raw)
	for k := range n.All() {
		if k.Kind != syntax.KindItem || len(k.Kids) == 0 {
			continue
		}
		any = true
		name := strings.ToUpper(string(k.Kids[0].Bytes(raw)))
		f := fact{subject: subject, path: subject + " " + name, value: missing, about: mailbox}
		if v := &k.Kids[len(k.Kids)-1]; len(k.Kids) > 1 {
			f.value, f.shown = norm(v, raw)
			f.number, _ = v.Number(raw)
			r.figure(figure{mailbox, effectOf(protocol.Lookup(protocol.StatusItem, name)), f.number})
		}
		switch row := protocol.Lookup(protocol.StatusItem, name); variesOf(row) {
		case protocol.Assigned:
			f.other = Number
		case protocol.WithMail:
			if f.grows = true; !r.together || !row.Does(protocol.GivesMessages) {
				f.other = NewMail
			}
			if !row.Does(protocol.GivesMessages) && !row.Does(protocol.CountsRecent) {
				f.with = subject + " " + protocol.That(protocol.StatusItem, protocol.GivesMessages).Name
			}
		}
		r.add(f)
	}
	if !any {
		r.add(fact{subject: subject, value: "nothing"})
	}
}

// original returns the number that a message had before the exchange: each EXPUNGE gave
// those behind it a lower one.
func (r *reader) original(n uint64) uint64 {
	for _, e := range slices.Backward(r.expunged) {
		if n >= e {
			n++
		}
	}
	return n
}

// gone adds what was expunged. In which order the server reports it does not matter, since
// what is compared is the numbers before the exchange.
func (r *reader) gone() {
	if len(r.expunged) == 0 {
		return
	}
	numbers, all := make([]uint64, 0, len(r.expunged)), r.expunged
	for i := range all {
		r.expunged = all[:i]
		numbers = append(numbers, r.original(all[i]))
	}
	r.expunged = all
	slices.Sort(numbers)
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.FormatUint(n, 10)
	}
	r.add(fact{subject: r.removed, value: strings.Join(words, " ")})
}

// count is a number of messages, which later EXPUNGEs lower.
type count struct {
	word  string
	n     uint64
	known int    // EXPUNGEs before it
	lost  uint64 // and messages that VANISHED before it
}

// counted adds how many messages there are at the end of the exchange.
func (r *reader) counted() {
	c := &r.exists
	if c.word == "" {
		return
	}
	c.n -= min(uint64(len(r.expunged)-c.known)+r.lost-c.lost, c.n)
	other := NewMail
	if r.together {
		other = Real
	}
	r.add(fact{subject: c.word, value: strconv.FormatUint(c.n, 10), number: c.n, grows: true, other: other, last: true, counts: true})
}
