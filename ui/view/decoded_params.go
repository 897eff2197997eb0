package view

import (
	"bytes"
	"cmp"
	"slices"
	"strings"

	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/text"
)

// parameters adds what is decoded in the parameters of a body structure: names and values
// in turn. What is joined of several is shown after the last of them.
func (d *decoder) parameters(n *syntax.Node) {
	if !d.encodedParameters(n) {
		return
	}
	var raw []text.Param
	var values []*syntax.Node
	for i := range n.Kids {
		switch k := &n.Kids[i]; k.Role {
		case protocol.RoleParameterName:
			raw = append(raw, text.Param{Name: string(k.Value(d.raw))})
		case protocol.RoleParameterValue:
			if len(raw) == len(values)+1 && d.shows(k) {
				raw[len(raw)-1].Value = string(k.Value(d.raw))
				values = append(values, k)
			}
		}
	}
	if len(raw) != len(values) || len(raw) > text.MaxParams {
		return
	}
	names := make([]string, len(raw))
	for i := range raw {
		names[i] = text.ParamName(raw[i].Name)
	}
	for _, p := range text.Params(raw) {
		i := placeOf(p.Name, names, raw)
		sent, extended := values[i].Value(d.raw), strings.Contains(raw[i].Name, "*")
		x := Decoded{Wrong: wrong(p.Err)}
		if p.Value != string(sent) && (p.Err == nil || !extended) {
			x.Text = clip(d.Hide(d.known, p.Value), maxValue)
		}
		if x != (Decoded{}) {
			d.notes = append(d.notes, note{x, values[i].Span.End, values[i].Role, sent})
		}
	}
	slices.SortFunc(d.notes, func(a, b note) int { return cmp.Compare(a.at, b.at) })
}

// encodedParameters reports whether a parameter may be encoded, without allocating.
func (d *decoder) encodedParameters(n *syntax.Node) bool {
	for i := range n.Kids {
		switch k := &n.Kids[i]; {
		case k.Role == protocol.RoleParameterName && bytes.IndexByte(k.Bytes(d.raw), '*') >= 0,
			k.Role == protocol.RoleParameterValue && bytes.Contains(k.Bytes(d.raw), []byte("=?")):
			return true
		}
	}
	return false
}

// placeOf returns which of the raw parameters is the last part of one, preferably of its
// encoded form.
func placeOf(name string, names []string, raw []text.Param) int {
	at := -1
	for i := range raw {
		if names[i] == name && (at < 0 || strings.Contains(raw[i].Name, "*") || !strings.Contains(raw[at].Name, "*")) {
			at = i
		}
	}
	return at
}
