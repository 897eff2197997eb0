package explain

import (
	"slices"
	"strings"

	"imapscope/decode/protocol"
)

// itemsIn returns the saying as a dialect writes it, with the items it asks for.
func (s saying) itemsIn(d protocol.Dialect) Said {
	out := Said{Dialect: d, Text: s.String(), Cite: s.row.Ref.String()}
	at, kinds := s.itemsAt()
	if at < 0 {
		return out
	}
	inner, listed := strings.CutPrefix(s.words[at], "(")
	if listed {
		inner = strings.TrimSuffix(inner, ")")
	} else {
		inner = strings.Join(s.words[at:], " ")
	}
	var first, second []string
	differ := false
	for _, item := range splitItems(fields(inner), kinds) {
		said := itemIn(d, item)
		first = append(first, said.Text)
		second = append(second, append(said.Also, said.Text)[0])
		differ = differ || len(said.Also) > 0
		out.Nearest = out.Nearest || said.Nearest
		out.Lacks = append(out.Lacks, said.Lacks...)
		out.Capabilities = append(out.Capabilities, said.Capabilities...)
		if said.Cite != "" {
			out.Cite = said.Cite
		}
	}
	out.Text = s.withItems(at, first, listed)
	if differ {
		out.Also = []string{s.withItems(at, second, listed)}
	}
	return out
}

// itemsAt returns which word holds the items of a command, and of which kinds they are; it
// returns -1 if none does.
func (s saying) itemsAt() (int, []protocol.Kind) {
	name := len(fields(s.row.Name))
	if s.row.Kind != protocol.Command || len(s.words) < name+2 {
		return -1, nil
	}
	switch {
	case s.row.Does(protocol.Fetches):
		return name + 1, []protocol.Kind{protocol.Macro, protocol.FetchItem}
	case s.row.Does(protocol.Stores):
		return name + 1, []protocol.Kind{protocol.StoreItem}
	}
	return -1, nil
}

// withItems returns the saying with other items.
func (s saying) withItems(at int, list []string, listed bool) string {
	text := strings.Join(list, " ")
	words := slices.Clone(s.words[:at])
	if !listed {
		return strings.Join(append(words, text), " ")
	}
	words = append(words, "("+text+")")
	return strings.Join(append(words, s.words[at+1:]...), " ")
}

// splitItems returns the items in words: an item with a list of its own has it as an argument.
// Row is nil for a word that is no item.
func splitItems(words []string, kinds []protocol.Kind) []saying {
	var out []saying
	for i := 0; i < len(words); i++ {
		item := saying{words: words[i : i+1]}
		name, _, _ := strings.Cut(words[i], "<")
		for _, k := range kinds {
			if item.row == nil {
				item.row = protocol.Lookup(k, name)
			}
		}
		if item.row != nil && item.row.Syntax != "" && i+1 < len(words) {
			item.words = words[i : i+2]
			i++
		}
		out = append(out, item)
	}
	return out
}

// itemIn returns how a dialect asks for an item.
func itemIn(d protocol.Dialect, item saying) Said {
	if item.row == nil { // an argument, or not known
		return Said{Text: item.String()}
	}
	whole := item
	name, bytes, partial := strings.Cut(item.words[0], "<")
	if partial {
		item.words = append([]string{name}, item.words[1:]...)
	}
	all, same := item.others()
	plain := slices.Clone(all)
	if partial { // only a section can have one
		all = slices.DeleteFunc(all, func(v saying) bool { return !strings.Contains(v.words[0], "[") })
		for i := range all {
			all[i].words = append([]string{all[i].words[0] + "<" + bytes}, all[i].words[1:]...)
		}
		same = len(all)
	}
	said := Said{}
	for i, v := range all {
		switch {
		case !v.in(d):
		case said.Text == "":
			if said.Text = v.String(); i > 0 {
				said.Cite = v.row.Ref.String()
			}
		case i < same:
			said.Also = append(said.Also, v.String())
		}
	}
	if said.Text != "" {
		return said
	}
	if i := slices.IndexFunc(plain, func(v saying) bool { return v.in(d) }); i >= 0 { // all of it
		return Said{Text: plain[i].String(), Nearest: true, Cite: plain[i].row.Ref.String()}
	}
	if n, cite, ok := nearest(d, plain); ok {
		return Said{Text: n.String(), Nearest: true, Cite: cite.String()}
	}
	if c := item.capability(); c != "" && d.Includes(protocol.IMAP4rev1) {
		return Said{Text: whole.String(), Capabilities: []string{c}}
	}
	return Said{Text: whole.String(), Lacks: []string{whole.String()}}
}
