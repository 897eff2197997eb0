package explain

import (
	"iter"
	"slices"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
)

// Rows yields the row of each word of the protocol in a message, in order, as Tokens finds them,
// but without what they mean: that takes most of the time. It leaves out what is wrong in its
// place, and terms and names of fields, which no byte of a message spells. Root is the message's
// tree.
func Rows(root *syntax.Node, raw []byte) iter.Seq[*protocol.Row] {
	return func(yield func(*protocol.Row) bool) { newExplainer(root, raw).rows(root, yield) }
}

// rows yields those of n and of what is below it; it returns false to stop.
func (x *explainer) rows(n *syntax.Node, yield func(*protocol.Row) bool) bool {
	if len(n.Kids) == 0 {
		r, _ := x.rowOf(n)
		return r == nil || n.Err != nil || yield(r)
	}
	kids := n.Kids
	if n.Kind == syntax.KindSection {
		if r := x.sectionRow(&kids[0]); r != nil && kids[0].Err == nil && !yield(r) {
			return false
		}
		kids = kids[1:]
	}
	for i := range kids {
		if !x.rows(&kids[i], yield) {
			return false
		}
	}
	return true
}

// rowOf returns the row of a leaf in its place; nil if it is no word, or one that is not known.
// What says what a word in such a place is: "a command"; it is empty if it need not be known.
func (x *explainer) rowOf(n *syntax.Node) (r *protocol.Row, what string) {
	word := n.Bytes(x.raw)
	switch n.Kind {
	case syntax.KindTag:
		if string(word) == protocol.TagReady {
			r = protocol.Lookup(protocol.Response, word)
		}
		return r, ""
	case syntax.KindCommand:
		if r = protocol.Lookup(protocol.Command, x.command); r == nil {
			r = protocol.Lookup(protocol.Command, word)
		}
		return r, "a command"
	case syntax.KindFindOption:
		return protocol.LookupPair([]byte(x.command), word), "an option"
	case syntax.KindStatus:
		if x.tag == protocol.TagUntagged {
			r = protocol.Lookup(protocol.Response, word)
		}
		if r == nil {
			r = protocol.Lookup(protocol.Completion, word)
		}
		if r == nil {
			r = protocol.Lookup(protocol.Response, word)
		}
		return r, "a status"
	case syntax.KindData:
		return protocol.Lookup(protocol.Response, word), "a response"
	case syntax.KindAttribute:
		return x.attributeRow(word), "an item"
	case syntax.KindKey:
		key, _ := protocol.Inverse(word)
		return protocol.Lookup(protocol.SearchKey, key), "a criterion"
	case syntax.KindWord:
		return protocol.Lookup(n.Word, n.Value(x.raw)), "a " + n.Word.String()
	case syntax.KindFlag:
		return protocol.Lookup(protocol.Flag, word), ""
	case syntax.KindCodeName:
		return protocol.Lookup(protocol.Code, word), "a response code"
	}
	return nil, ""
}

// sectionRow returns the row of the name of an item with a section.
func (x *explainer) sectionRow(name *syntax.Node) *protocol.Row {
	return x.attributeRow(slices.Concat(name.Bytes(x.raw), []byte("[]")))
}

// attributeRow returns the row of an item of FETCH, STORE or STATUS, in a request or a response.
func (x *explainer) attributeRow(word []byte) *protocol.Row {
	kinds := [...]protocol.Kind{protocol.Macro, protocol.FetchItem, protocol.StatusItem}
	switch {
	case x.kind != syntax.KindRequest:
		kinds[0] = protocol.Property
	case protocol.Lookup(protocol.Command, x.command).Does(protocol.Stores):
		kinds = [...]protocol.Kind{protocol.StoreItem, protocol.StoreItem, protocol.StoreItem}
	}
	for _, k := range kinds {
		if r := protocol.Lookup(k, word); r != nil {
			return r
		}
	}
	return nil
}
