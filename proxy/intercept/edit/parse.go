package edit

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"imapscope/capture"
	"imapscope/decode/wire"
)

// announcement is how a literal is announced in a text: its digits, the plus, the number of its
// block, and the end of the line if that is not CRLF.
var announcement = regexp.MustCompile(`^\{([0-9]*)(\+?) ?#([0-9]{1,9})(?: ((?:\\x0d)*\\x0a))?\}`)

var (
	blockBegin = regexp.MustCompile(`^=== literal ([0-9]{1,9})(?: (CRLF|LF))? ===$`)
	blockEnd   = regexp.MustCompile(`^=== end ([0-9]{1,9}) ===$`)
)

// Parse returns the bytes that a text is written for. orig and secrets are what Format made the
// first text of. An error is one line, with the number of the line it is about.
func Parse(text, orig []byte, dir capture.Direction, secrets ...wire.Span) (raw []byte, err error) {
	if len(text) > MaxText {
		return nil, fmt.Errorf("the text has %d bytes; the limit is %d", len(text), MaxText)
	}
	p := parser{text: text, client: dir == capture.ClientToServer, blocks: map[int]*block{}}
	for _, s := range secretsOf(orig, p.client, secrets) {
		p.secrets = append(p.secrets, s.Of(orig))
	}
	for err == nil && len(p.text) > 0 {
		err = p.line(p.next())
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w", p.number, err)
	}
	if len(p.messages) == 0 && len(orig) > 0 {
		return nil, errors.New("no message is left; to send nothing, drop it")
	}
	for i := range p.messages {
		if err := p.build(&p.messages[i], i == len(p.messages)-1); err != nil {
			return nil, fmt.Errorf("line %d: %w", p.messages[i].number, err)
		}
	}
	p.restore(orig, dir)
	for i := range p.messages {
		m := &p.messages[i]
		if err := p.framed(m); err != nil {
			return nil, fmt.Errorf("line %d: %w", m.number, err)
		}
		raw = append(raw, m.raw...)
	}
	for _, b := range p.blocks {
		if !b.used {
			return nil, fmt.Errorf("line %d: no line announces this literal", b.number)
		}
	}
	return raw, nil
}

// parser reads a text.
type parser struct {
	text     []byte // what is still to be read
	number   int    // of the line read last
	client   bool
	secrets  [][]byte
	keeps    keeps
	messages []message
	blocks   map[int]*block // by the numbers of literals
}

// message is a line between the blocks.
type message struct {
	text   []byte
	number int // of the line
	raw    []byte
	heads  []int // where in raw its announcements end
}

// block is a literal.
type block struct {
	body   []byte
	number int // of its first line
	used   bool
}

// next returns the next line, without its end.
func (p *parser) next() []byte {
	line, rest, _ := bytes.Cut(p.text, []byte("\n"))
	p.text = rest
	p.number++
	return bytes.TrimSuffix(line, []byte("\r"))
}

// line reads a line between the blocks.
func (p *parser) line(line []byte) (err error) {
	switch {
	case bytes.HasPrefix(line, []byte(keepLine)):
		if len(p.messages) > 0 {
			return errors.New("this line goes before the first message")
		}
		var k keeps
		k, err = readKeeps(string(line))
		p.keeps = append(p.keeps, k...)
		return err
	case bytes.HasPrefix(line, []byte("#")), len(bytes.TrimSpace(line)) == 0:
		return nil
	case bytes.HasPrefix(line, []byte(fence)):
		return p.block(line)
	}
	p.messages = append(p.messages, message{text: line, number: p.number})
	return nil
}

// block reads a literal, of which first is the first line.
func (p *parser) block(first []byte) error {
	begin := blockBegin.FindSubmatch(first)
	if begin == nil {
		return fmt.Errorf(`a line that begins with %s begins a literal, as "=== literal 1 CRLF ===" does; else write \x3d for the first "="`, fence)
	}
	number, _ := strconv.Atoi(string(begin[1]))
	if p.blocks[number] != nil {
		return fmt.Errorf("literal %d is given twice", number)
	}
	end := "\r\n"
	if string(begin[2]) == endNames["\n"] {
		end = "\n"
	}
	b := &block{number: p.number}
	p.blocks[number] = b
	for lines := 0; ; lines++ {
		if len(p.text) == 0 {
			p.number = b.number
			return fmt.Errorf("literal %d has no end: %s end %d %s", number, fence, number, fence)
		}
		line := p.next()
		if last := blockEnd.FindSubmatch(line); last != nil {
			if string(last[1]) != string(begin[1]) {
				return fmt.Errorf("this ends literal %s, but the block is that of literal %d", last[1], number)
			}
			return nil
		}
		if bytes.HasPrefix(line, []byte(fence)) {
			return fmt.Errorf(`literal %d has no end before this line; if the line belongs to it, write \x3d for the first "="`, number)
		}
		part, err := unescape(line, p.secrets)
		if err != nil {
			return err
		}
		if lines > 0 {
			b.body = append(b.body, end...)
		}
		b.body = append(b.body, part...)
	}
}

// build makes the bytes of a message with its literals.
func (p *parser) build(m *message, last bool) error {
	text, tail := m.text, 0
	for {
		at, lit := nextLiteral(text)
		part, err := unescape(text[:at], p.secrets)
		if err != nil {
			return err
		}
		m.raw = append(m.raw, part...)
		if lit == nil {
			break
		}
		head, body, err := p.literal(lit)
		if err != nil {
			return err
		}
		m.raw = append(m.raw, head...)
		m.heads = append(m.heads, len(m.raw))
		m.raw = append(m.raw, body...)
		tail, text = len(m.raw), text[at+len(lit[0]):]
	}
	if ends := bytes.HasSuffix(m.raw[tail:], []byte("\n")); !ends && !(last && p.keeps.has(keepEnd)) {
		m.raw = append(m.raw, "\r\n"...)
	}
	return nil
}

// nextLiteral returns where in a text the next literal is announced, and what it is announced
// by; the end of the text if none is.
func nextLiteral(text []byte) (at int, lit [][]byte) {
	for ; at < len(text); at++ {
		switch {
		case bytes.HasPrefix(text[at:], []byte(`\{`)):
			at++
		case text[at] == '{':
			if lit = announcement.FindSubmatch(text[at:]); lit != nil {
				return at, lit
			}
		}
	}
	return len(text), nil
}

// restore gives the message that takes the place of the original its tag and number: the first
// one, but if the original is a tagged response, the first one that has a tag.
func (p *parser) restore(orig []byte, dir capture.Direction) {
	for i := range p.messages {
		m := &p.messages[i]
		if !p.client && len(tagOf(orig)) > 0 && len(tagOf(m.raw)) == 0 {
			continue
		}
		was := len(m.raw)
		m.raw = restore(m.raw, orig, dir, p.keeps)
		for i := range m.heads {
			m.heads[i] += len(m.raw) - was
		}
		return
	}
}

// literal returns the announcement of a literal, and its bytes.
func (p *parser) literal(match [][]byte) (head, body []byte, err error) {
	number, _ := strconv.Atoi(string(match[3]))
	b := p.blocks[number]
	switch {
	case b == nil:
		return nil, nil, fmt.Errorf("literal %d is announced, but its text is missing", number)
	case b.used:
		return nil, nil, fmt.Errorf("literal %d is announced twice", number)
	}
	b.used = true
	count := string(match[1])
	if n, err := strconv.ParseInt(count, 10, 64); count == "" || !p.keeps.has(keepCounts) && (err != nil || n != int64(len(b.body))) {
		count = strconv.Itoa(len(b.body))
	}
	end := []byte("\r\n")
	if len(match[4]) > 0 {
		if end, err = unescape(match[4], nil); err != nil {
			return nil, nil, err
		}
	}
	return []byte("{" + count + string(match[2]) + "}" + string(end)), b.body, nil
}

// framed returns an error unless a message is one by decode/wire too, with the same literals, or
// is sent as it is written.
func (p *parser) framed(of *message) error {
	if p.keeps.has(keepCounts) || p.keeps.has(keepEnd) {
		return nil
	}
	m, n := wire.Split(of.raw, p.client)
	for i, l := range m.Literals {
		if i >= len(of.heads) || l.Head.End != of.heads[i] {
			return fmt.Errorf("%s announces a literal: write {#1} in its place, and give its text below", bytes.TrimSpace(l.Head.Of(of.raw)))
		}
	}
	switch {
	case len(m.Literals) < len(of.heads):
		return errors.New("a literal cannot be announced here")
	case n < len(of.raw):
		return errors.New("this is more than one message: give each a line of its own")
	case !bytes.HasSuffix(of.raw, []byte("\n")):
		return errors.New("the message has no end")
	}
	return nil
}
