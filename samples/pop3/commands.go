package pop3

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// stat returns the drop listing: messages that are marked as deleted do not count (p. 6).
func (x *Session) stat([]string) string {
	n, size := 0, 0
	for _, m := range x.list {
		if m != nil {
			n++
			size += len(m.text)
		}
	}
	return fmt.Sprintf("+OK %d %d\r\n", n, size)
}

func (x *Session) sizes(args []string) string {
	return x.listing(args, func(m *message) string { return strconv.Itoa(len(m.text)) })
}

func (x *Session) uniques(args []string) string {
	return x.listing(args, func(m *message) string { return m.unique })
}

// listing returns what is known of one message or of all.
func (x *Session) listing(args []string, of func(*message) string) string {
	if len(args) > 0 {
		m, n, failed := x.message(args)
		if m == nil {
			return failed
		}
		return fmt.Sprintf("+OK %d %s\r\n", n, of(m))
	}
	var b strings.Builder
	b.WriteString("+OK the listing follows\r\n")
	for i, m := range x.list {
		if m != nil {
			fmt.Fprintf(&b, "%d %s\r\n", i+1, of(m))
		}
	}
	return b.String() + ".\r\n"
}

func (x *Session) retrieve(args []string) string {
	m, _, failed := x.message(args)
	if m == nil {
		return failed
	}
	return fmt.Sprintf("+OK %d octets\r\n", len(m.text)) + stuffed(m.text) + ".\r\n"
}

// top returns the header, the blank line, and some lines of the body (p. 11).
func (x *Session) top(args []string) string {
	m, _, failed := x.message(args)
	if m == nil {
		return failed
	}
	lines := -1
	if len(args) == 2 {
		if n, err := strconv.Atoi(args[1]); err == nil {
			lines = n
		}
	}
	if lines < 0 {
		return "-ERR the number of lines is missing\r\n"
	}
	head, body, _ := bytes.Cut(m.text, []byte("\r\n\r\n"))
	text := append(bytes.Clone(head), "\r\n\r\n"...)
	for line := range bytes.Lines(body) {
		if lines--; lines < 0 {
			break
		}
		text = append(text, line...)
	}
	return "+OK the top of the message follows\r\n" + stuffed(text) + ".\r\n"
}

// stuffed returns text as the lines of a multi-line response: a line that begins with a
// period gets another one (section 3, p. 3).
func stuffed(text []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(text) {
		if line[0] == '.' {
			b.WriteByte('.')
		}
		b.Write(line)
	}
	if s := b.String(); s != "" && !strings.HasSuffix(s, "\r\n") {
		b.WriteString("\r\n")
	}
	return b.String()
}

func (x *Session) remove(args []string) string {
	m, n, failed := x.message(args)
	if m == nil {
		return failed
	}
	x.marked = append(x.marked, m)
	x.list[n-1] = nil
	return fmt.Sprintf("+OK message %d is marked as deleted\r\n", n)
}

// reset unmarks what is marked as deleted (p. 9).
func (x *Session) reset([]string) string {
	copy(x.list, x.opened)
	x.marked = nil
	return "+OK\r\n"
}
