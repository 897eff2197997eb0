package syntax

import "imapscope/decode/protocol"

// FetchData is the content of a FETCH or STORE response about one message.
type FetchData struct {
	Number uint64 // of the message
	Items  []Item // in wire order; a name may come twice
}

// Item is one property of a message.
type Item struct {
	Name  string // upper case, including a section: RFC822.HEADER, BODY[HEADER]
	Value *Node  // nil if it is missing
}

// Get returns the value of the first property with a name, or nil if there is none.
func (d FetchData) Get(name string) *Node {
	for i := range d.Items {
		if d.Items[i].Name == name {
			return d.Items[i].Value
		}
	}
	return nil
}

// Showing returns the value of the first property that shows something of a message,
// by whatever name; nil if there is none.
func (d FetchData) Showing(what protocol.Shows) *Node {
	for i := range d.Items {
		if protocol.ShowsOf(d.Items[i].Name)&what != 0 {
			return d.Items[i].Value
		}
	}
	return nil
}

// ReadFetch reads the tree of a FETCH or STORE response; it reports false if it is something else.
func ReadFetch(n *Node, raw []byte) (FetchData, bool) {
	var d FetchData
	list := n.Kid(KindMessageData)
	if list == nil {
		return d, false
	}
	d.Number, _ = n.Kid(KindNumber).Number(raw)
	for i := range list.Kids {
		if k := &list.Kids[i]; k.Kind == KindProperty {
			d.Items = append(d.Items, readItem(k, raw))
		}
	}
	return d, true
}

// readItem uses the last kid as the value: a size may precede an envelope.
func readItem(n *Node, raw []byte) Item {
	item := Item{Name: canonical(n.Kids[0].Bytes(raw))}
	for i := len(n.Kids) - 1; i > 0; i-- {
		if k := &n.Kids[i]; k.content() {
			item.Value = k
			break
		}
	}
	return item
}

// ReadFlags returns the first flag list of n as it is written, or n itself if it
// is a list such as that of PERMANENTFLAGS. It returns nil if there is none.
func ReadFlags(n *Node, raw []byte) []string {
	if f := n.Find(KindFlagList); f != nil {
		n = f
	}
	if n == nil || n.Kind != KindFlagList && n.Kind != KindList {
		return nil
	}
	flags := []string{}
	for i := range n.Kids {
		if k := &n.Kids[i]; k.Kind == KindFlag || k.Kind == KindAtom {
			flags = append(flags, string(k.Bytes(raw)))
		}
	}
	return flags
}

// ReadVanished returns the unique identifiers of a VANISHED response, and whether it says
// EARLIER: then the messages were not counted in the mailbox any more.
func ReadVanished(n *Node, raw []byte) (uids Sequence, earlier bool) {
	if n == nil {
		return nil, false
	}
	for i := range n.Kids {
		switch k := &n.Kids[i]; k.Kind {
		case KindGroup:
			earlier = true
		case KindNumber, KindSequence:
			uids = append(uids, ReadSequence(k, raw)...)
		}
	}
	return uids, earlier
}

// ReadSearch returns the numbers of a SEARCH response; it reports false if n is something else.
func ReadSearch(n *Node, raw []byte) ([]uint64, bool) {
	d := n.Kid(KindData)
	if d == nil || !protocol.Lookup(protocol.Response, d.Bytes(raw)).Does(protocol.Found) {
		return nil, false
	}
	numbers := []uint64{}
	for i := range n.Kids {
		k := &n.Kids[i]
		if v, ok := k.Number(raw); ok {
			numbers = append(numbers, v)
		}
		for j := range k.Kids { // IMAP3 has them in parentheses
			if v, ok := k.Kids[j].Number(raw); ok && k.Kind == KindGroup {
				numbers = append(numbers, v)
			}
		}
	}
	return numbers, true
}
