package model

import (
	"maps"
	"slices"
)

// Marks are the user's marks on transactions, by their indexes among all.
type Marks struct {
	Bookmarks map[int]bool
	Comments  map[int]string
	Marked    []int // oldest mark first
}

// ToggleBookmark sets a bookmark, or removes it.
func (m *Marks) ToggleBookmark(i int) {
	if m.Bookmarks[i] {
		delete(m.Bookmarks, i)
		return
	}
	m.Bookmarks[i] = true
}

// NextBookmark returns the next transaction with a bookmark; after the last follows the
// first. It returns false if there is none.
func (m *Marks) NextBookmark(at int) (int, bool) {
	var all []int
	for i := range m.Bookmarks {
		all = append(all, i)
	}
	if len(all) == 0 {
		return 0, false
	}
	slices.Sort(all)
	k, _ := slices.BinarySearch(all, at+1)
	return all[k%len(all)], true
}

// ToggleMark marks a transaction, or removes the mark.
func (m *Marks) ToggleMark(i int) {
	if k := slices.Index(m.Marked, i); k >= 0 {
		m.Marked = slices.Delete(m.Marked, k, k+1)
		return
	}
	m.Marked = append(m.Marked, i)
}

// Comment sets a comment; an empty one removes it.
func (m *Marks) Comment(i int, text string) {
	if text == "" {
		delete(m.Comments, i)
		return
	}
	m.Comments[i] = text
}

// Flags returns the letters that show what is on a transaction.
func (m *Marks) Flags(i int) string {
	flags := ""
	if slices.Contains(m.Marked, i) {
		flags += "m"
	}
	if m.Bookmarks[i] {
		flags += "b"
	}
	if m.Comments[i] != "" {
		flags += ";"
	}
	return flags
}

// clone returns a copy.
func (m *Marks) clone() Marks {
	return Marks{maps.Clone(m.Bookmarks), maps.Clone(m.Comments), slices.Clone(m.Marked)}
}

// equal reports whether the same is marked, in the same order.
func (m *Marks) equal(o *Marks) bool {
	return maps.Equal(m.Bookmarks, o.Bookmarks) && maps.Equal(m.Comments, o.Comments) && slices.Equal(m.Marked, o.Marked)
}
