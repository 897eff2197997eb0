package export

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"imapscope/capture"
	"imapscope/decode"
	"imapscope/decode/archive"
	"imapscope/decode/protocol"
	"imapscope/decode/syntax"
	"imapscope/decode/wire"
	"imapscope/ui/view"
)

// mail is a message that was fetched or appended, and where its bytes are.
type mail struct {
	conn     capture.ConnID
	dir      capture.Direction
	off, n   int64
	time     time.Time
	mailbox  string
	uid      uint64 // 0 if it is not known
	number   uint64
	txn      int  // the transaction's number on its connection
	appended bool // by the client
}

// mails are the messages of transactions.
type mails struct {
	list    []mail
	again   int           // others that are the same, byte for byte
	partial map[mail]bool // messages that were fetched only in part, by key
	lost    int           // of which bytes are missing
	seen    map[[sha256.Size]byte]bool
}

// key returns what is the same in every response about a message.
func (m mail) key() mail {
	return mail{conn: m.conn, mailbox: m.mailbox, uid: m.uid, number: m.number}
}

// missing describes the bytes that are not among the messages; "" if there are none.
func (all *mails) missing() string {
	var parts []string
	if all.again > 0 {
		parts = append(parts, fmt.Sprintf("%d that came again", all.again))
	}
	if len(all.partial) > 0 {
		parts = append(parts, fmt.Sprintf("%d fetched in part", len(all.partial)))
	}
	if all.lost > 0 {
		parts = append(parts, fmt.Sprintf("%d with bytes that were not captured", all.lost))
	}
	if len(parts) == 0 {
		return ""
	}
	return "; without " + strings.Join(parts, ", ")
}

// mbox writes the messages of transactions as one file.
func (x *Exporter) mbox(name string, s Selection) (string, error) {
	r := x.archive.Reader()
	all, err := x.messages(r, s.Txns)
	if err != nil {
		return "", err
	}
	err = x.file(name, func(w io.Writer) error {
		for i := range all.list {
			if err := writeMbox(w, r, &all.list[i]); err != nil {
				return err
			}
		}
		return nil
	})
	return fmt.Sprintf("%s written to %s%s", view.Count(len(all.list), "message"), target(name), all.missing()), err
}

// eml writes the messages of transactions as files. If the name ends in .eml, one message
// has that name, and several have names that begin so; else they go to a folder of the name.
func (x *Exporter) eml(name string, s Selection) (string, error) {
	if name == "-" {
		return "", errors.New("eml is a file for each message, which standard output cannot take; mbox is one file")
	}
	r := x.archive.Reader()
	all, err := x.messages(r, s.Txns)
	if err != nil {
		return "", err
	}
	files, where, err := x.filesFor(name, all.list)
	if err != nil {
		return "", err
	}
	for i := range all.list {
		m := &all.list[i]
		if err := x.file(files[i], func(w io.Writer) error { return r.Octets(w, m.conn, m.dir, m.off, m.n) }); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s written to %s%s", view.Count(len(all.list), "message"), where, all.missing()), nil
}

// filesFor returns a file for each message, none of which must not be replaced, and where they
// are, in words.
func (x *Exporter) filesFor(name string, list []mail) (files []string, where string, err error) {
	base, one := strings.CutSuffix(name, ".eml")
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		one = false
	}
	used := make(names)
	for i := range list {
		file := used.of(&list[i])
		switch {
		case one && len(list) == 1:
			file = name
		case one:
			file = base + "-" + file
		default:
			file = filepath.Join(name, file)
		}
		files = append(files, file)
	}
	for _, file := range files {
		if err := x.check(file); err != nil {
			return nil, "", err
		}
	}
	switch {
	case one && len(list) == 1:
		return files, target(name), nil
	case one:
		return files, target(files[0]) + " and on", nil
	}
	return files, "the folder " + target(name), os.MkdirAll(name, 0o700)
}

// messages returns the complete messages of transactions, each once.
func (x *Exporter) messages(r *archive.Reader, txns []int) (*mails, error) {
	all := &mails{partial: make(map[mail]bool), seen: make(map[[sha256.Size]byte]bool)}
	var p syntax.Parser
	for _, i := range txns {
		row := x.archive.Row(i)
		var found []mail
		err := r.Messages(i, func(_ archive.Ref, m *decode.Message) bool {
			if m.Kind == decode.Request && m.Row.Does(protocol.Appends) || m.Kind == decode.Untagged && m.Row.Does(protocol.Describes) {
				found = append(found, all.of(&row, m, &p)...)
			}
			return true
		})
		if err != nil {
			return nil, err
		}
		for _, m := range found {
			if err := all.add(r, m); err != nil {
				return nil, err
			}
		}
	}
	if len(all.list) == 0 {
		return nil, fmt.Errorf("these transactions fetched and appended no complete message%s", all.missing())
	}
	return all, nil
}

// add adds a message, unless one like it is there.
func (all *mails) add(r *archive.Reader, m mail) error {
	h := sha256.New()
	if err := r.Octets(h, m.conn, m.dir, m.off, m.n); err != nil {
		return err
	}
	sum := [sha256.Size]byte(h.Sum(nil))
	if all.seen[sum] {
		all.again++
		return nil
	}
	all.seen[sum] = true
	all.list = append(all.list, m)
	return nil
}

// of returns the complete messages in a FETCH response or in a command that appends them, and
// counts the others.
func (all *mails) of(row *archive.Row, m *decode.Message, p *syntax.Parser) []mail {
	tree := m.Parse(p)
	like := mail{conn: row.Conn, dir: m.Dir, time: m.Time, mailbox: row.Mailbox, txn: row.N}
	if m.Kind == decode.Request {
		like.appended = true
		if box := tree.FindRole(protocol.RoleMailbox); box != nil {
			like.mailbox = string(box.Value(m.Raw))
		}
	} else if d, ok := syntax.ReadFetch(tree, m.Raw); ok {
		like.number = d.Number
		if id := d.Showing(protocol.ShowsUniqueID); id != nil {
			like.uid, _ = id.Number(m.Raw)
		}
	}
	size := sizeOf(tree, m)
	var out []mail
	var property *syntax.Node
	for n := range tree.All() {
		if n.Kind == syntax.KindProperty {
			property = n
		}
		if n.Role != protocol.RoleMessage || n.Kind != syntax.KindLiteral {
			continue
		}
		l := literalAt(m, n)
		switch {
		case l == nil || l.State == wire.Withdrawn:
		case isPart(property, m, l, size):
			all.partial[like.key()] = true
		case l.State != wire.Complete || m.Broken || m.Lost > 0:
			all.lost++
		default:
			whole := like
			whole.off = m.Off + int64(l.Body.Start) + m.ElidedBefore(l.Body.Start)
			whole.n = l.Size
			out = append(out, whole)
		}
	}
	return out
}

// literalAt returns the literal that a node is; nil if it was not kept.
func literalAt(m *decode.Message, n *syntax.Node) *wire.Literal {
	for i := range m.Literals {
		if l := &m.Literals[i]; l.Head.Start == n.Span.Start {
			return l
		}
	}
	return nil
}

// isPart reports whether a literal is a range of a message's bytes, as BODY[]<0> is, and not
// all of them: size is that of the message, 0 if it is not known.
func isPart(property *syntax.Node, m *decode.Message, l *wire.Literal, size uint64) bool {
	if property == nil {
		return false
	}
	origin := property.FindRole(protocol.RoleOrigin)
	if origin == nil {
		return false
	}
	from, ok := origin.Number(m.Raw)
	return !ok || from > 0 || size == 0 || uint64(l.Size) != size
}

// sizeOf returns the size of the message that a FETCH response gives, 0 if it gives none.
func sizeOf(tree *syntax.Node, m *decode.Message) uint64 {
	d, ok := syntax.ReadFetch(tree, m.Raw)
	if !ok {
		return 0
	}
	n := d.Showing(protocol.ShowsSize)
	if n == nil {
		return 0
	}
	size, _ := n.Number(m.Raw)
	return size
}
