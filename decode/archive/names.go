package archive

// names stores frequent words, each once: commands, users, mailboxes, kinds of data.
// Words that do not fit are stored where they are used.
type names struct {
	list  []string // by number; existing elements never change
	of    map[string]uint16
	bytes int
}

const (
	// maxNames and maxNameBytes bound the words that are stored once.
	maxNames     = 1<<16 - 2
	maxNameBytes = 4 << 20
	// elsewhere is the number of a word that is not among them.
	elsewhere = 1<<16 - 1
)

func newNames() names {
	return names{list: []string{""}, of: map[string]uint16{"": 0}}
}

// number returns the number of a word, or elsewhere.
func (x *names) number(s string) uint16 {
	if n, ok := x.of[s]; ok {
		return n
	}
	if len(x.list) >= maxNames || x.bytes+len(s) > maxNameBytes {
		return elsewhere
	}
	n := uint16(len(x.list))
	x.of[s] = n
	x.list = append(x.list, s)
	x.bytes += len(s)
	return n
}

// shared returns a word, as it is stored if it is.
func (x *names) shared(s string) string {
	if n := x.number(s); n != elsewhere {
		return x.list[n]
	}
	return s
}
