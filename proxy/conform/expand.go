package conform

import (
	"bytes"
	"fmt"
	"strings"

	"imapscope/decode/syntax"
)

// piece is a part of a text: as it is, or the name of a variable.
type piece struct {
	text  string
	isVar bool
}

// split returns the pieces of a text: $name, ${name} and $$, which is a dollar sign.
func split(s string) []piece {
	var out []piece
	plain := func(t string) {
		if n := len(out); n > 0 && !out[n-1].isVar {
			out[n-1].text += t
		} else if t != "" {
			out = append(out, piece{text: t})
		}
	}
	for {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			plain(s)
			return out
		}
		plain(s[:i])
		s = s[i+1:]
		switch {
		case strings.HasPrefix(s, "$"):
			plain("$")
			s = s[1:]
			continue
		case strings.HasPrefix(s, "{"):
			if n := strings.IndexByte(s, '}'); n > 0 {
				out = append(out, piece{s[1:n], true})
				s = s[n+1:]
				continue
			}
		}
		n := 0
		for n < len(s) && isNameByte(s[n]) {
			n++
		}
		out = append(out, piece{s[:n], true})
		s = s[n:]
	}
}

func isNameByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// part is bytes to send at once.
type part struct {
	data   []byte
	waited bool // after "+"
}

// expand returns a line to send, without its end, in the parts between which a client waits:
// $name, and ${literal:…}, ${literal+:…} and ${message:n}.
func (x *variables) expand(s string, mail [][]byte) ([]part, error) {
	out := []part{{}}
	add := func(b string) { p := &out[len(out)-1]; p.data = append(p.data, b...) }
	pieces := split(s)
	for i, p := range pieces {
		name, arg, _ := strings.Cut(p.text, ":")
		switch {
		case !p.isVar:
			out = withLiterals(out, p.text)
		case name == "literal":
			add(fmt.Sprintf("{%d}\r\n", len(arg)))
			out = append(out, part{data: []byte(arg), waited: true})
		case name == "literal+":
			add(fmt.Sprintf("{%d+}\r\n%s", len(arg), arg))
		case name == "message":
			m, err := messageOf(mail, arg)
			if err != nil {
				return nil, err
			}
			add(fmt.Sprintf("{%d}\r\n", len(m)))
			out = append(out, part{data: m, waited: true})
		default:
			v, ok := x.values[p.text]
			if !ok {
				return nil, fmt.Errorf("the variable $%s has no value", p.text)
			}
			if given[p.text] && alone(out, pieces[i+1:]) {
				v = string(syntax.String(v).AppendTo(nil))
			}
			out = withLiterals(out, v)
		}
	}
	return out, nil
}

// given are the variables whose values are not the script's, nor the server's: they are
// quoted if they have to be.
var given = map[string]bool{"user": true, "password": true, "mailbox": true, "name": true}

// alone reports whether a variable is an argument by itself: after a space, and before one or
// the end.
func alone(before []part, after []piece) bool {
	last := before[len(before)-1].data
	return bytes.HasSuffix(last, []byte(" ")) && (len(after) == 0 || !after[0].isVar && after[0].text[0] == ' ')
}

// withLiterals adds a text, and waits before the bytes of each literal in it.
func withLiterals(out []part, s string) []part {
	for {
		head, after, found := strings.Cut(s, "\r\n")
		p := &out[len(out)-1]
		if !found {
			p.data = append(p.data, s...)
			return out
		}
		p.data = append(p.data, head+"\r\n"...)
		n, ok := announced(head)
		if !ok || n > len(after) {
			s = after
			continue
		}
		out = append(out, part{data: []byte(after[:n]), waited: true})
		s = after[n:]
	}
}

// messageOf returns the message ${message:n} means.
func messageOf(mail [][]byte, n string) ([]byte, error) {
	var i int
	if _, err := fmt.Sscanf(n, "%d", &i); err != nil || i < 1 || len(mail) == 0 {
		return nil, fmt.Errorf("${message:%s}: there is no such message", n)
	}
	return mail[(i-1)%len(mail)], nil
}
